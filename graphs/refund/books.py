"""The shop's database: tables, how a record of tau2-bench becomes rows, and reading nouns back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from graphs.refund.shop import Address, Customer, Item, Method, Order, Payment, Product, Variant
from graphs.retail import money

SCHEMA = """
CREATE TABLE customers (
  id TEXT PRIMARY KEY, first_name TEXT NOT NULL, last_name TEXT NOT NULL, email TEXT NOT NULL,
  address1 TEXT NOT NULL, address2 TEXT NOT NULL, city TEXT NOT NULL, state TEXT NOT NULL,
  country TEXT NOT NULL, zip TEXT NOT NULL
) STRICT;
CREATE TABLE payment_methods (
  customer_id TEXT NOT NULL REFERENCES customers, id TEXT NOT NULL, source TEXT NOT NULL, brand TEXT,
  last_four TEXT, balance_cents INTEGER, PRIMARY KEY (customer_id, id)
) STRICT;
CREATE TABLE products (id TEXT PRIMARY KEY, name TEXT NOT NULL) STRICT;
CREATE TABLE variants (
  item_id TEXT PRIMARY KEY, product_id TEXT NOT NULL REFERENCES products, options TEXT NOT NULL,
  available INTEGER NOT NULL, price_cents INTEGER NOT NULL
) STRICT;
CREATE TABLE orders (
  id TEXT PRIMARY KEY, customer_id TEXT NOT NULL REFERENCES customers, status TEXT NOT NULL,
  address1 TEXT NOT NULL, address2 TEXT NOT NULL, city TEXT NOT NULL, state TEXT NOT NULL,
  country TEXT NOT NULL, zip TEXT NOT NULL, fulfillments TEXT NOT NULL, cancel_reason TEXT,
  return_items TEXT, return_method_id TEXT, exchange_items TEXT, exchange_new_items TEXT,
  exchange_method_id TEXT, exchange_difference_cents INTEGER
) STRICT;
CREATE INDEX orders_of_customer ON orders (customer_id);
CREATE TABLE order_items (
  order_id TEXT NOT NULL REFERENCES orders, line INTEGER NOT NULL, item_id TEXT NOT NULL,
  product_id TEXT NOT NULL, name TEXT NOT NULL, options TEXT NOT NULL, price_cents INTEGER NOT NULL,
  PRIMARY KEY (order_id, line)
) STRICT;
CREATE TABLE payments (
  order_id TEXT NOT NULL REFERENCES orders, number INTEGER NOT NULL, kind TEXT NOT NULL,
  amount_cents INTEGER NOT NULL, method_id TEXT NOT NULL, PRIMARY KEY (order_id, number)
) STRICT;
CREATE TABLE transfers (number INTEGER PRIMARY KEY, summary TEXT NOT NULL) STRICT;
-- What was asked for under which key: the same key is the same request, and is answered as before.
CREATE TABLE requests (
  key TEXT PRIMARY KEY, tool TEXT NOT NULL, arguments TEXT NOT NULL, answer TEXT NOT NULL,
  customer_id TEXT, refund_cents INTEGER NOT NULL, at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
) STRICT;
"""

RECORD_TABLES = (
    "customers", "payment_methods", "products", "variants", "orders", "order_items", "payments", "transfers",
)  # fmt: skip
"""Everything but the log of requests."""

_ADDRESS = ("address1", "address2", "city", "state", "country", "zip")
_ORDERS_OF = "SELECT id FROM orders WHERE customer_id = ? ORDER BY rowid"
_METHODS_OF = "SELECT * FROM payment_methods WHERE customer_id = ? ORDER BY rowid"
_VARIANTS = "SELECT variants.*, products.name FROM variants JOIN products ON products.id = product_id"
_NOTES = ("return_items", "exchange_items", "exchange_new_items")


def fill(connection: sqlite3.Connection, raw: Mapping[str, Any]) -> None:
    """Write a whole record of tau2-bench into empty tables.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: it is no such record.
    """
    for user in raw["users"].values():
        _insert(connection, "customers", _customer_row(user))
        for method in user["payment_methods"].values():
            _insert(connection, "payment_methods", _method_row(user["user_id"], method))
    for product in raw["products"].values():
        _insert(connection, "products", {"id": product["product_id"], "name": product["name"]})
        for variant in product["variants"].values():
            _insert(connection, "variants", _variant_row(product["product_id"], variant))
    for order in raw["orders"].values():
        _insert_order(connection, order)


def _customer_row(user: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": user["user_id"],
        "first_name": user["name"]["first_name"],
        "last_name": user["name"]["last_name"],
        "email": user["email"],
        **{part: user["address"][part] for part in _ADDRESS},
    }


def _method_row(customer_id: str, method: Mapping[str, Any]) -> dict[str, Any]:
    balance = method.get("balance")
    return {
        "customer_id": customer_id,
        "id": method["id"],
        "source": method["source"],
        "brand": method.get("brand"),
        "last_four": method.get("last_four"),
        "balance_cents": None if balance is None else cents(money(balance)),
    }


def _variant_row(product_id: str, variant: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "item_id": variant["item_id"],
        "product_id": product_id,
        "options": _json(variant["options"]),
        "available": int(variant["available"]),
        "price_cents": cents(money(variant["price"])),
    }


def _insert_order(connection: sqlite3.Connection, raw: Mapping[str, Any]) -> None:
    order = Order(
        id=raw["order_id"],
        customer_id=raw["user_id"],
        status=raw["status"],
        address=Address(**{part: raw["address"][part] for part in _ADDRESS}),
        items=tuple(
            Item(item["item_id"], item["product_id"], item["name"], money(item["price"]), item["options"])
            for item in raw["items"]
        ),
        payments=tuple(
            Payment(paid["transaction_type"], money(paid["amount"]), paid["payment_method_id"])
            for paid in raw["payment_history"]
        ),
        fulfillments=list(raw["fulfillments"]),
    )
    _insert(connection, "orders", _order_row(order))
    for line in range(len(order.items)):
        _insert(connection, "order_items", _item_row(order, line))
    for number in range(len(order.payments)):
        _insert(connection, "payments", _payment_row(order, number))


class Books:
    """Nouns read through one connection, and written back as the rows that differ."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def customer(self, customer_id: str) -> Customer | None:
        return next(self._customers("id = ?", customer_id), None)

    def customer_by_email(self, email: str) -> Customer | None:
        return next(self._customers("lower(email) = lower(?)", email), None)

    def customer_by_name(self, first_name: str, last_name: str, zip_code: str) -> Customer | None:
        where = "lower(first_name) = lower(?) AND lower(last_name) = lower(?) AND zip = ?"
        return next(self._customers(where, first_name, last_name, zip_code), None)

    def order(self, order_id: str) -> Order | None:
        row = self._one("SELECT * FROM orders WHERE id = ?", order_id)
        return None if row is None else self._order(row)

    def orders(self) -> Iterator[Order]:
        """Every order, in the order of the record."""
        for row in self._all("SELECT * FROM orders ORDER BY rowid"):
            yield self._order(row)

    def product(self, product_id: str) -> Product | None:
        row = self._one("SELECT * FROM products WHERE id = ?", product_id)
        return (
            None if row is None else Product(row["id"], row["name"], self._variants("product_id", row["id"]))
        )

    def variant(self, item_id: str) -> Variant | None:
        return next(iter(self._variants("item_id", item_id)), None)

    def product_types(self) -> dict[str, str]:
        """Product numbers by name, in the order of the alphabet."""
        return {row["name"]: row["id"] for row in self._all("SELECT * FROM products ORDER BY name")}

    def save(self, before: Order | Customer, after: Order | Customer) -> None:
        """Write what differs; rows that are the same stay untouched."""
        if isinstance(before, Order) and isinstance(after, Order):
            self._save_order(before, after)
        elif isinstance(before, Customer) and isinstance(after, Customer):
            self._save_customer(before, after)

    def _save_order(self, before: Order, after: Order) -> None:
        if _order_row(before) != _order_row(after):
            self._update("orders", _order_row(after), ("id",))
        for line, (old, new) in enumerate(zip(before.items, after.items, strict=True)):
            if old != new:
                self._update("order_items", _item_row(after, line), ("order_id", "line"))
        for number in range(len(before.payments), len(after.payments)):
            _insert(self._connection, "payments", _payment_row(after, number))

    def _save_customer(self, before: Customer, after: Customer) -> None:
        if before.address != after.address:
            self._update("customers", {"id": after.id, **vars(after.address)}, ("id",))
        for old, new in zip(before.methods, after.methods, strict=True):
            if old.balance != new.balance and new.balance is not None:
                row = {"customer_id": after.id, "id": new.id, "balance_cents": cents(new.balance)}
                self._update("payment_methods", row, ("customer_id", "id"))

    def _update(self, table: str, row: Mapping[str, Any], keys: tuple[str, ...]) -> None:
        values = ", ".join(f"{name} = :{name}" for name in row if name not in keys)
        where = " AND ".join(f"{name} = :{name}" for name in keys)
        self._connection.execute(f"UPDATE {table} SET {values} WHERE {where}", row)  # noqa: S608 - own names

    def _customers(self, where: str, *values: str) -> Iterator[Customer]:
        for row in self._all(f"SELECT * FROM customers WHERE {where} ORDER BY rowid", *values):  # noqa: S608 - as above
            owned = self._all(_ORDERS_OF, row["id"])
            methods = self._all(_METHODS_OF, row["id"])
            yield Customer(
                id=row["id"],
                first_name=row["first_name"],
                last_name=row["last_name"],
                email=row["email"],
                address=_address(row),
                methods=tuple(_method(method) for method in methods),
                orders=tuple(order["id"] for order in owned),
            )

    def _order(self, row: sqlite3.Row) -> Order:
        items = self._all("SELECT * FROM order_items WHERE order_id = ? ORDER BY line", row["id"])
        payments = self._all("SELECT * FROM payments WHERE order_id = ? ORDER BY number", row["id"])
        notes = {name: tuple(json.loads(row[name])) for name in _NOTES if row[name] is not None}
        return Order(
            id=row["id"],
            customer_id=row["customer_id"],
            status=row["status"],
            address=_address(row),
            items=tuple(
                Item(
                    one["item_id"],
                    one["product_id"],
                    one["name"],
                    amount(one["price_cents"]),
                    json.loads(one["options"]),
                )
                for one in items
            ),
            payments=tuple(
                Payment(paid["kind"], amount(paid["amount_cents"]), paid["method_id"]) for paid in payments
            ),
            fulfillments=json.loads(row["fulfillments"]),
            cancel_reason=row["cancel_reason"],
            return_method_id=row["return_method_id"],
            exchange_method_id=row["exchange_method_id"],
            exchange_difference=_maybe_amount(row["exchange_difference_cents"]),
            **notes,
        )

    def _variants(self, column: str, value: str) -> tuple[Variant, ...]:
        query = f"{_VARIANTS} WHERE {column} = ? ORDER BY variants.rowid"
        return tuple(
            Variant(
                item_id=row["item_id"],
                product_id=row["product_id"],
                name=row["name"],
                options=json.loads(row["options"]),
                available=bool(row["available"]),
                price=amount(row["price_cents"]),
            )
            for row in self._all(query, value)
        )

    def _one(self, query: str, *values: str) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._connection.execute(query, values).fetchone()
        return row

    def _all(self, query: str, *values: str) -> Iterable[sqlite3.Row]:
        return self._connection.execute(query, values).fetchall()


def cents(value: Decimal) -> int:
    """An amount as whole cents.

    Raises:
        ValueError: it has parts of a cent.
    """
    scaled = value * 100
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{value} is no whole number of cents")
    return int(scaled)


def amount(value: int) -> Decimal:
    """Whole cents as an amount."""
    return Decimal(value).scaleb(-2)


def _maybe_amount(value: int | None) -> Decimal | None:
    return None if value is None else amount(value)


def _address(row: sqlite3.Row) -> Address:
    return Address(**{part: row[part] for part in _ADDRESS})


def _method(row: sqlite3.Row) -> Method:
    return Method(
        row["id"], row["source"], row["brand"], row["last_four"], _maybe_amount(row["balance_cents"])
    )


def _order_row(order: Order) -> dict[str, Any]:
    difference = order.exchange_difference
    return {
        "id": order.id,
        "customer_id": order.customer_id,
        "status": order.status,
        **vars(order.address),
        "fulfillments": _json(order.fulfillments),
        "cancel_reason": order.cancel_reason,
        **{name: _maybe_json(getattr(order, name)) for name in _NOTES},
        "return_method_id": order.return_method_id,
        "exchange_method_id": order.exchange_method_id,
        "exchange_difference_cents": None if difference is None else cents(difference),
    }


def _item_row(order: Order, line: int) -> dict[str, Any]:
    item = order.items[line]
    return {
        "order_id": order.id,
        "line": line,
        "item_id": item.item_id,
        "product_id": item.product_id,
        "name": item.name,
        "options": _json(item.options),
        "price_cents": cents(item.price),
    }


def _payment_row(order: Order, number: int) -> dict[str, Any]:
    payment = order.payments[number]
    return {
        "order_id": order.id,
        "number": number,
        "kind": payment.kind,
        "amount_cents": cents(payment.amount),
        "method_id": payment.method_id,
    }


def _insert(connection: sqlite3.Connection, table: str, row: Mapping[str, Any]) -> None:
    columns = ", ".join(row)
    places = ", ".join(f":{name}" for name in row)
    connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({places})", row)  # noqa: S608 - own names


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _maybe_json(value: Any) -> str | None:
    return None if value is None else _json(value)
