"""Numbers of orders and the like: each must be one that the record holds for this case."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, get_args

from rapidfuzz.distance import OSA

from signoff.domain.action import Action
from signoff.domain.flag import Severity
from signoff.risk.finding import fact_records, listed
from signoff.risk.grounding.draft import Draft, Finding
from signoff.risk.grounding.settings import GroundingSettings

Code = Literal["reference_unsupported", "reference_unverified"]
CODES: frozenset[str] = frozenset(get_args(Code))
_GENERAL = (
    r"#[A-Za-z]{0,4}-?\d{3,20}",
    r"(?<=order )(?:no\.? |number |id )?[A-Za-z]{0,4}-?\d{4,20}",
)
_NEAR = 2


@dataclass(frozen=True)
class Reference:
    """One number on record."""

    id: str
    kind: str


def read(action: Action, settings: GroundingSettings) -> tuple[Reference, ...] | None:
    """The numbers on record; None where the facts have no such list.

    Raises:
        ValueError: an entry is not of the expected shape.
    """
    records = fact_records(action, settings.references)
    return None if records is None else tuple(_reference(one) for one in records)


def _reference(record: dict[str, Any]) -> Reference:
    found = record.get("id")
    if not isinstance(found, str) or not found.strip():
        raise ValueError(f"id is {found!r}, no text")
    return Reference(found.strip(), str(record.get("kind") or "reference"))


def findings(
    draft: Draft, known: tuple[Reference, ...] | None, settings: GroundingSettings
) -> Iterator[Finding]:
    """Which numbers of a draft are not on record."""
    on_record = {_comparable(one.id) for one in known or ()}
    for found in _pattern(frozenset(_shape(one.id) for one in known or ())).finditer(draft.text):
        if _comparable(found[0]) in on_record:
            continue
        if known is None:
            missing = f"The facts hold no list {settings.references!r}."
            message = "There is no record to compare this number with."
            yield Finding(draft, *found.span(), "reference_unverified", Severity.MEDIUM, message, missing)
            continue
        yield Finding(
            draft,
            *found.span(),
            "reference_unsupported",
            Severity.HIGH,
            "The record has no such number here.",
            f"On record: {listed([f'{one.kind} {one.id}' for one in known])}." if known else "",
            _nearest(found[0], known),
        )


def _nearest(said: str, known: tuple[Reference, ...]) -> str | None:
    """The only number on record that differs by a slip of the pen."""
    near = {
        one.id
        for one in known
        if OSA.distance(_comparable(said), _comparable(one.id), score_cutoff=_NEAR) <= _NEAR
    }
    return near.pop() if len(near) == 1 else None


def _comparable(reference: str) -> str:
    return "".join(char for char in reference.casefold() if char.isalnum())


def _shape(reference: str) -> str:
    """A pattern of numbers written like this one; a figure more or less still counts as one."""
    parts = re.findall(r"\d+|\D+", reference)
    return "".join(_figures(len(part)) if part.isdigit() else _letters(part) for part in parts)


def _figures(count: int) -> str:
    return rf"\d{{{max(1, count - 2)},{count + 2}}}" if count > 3 else rf"\d{{{count}}}"


def _letters(part: str) -> str:
    return "".join(rf"{re.escape(char)}?" if char == "#" else re.escape(char) for char in part)


@lru_cache(maxsize=256)
def _pattern(shapes: frozenset[str]) -> re.Pattern[str]:
    # A shape of few figures and nothing else would find every number.
    telling = sorted(shape for shape in shapes if re.search(r"[A-Za-z#]|\{[5-9]|\{\d\d", shape))
    return re.compile(rf"(?<![\w#])(?:{'|'.join([*telling, *_GENERAL])})(?!\w|\.\d)", re.IGNORECASE)
