"""What a campaign found, printed as a table; its exit code says whether that suffices."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

console = Console(width=None if os.isatty(1) else 120)


@dataclass
class Findings:
    """Claims with what was counted against each; a claim holds when nothing was."""

    title: str
    failures: list[str] = field(default_factory=list)
    _rows: list[tuple[str, str, str]] = field(default_factory=list)

    def count(self, what: str, number: object) -> None:
        """Something worth knowing that cannot fall short."""
        self._rows.append((what, str(number), ""))

    def claim(self, what: str, measured: object, *, holds: bool) -> None:
        """Something that must hold."""
        self._rows.append((what, str(measured), "[green]holds[/]" if holds else "[red]FALLS SHORT[/]"))
        if not holds:
            self.failures.append(f"{self.title}: {what}: {measured}")

    def print(self) -> None:
        table = Table(title=self.title, title_justify="left", show_header=False)
        for column in ("what", "count", "verdict"):
            table.add_column(column, justify="right" if column == "count" else "left")
        for row in self._rows:
            table.add_row(*row)
        console.print(table)


def conclude(campaign: str, findings: list[Findings], seconds: float) -> int:
    """Print the last word; the exit code."""
    failures = [failure for found in findings for failure in found.failures]
    for failure in failures:
        console.print(f"[red]{failure}[/]")
    console.print(f"{campaign}: {'FAILED' if failures else 'ok'} in {seconds:.0f} s")
    return 1 if failures else 0


@contextmanager
def stopwatch(found: Findings) -> Iterator[None]:
    started = time.monotonic()
    yield
    found.count("seconds", f"{time.monotonic() - started:.0f}")


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar; call what it gives with the number done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)
