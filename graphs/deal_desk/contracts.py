"""A local stand-in for the contract store: one contract per version of a deal, in an SQLite file."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from graphs.deal_desk.deals import CURRENCY, Terms
from graphs.deal_desk.local import reading, transaction
from signoff import NotDone

_TABLE = """
CREATE TABLE IF NOT EXISTS contracts (
    id TEXT PRIMARY KEY, deal_id TEXT NOT NULL, version INTEGER NOT NULL, key TEXT NOT NULL UNIQUE,
    terms TEXT NOT NULL, total TEXT NOT NULL, sent_to TEXT, UNIQUE (deal_id, version)
)"""


class Contract(BaseModel):
    """A contract as it was made; only who it was sent to is added later."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    deal_id: str
    version: int
    key: str
    terms: Terms
    total: Decimal
    sent_to: str | None = None

    @property
    def text(self) -> str:
        """The order form that is signed."""
        terms = self.terms
        lines = [
            f"Order form {self.id}",
            f"Customer: {terms.account}",
            f"Product: {terms.product}, {terms.seats} seats",
            f"Discount: {terms.discount_percent.normalize():f} %",
            f"Term: {terms.term_months} months",
            f"Payment: within {terms.payment_days} days",
            f"Total: {self.total:,.2f} {CURRENCY}",
        ]
        if terms.special_terms:
            lines += ["", "Special terms:", terms.special_terms]
        return "\n".join(lines) + "\n"


class LocalContracts:
    """Contracts by id."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with transaction(path) as sql:
            sql.execute(_TABLE)

    def create(self, deal_id: str, version: int, terms: Terms, total: Decimal, key: str) -> Contract:
        """The contract made under this key: now, or by an earlier attempt.

        Raises:
            NotDone: this version of the deal has a contract that was made under another key.
        """
        new = Contract(
            id=f"{deal_id}-{version}", deal_id=deal_id, version=version, key=key, terms=terms, total=total
        )
        with transaction(self._path) as sql:
            made = _of_deal(sql, deal_id, version)
            if made is not None and made.key != key:
                raise NotDone(f"{deal_id} version {version} has the contract {made.id} already.")
            if made is None:
                values = (new.id, deal_id, version, key, terms.model_dump_json(), str(total))
                sql.execute("INSERT INTO contracts VALUES (?, ?, ?, ?, ?, ?, NULL)", values)
        return made or new

    def of_deal(self, deal_id: str, version: int) -> Contract | None:
        with reading(self._path) as sql:
            return _of_deal(sql, deal_id, version)

    def get(self, contract_id: str) -> Contract | None:
        with reading(self._path) as sql:
            row = sql.execute("SELECT * FROM contracts WHERE id = ?", (contract_id,)).fetchone()
        return None if row is None else _contract(row)

    def mark_sent(self, contract_id: str, to: str) -> None:
        with transaction(self._path) as sql:
            sql.execute("UPDATE contracts SET sent_to = ? WHERE id = ?", (to, contract_id))

    def has_made(self, key: str) -> bool:
        with reading(self._path) as sql:
            return sql.execute("SELECT 1 FROM contracts WHERE key = ?", (key,)).fetchone() is not None


def _of_deal(sql: sqlite3.Connection, deal_id: str, version: int) -> Contract | None:
    query = "SELECT * FROM contracts WHERE deal_id = ? AND version = ?"
    row = sql.execute(query, (deal_id, version)).fetchone()
    return None if row is None else _contract(row)


def _contract(row: sqlite3.Row) -> Contract:
    return Contract.model_validate({**row, "terms": Terms.model_validate_json(row["terms"])})
