"""A command that keeps running, in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from tests.cli.conftest import ROOT

PATIENCE = 60.0


class Running:
    """A started command, with what it has printed so far."""

    def __init__(self, *arguments: str, cwd: Path, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "signoff.cli", *arguments],
            cwd=cwd,
            env={
                **os.environ,
                "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
                "PYTHONUNBUFFERED": "1",
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.text = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, pattern: str) -> re.Match[str]:
        """The first match in what it prints."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            found = re.search(pattern, self.text)
            if found is not None:
                return found
            if self.process.poll() is not None and not self._reader.is_alive():
                break
            time.sleep(0.05)
        raise AssertionError(f"{pattern!r} was not printed:\n{self.text}")

    def stop(self, with_signal: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; its exit code."""
        self.process.send_signal(with_signal)
        code = self.process.wait(timeout=PATIENCE)
        self._reader.join(timeout=PATIENCE)
        return code

    def wait(self) -> int:
        """Its exit code, once it ends by itself."""
        code = self.process.wait(timeout=PATIENCE)
        self._reader.join(timeout=PATIENCE)
        return code

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.text += line


def until(check: Callable[[], Any]) -> Any:
    """What `check` returns once it is true."""
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit:
        found = check()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")


@contextmanager
def signed_in(link: str) -> Iterator[httpx2.Client]:
    """A browser's session by a one-time link."""
    address, _, token = link.partition("/sign-in/link?token=")
    with httpx2.Client(base_url=address, follow_redirects=True, timeout=30) as client:
        page = client.post("/sign-in/link", data={"token": token, "next": "/reviews"})
        assert page.status_code == 200, page.text
        yield client
