"""How times and numbers read to the person whose page is made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_decimal, format_percent

from signoff.domain.account import Session
from signoff.domain.preferences import Preferences, Theme, moved_keys

LANGUAGES = (
    "en-GB", "en-US", "cs", "da", "de", "de-CH", "es", "fi", "fr", "it", "ja", "nl", "nb", "pl", "pt",
    "pt-BR", "sv", "tr", "uk",
)  # fmt: skip
"""Whose dates and numbers can be chosen."""
USUAL = "en-GB"
SOURCE = "en"
"""The language that the pages are written in."""
SPOKEN = (SOURCE, "de")
"""Languages in which there are words: the source, and those with a catalogue."""


@dataclass(frozen=True)
class Reader:
    """Zone, language and looks of one reader."""

    zone: tzinfo = UTC
    language: str = USUAL
    theme: Theme = Theme.SYSTEM
    keys: str = ""
    """For the script: what `data-keys` says; empty where the usual keys hold."""
    words: str = SOURCE
    """The language of the words, which a screen reader should speak."""

    @property
    def locale(self) -> Locale:
        return _locale(self.language)

    @property
    def direction(self) -> str:
        """How the words run: "ltr" or "rtl"."""
        return _locale(self.words).text_direction


ANYONE = Reader()
_reader: ContextVar[Reader] = ContextVar("reader", default=ANYONE)


def reader_of(session: Session | None, accepted: str = "") -> Reader:
    """The reader behind a session; without one, times are in UTC.

    Args:
        accepted: what the browser accepts (`Accept-Language`), for who has not chosen a language.
    """
    if session is None:
        language = first_spoken(accepted)
        return Reader(language=language, words=words_of(language))
    return reader_who(session.preferences, session.zone, accepted)


def reader_who(chosen: Preferences, zone: str = "", accepted: str = "") -> Reader:
    """The reader who chose this, in `zone` and the accepted language where they chose none."""
    language = chosen.language if chosen.language in LANGUAGES else first_spoken(accepted)
    return Reader(
        zone=zone_called(chosen.zone or zone) or UTC,
        language=language,
        theme=chosen.theme,
        keys=_keys(chosen),
        words=words_of(language),
    )


def words_of(language: str) -> str:
    """The language of the words for who chose `language`: its own where there are any."""
    return language.partition("-")[0] if has_words(language) else SOURCE


def has_words(language: str) -> bool:
    """Whether there are words in `language`, not its dates and numbers alone."""
    return language.partition("-")[0] in SPOKEN


def first_spoken(accepted: str) -> str:
    """The first accepted language that there are words in; the usual one where there is none."""
    for tag in _by_preference(accepted):
        own = tag.partition("-")[0].lower()
        if own == SOURCE:
            return USUAL
        if own in SPOKEN:
            return next((code for code in LANGUAGES if code.lower() == tag.lower()), own)
    return USUAL


def _by_preference(accepted: str) -> list[str]:
    """The tags of an `Accept-Language` header, the most wanted first."""
    weighed = []
    for part in accepted[:500].split(","):
        tag, _, weight = part.strip().partition(";q=")
        with suppress(ValueError):
            weighed.append((float(weight or 1), tag.strip()))
    return [tag for weight, tag in sorted(weighed, key=lambda one: -one[0]) if weight > 0]


def current() -> Reader:
    """Whose page is being made; anyone where it is nobody's."""
    return _reader.get()


def read_from_here(reader: Reader) -> None:
    """Have everything that this task says from now on speak to `reader`."""
    _reader.set(reader)


@contextmanager
def read_by(reader: Reader) -> Iterator[None]:
    """Have everything within speak to `reader`."""
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
    return _plain(f"{day}, {time} {zone_name(local)}")


def day(at: datetime) -> str:
    """A day in UTC: "22 Nov 2026"."""
    return _plain(format_date(at, "medium", _reader.get().locale))


def weekday(number: int) -> str:
    """A day of the week, Monday being 0, in short."""
    return str(_reader.get().locale.days["stand-alone"]["abbreviated"][number])


def number(value: float | Decimal) -> str:
    """A number with the reader's separators."""
    return _plain(format_decimal(value, locale=_reader.get().locale))


def money(value: Decimal) -> str:
    """An amount with two digits behind the reader's point."""
    return _plain(format_decimal(value, "#,##0.00", _reader.get().locale))


def tenths(value: float) -> str:
    """A number with one digit behind the reader's point."""
    return _plain(format_decimal(value, "#,##0.0", _reader.get().locale))


def percent(share: float, digits: int = 0) -> str:
    """A share in per cent, as the reader writes it."""
    locale = _reader.get().locale
    pattern = locale.percent_formats[None].pattern
    if digits:
        pattern = pattern.replace("0", f"0.{'0' * digits}")
    return _plain(format_percent(share, pattern, locale))


def _plain(text: str) -> str:
    """`text` with plain spaces: pages show every other kind as a mark, as drafts may hide behind it."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


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
