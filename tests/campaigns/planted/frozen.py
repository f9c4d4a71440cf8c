"""What stands still: the generator and the templates that the detectors were not written against."""

from __future__ import annotations

from hashlib import sha256

from tests.campaigns.planted.engine import HERE

GENERATOR = ("engine.py", "faults.py", "situation.py", "wording.py")


def digest(templates: str) -> str:
    """SHA-256 over name and content of every file that decides which drafts are written.

    Args:
        templates: name of the file with the templates.
    """
    found = sha256()
    for name in sorted((*GENERATOR, templates)):
        found.update(f"{name}\0".encode() + (HERE / name).read_bytes() + b"\0")
    return found.hexdigest()
