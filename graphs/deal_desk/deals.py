"""A deal, and what the price book says about it."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

CURRENCY = "USD"
Stage = Literal["negotiation", "contracting", "signing", "declined"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Terms(_Part):
    """What is agreed: the part of a deal that a contract says."""

    account: str = Field(min_length=1)
    product: str
    seats: int = Field(ge=1, le=100_000)
    discount_percent: Decimal = Field(ge=0, le=100)
    term_months: int = Field(ge=1, le=120)
    payment_days: int = Field(ge=0, le=365)
    special_terms: str = ""


class Deal(Terms):
    """A deal as the CRM has it."""

    id: str
    version: int = 1
    """Grows with every change by sales; a contract is for one version."""
    tier: Literal["standard", "strategic"]
    contact_name: str
    contact_email: str
    owner: str
    """E-mail of the salesperson, on whose behalf the flow runs."""
    stage: Stage
    note: str = ""
    """What the deal desk said last."""
    contract_id: str | None = None


class Band(_Part):
    """From so many seats on, so much discount."""

    seats: int
    limit: Decimal


class PriceBook(_Part):
    """List prices per seat and year, and the discounts of standard deals."""

    products: dict[str, Decimal]
    discount_bands: tuple[Band, ...]

    @model_validator(mode="after")
    def _bands_rise(self) -> PriceBook:
        seats = [band.seats for band in self.discount_bands]
        if not seats or seats[0] != 1 or seats != sorted(set(seats)):
            raise ValueError("discount_bands: they must begin with 1 seat and rise")
        return self

    def discount_limit(self, seats: int) -> Decimal:
        """The most that a standard deal over so many seats may have, in percent."""
        return next(band.limit for band in reversed(self.discount_bands) if seats >= band.seats)

    def total(self, terms: Terms) -> Decimal:
        """What the contract is worth over its term, to the cent.

        Raises:
            KeyError: the product is not in the book.
        """
        yearly = self.products[terms.product] * terms.seats * (100 - terms.discount_percent) / 100
        return (yearly * terms.term_months / 12).quantize(Decimal("0.01"), ROUND_HALF_UP)


def load_price_book(path: Path) -> PriceBook:
    """The price book.

    Raises:
        ValueError: the file does not fit.
    """
    return PriceBook.model_validate(_read(path))


def load_deals(path: Path) -> tuple[Deal, ...]:
    """The deals of a file.

    Raises:
        ValueError: a deal does not fit.
    """
    return tuple(Deal.model_validate(one) for one in _read(path))


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))
