"""What the facts say about money, as typed values, and what may be said on the strength of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from signoff.domain.action import Action
from signoff.risk.finding import fact_records

CENT = Decimal("0.01")

Money = tuple[Decimal, str]


@dataclass(frozen=True)
class Entry:
    """One amount on record."""

    kind: str
    """`list`, `paid` or `saving`."""
    about: str
    amount: Decimal
    currency: str
    of: str = ""
    """The larger thing that it belongs to: the order of a line."""


@dataclass(frozen=True)
class Record:
    """The facts as typed values; None where the facts have no such list."""

    amounts: tuple[Entry, ...] | None
    discounts: tuple[tuple[Decimal, str | None], ...] | None
    offer: Decimal | None
    """The discount that the call declares."""
    _seen: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def comparison(
        self,
        spoken: str | None,
        things: frozenset[str],
        lowest: bool,
        percents: tuple[Decimal, ...],
    ) -> tuple[tuple[Entry, ...], set[Money]]:
        """The entries that an amount is compared with, and every value that they support.

        Args:
            spoken: the field that the words around the amount name, if they do.
            things: what it is said of; empty where the text names nothing on record.
            lowest: whether it is called the lowest price.
            percents: the discounts that the text applies.
        """
        key = (spoken, things, lowest, percents)
        if key not in self._seen:
            entries = _comparable(self.amounts or (), spoken, things)
            entries = _lowest(entries) if lowest else entries
            self._seen[key] = (entries, _values(entries, spoken, percents))
        found: tuple[tuple[Entry, ...], set[Money]] = self._seen[key]
        return found

    def about(self, thing: str) -> tuple[Decimal, ...]:
        """Every amount on record of one thing."""
        return tuple(dict.fromkeys(entry.amount for entry in self.amounts or () if entry.about == thing))

    def things(self) -> frozenset[str]:
        """Everything that an amount on record is about."""
        return frozenset(entry.about for entry in self.amounts or () if entry.about)

    def percents(self, things: frozenset[str] = frozenset()) -> tuple[Decimal, ...]:
        """The discounts on record, lowest first; for things, those on one of them and on everything."""
        named = {thing.lower() for thing in things}
        chosen = {
            percent
            for percent, product in self.discounts or ()
            if product is None or not named or product.lower() in named
        }
        return tuple(sorted(chosen))


def read_record(action: Action, amounts: str, discounts: str, offer: str | None) -> Record:
    """The facts under the keys `amounts` and `discounts`, and the argument `offer`.

    Raises:
        ValueError: something there is not of the expected shape.
    """
    prices = fact_records(action, amounts)
    granted = fact_records(action, discounts)
    declared = action.arguments.get(offer) if offer else None
    return Record(
        amounts=None if prices is None else tuple(_entry(one) for one in prices),
        discounts=None if granted is None else tuple(_discount(one) for one in granted),
        offer=None if declared is None else _decimal(declared, str(offer)),
    )


def _entry(record: dict[str, Any]) -> Entry:
    return Entry(
        kind=str(record.get("kind", "list")),
        about=str(record.get("about") or ""),
        amount=_decimal(record.get("amount"), "amount"),
        currency=str(record.get("currency", "USD")),
        of=str(record.get("of") or ""),
    )


def _discount(record: dict[str, Any]) -> tuple[Decimal, str | None]:
    about = record.get("about")
    return _decimal(record.get("percent"), "percent"), None if about is None else str(about)


def _decimal(value: Any, name: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        raise ValueError(f"{name} is {value!r}, no number")
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise ValueError(f"{name} is {value!r}, no number") from error
    if not number.is_finite():
        raise ValueError(f"{name} is {value!r}, no number")
    return number


def _comparable(entries: tuple[Entry, ...], spoken: str | None, things: frozenset[str]) -> tuple[Entry, ...]:
    """The entries that a claim is compared with: same field, and same thing where one is named."""
    chosen = _of_things(entries, things)
    if spoken == "paid":
        return tuple(entry for entry in chosen if entry.kind == "paid")
    if spoken is None:
        return chosen
    kinds = ("list",) if spoken == "list" else ("list", "saving")
    return tuple(entry for entry in chosen if entry.kind in kinds) or chosen


def _of_things(entries: tuple[Entry, ...], things: frozenset[str]) -> tuple[Entry, ...]:
    """What is about `things`; a line of an order only if no other order is meant."""
    if not things:
        return entries
    chosen = [entry for entry in entries if entry.about in things]
    narrowed = [entry for entry in chosen if not entry.of or entry.of in things]
    return tuple(narrowed if any(entry.of for entry in narrowed) else chosen)


def _values(entries: tuple[Entry, ...], spoken: str | None, percents: tuple[Decimal, ...]) -> set[Money]:
    """What a claim may say: the amounts on record and what the applied discounts make of them."""
    values: set[Money] = set()
    for entry in entries:
        if spoken != "saving" or entry.kind == "saving":
            values.add((entry.amount, entry.currency))
        if entry.kind != "list" or spoken == "paid":
            continue
        for percent in percents:
            for rounding in (ROUND_HALF_UP, ROUND_HALF_EVEN):
                saving = (entry.amount * percent / 100).quantize(CENT, rounding)
                rest = (entry.amount * (100 - percent) / 100).quantize(CENT, rounding)
                derived = {"saving": (saving,), None: (saving, rest, entry.amount - saving)}
                for amount in derived.get(spoken, (rest, entry.amount - saving)):
                    values.add((amount, entry.currency))
    return values


def _lowest(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """The cheapest entry of each thing and currency."""
    least: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        known = least.setdefault((entry.about, entry.currency), entry)
        if entry.amount < known.amount:
            least[entry.about, entry.currency] = entry
    return tuple(least.values())


def plain(number: Decimal) -> str:
    """Without an exponent and closing zeros."""
    return f"{number.normalize():f}"
