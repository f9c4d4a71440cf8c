"""The world that tools act on: a file to which every effect appends one line that reaches the disk."""

from __future__ import annotations

import fcntl
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Target:
    """Counts what happened to it, across processes and kills."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def act(self, name: str) -> None:
        """One effect, done when this returns and whatever becomes of the process afterwards."""
        with self._opened() as handle:
            _append(handle, name)

    def act_once(self, name: str, key: str) -> None:
        """One effect for `key`, however often it is asked for."""
        with self._opened() as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if not any(line.endswith(f" {key}") for line in self._lines()):
                _append(handle, f"{name} {key}")

    def count(self) -> Counter[str]:
        """How often each name was acted on."""
        return Counter(line.split(" ")[0] for line in self._lines())

    def _lines(self) -> list[str]:
        return self._path.read_text().splitlines() if self._path.exists() else []

    @contextmanager
    def _opened(self) -> Iterator[int]:
        handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            yield handle
        finally:
            os.close(handle)


def _append(handle: int, line: str) -> None:
    os.write(handle, f"{line}\n".encode())
    os.fsync(handle)
