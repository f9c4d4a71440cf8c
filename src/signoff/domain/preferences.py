"""How a person wants the pages: zone, language, theme and keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from signoff.domain.sentence import sentence
from signoff.domain.value import Value


class Theme(StrEnum):
    """Which of the two sheets the pages are drawn on."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Preferences(Value):
    """What a person chose; everything empty is left to the browser."""

    zone: str = ""
    """An IANA name; empty takes the browser's, or UTC."""
    language: str = ""
    """Whose dates and numbers, such as "de" or "en-GB"."""
    theme: Theme = Theme.SYSTEM
    has_keys: bool = True
    """Whether single letters act at all."""
    keys: Mapping[str, str] = {}
    """Keys that are not the usual ones, by the name of what they do."""


@dataclass(frozen=True)
class Key:
    """Something that a key does."""

    name: str
    usual: str
    does: str


KEYS = (
    Key("next", "j", sentence("Next row, next review")),
    Key("previous", "k", sentence("Previous row, previous review")),
    Key("search", "/", sentence("Search")),
    Key("go", "g", sentence("Go to: then I for the inbox")),
    Key("next_flag", "n", sentence("Next flag")),
    Key("previous_flag", "p", sentence("Previous flag")),
    Key("approve", "a", sentence("To the approval")),
    Key("changes", "r", sentence("Request changes")),
    Key("escalate", "s", sentence("Escalate")),
    Key("reject", "x", sentence("Reject")),
    Key("edit", "e", sentence("Edit the draft")),
    Key("difference", "d", sentence("Show the difference")),
    Key("undo", "u", sentence("Take back")),
    Key("more_time", "m", sentence("More time")),
    Key("help", "?", sentence("Show these keys")),
)


def key_faults(chosen: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with `chosen`, by the name of the key: no character, or one that is taken."""
    faults, taken = dict[str, str](), dict[str, str]()
    for key in KEYS:
        letter = chosen.get(key.name, key.usual)
        if len(letter) != 1 or not letter.isprintable() or letter.isspace():
            faults[key.name] = sentence("one letter, digit or sign")
        elif letter in taken:
            faults[key.name] = sentence("already used for “%(key)s”", key=taken[letter])
        else:
            taken[letter] = key.does
    return faults


def moved_keys(chosen: Mapping[str, str]) -> dict[str, str]:
    """For each usual key that does not do its work any more, the one that does it now."""
    letters = {key.usual: chosen.get(key.name, key.usual) for key in KEYS}
    return {usual: letter for usual, letter in letters.items() if letter != usual}
