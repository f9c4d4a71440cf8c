"""Dates: compared with the dates on record, the day of the week included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

from signoff.domain.action import Action
from signoff.domain.flag import Severity
from signoff.risk.dates import DateClaim, dates, rewritten
from signoff.risk.finding import fact_records, listed
from signoff.risk.grounding.draft import Draft, Finding
from signoff.risk.grounding.settings import GroundingSettings

Code = Literal["date_unsupported", "date_unverified"]
CODES: frozenset[str] = frozenset(get_args(Code))


@dataclass(frozen=True)
class Dated:
    """One date on record."""

    day: date
    about: str


def read(action: Action, settings: GroundingSettings) -> tuple[Dated, ...] | None:
    """The dates on record; None where the facts have no such list.

    Raises:
        ValueError: an entry is not of the expected shape.
    """
    records = fact_records(action, settings.dates)
    if records is None:
        return None
    return tuple(Dated(_day(one.get("date")), str(one.get("about") or "")) for one in records)


def _day(value: Any) -> date:
    if not isinstance(value, str):
        raise ValueError(f"date is {value!r}, no text like 2027-03-31")
    return date.fromisoformat(value[:10])


def findings(draft: Draft, known: tuple[Dated, ...] | None, settings: GroundingSettings) -> Iterator[Finding]:
    """What is wrong with the dates of a draft."""
    for claim in dates(draft.text):
        if known is None:
            yield Finding.on(
                draft,
                claim,
                "date_unverified",
                Severity.MEDIUM,
                "There is no record of dates to compare this with.",
                f"The facts hold no list {settings.dates!r}.",
            )
            continue
        about = draft.names_near(claim.start, frozenset(one.about for one in known if one.about))
        days = [one.day for one in known if one.about in about] if about else []
        if not any(claim.fits(day) for day in days):
            days = [one.day for one in known]
        yield from _compared(draft, claim, days)


def _compared(draft: Draft, claim: DateClaim, days: list[date]) -> Iterator[Finding]:
    fitting = [day for day in days if claim.fits(day)]
    if fitting and not all(claim.names_wrong_weekday(day) for day in fitting):
        return
    message = "The record has no such date."
    if fitting:
        message = f"{fitting[0]:%Y-%m-%d} is a {fitting[0]:%A}."
    right = fitting[0] if fitting else _closest(claim, days)
    yield Finding.on(
        draft,
        claim,
        "date_unsupported",
        Severity.HIGH,
        message,
        f"On record: {listed([f'{day:%A} {day:%Y-%m-%d}' for day in sorted(set(days))])}." if days else "",
        rewritten(draft.text, claim, right) if right else None,
    )


def _closest(claim: DateClaim, days: list[date]) -> date | None:
    """The only date on record, or the only one in the same month."""
    if len(set(days)) == 1:
        return days[0]
    months = {month for month, _ in claim.readings}
    near = {day for day in days if day.month in months}
    return near.pop() if len(near) == 1 else None
