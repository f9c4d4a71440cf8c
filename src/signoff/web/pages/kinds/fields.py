"""Anything else: its values one by one, lists of like things as tables, and the draft as text."""

from __future__ import annotations

from typing import ClassVar, Self

from signoff.web.pages.kinds.given import Given, Shape
from signoff.web.pages.leaves import pointer_to

_MOST_COLUMNS = 6


class Fields(Shape):
    """The arguments of a tool of which nothing is known but their types."""

    template: ClassVar[str] = "kinds/fields.html"

    body: str | None = None
    """Pointer of the draft."""
    tables: tuple[tuple[str, str, tuple[str, ...], int], ...] = ()
    """Pointer, name, columns and rows of each list that is a table."""

    @property
    def apart(self) -> tuple[str, ...]:
        """Pointers of what stands apart from the plain values."""
        return (*(table[0] for table in self.tables), *((self.body,) if self.body else ()))

    @classmethod
    def read(cls, given: Given) -> Self:
        is_text = given.body is not None and isinstance(given.arguments.get(given.body), str)
        return cls(
            body=pointer_to(given.body) if given.body and is_text else None,
            tables=tuple(
                (pointer_to(name), name, tuple(rows[0]), len(rows))
                for name, rows in given.arguments.items()
                if isinstance(rows, list) and _is_table(rows)
            ),
        )


def _is_table(rows: list[object]) -> bool:
    """Whether all items have the same few keys, each with a plain value."""
    first = rows[0] if len(rows) > 1 else None
    if not isinstance(first, dict) or not 0 < len(first) <= _MOST_COLUMNS:
        return False
    return all(
        isinstance(row, dict)
        and list(row) == list(first)
        and not any(isinstance(cell, dict | list | tuple | set) for cell in row.values())
        for row in rows
    )
