"""A live card without a browser: messages go to the kernel's side as the front end would send them."""

from __future__ import annotations

import html
import re
from typing import Any

from signoff.app import Desk as PublicDesk
from signoff.domain.person import Person
from signoff.domain.review import Review, ReviewState
from signoff.notebook import card
from tests.web.desk import Desk
from tests.web.html_text import Page


class Cell:
    """A card that was shown, and what it answers."""

    def __init__(self, desk: Desk | PublicDesk, review: Review, person: Person, graph: Any = None) -> None:
        public = desk if isinstance(desk, PublicDesk) else PublicDesk(desk.core)
        self.review = review
        self.card = card(public, review, by=person, graph=graph)
        self.bundle = self.card._repr_mimebundle_()
        assert self.card._widget is not None
        self.widget = self.card._widget
        self.answers: list[dict[str, Any]] = []
        self.widget.send = lambda content, buffers=None: self.answers.append(content)

    @property
    def state(self) -> ReviewState:
        return self.card.review.state

    def result(self) -> Any:
        """What the next cell reads."""
        return self.card.result

    @property
    def page(self) -> Page:
        return Page(self.widget.html)

    @property
    def hidden(self) -> dict[str, str]:
        """Hidden fields of the first form."""
        found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', self.widget.html)
        return {name: html.unescape(value) for name, value in found}

    @property
    def acks(self) -> dict[str, str]:
        return dict.fromkeys(re.findall(r'name="(ack/[^"]*)"', self.widget.html), "on")

    def post(self, step: str, **fields: str) -> dict[str, Any]:
        """Send a form to the kernel; its answer."""
        path = f"/reviews/{self.review.id}{step}"
        message = {"id": len(self.answers), "path": path, "fields": [list(pair) for pair in fields.items()]}
        self.widget._handle_custom_msg(message, [])
        return self.answers[-1]

    def decide(self, choice: str, **fields: str) -> Page:
        """Send a decision with the hidden fields of the form; the card after it."""
        self.post("/decide", **{**self.hidden, "choice": choice, **fields})
        return self.page
