"""Where the facts hold what a draft may state."""

from __future__ import annotations

from typing import Literal, get_args

from signoff.risk.finding import Settings

ClaimKind = Literal["amounts", "percents", "dates", "counts", "addresses", "references", "names"]
"""What is compared; links are compared by the detector of that name."""


class GroundingSettings(Settings):
    """Each fact below is a list of records; a claim of a kind whose list is missing is "unverified"."""

    claims: tuple[ClaimKind, ...] = get_args(ClaimKind)
    """The kinds of claims that are compared."""
    amounts: str = "amounts"
    """Fact: {kind, about, amount, currency, of}; kind is `list`, `paid` or `saving`; `of` is the order of a
    line."""
    discounts: str = "discounts"
    """Fact: {percent, about}; `about` is None for a discount on everything."""
    dates: str = "dates"
    """Fact: {date, about}; the date as YYYY-MM-DD."""
    counts: str = "counts"
    """Fact: {count, what, about}; `what` is a noun in singular, or a list of nouns that mean the same."""
    addresses: str = "addresses"
    """Fact: {street, city, state, postcode}, each optional."""
    references: str = "references"
    """Fact: {id, kind}: numbers of orders and the like, as they are written."""
    names: str = "names"
    """Fact: {name, kind, own, of}; kind is `person`, `product`, `place` or `brand`; `name` may be a list.
    A name that is not `own` (default true) is known, but does not belong into this text. `of` is an order
    that holds the product."""
    offer: str | None = None
    """Argument that holds the offered discount as a number, for rules to read."""
    currency: str = "USD"
    """The currency that "$" stands for."""
    counted: tuple[str, ...] = ()
    """Nouns whose counts are claims even if the facts count no such thing, beside the usual ones."""

    @property
    def facts(self) -> frozenset[str]:
        """The lists above; all of them, since one may say what the claims of another are about."""
        lists = (self.amounts, self.discounts, self.dates, self.counts, self.addresses, self.references)
        return frozenset((*lists, self.names))
