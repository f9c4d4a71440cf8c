"""New identifiers: a prefix, the time in milliseconds, and randomness, so that they sort by age."""

from __future__ import annotations

import secrets
import threading
import time

_lock = threading.Lock()
_last = 0


def new_id(prefix: str) -> str:
    """A fresh id such as ``rev_019a…``; ids made by one process sort in the order of making."""
    global _last  # noqa: PLW0603 - the monotonic counter of this process
    with _lock:
        _last = max(_last + 1, time.time_ns() // 1000)
        ticks = _last
    return f"{prefix}_{ticks:014x}{secrets.token_hex(5)}"


def new_secret() -> str:
    """256 bits for a cookie, a key or a token; only its hash is stored."""
    return secrets.token_urlsafe(32)


def new_salt() -> str:
    return secrets.token_hex(16)
