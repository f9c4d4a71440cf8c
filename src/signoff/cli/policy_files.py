"""What the policy commands share: reading policies and cases, and refusing faulty ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from signoff.cli.console import FAILED, fail

if TYPE_CHECKING:
    from signoff.policy.cases import Case
    from signoff.services.judge import Judge

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A policy file.")]


def loaded(file: Path) -> Judge:
    """The policy in `file`, with its detectors."""
    from signoff.policy.load import load_policy
    from signoff.services.judge import Judge

    if not file.is_file():
        raise fail(f"{file}: there is no such file.")
    with refusing_faults():
        return Judge(load_policy(file), str(file))


def loaded_cases(file: Path) -> tuple[Case, ...]:
    """The cases in `file`."""
    from signoff.policy.cases import load_cases

    with refusing_faults():
        return load_cases(file)


@contextmanager
def refusing_faults() -> Iterator[None]:
    """Print the faults of a file and end the command with the code of a failed check."""
    from signoff.domain.errors import PolicyInvalid

    try:
        yield
    except PolicyInvalid as error:
        raise faulty(len(error.faults), error.message) from error


def faulty(count: int, faults: str) -> typer.Exit:
    """To raise: that many faults were found."""
    return fail(f"{count} {'faults' if count > 1 else 'fault'}:\n{faults}", FAILED)


def shown(file: Path) -> str:
    """The file as people would type it: from here where it lies below."""
    return str(file.relative_to(Path.cwd())) if file.is_relative_to(Path.cwd()) else str(file)
