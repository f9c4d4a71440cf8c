"""CRM and ERP: each a SQLite file that takes a batch of changes once per key, whole or not at all."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from graphs.data_sync.fields import NAMES
from signoff import NotDone

Accounts = dict[str, dict[str, str]]
"""Field values by account number."""

_COLUMNS = ", ".join(f"{name} TEXT NOT NULL" for name in NAMES)
_SCHEMA = f"""
CREATE TABLE accounts (id TEXT PRIMARY KEY, {_COLUMNS}) STRICT;
CREATE TABLE requests (key TEXT PRIMARY KEY, changes TEXT NOT NULL, answer TEXT NOT NULL) STRICT;
"""


@dataclass(frozen=True)
class Edit:
    """One value to put in place of another, and the review in which a person said so."""

    account: str
    field: str
    before: str
    after: str
    decision: str


class Stale(NotDone):
    """The record is not as it was when people decided; nothing was changed."""


class KeyReused(Exception):
    """The key belongs to another batch; nothing was changed."""


class System:
    """One of the two systems."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self.path = path

    def accounts(self) -> Accounts:
        """Every account as it is now."""
        with closing(self._connected()) as connection:
            rows = connection.execute("SELECT * FROM accounts ORDER BY id").fetchall()
        return {row["id"]: {name: row[name] for name in NAMES} for row in rows}

    def carry_out(self, key: str, edits: Sequence[Edit]) -> str:
        """Make all of the edits, or none; the same batch under the same key again changes nothing.

        Raises:
            Stale: an account or its value is not what was decided about.
            KeyReused: the key belongs to another batch.
        """
        asked = json.dumps([asdict(edit) for edit in edits], ensure_ascii=False, sort_keys=True)
        with self._changing() as connection:
            known = connection.execute("SELECT * FROM requests WHERE key = ?", (key,)).fetchone()
            if known is not None:
                if known["changes"] != asked:
                    raise KeyReused(f"The key {key} was used for another batch before.")
                return str(known["answer"])
            for edit in edits:
                self._make(connection, edit)
            answer = f"{len(edits)} values changed in {self.name}."
            connection.execute("INSERT INTO requests VALUES (?, ?, ?)", (key, asked, answer))
            return answer

    def was_carried_out(self, key: str, _arguments: Mapping[str, Any]) -> bool:
        """Whether a batch under this key took effect."""
        with closing(self._connected()) as connection:
            return connection.execute("SELECT 1 FROM requests WHERE key = ?", (key,)).fetchone() is not None

    def _make(self, connection: sqlite3.Connection, edit: Edit) -> None:
        if edit.field not in NAMES:
            raise Stale(f"{self.name} has no field {edit.field!r}.")
        row = connection.execute("SELECT * FROM accounts WHERE id = ?", (edit.account,)).fetchone()
        if row is None or row[edit.field] != edit.before:
            raise Stale(f"{edit.account}, {edit.field}: {self.name} no longer says what was decided about.")
        connection.execute(
            f"UPDATE accounts SET {edit.field} = ? WHERE id = ?",  # noqa: S608 - a known name
            (edit.after, edit.account),
        )

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with closing(self._connected()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, isolation_level=None, timeout=30)
        connection.row_factory = sqlite3.Row
        return connection


def open_system(name: str, path: Path, sample: Path) -> System:
    """The system at `path`; where there is none, a new one with the sample's accounts.

    Raises:
        OSError, ValueError: a new one is needed, but the sample cannot be read or does not fit.
    """
    if not path.exists():
        accounts = _read(sample)
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f"{path.name}.new")
        new.unlink(missing_ok=True)
        with closing(sqlite3.connect(new)) as connection:
            connection.executescript(_SCHEMA)
            places = ", ".join("?" for _ in range(len(NAMES) + 1))
            rows = [(account, *(values[name] for name in NAMES)) for account, values in accounts.items()]
            connection.executemany(f"INSERT INTO accounts VALUES ({places})", rows)  # noqa: S608 - marks only
            connection.commit()
        new.replace(path)
    return System(name, path)


def _read(sample: Path) -> Accounts:
    raw = yaml.safe_load(sample.read_text(encoding="utf-8"))
    for account, values in raw.items():
        if set(values) != set(NAMES) or not all(isinstance(value, str) for value in values.values()):
            raise ValueError(f"{sample}: {account} must have {', '.join(NAMES)}, each as text")
    return dict(raw)
