"""Amounts of money: compared with the record by field and by the thing they are said of.

Prices after a discount, sums and differences are computed again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Literal, get_args

from signoff.domain.flag import Severity
from signoff.risk.amounts import DOLLAR, Claim
from signoff.risk.finding import listed
from signoff.risk.grounding import arithmetic
from signoff.risk.grounding.draft import Draft, Finding, Mention
from signoff.risk.grounding.money_record import CENT, Entry, Money, Record, plain
from signoff.risk.grounding.settings import GroundingSettings

Code = Literal[
    "price_unsupported", "price_unverified", "amount_unsupported", "arithmetic_wrong", "amount_of_another"
]
CODES: frozenset[str] = frozenset(get_args(Code))
_FIELD_WORDS = re.compile(
    r"\b(?:(?P<paid>paid|spen[dt]|charged|billed|total\w*|came to|bought|purchased|order of|refund\w*|"
    r"invoice\w*)"
    r"|(?P<saving>sav(?:e|es|ing|ings)|discount of|credit|voucher)"
    r"|(?P<list>prices|costs|costing|now|only|just))\b",
    re.IGNORECASE,
)
_LOWEST = re.compile(
    r"\b(?:from|(?:start|begin)(?:s|ning|ing)? (?:at|from|with))\s{1,3}(?:only\s|just\s)?$", re.IGNORECASE
)
_PRICE_BEFORE = re.compile(
    r"\b(?:price\w*|cost\w*|pay|paid|only|just|now|instead of)\b[^.\n]{0,15}$", re.IGNORECASE
)
_OFF_AFTER = re.compile(r"\s{0,2}(?:off|discount|less|cheaper)\b", re.IGNORECASE)
_FOR_AFTER = re.compile(
    r"[ ]{0,2}\)?[ ]?(?:for|on|as)[ ](?:(?:the|your|a|an|this|that|our|any|every|one|order)[ ]){0,2}$",
    re.IGNORECASE,
)
_AND = re.compile(r"\s{0,2}(?:,|and|&|or|,\s?and)\s(?:(?:the|your|a|an|our)\s)?", re.IGNORECASE)
_FIELD_NAMES: dict[str | None, str] = {"list": "price", "paid": "payment", "saving": "saving"}


@dataclass(frozen=True)
class _Stated:
    """An amount that a draft states, and what it is compared with."""

    claim: Claim
    currency: str
    spoken: str | None
    """The field that the words around it name: list, paid, saving, or unknown."""
    things: frozenset[str]
    """What on record it is said of; empty where no text names anything."""
    entries: tuple[Entry, ...]
    values: set[Money]

    @property
    def is_supported(self) -> bool:
        return (self.claim.value, self.currency) in self.values


def findings(
    draft: Draft, record: Record, settings: GroundingSettings, percents: tuple[Decimal, ...]
) -> Iterator[Finding]:
    """What is wrong with the amounts of a draft; `percents` are the discounts that apply."""
    claims = [one for one in draft.money if one.kind == "money" or _is_price(draft, one)]
    if record.amounts is None:
        missing = f"The facts hold no list {settings.amounts!r}."
        message = "There is no record of prices to compare this with."
        for claim in claims:
            yield Finding.on(draft, claim, "price_unverified", Severity.MEDIUM, message, missing)
        return

    @cache
    def stated(place: int) -> _Stated:
        return _read(draft, claims[place], record, settings.currency, percents)

    for place in range(len(claims)):
        if not stated(place).is_supported:
            around = range(max(0, place - arithmetic.MOST), min(len(claims), place + arithmetic.MOST + 1))
            supported = (stated(other) for other in around if stated(other).is_supported)
            grounded = [one.claim for one in supported if one.currency == settings.currency]
            is_own = stated(place).currency == settings.currency
            yield from _unsupported(draft, stated(place), record, grounded if is_own else None, percents)


def _is_price(draft: Draft, claim: Claim) -> bool:
    """Whether the words before a bare number make it a price: "now only 19.90"."""
    before = draft.text[max(0, claim.start - 30) : claim.start]
    return claim.kind == "number" and _PRICE_BEFORE.search(before) is not None


def _read(
    draft: Draft, claim: Claim, record: Record, own_currency: str, percents: tuple[Decimal, ...]
) -> _Stated:
    spoken = _spoken(draft, claim)
    things = _things(draft, claim, record.things())
    lowest = spoken == "list" and _says_lowest(draft, claim)
    entries, values = record.comparison(spoken, things, lowest, percents)
    currency = own_currency if claim.currency in (None, DOLLAR) else claim.currency or ""
    return _Stated(claim, currency, spoken, things, entries, values)


def _unsupported(
    draft: Draft,
    stated: _Stated,
    record: Record,
    grounded: list[Claim] | None,
    percents: tuple[Decimal, ...],
) -> Iterator[Finding]:
    """The finding on an amount that is not on record, unless it follows from amounts that are.

    Args:
        grounded: what it may follow from; None for an amount in a foreign currency.
    """
    claim = stated.claim
    expected: set[Decimal] = set()
    if grounded is not None:
        sums = arithmetic.sums(draft, claim, grounded, record)
        differences = arithmetic.differences(draft, claim, grounded, record)
        if claim.value in sums | differences:
            return
        sentence = draft.sentence(claim.start)
        expected |= sums if arithmetic.speaks_of_sum(draft, *sentence) else set()
        expected |= differences if arithmetic.speaks_of_difference(draft, *sentence) else set()
    yield (
        _wrong_result(draft, stated, expected)
        if len(expected) == 1
        else _not_on_record(draft, stated, percents)
    )
    if grounded is not None and len(stated.things) == 1:
        yield from _belongs_elsewhere(draft, claim, next(iter(stated.things)), record)


def _wrong_result(draft: Draft, stated: _Stated, expected: set[Decimal]) -> Finding:
    [right] = expected
    return Finding.on(
        draft,
        stated.claim,
        "arithmetic_wrong",
        Severity.HIGH,
        "This does not follow from the amounts beside it.",
        f"Computed again it is {right:,} {stated.currency}.",
        _money_like(stated.claim, draft, {right}),
    )


def _not_on_record(draft: Draft, stated: _Stated, percents: tuple[Decimal, ...]) -> Finding:
    field = _FIELD_NAMES.get(stated.spoken, "amount")
    about = f" for {listed(sorted(stated.things), limit=3)}" if stated.things else ""
    code: Code = "amount_unsupported" if stated.spoken in ("paid", "saving") else "price_unsupported"
    fitting = {amount for amount, currency in stated.values if currency == stated.currency}
    return Finding.on(
        draft,
        stated.claim,
        code,
        Severity.HIGH,
        f"The record has no such {field}{about}.",
        _on_record(stated.entries, percents, stated.spoken),
        _money_like(stated.claim, draft, fitting),
    )


def _belongs_elsewhere(draft: Draft, claim: Claim, thing: str, record: Record) -> Iterator[Finding]:
    """The name beside an amount that the record has for something else that was bought."""
    lines = [entry for entry in record.amounts or () if entry.of]
    if any(entry.about == thing and entry.amount == claim.value for entry in lines):
        return
    owners = {entry.about for entry in lines if entry.amount == claim.value}
    named = _nearest(draft, claim, thing)
    if named and len(owners) == 1 and thing not in {entry.of for entry in lines}:
        [owner] = owners
        yield Finding(
            draft,
            named.start,
            named.end,
            "amount_of_another",
            Severity.MEDIUM,
            f"The amount beside this name was paid for {owner}.",
            f"On record: {owner} {claim.value:,}.",
            owner,
        )


def _spoken(draft: Draft, claim: Claim) -> str | None:
    """Which field the words around an amount speak of: list, paid, saving, or unknown."""
    if _OFF_AFTER.match(draft.text, claim.end):
        return "saving"
    start, _ = draft.sentence(claim.start)
    before = _FIELD_WORDS.finditer(draft.text, max(start, claim.start - 80), claim.start)
    words = [found.lastgroup for found in before]
    if _says_lowest(draft, claim):
        return "list"
    return words[-1] if words else None


def _says_lowest(draft: Draft, claim: Claim) -> bool:
    """Whether an amount is called the lowest: "from $19"."""
    return _LOWEST.search(draft.text, max(0, claim.start - 24), claim.start) is not None


def _things(draft: Draft, claim: Claim, known: frozenset[str]) -> frozenset[str]:
    """What on record the claim is said of; empty where no text names anything."""
    start, end = _clause(draft, claim)
    here = [one for one in draft.within(start, end) if one.name in known]
    before = [one for one in here if one.start < claim.start]
    if arithmetic.speaks_of_sum(draft, before[-1].end if before else start, claim.start):
        return draft.names & known
    return frozenset(_named(draft, claim, known, here)) or draft.names & known


def _named(draft: Draft, claim: Claim, known: frozenset[str], here: list[Mention]) -> set[str]:
    """What the clause says it of: `here` are its mentions."""
    after = next((one for one in here if one.start >= claim.end), None)
    if after and _FOR_AFTER.fullmatch(draft.text[claim.end : min(after.start, claim.end + 40)]):
        return {after.name}
    before = [one for one in here if one.start < claim.start]
    if before:
        return _coordinated(draft, before)
    previous = _previous(draft, draft.sentence(claim.start)[0], known)
    return ({previous} if previous else set()) | ({after.name} if after else set())


def _nearest(draft: Draft, claim: Claim, thing: str) -> Mention | None:
    """Where `thing` is named: last before the amount, else first after it in the sentence."""
    start, end = draft.sentence(claim.start)
    before = [one for one in draft.within(max(0, start - 400), claim.start) if one.name == thing]
    after = [one for one in draft.within(claim.end, end) if one.name == thing]
    return before[-1] if before else after[0] if after else None


def _clause(draft: Draft, claim: Claim) -> tuple[int, int]:
    """The part of the sentence between semicolons."""
    start, end = draft.sentence(claim.start)
    before, after = draft.text.rfind(";", start, claim.start), draft.text.find(";", claim.end, end)
    return max(start, before + 1), after if after >= 0 else end


def _coordinated(draft: Draft, mentions: list[Mention]) -> set[str]:
    """The last thing named, with those that "and" joins it to."""
    names = {mentions[-1].name}
    for one, following in zip(reversed(mentions[:-1]), reversed(mentions[1:]), strict=True):
        if not _AND.fullmatch(draft.text[one.end : min(following.start, one.end + 20)]):
            break
        names.add(one.name)
    return names


def _previous(draft: Draft, start: int, known: frozenset[str]) -> str | None:
    """What the sentence before named last."""
    if start == 0:
        return None
    named = [one.name for one in draft.within(*draft.sentence(start - 1)) if one.name in known]
    return named[-1] if named else None


def _on_record(entries: tuple[Entry, ...], percents: tuple[Decimal, ...], spoken: str | None) -> str:
    if not entries:
        return "The record holds no amount of this kind."
    parts = [f"On record: {listed(_shown(entries), limit=4)}."]
    prices = [entry for entry in entries if entry.kind == "list"]
    if percents and len(prices) == 1 and spoken != "paid":
        [price] = prices
        for percent in percents:
            after = (price.amount * (100 - percent) / 100).quantize(CENT, ROUND_HALF_UP)
            parts.append(f"Less {plain(percent)} % it is {after:,} {price.currency}.")
    return " ".join(parts)


def _shown(entries: tuple[Entry, ...]) -> list[str]:
    """Each thing with its amounts, many of them as a range: "Office Chair 471.82 to 544.29 USD"."""
    groups: dict[tuple[str, str, str], set[Decimal]] = {}
    for entry in entries:
        groups.setdefault((entry.about, entry.kind, entry.currency), set()).add(entry.amount)
    shown = []
    for (about, kind, currency), amounts in groups.items():
        ordered = [f"{amount:,}" for amount in sorted(amounts)]
        span = " or ".join(ordered) if len(ordered) <= 3 else f"{ordered[0]} to {ordered[-1]}"
        what = f"{len(ordered)} amounts, {kind}" if len(ordered) > 3 else kind
        shown.append(f"{about} {span} {currency} ({what})".strip())
    return shown


def _money_like(claim: Claim, draft: Draft, fitting: set[Decimal]) -> str | None:
    """The words of `claim` with the only fitting amount in place of its figures."""
    start, end = claim.number
    if len(fitting) != 1 or claim.is_scaled or not draft.text[start].isdigit():
        return None
    [amount] = fitting
    return draft.text[claim.start : start] + f"{amount:,.2f}" + draft.text[end : claim.end]
