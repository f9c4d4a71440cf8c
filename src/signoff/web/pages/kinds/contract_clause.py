"""A clause: their text beside ours, what changes between them, and what the playbook gives way to."""

from __future__ import annotations

from typing import ClassVar, Self

from signoff.web.pages.kinds.given import Given, Shape, Text, plain
from signoff.web.pages.redline import Change, redline
from signoff.web.pages.translate import gettext


class Play(Shape):
    """What the playbook says about one kind of clause."""

    title: Text
    position: Text = ""
    fallback: Text = ""
    walk_away: Text = ""
    explain: Text = ""

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        given = (
            (gettext("We ask for"), self.position),
            (gettext("We accept"), self.fallback),
            (gettext("We walk away from"), self.walk_away),
            (gettext("Why"), self.explain),
        )
        return tuple((label, str(text)) for label, text in given if text)


class ContractClause(Shape):
    """How one clause of a contract should read."""

    template: ClassVar[str] = "kinds/contract_clause.html"

    original: Text
    wording: Text
    plays: tuple[Play, ...] = ()

    @classmethod
    def read(cls, given: Given) -> Self:
        entries = given.facts.get("entries")
        listed = list(entries.values()) if isinstance(entries, dict) else []
        return cls.model_validate(
            {
                "original": given.arguments.get("original"),
                "wording": given.arguments.get("wording"),
                "plays": tuple(Play.model_validate(entry) for entry in listed),
            }
        )

    @property
    def stays(self) -> bool:
        """Whether their text is kept to the letter."""
        return bool(plain(self.original)) and self.original == self.wording

    @property
    def changes(self) -> tuple[Change, ...]:
        """Theirs turned into ours; empty where there is nothing to compare."""
        theirs, ours = plain(self.original), plain(self.wording)
        return redline(theirs, ours) if theirs and ours and theirs != ours else ()
