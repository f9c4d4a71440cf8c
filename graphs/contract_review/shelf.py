"""The folder of contracts: every file under the digest of its content, so that none can be swapped."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

_UNFIT = re.compile(r"[/\\:*?\"<>|\x00-\x1f]")
_NAME = re.compile(r"[0-9a-f]{64}\.(?:docx|pdf|txt)")


class NotOnShelf(ValueError):
    """There is no such document, or its content is not what its name says."""


class Shelf:
    """Keeps documents in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, data: bytes, suffix: str) -> str:
        """Keep a document; its name. The same content has the same name and is kept once."""
        name = f"{hashlib.sha256(data).hexdigest()}{suffix.lower()}"
        path = self._folder / name
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            written = self._folder / f".{name}.{os.getpid()}"
            written.write_bytes(data)
            written.replace(path)
        return name

    def path(self, name: str) -> Path:
        """Where a document lies.

        Raises:
            NotOnShelf: there is none, or it was changed.
        """
        self.read(name)
        return self._folder / name

    def copy(self, name: str, readable: str) -> Path:
        """A copy for people under a name that they know; where it is."""
        path = self._folder / _UNFIT.sub("_", readable)
        path.write_bytes(self.read(name))
        return path

    def read(self, name: str) -> bytes:
        """A document's content.

        Raises:
            NotOnShelf: there is none, or it was changed.
        """
        if not _NAME.fullmatch(name):
            raise NotOnShelf(f"{name!r} is no name of a document.")
        try:
            data = (self._folder / name).read_bytes()
        except OSError as error:
            raise NotOnShelf(f"{self._folder / name} cannot be read: {error.strerror}.") from error
        if hashlib.sha256(data).hexdigest() != name.partition(".")[0]:
            raise NotOnShelf(f"{self._folder / name} was changed: it is not what its name says.")
        return data
