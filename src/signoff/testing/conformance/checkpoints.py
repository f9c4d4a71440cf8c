"""What somebody with access to the saver's tables can do, in the tables themselves."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from signoff.testing.conformance.ground import Ground

_HEAD = "checkpoint_ns, checkpoint_id, parent_checkpoint_id, type, checkpoint, metadata"
_SQLITE: Mapping[str, str] = {
    "checkpoints": _HEAD,
    "writes": "checkpoint_ns, checkpoint_id, task_id, idx, channel, type, value",
}
_POSTGRES: Mapping[str, str] = {
    "checkpoints": _HEAD,
    "checkpoint_blobs": "checkpoint_ns, channel, version, type, blob",
    "checkpoint_writes": "checkpoint_ns, checkpoint_id, task_id, task_path, idx, channel, type, blob",
}
_SQLITE_BLOBS: Mapping[str, str] = {"checkpoints": "checkpoint", "writes": "value"}
_POSTGRES_BLOBS: Mapping[str, str] = {"checkpoint_blobs": "blob", "checkpoint_writes": "blob"}

_DELETE = "DELETE FROM {table} WHERE thread_id = ?"
_COPY = "INSERT INTO {table} (thread_id, {columns}) SELECT ?, {columns} FROM {table} WHERE thread_id = ?"
_READ = "SELECT DISTINCT {column} FROM {table} WHERE thread_id = ?"
_REWRITE = "UPDATE {table} SET {column} = ? WHERE thread_id = ? AND {column} = ?"


def copy_rows(ground: Ground, source: str, target: str) -> None:
    """Put every row of the thread `source` in the place of those of `target`."""
    for table, columns in (_SQLITE if ground.kind == "sqlite" else _POSTGRES).items():
        _execute(ground, _DELETE.format(table=table), (target,))
        _execute(ground, _COPY.format(table=table, columns=columns), (target, source))


def rewrite_rows(ground: Ground, thread: str, old: str, new: str) -> int:
    """Replace a text by another of the same length wherever it is stored; how many values changed.

    Raises:
        ValueError: the texts differ in length, which would break the format.
    """
    if len(old.encode()) != len(new.encode()):
        raise ValueError("The texts must have the same length.")
    changed = 0
    blobs = _SQLITE_BLOBS if ground.kind == "sqlite" else _POSTGRES_BLOBS
    for table, column in blobs.items():
        for (blob,) in _execute(ground, _READ.format(table=table, column=column), (thread,)):
            held = bytes(blob or b"")
            if old.encode() in held:
                forged = held.replace(old.encode(), new.encode())
                _execute(ground, _REWRITE.format(table=table, column=column), (forged, thread, held))
                changed += 1
    return changed


def _execute(ground: Ground, statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    if ground.kind == "sqlite":
        connection = sqlite3.connect(ground.url.removeprefix("sqlite:///"), timeout=30)
        try:
            with connection:
                return connection.execute(statement, values).fetchall()
        finally:
            connection.close()
    import psycopg  # noqa: PLC0415 - an extra

    with psycopg.connect(ground.url, autocommit=True) as server:
        cursor = server.execute(statement.replace("?", "%s").encode(), values)
        return cursor.fetchall() if cursor.description else []
