"""The shop as the agent's tools reach it: one SQLite file, read freely, changed once per key."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from graphs.refund.books import RECORD_TABLES, SCHEMA, Books, amount, cents, fill
from graphs.refund.planning import planned
from graphs.refund.rules import Change
from graphs.refund.shop import plain
from graphs.retail.record import not_a_record, read_record, record_path

TRANSFER = "transfer_to_human_agents"
TRANSFERRED = "The customer is handed over to a person."

Rows = dict[tuple[str, tuple[Any, ...]], tuple[Any, ...]]
"""Rows by table and primary key."""


class KeyReused(Exception):
    """The key belongs to another request; nothing has changed."""


class Shop:
    """Orders, customers and products in a file of their own: the system that the agent works on.

    Args:
        path: the SQLite file; `open_shop` makes and fills it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def reading(self) -> Iterator[Books]:
        """The books as they are now; nothing can be changed through them."""
        with closing(self._connected(f"{self.path.resolve().as_uri()}?mode=ro")) as connection:
            yield Books(connection)

    def carry_out(self, key: str, tool: str, arguments: Mapping[str, Any]) -> str:
        """Change what `tool` asks for, and say what came of it as JSON.

        The same request under the same key again changes nothing and gets the same answer.

        Raises:
            Refused: the shop does not do this.
            KeyReused: the key belongs to another request.
        """
        asked = json.dumps(arguments, ensure_ascii=False, sort_keys=True)
        with self._changing() as connection:
            known = connection.execute("SELECT * FROM requests WHERE key = ?", (key,)).fetchone()
            if known is not None:
                if (known["tool"], known["arguments"]) != (tool, asked):
                    raise KeyReused(f"The key {key} was used for another request before.")
                return str(known["answer"])
            change, answer = _done(connection, tool, arguments)
            connection.execute(
                "INSERT INTO requests (key, tool, arguments, answer, customer_id, refund_cents) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (key, tool, asked, answer, change and change.customer_id, cents(_refund(change))),
            )
            return answer

    def was_carried_out(self, key: str, _arguments: Mapping[str, Any]) -> bool:
        """Whether a request under this key took effect."""
        return key in self.requests()

    def requests(self) -> dict[str, tuple[str, dict[str, Any]]]:
        """Every request that took effect, by key: tool and arguments."""
        with closing(self._connected(str(self.path))) as connection:
            rows = connection.execute("SELECT key, tool, arguments FROM requests ORDER BY rowid").fetchall()
        return {row["key"]: (row["tool"], json.loads(row["arguments"])) for row in rows}

    def refunded_lately(self, customer_id: str) -> Decimal:
        """What the desk has granted this customer in the last thirty days."""
        query = (
            "SELECT coalesce(sum(refund_cents), 0) FROM requests "
            "WHERE customer_id = ? AND at > datetime('now', '-30 days')"
        )
        with closing(self._connected(str(self.path))) as connection:
            return amount(connection.execute(query, (customer_id,)).fetchone()[0])

    def moved_lately(self, customer_id: str) -> bool:
        """Whether the desk changed the customer's default address in the last thirty days."""
        query = (
            "SELECT 1 FROM requests WHERE customer_id = ? AND tool = 'modify_user_address' "
            "AND at > datetime('now', '-30 days')"
        )
        with closing(self._connected(str(self.path))) as connection:
            return connection.execute(query, (customer_id,)).fetchone() is not None

    def rows(self) -> Rows:
        """Every row of the record, for comparing."""
        found: Rows = {}
        with closing(self._connected(str(self.path))) as connection:
            connection.row_factory = None
            for table in RECORD_TABLES:
                info = connection.execute(f"PRAGMA table_info({table})").fetchall()
                keys = sum(1 for *_, key in info if key)  # they stand first in every table
                for row in connection.execute(f"SELECT * FROM {table}"):  # noqa: S608 - own names
                    found[table, row[:keys]] = row
        return found

    def copy_from(self, other: Shop) -> None:
        """Become what `other` is now, requests included."""
        with (
            closing(self._connected(str(other.path))) as source,
            closing(self._connected(str(self.path))) as own,
        ):
            source.backup(own)

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with closing(self._connected(str(self.path))) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    def _connected(self, where: str) -> sqlite3.Connection:
        connection = sqlite3.connect(where, uri=where.startswith("file:"), isolation_level=None, timeout=30)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        return connection


def open_shop(path: Path, data: Path | None) -> Shop:
    """The shop at `path`; where there is none, a new one with the record in it.

    Args:
        data: a folder with tau2_retail/db.json; None takes the sample.

    Raises:
        DataMissing: a new shop is needed, but the record cannot be read.
    """
    shop = Shop(path)
    if not path.exists():
        raw = read_record(data)
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f"{path.name}.new")
        new.unlink(missing_ok=True)
        with closing(sqlite3.connect(new)) as connection:
            connection.executescript(SCHEMA)
            try:
                fill(connection, raw)
            except (KeyError, TypeError, ValueError, AttributeError, sqlite3.Error) as error:
                raise not_a_record(record_path(data), error) from error
            connection.commit()
        new.replace(path)
    return shop


def _done(
    connection: sqlite3.Connection, tool: str, arguments: Mapping[str, Any]
) -> tuple[Change | None, str]:
    """The change written, and the answer."""
    if tool == TRANSFER:
        connection.execute("INSERT INTO transfers (summary) VALUES (?)", (arguments["summary"],))
        return None, TRANSFERRED
    books = Books(connection)
    change = planned(books, tool, arguments)
    after: Any = None
    for changed, read in ((change.customer, books.customer), (change.order, books.order)):
        if changed is not None:
            _save(books, read, changed)
            after = changed
    return change, json.dumps(plain(after), ensure_ascii=False)


def _save(books: Books, read: Callable[[str], Any], changed: Any) -> None:
    books.save(read(changed.id), changed)


def _refund(change: Change | None) -> Decimal:
    return Decimal(0) if change is None else change.refund
