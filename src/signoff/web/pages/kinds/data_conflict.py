"""Two systems that disagree: their values side by side, as a question or as the changes that follow."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import model_validator

from signoff.web.pages.kinds.given import Given, Shape, Text

_USE = "Use "


class Side(Shape):
    """One system's value, which can be chosen."""

    label: str
    system: str
    value: Text


class Edit(Shape):
    """One value to put in place of another."""

    account: Text
    field: Text
    before: Text
    after: Text


class DataConflict(Shape):
    """Either a question with one value of each system, or a list of changes to one of them."""

    template: ClassVar[str] = "kinds/data_conflict.html"

    sides: tuple[Side, ...] = ()
    accounts: tuple[str, ...] = ()
    """Whom the answer is for; several where the flow asks once for all of them."""
    edits: tuple[Edit, ...] = ()

    @model_validator(mode="after")
    def _is_a_conflict(self) -> Self:
        if len(self.sides) < 2 and not self.edits:
            raise ValueError("neither two sides nor changes")
        return self

    @classmethod
    def read(cls, given: Given) -> Self:
        if "changes" in given.arguments:
            return cls.model_validate(
                {"edits": tuple(Edit.model_validate(edit) for edit in given.arguments["changes"])}
            )
        choices = given.arguments.get("choices") or ()
        sides = tuple(_side(choice) for choice in choices)
        details = str(given.arguments.get("details") or "")
        return cls.model_validate({"sides": sides, "accounts": tuple(details.splitlines())})


def _side(choice: object) -> Side:
    if not isinstance(choice, dict) or len(choice) != 1:
        raise ValueError("a choice between systems names one system and its value")
    [(label, value)] = choice.items()
    system = label.removeprefix(_USE) if isinstance(label, str) else label
    return Side.model_validate({"label": label, "system": system, "value": value})
