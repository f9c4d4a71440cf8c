"""A local stand-in for the CRM: deals in an SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from graphs.deal_desk.deals import Deal, Stage
from graphs.deal_desk.local import reading, transaction
from signoff import NotDone

_TABLES = (
    "CREATE TABLE IF NOT EXISTS deals (id TEXT PRIMARY KEY, deal TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS updates (key TEXT PRIMARY KEY, deal_id TEXT NOT NULL, stage TEXT NOT NULL)",
)


class LocalCrm:
    """Deals by id. Sales submits them; the deal desk notes what became of them.

    Args:
        deals: what a new file begins with.
    """

    def __init__(self, path: Path, deals: Sequence[Deal] = ()) -> None:
        self._path = path
        is_new = not path.exists()
        with transaction(path) as sql:
            for table in _TABLES:
                sql.execute(table)
            if is_new:
                for deal in deals:
                    _keep(sql, deal)

    def deals(self) -> list[Deal]:
        with reading(self._path) as sql:
            rows = sql.execute("SELECT deal FROM deals ORDER BY id").fetchall()
        return [Deal.model_validate_json(row["deal"]) for row in rows]

    def deal(self, deal_id: str) -> Deal:
        """The deal of this id.

        Raises:
            LookupError: there is none.
        """
        with reading(self._path) as sql:
            return _deal(sql, deal_id)

    def submit(self, deal_id: str, **changes: Any) -> Deal:
        """Sales changes the terms and sends the deal to contracting, as its next version.

        Raises:
            LookupError: there is no such deal.
            ValueError: the changes do not fit, or it is out for signature already.
        """
        with transaction(self._path) as sql:
            deal = _deal(sql, deal_id)
            if deal.stage == "signing":
                raise ValueError(f"{deal_id} is out for signature as {deal.contract_id}.")
            moved = {"version": deal.version + 1, "stage": "contracting", "note": ""}
            changed = Deal.model_validate({**deal.model_dump(), **changes, **moved})
            _keep(sql, changed)
        return changed

    def note(
        self, deal_id: str, version: int, stage: Stage, note: str, contract_id: str | None, key: str
    ) -> bool:
        """Move one version of a deal on; False if that was done under this key before.

        Raises:
            NotDone: the deal is not at that version, so nothing was changed.
        """
        with transaction(self._path) as sql:
            if sql.execute("SELECT 1 FROM updates WHERE key = ?", (key,)).fetchone():
                return False
            try:
                deal = _deal(sql, deal_id)
            except LookupError as error:
                raise NotDone(str(error)) from error
            if deal.version != version:
                raise NotDone(f"{deal_id} is at version {deal.version} by now, not {version}.")
            _keep(sql, deal.model_copy(update={"stage": stage, "note": note, "contract_id": contract_id}))
            sql.execute("INSERT INTO updates VALUES (?, ?, ?)", (key, deal_id, stage))
        return True

    def has_noted(self, key: str) -> bool:
        with reading(self._path) as sql:
            return sql.execute("SELECT 1 FROM updates WHERE key = ?", (key,)).fetchone() is not None


def _deal(sql: sqlite3.Connection, deal_id: str) -> Deal:
    row = sql.execute("SELECT deal FROM deals WHERE id = ?", (deal_id,)).fetchone()
    if row is None:
        raise LookupError(f"The CRM has no deal {deal_id!r}.")
    return Deal.model_validate_json(row["deal"])


def _keep(sql: sqlite3.Connection, deal: Deal) -> None:
    sql.execute("INSERT OR REPLACE INTO deals VALUES (?, ?)", (deal.id, deal.model_dump_json()))
