"""What a kind gets to read, and the base of the models that read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field

from signoff.domain.visibility import Withheld

Text = str | Withheld
Number = Annotated[Decimal | int | float, Field(allow_inf_nan=False)]
Amount = Number | Withheld


@dataclass(frozen=True)
class Given:
    """One action, as its reader may see it."""

    arguments: Mapping[str, Any]
    facts: Mapping[str, Any] = field(default_factory=dict)
    body: str | None = None
    """The argument that holds the draft."""


class Shape(BaseModel):
    """What a kind makes of an action. Reading fails where the action is of another shape."""

    model_config = ConfigDict(frozen=True, extra="ignore", arbitrary_types_allowed=True, strict=True)
    template: ClassVar[str]

    @classmethod
    def read(cls, given: Given) -> Self:
        """The action in this shape.

        Raises:
            ValidationError: it has another one.
        """
        raise NotImplementedError


def plain(value: Text | None) -> str:
    """A text that may be compared and cut; an empty one where it is withheld or absent."""
    return value if isinstance(value, str) else ""
