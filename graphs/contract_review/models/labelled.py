"""What models learn from, and what they are measured on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path


class LabelsUnreadable(Exception):
    """Labelled data cannot be read; the message says where."""


@dataclass(frozen=True, kw_only=True)
class Document:
    """One document cut into segments, each with its labels."""

    name: str
    group: str
    """Documents of one group never stand on both sides of a split."""
    segments: Sequence[str]
    clauses: Sequence[int]
    labels: Sequence[frozenset[str]]


def read(path: Path) -> str:
    """The text of a file of labelled data."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LabelsUnreadable(f"{path}: {error}") from error


def hash_of(files: Iterable[Path]) -> str:
    """SHA-256 over names and contents of files, in order of their names."""
    digest = hashlib.sha256()
    for file in sorted(files, key=lambda file: file.name):
        digest.update(file.name.encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def part_of(group: str, parts: int, salt: str = "") -> int:
    """The part of a split that a group falls into: by the hash of its name, never by chance."""
    return hashlib.sha256((salt + group).encode()).digest()[0] % parts
