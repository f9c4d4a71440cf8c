"""Heartbeats of running effects: one thread for all of them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from signoff.domain.effect import Effect
from signoff.services.core import Core
from signoff.services.perform import heartbeat

_log = logging.getLogger(__name__)


class LeaseKeeper:
    """Extends the lease of every effect that runs in this process, a third of a lease apart."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._held: dict[str, tuple[Effect, int]] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    @contextmanager
    def held(self, effect: Effect, fence: int) -> Iterator[None]:
        """Keep the claim on `effect` alive while the block runs."""
        with self._changed:
            self._held[effect.id] = (effect, fence)
            if self._thread is None:
                self._thread = threading.Thread(target=self._beat, name="signoff-leases", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._changed:
                self._held.pop(effect.id, None)

    def _beat(self) -> None:
        lease = self._core.settings.lease
        pause = threading.Event()
        while not pause.wait(lease.total_seconds() / 3):
            with self._changed:
                held = list(self._held.values())
            for effect, fence in held:
                self._beat_once(effect, fence, lease)

    def _beat_once(self, effect: Effect, fence: int, lease: timedelta) -> None:
        try:
            with self._core.database.begin(effect.workspace) as tx:
                heartbeat(tx, effect, fence, lease)
        except Exception:  # noqa: BLE001 - one missed beat must not end the others; the next may reach the database again
            _log.warning("The lease of effect %s could not be extended.", effect.id, exc_info=True)
