"""Prices, discounts and amounts that the record does not support.

Values are compared field by field: a price with the list prices of the product it is about, what
was paid with what the record says was paid, a percentage with the discounts on record. Prices
after a discount are computed again from list price and percentage.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, get_args

from signoff.domain.action import Action
from signoff.domain.flag import RiskFlag, Severity
from signoff.risk.amounts import DOLLAR, Claim, claims
from signoff.risk.finding import TOO_MANY, Marker, Settings, listed, texts
from signoff.risk.record import CENT, Entry, Money, Record, read_record
from signoff.risk.text import Plain, Sentences

NAME, VERSION = "grounding", "1"
Code = Literal[
    "price_unsupported",
    "price_unverified",
    "amount_unsupported",
    "percent_unsupported",
    "discount_unsupported",
    "discount_unverified",
    "discount_undeclared",
    "discount_differs",
]
CODES: frozenset[str] = frozenset((*get_args(Code), TOO_MANY))
_DISCOUNT_WORDS = re.compile(
    r"\b(?:off|discount\w*|sav(?:e|es|ing|ings)|reduc\w*|rebate|markdown|coupon|voucher|cheaper|less|"
    r"half[ -]price)\b",
    re.IGNORECASE,
)
_FIELD_WORDS = re.compile(
    r"\b(?:(?P<paid>paid|spen[dt]|charged|total\w*|came to|bought|purchased|order of|refund\w*|invoice\w*)"
    r"|(?P<saving>sav(?:e|es|ing|ings)|discount of|credit|voucher)"
    r"|(?P<list>price\w*|cost\w*|now|only|just)"
    r"|(?P<either>from|for|at))\b",
    re.IGNORECASE,
)
_LOWEST = re.compile(r"\b(?:from|starting at|starts at|start at)\s{1,3}(?:only\s|just\s)?$", re.IGNORECASE)
_PRICE_BEFORE = re.compile(
    r"\b(?:price\w*|cost\w*|pay|paid|only|just|now|instead of)\b[^.\n]{0,15}$", re.IGNORECASE
)
_OFF_AFTER = re.compile(r"\s{0,2}(?:off|discount|less|cheaper)\b", re.IGNORECASE)


class GroundingSettings(Settings):
    """Where the facts hold what a draft may state."""

    amounts: str = "amounts"
    """Fact: records {kind, about, amount, currency}; kind is `list`, `paid` or `saving`."""
    discounts: str = "discounts"
    """Fact: records {percent, about}; `about` is None for a discount on everything."""
    offer: str | None = None
    """Argument that holds the offered discount as a number, for rules to read."""
    currency: str = "USD"
    """The currency that "$" stands for."""


@dataclass(frozen=True)
class _Draft:
    path: str
    original: str
    plain: Plain
    sentences: Sentences
    mentions: tuple[tuple[int, str], ...]
    """Where a thing on record is named, and which."""
    claims: tuple[Claim, ...]

    def sentence(self, claim: Claim) -> tuple[int, int]:
        return self.sentences.around(claim.start)

    def about(self, claim: Claim) -> str | None:
        """The thing on record that the claim's sentence names: nearest before it, else after it."""
        start, end = self.sentence(claim)
        after = bisect_right(self.mentions, claim.start, key=lambda mention: mention[0])
        if after and self.mentions[after - 1][0] >= start:
            return self.mentions[after - 1][1]
        if after < len(self.mentions) and self.mentions[after][0] < end:
            return self.mentions[after][1]
        return None

    def is_discount(self, claim: Claim) -> bool:
        start, end = self.sentence(claim)
        near = self.plain.text[max(start, claim.start - 160) : min(end, claim.end + 160)]
        return _DISCOUNT_WORDS.search(near) is not None

    def spoken(self, claim: Claim) -> str | None:
        """Which field the words around an amount speak of: list, paid, saving, or unknown."""
        if _OFF_AFTER.match(self.plain.text, claim.end):
            return "saving"
        start, _ = self.sentence(claim)
        before = _FIELD_WORDS.finditer(self.plain.text, max(start, claim.start - 80), claim.start)
        words = [found.lastgroup for found in before]
        if not words or words[-1] != "either":
            return words[-1] if words else None
        # "You bought it for": a word like "for" names the list price unless a field came before it.
        return "list" if set(words) <= {"either", "list"} else None

    def is_price(self, claim: Claim) -> bool:
        """Whether the words before a bare number make it a price: "now only 19.90"."""
        return _PRICE_BEFORE.search(self.plain.text, max(0, claim.start - 30), claim.start) is not None

    def says_lowest(self, claim: Claim) -> bool:
        """Whether an amount is called the lowest: "from $19"."""
        return _LOWEST.search(self.plain.text, max(0, claim.start - 24), claim.start) is not None


class Grounding:
    """Compares what a draft states with the facts. No facts to compare with is a flag too."""

    name = NAME
    version = VERSION
    codes = CODES

    def __init__(self, settings: GroundingSettings) -> None:
        self._settings = settings
        self._mark = Marker[Code](NAME, VERSION)

    def detect(self, action: Action) -> Sequence[RiskFlag]:
        settings = self._settings
        record = read_record(action, settings.amounts, settings.discounts, settings.offer)
        names = tuple(dict.fromkeys(entry.about for entry in record.amounts or () if entry.about))
        drafts = [_draft(path, text, names) for path, text in texts(action, self._settings)]
        return self._mark.collected(self._flags(drafts, record))

    def _flags(self, drafts: list[_Draft], record: Record) -> Iterator[RiskFlag]:
        stated = frozenset(
            claim.value
            for draft in drafts
            for claim in draft.claims
            if claim.kind == "percent" and claim.value is not None and draft.is_discount(claim)
        )
        if drafts:
            yield from self._offer_flags(record, stated)
        on_record = set(record.percents())
        applied = {p for p in (*stated, record.offer) if p is not None and p in on_record}
        for draft in drafts:
            for claim in draft.claims:
                if claim.kind == "percent":
                    yield from self._percent_flags(draft, claim, record)
                elif claim.kind == "money" or draft.is_price(claim):
                    yield from self._amount_flags(draft, claim, record, tuple(sorted(applied)))

    def _offer_flags(self, record: Record, stated: frozenset[Decimal]) -> Iterator[RiskFlag]:
        offer = record.offer
        if not offer or offer in record.percents() or offer in stated:
            return
        yield self._mark.flag(
            "discount_unsupported",
            Severity.HIGH,
            f"The offered discount of {_plain(offer)} % is not on record.",
            path=f"/{self._settings.offer}",
            evidence=_granted(record),
        )

    def _percent_flags(self, draft: _Draft, claim: Claim, record: Record) -> Iterator[RiskFlag]:
        is_discount = draft.is_discount(claim)
        if not is_discount and claim.value in (Decimal(0), Decimal(100)):
            return
        if record.discounts is None:
            yield self._on(
                draft,
                claim,
                "discount_unverified",
                Severity.MEDIUM,
                "There is no record of discounts to compare this with.",
                f"The facts hold no list {self._settings.discounts!r}.",
            )
            return
        granted = record.percents(draft.about(claim))
        if claim.value is None or claim.value not in granted:
            yield self._on(
                draft,
                claim,
                "discount_unsupported" if is_discount else "percent_unsupported",
                Severity.HIGH if is_discount else Severity.MEDIUM,
                "The record grants no such discount."
                if is_discount
                else "Nothing on record supports this figure.",
                _granted(record),
                _instead(claim, draft, granted) if is_discount else None,
            )
        elif is_discount:
            yield from self._declared_flags(draft, claim, record)

    def _declared_flags(self, draft: _Draft, claim: Claim, record: Record) -> Iterator[RiskFlag]:
        """A discount in the text must be the one that the policy's rules saw."""
        name = self._settings.offer
        if name is None or record.offer == claim.value:
            return
        declared = "is not set" if record.offer is None else f"says {_plain(record.offer)} %"
        yield self._on(
            draft,
            claim,
            "discount_undeclared" if record.offer is None else "discount_differs",
            Severity.HIGH,
            "The text offers a discount that the call does not declare, so no limit was applied to it.",
            f"The argument {name} {declared}.",
        )

    def _amount_flags(
        self, draft: _Draft, claim: Claim, record: Record, percents: tuple[Decimal, ...]
    ) -> Iterator[RiskFlag]:
        if record.amounts is None:
            yield self._on(
                draft,
                claim,
                "price_unverified",
                Severity.MEDIUM,
                "There is no record of prices to compare this with.",
                f"The facts hold no list {self._settings.amounts!r}.",
            )
            return
        spoken = draft.spoken(claim)
        about = draft.about(claim)
        lowest = spoken == "list" and draft.says_lowest(claim)
        entries, values = record.comparison(spoken, about, lowest, percents)
        currency = self._settings.currency if claim.currency in (None, DOLLAR) else claim.currency
        if (claim.value, currency) in values:
            return
        yield self._on(
            draft,
            claim,
            "amount_unsupported" if spoken in ("paid", "saving") else "price_unsupported",
            Severity.HIGH,
            f"The record has no such {_FIELD_NAMES.get(spoken, 'amount')}{f' for {about}' if about else ''}.",
            _compared(entries, percents, spoken),
            _money_like(claim, draft, values, currency),
        )

    def _on(
        self,
        draft: _Draft,
        claim: Claim,
        code: Code,
        severity: Severity,
        message: str,
        evidence: str,
        suggestion: str | None = None,
    ) -> RiskFlag:
        start, end = draft.plain.span(claim.start, claim.end)
        return self._mark.flag(
            code,
            severity,
            message,
            path=draft.path,
            text=draft.original,
            start=start,
            end=end,
            evidence=evidence,
            suggestion=suggestion,
        )


_FIELD_NAMES: dict[str | None, str] = {"list": "price", "paid": "payment", "saving": "saving"}


def _draft(path: str, text: str, names: tuple[str, ...]) -> _Draft:
    plain = Plain(text)
    return _Draft(
        path=path,
        original=text,
        plain=plain,
        sentences=Sentences(plain.text),
        mentions=_mentions(plain.text, names),
        claims=tuple(claims(plain.text)),
    )


def _mentions(text: str, names: tuple[str, ...]) -> tuple[tuple[int, str], ...]:
    if not names:
        return ()
    by_lower = {name.lower(): name for name in names}
    longest_first = sorted(by_lower, key=len, reverse=True)
    pattern = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, longest_first))})(?:e?s)?(?!\w)", re.IGNORECASE)
    return tuple(
        (found.start(), by_lower[found[1].lower()])
        for found in pattern.finditer(text)
        if found[1].lower() in by_lower
    )


def _compared(entries: tuple[Entry, ...], percents: tuple[Decimal, ...], spoken: str | None) -> str:
    if not entries:
        return "The record holds no amount of this kind."
    parts = [f"On record: {listed(_shown(entries), limit=4)}."]
    prices = [entry for entry in entries if entry.kind == "list"]
    if percents and len(prices) == 1 and spoken != "paid":
        [price] = prices
        for percent in percents:
            after = (price.amount * (100 - percent) / 100).quantize(CENT, ROUND_HALF_UP)
            parts.append(f"Less {_plain(percent)} % it is {after:,} {price.currency}.")
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


def _granted(record: Record) -> str:
    granted = [f"{_plain(percent)} %" for percent in record.percents()]
    if not granted:
        return "The record grants no discount."
    return f"The record grants {listed(granted)}."


def _instead(claim: Claim, draft: _Draft, granted: tuple[Decimal, ...]) -> str | None:
    lower = [percent for percent in granted if claim.value is not None and percent <= claim.value]
    if not lower or not draft.plain.text[claim.number[0] : claim.number[1]][:1].isdigit():
        return None
    return _replaced(claim, draft, _plain(lower[-1]))


def _money_like(claim: Claim, draft: _Draft, values: set[Money], currency: str) -> str | None:
    fitting = {amount for amount, unit in values if unit == currency}
    if len(fitting) != 1 or claim.is_scaled or not draft.plain.text[claim.number[0]].isdigit():
        return None
    return _replaced(claim, draft, f"{fitting.pop():,.2f}")


def _replaced(claim: Claim, draft: _Draft, figures: str) -> str:
    text = draft.plain.text
    return text[claim.start : claim.number[0]] + figures + text[claim.number[1] : claim.end]


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
