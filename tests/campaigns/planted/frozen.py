"""What stands still: the generator and the templates that the detectors were not written against."""

from __future__ import annotations

from hashlib import sha256

from tests.campaigns.planted.engine import HERE

FILES = ("engine.py", "faults.py", "frozen.yaml", "situation.py", "wording.py")


def digest() -> str:
    """SHA-256 over name and content of every file that decides which drafts are written."""
    found = sha256()
    for name in FILES:
        found.update(f"{name}\0".encode() + (HERE / name).read_bytes() + b"\0")
    return found.hexdigest()
