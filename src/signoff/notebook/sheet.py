"""A review as one person is shown it in a cell, and what the forms on it do: the same as on the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qs

from signoff.app import Desk
from signoff.domain.ids import PersonId
from signoff.domain.person import Person
from signoff.notebook.drawing import draw
from signoff.services import people, preferences
from signoff.web.pages.editing import preview_of
from signoff.web.pages.posted import STEPS, Refusal, cast, take_step
from signoff.web.pages.reading import SOURCE, Reader, reader_who
from signoff.web.pages.showing import NO_ATTEMPT, Attempt, showing

CHANNEL = "notebook"


class Sheet:
    """The card's HTML for `by`, whose rights are looked up anew each time."""

    def __init__(self, desk: Desk, review_id: str, by: PersonId) -> None:
        self._desk, self._review_id, self._by = desk, review_id, by

    def show(self, *, editing: bool = False, attempt: Attempt = NO_ATTEMPT) -> str:
        """The review as it stands, after an attempt with what was typed and why it was not accepted."""
        person, reader = self._who()
        shown = showing(self._desk.core, person, self._review_id, editing=editing, attempt=attempt)
        return draw("card.html", reader=reader, **shown)

    def preview(self, typed: Mapping[str, str]) -> str:
        """What was typed so far, compared and checked, as parts of the card; nothing is written."""
        person, _ = self._who()
        return preview_of(self._desk.core, person, self._review_id, typed)

    def send(self, address: str, form: Mapping[str, str]) -> str:
        """Do what a form or a link of the card asks for; the card as it stands after that."""
        step, _, query = address.rpartition("/")[2].partition("?")
        if step == "edit":
            return self.show(editing=True, attempt=Attempt(form, {}, ()))
        refusal = self._act(step, form)
        if refusal is not None:
            return self.show(editing=refusal.editing, attempt=refusal.attempt)
        return self.show(editing="edit" in parse_qs(query))

    def _act(self, step: str, form: Mapping[str, str]) -> Refusal | None:
        person, _ = self._who()
        if step == "decide":
            return cast(self._desk.core, person, self._review_id, form, CHANNEL)
        return take_step(self._desk.core, person, self._review_id, step, form) if step in STEPS else None

    def _who(self) -> tuple[Person, Reader]:
        with self._desk.read() as tx:
            person = people.get_person(tx, self._by)
            reader = reader_who(preferences.chosen_by(tx, person))
        return person, replace(reader, words=SOURCE)  # its script brings no other words
