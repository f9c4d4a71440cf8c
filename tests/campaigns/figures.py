"""What an evaluation measures: figures with their bars, contributed by parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Bar:
    """What a figure is held to."""

    kind: Literal["at least", "at most"]
    value: float

    def holds(self, figure: float) -> bool:
        """Whether `figure` meets it; a figure that is no number never does."""
        return figure >= self.value if self.kind == "at least" else figure <= self.value


@dataclass(frozen=True)
class Figure:
    """One row of the table."""

    what: str
    value: float | str
    """A number is compared with the bar; text is shown as it is."""
    bar: Bar | None = None
    target: str = ""
    """What is aimed at without being held to, printed in the bar's place: "target < 50 ms"."""
    data: str = ""
    """Where it differs from the part's."""
    split: str = ""
    """Where it differs from the part's."""

    @property
    def holds(self) -> bool:
        """Whether it meets its bar; one without a bar does."""
        return self.bar is None or (not isinstance(self.value, str) and self.bar.holds(self.value))


def at_least(what: str, value: float, bar: float, *, data: str = "", split: str = "") -> Figure:
    """A figure that falls short below `bar`."""
    return Figure(what, value, Bar("at least", bar), data=data, split=split)


def at_most(what: str, value: float, bar: float, *, data: str = "", split: str = "") -> Figure:
    """A figure that falls short above `bar`."""
    return Figure(what, value, Bar("at most", bar), data=data, split=split)


def shown(what: str, value: float | str, *, target: str = "", data: str = "", split: str = "") -> Figure:
    """A figure without a bar."""
    return Figure(what, value, target=target, data=data, split=split)


@dataclass(frozen=True)
class Part:
    """One measurement and the rows that it gives."""

    name: str
    """Chooses the part on the command line."""
    data: str
    """What is measured on, for the table."""
    split: str
    """Which share of it, and what was fitted or tuned on the rest."""
    measure: Callable[[Path], Iterable[Figure]]
    """Gets the folder that SIGNOFF_DATA names."""
    needs: tuple[str, ...] = ()
    """Files or folders that must stand below that folder."""
