"""The retail desk of tau2-bench, which several flows work on: its record, written policy and recordings."""

from __future__ import annotations

from graphs.retail.record import (
    SAMPLE,
    DataMissing,
    money,
    read_record,
    read_tasks,
    read_written_policy,
)

__all__ = ["SAMPLE", "DataMissing", "money", "read_record", "read_tasks", "read_written_policy"]
