"""How times and numbers read to the person whose page is made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_decimal

from signoff.domain.account import Session
from signoff.domain.preferences import Preferences, Theme, moved_keys

LANGUAGES = (
    "en-GB", "en-US", "cs", "da", "de", "de-CH", "es", "fi", "fr", "it", "ja", "nl", "nb", "pl", "pt",
    "pt-BR", "sv", "tr", "uk",
)  # fmt: skip
"""Whose dates and numbers can be chosen. The words of the pages are English so far."""
USUAL = "en-GB"
WORDS = "en"
"""The language that the pages are written in: what a screen reader should speak."""


@dataclass(frozen=True)
class Reader:
    """Zone, language and looks of one reader."""

    zone: tzinfo = UTC
    language: str = USUAL
    theme: Theme = Theme.SYSTEM
    keys: str = ""
    """For the script: what `data-keys` says; empty where the usual keys hold."""
    words: str = WORDS

    @property
    def locale(self) -> Locale:
        return _locale(self.language)


ANYONE = Reader()
_reader: ContextVar[Reader] = ContextVar("reader", default=ANYONE)


def reader_of(session: Session | None) -> Reader:
    """The reader behind a session; without one, times are in UTC."""
    return ANYONE if session is None else reader_who(session.preferences, session.zone)


def reader_who(chosen: Preferences, zone: str = "") -> Reader:
    """The reader who chose this, in `zone` where they chose none."""
    return Reader(
        zone=zone_called(chosen.zone or zone) or UTC,
        language=chosen.language if chosen.language in LANGUAGES else USUAL,
        theme=chosen.theme,
        keys=_keys(chosen),
    )


@contextmanager
def read_by(reader: Reader) -> Iterator[None]:
    """Have the filters speak to `reader`; macros that templates import see no context of their own."""
    token = _reader.set(reader)
    try:
        yield
    finally:
        _reader.reset(token)


def moment(at: datetime) -> str:
    """An instant in the reader's zone, with its name: "22 Nov 2026, 18:40 CET"."""
    reader = _reader.get()
    local = at.astimezone(reader.zone)
    day, time = format_date(local, "medium", reader.locale), format_time(local, "short", locale=reader.locale)
    return f"{day}, {time} {zone_name(local)}"


def number(value: float) -> str:
    """A number with the reader's separators."""
    return format_decimal(value, locale=_reader.get().locale)


def zone_name(local: datetime) -> str:
    """What the zone is called then: "CET", or "UTC+03" where it has a number only."""
    name = local.tzname() or "UTC"
    return f"UTC{name}" if name[:1] in "+-" else name


def midnight(now: datetime, reader: Reader) -> datetime:
    """When the reader's day began."""
    return now.astimezone(reader.zone).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def zone_called(name: str) -> ZoneInfo | None:
    """A zone by its IANA name."""
    return ZoneInfo(name) if name in zones() else None


@cache
def zones() -> tuple[str, ...]:
    """The names of all zones that one may choose."""
    found = (
        name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/"))
    )
    return ("UTC", *sorted(found))


def language_name(code: str) -> str:
    """A language in its own words: "Deutsch (Schweiz)"."""
    return (_locale(code).display_name or code).capitalize()


@cache
def _locale(code: str) -> Locale:
    return Locale.parse(code, sep="-")


def _keys(chosen: Preferences) -> str:
    if not chosen.has_keys:
        return json.dumps(False)
    return json.dumps(moved_keys(chosen.keys)) if chosen.keys else ""
