"""Tells open pages that a review changed: one reader asks the database for all of them.

However many tabs are open, it is one short question in a thread of its own; between questions nothing
is held open. It sees what any process wrote.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable

import structlog

from signoff.domain.effect import EffectState
from signoff.domain.ids import WorkspaceId
from signoff.services import query
from signoff.services.core import Core

PERIOD = 0.3
"""Seconds between two questions."""
_Watched = tuple[WorkspaceId, str]
_Pulse = tuple[int, EffectState | None]
_log = structlog.get_logger("signoff.live")


class Live:
    """What the open pages of one server look at."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._watched: Counter[_Watched] = Counter()
        self._known: dict[_Watched, _Pulse] = {}
        self._asked = asyncio.Event()
        """Set when an answer has come, and replaced by a new one."""
        self._reader: asyncio.Task[None] | None = None
        self._is_over = False

    async def changes(self, workspace: WorkspaceId, review_id: str, lasts: float) -> AsyncIterator[_Pulse]:
        """The state of a review now and after each change, for `lasts` seconds at most."""
        watched = (workspace, review_id)
        ends = asyncio.get_running_loop().time() + lasts
        told: _Pulse | None = None
        self._watched[watched] += 1
        if self._reader is None:
            self._reader = asyncio.create_task(self._read())
        try:
            while not self._is_over and asyncio.get_running_loop().time() < ends:
                await self._asked.wait()
                found = self._known.get(watched)
                if found is not None and found != told:
                    told = found
                    yield found
        finally:
            self._watched[watched] -= 1
            if not self._watched[watched]:
                del self._watched[watched]

    def stop(self) -> None:
        """End every stream, because the server stops."""
        self._is_over = True

    async def _read(self) -> None:
        try:
            while self._watched:
                try:
                    self._known = await asyncio.to_thread(self._ask, tuple(self._watched))
                except Exception as error:  # noqa: BLE001 - pages ask for themselves until this works again
                    _log.warning("live.unread", error=str(error))
                asked, self._asked = self._asked, asyncio.Event()
                asked.set()
                await asyncio.sleep(PERIOD)
        finally:
            self._reader, self._asked = None, asyncio.Event()

    def _ask(self, watched: Iterable[_Watched]) -> dict[_Watched, _Pulse]:
        by_workspace: dict[WorkspaceId, list[str]] = {}
        for workspace, review_id in watched:
            by_workspace.setdefault(workspace, []).append(review_id)
        found: dict[_Watched, _Pulse] = {}
        for workspace, ids in by_workspace.items():
            with self._core.database.read(workspace) as tx:
                pulses = query.pulse_of(tx, ids)
            found |= {(workspace, review_id): pulse for review_id, pulse in pulses.items()}
        return found
