"""What every command opens: settings, a desk, and the person in whose name it acts."""

from __future__ import annotations

import getpass
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from signoff.domain.person import Actor, ActorKind

if TYPE_CHECKING:
    from signoff.app import Desk
    from signoff.domain.person import Person
    from signoff.domain.visibility import Viewer
    from signoff.settings import Settings
    from signoff.store.database import Tx

_file: list[Path] = []


def use_settings_file(file: Path | None) -> None:
    """Have the command that follows read `file` instead of looking for one."""
    _file[:] = [] if file is None else [file]


def settings_with(**given: Any) -> Settings:
    """The settings in force; options that were given go first."""
    from signoff.settings import read_settings

    return read_settings(_file[0] if _file else None, **given)


@contextmanager
def open_desk(database: str | None = None) -> Iterator[Desk]:
    """A desk on the database of the settings, or on the given one."""
    from signoff.registry import opened_desk

    with opened_desk(settings_with(database=database)) as desk:
        yield desk


def person_called(tx: Tx, email: str) -> Person:
    """The person with this e-mail.

    Raises:
        NotFound: nobody has it.
    """
    from signoff.services import people

    return people.find_person(tx, email)


def viewer_called(tx: Tx, email: str | None) -> Viewer:
    """What the person with this e-mail may see; without one, what everybody may.

    Raises:
        NotFound: nobody has it.
    """
    from signoff.domain.visibility import NOBODY, viewer_of

    return NOBODY if email is None else viewer_of(person_called(tx, email))


def operator() -> Actor:
    """Whoever sits at the command line: known by log-in name only, and never able to vote."""
    return Actor(kind=ActorKind.SERVICE, id="cli", name=f"command line ({_login()})")


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def set_up_logging(level: str) -> None:
    """Send the log to standard error."""
    import structlog

    logging.basicConfig(
        level=level.upper(), format="%(asctime)s %(levelname)-7s %(name)s %(message)s", force=True
    )
    quiet = logging.WARNING if level != "debug" else logging.DEBUG
    for name in ("procrastinate", "httpx", "alembic", "uvicorn.access"):
        logging.getLogger(name).setLevel(quiet)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.stdlib.LoggerFactory(),
        processors=[
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ],
    )
