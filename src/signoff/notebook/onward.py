"""What follows a decision: the review closes when its settling window is over, and its graph goes on."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from signoff.app import Desk
from signoff.domain.errors import NotFound, ThreadBusy
from signoff.domain.ids import ReviewId
from signoff.domain.review import ReviewState
from signoff.domain.run import RunStatus
from signoff.services.decide import close_settled

if TYPE_CHECKING:
    from signoff.app import Graph

_log = logging.getLogger(__name__)


class Onward:
    """Sees one review through, in threads of its own: neither a cell nor a message of the kernel waits.

    Args:
        graph: driven on once the review is closed; None where somebody else does that.
        tell: called whenever something changed.
    """

    def __init__(self, desk: Desk, review_id: str, graph: Graph | None, tell: Callable[[], None]) -> None:
        self._desk, self._review_id, self._graph, self._tell = desk, ReviewId(review_id), graph, tell
        self._lock = threading.Lock()
        self._window: threading.Timer | None = None
        self._drive: threading.Thread | None = None

    def look(self) -> None:
        """Do what is due now, and come back at the end of the settling window."""
        with self._desk.read() as tx:
            now = tx.now
        review = self._desk.review(self._review_id).review
        with self._lock:
            if self._window is not None:
                self._window.cancel()
                self._window = None
            if review.state is ReviewState.SETTLING and review.settles_at is not None:
                self._window = self._timer(review.settles_at - now)
            elif review.state is ReviewState.CLOSED and self._is_due(review.thread):
                self._drive = threading.Thread(
                    target=self._go_on, args=(review.thread,), name=f"signoff-card-{review.id}", daemon=True
                )
                self._drive.start()

    def wait(self) -> None:
        """Until the graph, where it goes on at this moment, has come to its next pause or its end."""
        with self._lock:
            drive = self._drive
        if drive is not None:
            drive.join()

    def _timer(self, left: timedelta) -> threading.Timer:
        timer = threading.Timer(max(left.total_seconds(), 0), self._close)
        timer.daemon = True
        timer.start()
        return timer

    def _close(self) -> None:
        try:
            with self._desk.begin() as tx:
                close_settled(tx, self._desk.core, self._review_id)
            self.look()
            self._tell()
        except Exception:  # noqa: BLE001 - nobody stands behind this thread; the desk may be closed by now
            _log.warning("The review %s could not be closed.", self._review_id, exc_info=True)

    def _is_due(self, thread: str) -> bool:
        if self._graph is None:
            return False
        try:
            return self._desk.run(thread).status is RunStatus.DUE
        except NotFound:
            return False

    def _go_on(self, thread: str) -> None:
        assert self._graph is not None  # noqa: S101 - asked before
        try:
            self._desk.resume(self._graph, thread)
        except ThreadBusy:
            _log.info("Somebody else drives the thread %s.", thread)
        except Exception:  # noqa: BLE001 - nobody stands behind this thread
            _log.warning("The thread %s could not go on.", thread, exc_info=True)
        self._tell()
