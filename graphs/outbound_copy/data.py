"""The retail record and our overlay, loaded once and looked things up in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from graphs.outbound_copy.settings import HERE
from graphs.retail.record import DataMissing, money, not_a_record, read_record, record_path

OVERLAY = HERE / "overlay.yaml"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Brand(_Part):
    """Whose mail this is."""

    name: str
    sender: str
    signature: str


class Tier(_Part):
    """What accounts of one tier may be promised, in percent."""

    discounts: tuple[Decimal, ...]
    discount_limit: Decimal


class Overlay(_Part):
    """What the retail data lacks; `overlay.yaml` says so at its head."""

    brand: Brand
    link_domains: tuple[str, ...]
    pages: tuple[str, ...]
    recipient_domains: tuple[str, ...]
    tiers: dict[str, Tier]
    accounts: dict[str, str]

    @model_validator(mode="after")
    def _tiers_exist(self) -> Overlay:
        for account, tier in self.accounts.items():
            if tier not in self.tiers:
                raise ValueError(f"accounts.{account}: there is no tier {tier!r}")
        if DEFAULT_TIER not in self.tiers:
            raise ValueError(f"tiers: {DEFAULT_TIER!r} is missing")
        return self

    @property
    def links(self) -> list[str]:
        """The pages as links below the first domain."""
        return [f"https://{self.link_domains[0]}/{page}" for page in self.pages]

    def tier_of(self, customer_id: str) -> str:
        return self.accounts.get(customer_id, DEFAULT_TIER)


DEFAULT_TIER = "standard"


@dataclass(frozen=True)
class Customer:
    """One account of the record."""

    id: str
    first_name: str
    last_name: str
    email: str
    address: dict[str, str]
    payment_methods: tuple[str, ...]
    orders: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def street(self) -> str:
        return self.address["address1"]

    def own_data(self) -> list[str]:
        """Everything in a draft that would be this person's own data, as text."""
        return [self.id, self.name, self.email, *self.address.values(), *self.payment_methods, *self.orders]


@dataclass(frozen=True)
class Item:
    """One line of an order."""

    name: str
    price: Decimal


@dataclass(frozen=True)
class Order:
    """One order; `paid` holds payments and refunds as they were booked."""

    id: str
    customer_id: str
    status: str
    address: dict[str, str]
    items: tuple[Item, ...]
    paid: tuple[Decimal, ...]

    @property
    def total(self) -> Decimal:
        return sum((item.price for item in self.items), Decimal(0))


@dataclass(frozen=True)
class Product:
    """One product with the prices of the variants that can be had now, lowest first."""

    id: str
    name: str
    prices: tuple[Decimal, ...]


@dataclass(frozen=True)
class Retail:
    """The record: customers, orders, products, and the overlay beside them."""

    customers: dict[str, Customer]
    orders: dict[str, Order]
    products: dict[str, Product]
    overlay: Overlay

    @cached_property
    def _by_email(self) -> dict[str, Customer]:
        return {customer.email.lower(): customer for customer in self.customers.values()}

    @cached_property
    def _by_name(self) -> dict[str, Product]:
        return {product.name.lower(): product for product in self.products.values()}

    @cached_property
    def _people(self) -> dict[str, list[tuple[str, Customer]]]:
        """Phrases that tell a person, as lower-case words, with their kind and whose they are."""
        known: dict[str, list[tuple[str, Customer]]] = {}
        for customer in self.customers.values():
            for kind, phrase in _phrases(customer):
                known.setdefault(" ".join(_words(phrase)), []).append((kind, customer))
        return known

    @cached_property
    def _single_names(self) -> dict[str, str]:
        """First names, surnames and cities of all customers, with their kind."""
        known: dict[str, str] = {}
        for customer in self.customers.values():
            known |= {customer.address.get("city", ""): "place"}
            known |= {customer.first_name: "person", customer.last_name: "person"}
        return {name: kind for name, kind in known.items() if name}

    def by_email(self, address: str) -> Customer | None:
        return self._by_email.get(address.strip().lower())

    def find_customers(self, query: str) -> list[Customer]:
        """By id, e-mail address or full name."""
        wanted = query.strip().lower()
        return [
            customer
            for customer in self.customers.values()
            if wanted in (customer.id, customer.email.lower(), customer.name.lower())
        ]

    def find_product(self, name: str) -> Product | None:
        """By id, or by name in singular or plural."""
        wanted = name.strip().lower()
        return self.products.get(wanted) or self._by_name.get(wanted) or self._by_name.get(wanted.rstrip("s"))

    def orders_of(self, customer: Customer) -> list[Order]:
        return [self.orders[order_id] for order_id in customer.orders if order_id in self.orders]

    def products_named(self, text: str) -> list[Product]:
        """Every product whose name stands in `text`."""
        lower = text.lower()
        return [product for name, product in self._by_name.items() if name in lower]

    def people_named(self, text: str) -> Iterator[tuple[str, str, Customer]]:
        """What in `text` tells a customer: kind, the words as they stand there, and whose it is."""
        spans = [found.span() for found in _WORD.finditer(text)]
        words = [text[start:end].lower() for start, end in spans]
        for size in (1, 2, 3, 4):
            for first in range(len(words) - size + 1):
                for kind, customer in self._people.get(" ".join(words[first : first + size]), ()):
                    yield kind, text[spans[first][0] : spans[first + size - 1][1]], customer

    def names_in(self, text: str) -> list[tuple[str, str]]:
        """Kind and name of every customer's first name, surname and city that stands in `text`."""
        words = _words_as_written(text)
        phrases = {*words, *(" ".join(pair) for pair in pairwise(words))}
        return sorted((kind, name) for name, kind in self._single_names.items() if name in phrases)


_WORD = re.compile(r"[\w#@]+(?:[.'-]\w+|@\w+)*")


def _words_as_written(text: str) -> list[str]:
    return [found[0].removesuffix("'s") for found in _WORD.finditer(text)]


def _words(text: str) -> list[str]:
    return [found[0].lower() for found in _WORD.finditer(text)]


def _phrases(customer: Customer) -> Iterator[tuple[str, str]]:
    yield "name", customer.name
    yield "e-mail address", customer.email
    yield "customer number", customer.id
    yield "street address", customer.street
    for order_id in customer.orders:
        yield "order number", order_id
    for method in customer.payment_methods:
        yield "payment method", method


def load_overlay(path: Path = OVERLAY) -> Overlay:
    """Our additions to the record.

    Raises:
        DataMissing: the file cannot be read or does not fit.
    """
    try:
        return Overlay.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise DataMissing(f"{path}: {error}") from error


def load_retail(data: Path | None = None) -> Retail:
    """The record from `data`/tau2_retail/db.json, or from the sample when `data` is None.

    Raises:
        DataMissing: the file is not there, or is no such record.
    """
    raw, overlay = read_record(data), load_overlay()
    try:
        return Retail(
            customers={key: _customer(value) for key, value in raw["users"].items()},
            orders={key: _order(value) for key, value in raw["orders"].items()},
            products={key: _product(value) for key, value in raw["products"].items()},
            overlay=overlay,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise not_a_record(record_path(data), error) from error


def _customer(raw: dict[str, Any]) -> Customer:
    return Customer(
        id=raw["user_id"],
        first_name=raw["name"]["first_name"],
        last_name=raw["name"]["last_name"],
        email=raw["email"],
        address=dict(raw["address"]),
        payment_methods=tuple(raw["payment_methods"]),
        orders=tuple(raw["orders"]),
    )


def _order(raw: dict[str, Any]) -> Order:
    return Order(
        id=raw["order_id"],
        customer_id=raw["user_id"],
        status=raw["status"],
        address=dict(raw["address"]),
        items=tuple(Item(item["name"], money(item["price"])) for item in raw["items"]),
        paid=tuple(money(entry["amount"]) for entry in raw["payment_history"]),
    )


def _product(raw: dict[str, Any]) -> Product:
    prices = {money(variant["price"]) for variant in raw["variants"].values() if variant["available"]}
    return Product(id=raw["product_id"], name=raw["name"], prices=tuple(sorted(prices)))
