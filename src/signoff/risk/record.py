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


@dataclass(frozen=True)
class Record:
    """The facts as typed values; None where the facts have no such list."""

    amounts: tuple[Entry, ...] | None
    discounts: tuple[tuple[Decimal, str | None], ...] | None
    offer: Decimal | None
    """The discount that the call declares."""
    _seen: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def comparison(
        self, spoken: str | None, about: str | None, lowest: bool, percents: tuple[Decimal, ...]
    ) -> tuple[tuple[Entry, ...], set[Money]]:
        """The entries that an amount is compared with, and every value that they support."""
        key = (spoken, about, lowest, percents)
        if key not in self._seen:
            entries = _comparable(self.amounts or (), spoken, about)
            entries = _lowest(entries) if lowest else entries
            self._seen[key] = (entries, _values(entries, spoken, percents))
        found: tuple[tuple[Entry, ...], set[Money]] = self._seen[key]
        return found

    def percents(self, about: str | None = None) -> tuple[Decimal, ...]:
        """The discounts on record, lowest first; for a thing, those on it and on everything."""
        chosen = {
            percent
            for percent, product in self.discounts or ()
            if product is None or about is None or product.lower() == about.lower()
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


def _comparable(entries: tuple[Entry, ...], spoken: str | None, about: str | None) -> tuple[Entry, ...]:
    """The entries that a claim is compared with: same field, and same thing where one is named."""
    if spoken == "paid":
        return tuple(entry for entry in entries if entry.kind == "paid")
    chosen = tuple(entry for entry in entries if about is None or entry.about == about)
    if spoken is None:
        return chosen
    kinds = ("list",) if spoken == "list" else ("list", "saving")
    return tuple(entry for entry in chosen if entry.kind in kinds) or chosen


def _values(entries: tuple[Entry, ...], spoken: str | None, percents: tuple[Decimal, ...]) -> set[Money]:
    """What a claim may say: the amounts on record and what the applied discounts make of them."""
    values: set[Money] = set()
    for entry in entries:
        if spoken != "saving" or entry.kind == "saving":
            values.add((entry.amount, entry.currency))
        if entry.kind != "list" or spoken == "paid":
            continue
        for percent in percents:
            saving = entry.amount * percent / 100
            derived = saving if spoken == "saving" else entry.amount - saving
            for rounding in (ROUND_HALF_UP, ROUND_HALF_EVEN):
                values.add((derived.quantize(CENT, rounding), entry.currency))
    return values


def _lowest(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """The cheapest entry of each thing and currency."""
    least: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        known = least.setdefault((entry.about, entry.currency), entry)
        if entry.amount < known.amount:
            least[entry.about, entry.currency] = entry
    return tuple(least.values())
