"""Calls that run in one task together: none may pause the task while another is in mid-effect.

A plain async ToolNode gathers its calls. An interrupt in one of them would end the step while an
approved sibling still runs; so whoever must wait, waits first until the others are done or wait too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Siblings:
    """The calls of each running task, by task id."""

    def __init__(self) -> None:
        self._busy: dict[str, int] = {}
        self._idle: dict[str, asyncio.Event] = {}

    @contextmanager
    def busy(self, task_id: str) -> Iterator[None]:
        """Count as busy while the block runs."""
        self._enter(task_id)
        try:
            yield
        finally:
            self._leave(task_id)

    async def all_idle(self, task_id: str) -> None:
        """Stop being busy until every sibling is done or waits as well."""
        idle = self._idle.setdefault(task_id, asyncio.Event())
        self._leave(task_id)
        try:
            await idle.wait()
        finally:
            self._enter(task_id)

    def _enter(self, task_id: str) -> None:
        self._busy[task_id] = self._busy.get(task_id, 0) + 1

    def _leave(self, task_id: str) -> None:
        self._busy[task_id] -= 1
        if self._busy[task_id] == 0:
            del self._busy[task_id]
            idle = self._idle.pop(task_id, None)
            if idle is not None:
                idle.set()
