"""The recorded tasks of tau2-bench as requests: the same calls, in the same order, without a model."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from graphs.refund.requests import Request, ToolUse
from graphs.retail import DataMissing, read_record, read_tasks


def load_recordings(data: Path | None, wanted: Collection[str] = ()) -> tuple[Request, ...]:
    """The recorded tasks, each with the customer whom its calls are about as the one signed in.

    Args:
        data: the folder that SIGNOFF_DATA names.
        wanted: ids of tasks; empty takes all.

    Raises:
        DataMissing: there is no such folder, or its files are not those of tau2-bench.
        ValueError: there is no task with a wanted id.
    """
    tasks = read_tasks(data)
    record = read_record(data)
    try:
        requests = {str(task["id"]): _request(task, record) for task in tasks}
    except (KeyError, TypeError, AttributeError) as error:
        raise DataMissing(f"tasks.json holds no tasks of tau2-bench: {error!r}") from error
    missing = [one for one in wanted if one not in requests]
    if missing:
        raise ValueError(
            f"There is no recorded task {', '.join(missing)}; they run from 0 to {len(tasks) - 1}."
        )
    return tuple(request for name, request in requests.items() if not wanted or name in wanted)


def _request(task: Mapping[str, Any], record: Mapping[str, Any]) -> Request:
    actions = (task["evaluation_criteria"] or {}).get("actions") or []
    calls = tuple(ToolUse(name=action["name"], arguments=action["arguments"]) for action in actions)
    return Request(
        id=f"task-{task['id']}",
        customer_id=next(_customers(calls, record), ""),
        says=task["user_scenario"]["instructions"]["reason_for_call"],
        calls=calls,
    )


def _customers(calls: tuple[ToolUse, ...], record: Mapping[str, Any]) -> Iterator[str]:
    """Whose accounts and orders the calls name, in their order."""
    for call in calls:
        order = record["orders"].get(call.arguments.get("order_id"))
        if order is not None:
            yield order["user_id"]
        if call.arguments.get("user_id") in record["users"]:
            yield call.arguments["user_id"]
