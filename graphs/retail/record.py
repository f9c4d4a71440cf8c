"""Reading the files of the retail desk, whole from a data folder or as the sample that comes along."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

SAMPLE = Path(__file__).parent / "sample" / "db.json"
FOLDER = "tau2_retail"


class DataMissing(ValueError):
    """The data cannot be read; the message says what is needed."""


def read_record(data: Path | None = None) -> dict[str, Any]:
    """Users, orders and products as tau2-bench writes them, amounts as Decimal.

    Args:
        data: a folder with tau2_retail/db.json; None takes the sample.

    Raises:
        DataMissing: the file is not there, or is no such record.
    """
    path = record_path(data)
    try:
        raw = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        if not all(isinstance(raw[part], dict) for part in ("users", "orders", "products")):
            raise ValueError("users, orders and products are needed")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise not_a_record(path, error) from error
    return dict(raw)


def record_path(data: Path | None) -> Path:
    """Where the record stands.

    Raises:
        DataMissing: the file is not there.
    """
    return SAMPLE if data is None else _needed(data, "db.json")


def not_a_record(path: Path, error: Exception) -> DataMissing:
    """The error for a file of another shape."""
    return DataMissing(f"{path} is no retail record of tau2-bench: {error!r}")


def read_tasks(data: Path | None) -> list[dict[str, Any]]:
    """The recorded tasks, each with the tool calls that solve it.

    Raises:
        DataMissing: there is no data folder, or no readable tasks.json in it.
    """
    path = _needed(data, "tasks.json")
    try:
        tasks = json.loads(path.read_text(encoding="utf-8"))
        if not (isinstance(tasks, list) and all(isinstance(task, dict) for task in tasks)):
            raise ValueError("a list of tasks is needed")
    except (OSError, ValueError) as error:
        raise DataMissing(f"{path} holds no tasks of tau2-bench: {error!r}") from error
    return tasks


def read_written_policy(data: Path | None) -> str | None:
    """The policy that the desk's people wrote, as given; None where there is no data folder."""
    if data is None:
        return None
    return _needed(data, "policy.md").read_text(encoding="utf-8")


def money(value: Decimal | int) -> Decimal:
    """An amount of the record, to the cent."""
    return Decimal(value).quantize(Decimal("0.01"))


def _needed(data: Path | None, name: str) -> Path:
    path = (data or Path("SIGNOFF_DATA")) / FOLDER / name
    if data is None:
        raise DataMissing(
            f"{FOLDER}/{name} of tau2-bench is needed. Set SIGNOFF_DATA to the folder that holds {FOLDER}/; "
            "the sample does not have it."
        )
    if not path.is_file():
        raise DataMissing(
            f"SIGNOFF_DATA names {data}, but there is no {path}. It takes a folder with {FOLDER}/{name} "
            "of tau2-bench; leave SIGNOFF_DATA unset to use the sample."
        )
    return path
