"""Percentages: a discount must be granted by the record, and be the one that the call declares."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Literal, get_args

from signoff.domain.flag import Severity
from signoff.risk.amounts import Claim
from signoff.risk.finding import listed
from signoff.risk.grounding.draft import Draft, Finding
from signoff.risk.grounding.money_record import Record, plain
from signoff.risk.grounding.settings import GroundingSettings

Code = Literal[
    "percent_unsupported",
    "discount_unsupported",
    "discount_unverified",
    "discount_undeclared",
    "discount_differs",
]
CODES: frozenset[str] = frozenset(get_args(Code))
_DISCOUNT_WORDS = re.compile(
    r"\b(?:off|discount\w*|sav(?:e|es|ing|ings)|reduc\w*|rebate|markdown|coupon|voucher|cheaper|less|"
    r"half[ -]price)\b",
    re.IGNORECASE,
)


def is_discount(draft: Draft, claim: Claim) -> bool:
    """Whether the sentence speaks of a discount."""
    start, end = draft.sentence(claim.start)
    near = draft.text[max(start, claim.start - 160) : min(end, claim.end + 160)]
    return _DISCOUNT_WORDS.search(near) is not None


def stated_discounts(drafts: list[Draft]) -> frozenset[Decimal]:
    """Every discount that the texts speak of."""
    return frozenset(
        claim.value
        for draft in drafts
        for claim in draft.money
        if claim.kind == "percent" and claim.value is not None and is_discount(draft, claim)
    )


def findings(draft: Draft, record: Record, settings: GroundingSettings) -> Iterator[Finding]:
    """What is wrong with the percentages of a draft."""
    for claim in draft.money:
        if claim.kind == "percent":
            yield from _compared(draft, claim, record, settings)


def _compared(draft: Draft, claim: Claim, record: Record, settings: GroundingSettings) -> Iterator[Finding]:
    discount = is_discount(draft, claim)
    if not discount and claim.value in (Decimal(0), Decimal(100)):
        return
    if record.discounts is None:
        yield Finding.on(
            draft,
            claim,
            "discount_unverified",
            Severity.MEDIUM,
            "There is no record of discounts to compare this with.",
            f"The facts hold no list {settings.discounts!r}.",
        )
        return
    granted = record.percents(draft.names_near(claim.start, record.things()))
    if claim.value is None or claim.value not in granted:
        yield Finding.on(
            draft,
            claim,
            "discount_unsupported" if discount else "percent_unsupported",
            Severity.HIGH if discount else Severity.MEDIUM,
            "The record grants no such discount." if discount else "Nothing on record supports this figure.",
            granted_discounts(record),
            _instead(claim, draft, granted) if discount else None,
        )
    elif discount:
        yield from _declared(draft, claim, record, settings)


def _declared(draft: Draft, claim: Claim, record: Record, settings: GroundingSettings) -> Iterator[Finding]:
    """A discount in the text must be the one that the policy's rules saw."""
    name = settings.offer
    if name is None or record.offer == claim.value:
        return
    declared = "is not set" if record.offer is None else f"says {plain(record.offer)} %"
    yield Finding.on(
        draft,
        claim,
        "discount_undeclared" if record.offer is None else "discount_differs",
        Severity.HIGH,
        "The text offers a discount that the call does not declare, so no limit was applied to it.",
        f"The argument {name} {declared}.",
    )


def granted_discounts(record: Record) -> str:
    """What the record grants, in words."""
    granted = [f"{plain(percent)} %" for percent in record.percents()]
    if not granted:
        return "The record grants no discount."
    return f"The record grants {listed(granted)}."


def _instead(claim: Claim, draft: Draft, granted: tuple[Decimal, ...]) -> str | None:
    lower = [percent for percent in granted if claim.value is not None and percent <= claim.value]
    start, end = claim.number
    if not lower or not draft.text[start].isdigit():
        return None
    return draft.text[claim.start : start] + plain(lower[-1]) + draft.text[end : claim.end]
