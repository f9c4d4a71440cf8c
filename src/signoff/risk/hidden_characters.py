"""Characters that a reader cannot see, and letters that pass for others."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal, get_args

from confusable_homoglyphs.categories import alias
from pydantic import field_validator

from signoff.domain.action import Action
from signoff.domain.flag import RiskFlag, Severity
from signoff.risk.finding import MAX_QUOTE, TOO_MANY, Marker, Settings, texts
from signoff.risk.text import INVISIBLE_LETTERS, as_latin, is_variation_selector, latin_lookalike

NAME, VERSION = "hidden_characters", "1"
Code = Literal[
    "hidden_zero_width",
    "hidden_bidi",
    "hidden_tag",
    "hidden_selector",
    "hidden_control",
    "hidden_private",
    "confusable_word",
    "confusable_styled",
]
CODES: frozenset[str] = frozenset((*get_args(Code), TOO_MANY))

_CODE_POINT = re.compile(r"U\+[0-9A-Fa-f]{4,6}")
MAX_CODE_POINT = 0x10FFFF
_ZWJ, _ZWNJ = "\u200d", "\u200c"
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BIDI_MARKS = frozenset("\u061c\u200e\u200f")
_FLAGS_OF_REGIONS = tuple(
    "\U0001f3f4" + "".join(chr(0xE0000 + ord(char)) for char in region) + "\U000e007f"
    for region in ("gbeng", "gbsct", "gbwls")
)
_JOINING_SCRIPTS = frozenset(
    "ARABIC SYRIAC MONGOLIAN DEVANAGARI BENGALI GURMUKHI GUJARATI ORIYA TAMIL TELUGU KANNADA MALAYALAM "
    "SINHALA KHMER MYANMAR TIBETAN NKO MANDAIC".split()
)
_RTL = frozenset({"R", "AL"})
_WORD = re.compile(r"\w+")

Finding = tuple[Code, Severity, str, str, str | None]
"""Code, severity, message, evidence, suggestion."""


class HiddenCharactersSettings(Settings):
    """Which invisible characters are fine."""

    allow: frozenset[str] = frozenset()
    """Code points that are never flagged, written "U+00AD"."""

    @field_validator("allow")
    @classmethod
    def _are_code_points(cls, allow: frozenset[str]) -> frozenset[str]:
        for one in allow:
            if not _CODE_POINT.fullmatch(one) or int(one.removeprefix("U+"), base=16) > MAX_CODE_POINT:
                raise ValueError(f'{one!r} is no code point; write for example "U+00AD"')
        return allow


def _char(code_point: str) -> str:
    return chr(int(code_point.removeprefix("U+"), base=16))


class HiddenCharacters:
    """Looks at every character that is not plain ASCII, and at control characters."""

    name = NAME
    version = VERSION
    codes = CODES

    def __init__(self, settings: HiddenCharactersSettings) -> None:
        self._settings = settings
        self.reads = settings.facts
        self._mark = Marker[Code](NAME, VERSION)
        self._allowed = frozenset(_char(one) for one in settings.allow)

    def detect(self, action: Action) -> Sequence[RiskFlag]:
        return self._mark.collected(self._flags(action))

    def _flags(self, action: Action) -> Iterator[RiskFlag]:
        for path, text in texts(action, self._settings):
            for start, end, kind in _runs(text, self._allowed):
                yield self._on(path, text, start, end, _hidden(kind, text[start:end]))
            if not text.isascii():
                is_latin = _mostly_latin(text)
                for found in _WORD.finditer(text):
                    finding = None if found[0].isascii() else _confusable(found[0][:MAX_QUOTE], is_latin)
                    if finding:
                        yield self._on(path, text, found.start(), found.end(), finding)

    def _on(self, path: str, text: str, start: int, end: int, finding: Finding) -> RiskFlag:
        code, severity, message, evidence, suggestion = finding
        return self._mark.flag(
            code,
            severity,
            message,
            path=path,
            text=text,
            start=start,
            end=end,
            evidence=evidence,
            suggestion=suggestion,
        )


_SUSPECT = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    r"\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\ud800-\udfff\ue000-\uf8ff"
    r"\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2"
    r"\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0000-\U0010ffff]"
)


def _runs(text: str, allowed: frozenset[str]) -> Iterator[tuple[int, int, Code]]:
    """Neighbouring hidden characters of one kind, at most `MAX_QUOTE` to a run."""
    start = end = 0
    current: Code | None = None
    for found in _SUSPECT.finditer(text):
        place = found.start()
        kind = None if found[0] in allowed else _kind(text, place)
        joins = kind == current and place == end and end - start < MAX_QUOTE
        if not joins:
            if current is not None:
                yield start, end, current
            start, current = place, kind
        end = place + 1
    if current is not None:
        yield start, end, current


def _kind(text: str, place: int) -> Code | None:
    """What kind of hidden character stands at `place`; None where it belongs."""
    char = text[place]
    if char == "\r":
        return None if text[place + 1 : place + 2] == "\n" else "hidden_control"
    if "\U000e0000" <= char <= "\U000e007f":
        return None if _in_region_flag(text, place) else "hidden_tag"
    if char in _BIDI:
        return None if char in _BIDI_MARKS and _near_rtl(text, place) else "hidden_bidi"
    if is_variation_selector(char) or "\u180b" <= char <= "\u180f":
        return None if _is_fitting_selector(text, place) else "hidden_selector"
    if char in (_ZWJ, _ZWNJ):
        return None if _joins(text, place) else "hidden_zero_width"
    category = unicodedata.category(char)
    if category == "Cf" and _script(char) in _JOINING_SCRIPTS:
        return None
    if category == "Cf" or char in INVISIBLE_LETTERS:
        return None if _is_hangul_filler(text, place) else "hidden_zero_width"
    if category in ("Cc", "Zl", "Zp"):
        return "hidden_control"
    return "hidden_private" if category in ("Co", "Cs", "Cn") else None


def _in_region_flag(text: str, place: int) -> bool:
    """Whether it is a part of the flag of England, Scotland or Wales."""
    begin = text.rfind("\U0001f3f4", max(0, place - 7), place)
    return begin >= 0 and any(
        text.startswith(flag, begin) and place < begin + len(flag) for flag in _FLAGS_OF_REGIONS
    )


def _near_rtl(text: str, place: int) -> bool:
    around = text[max(0, place - 20) : place + 20]
    return any(unicodedata.bidirectional(char) in _RTL for char in around if char not in _BIDI)


def _is_fitting_selector(text: str, place: int) -> bool:
    """One selector after a symbol, a digit's keycap, or, for ideographs, a Han character."""
    base = text[place - 1] if place else ""
    if not base or is_variation_selector(base):
        return False
    char = text[place]
    category = unicodedata.category(base)
    if char in "\ufe0e\ufe0f":
        return category in ("So", "Sm", "Sk", "Po") or base in _EMOJI_BASES
    if char >= "\U000e0100" or "\ufe00" <= char <= "\ufe02":
        return unicodedata.name(base, "").startswith("CJK") or category == "Sm"
    return _script(base) in ("MONGOLIAN", "MYANMAR")


_EMOJI_BASES = frozenset("0123456789\u3030\u303d\u2139")
"""Characters with an emoji form that are no symbols."""


def _joins(text: str, place: int) -> bool:
    """Whether a joiner joins: between emoji, or after a letter of a script that uses joiners."""
    before = text[place - 1] if place else ""
    after = text[place + 1 : place + 2]
    if not before or not after:
        return False
    if unicodedata.category(before)[0] in "LM" and _script(before) in _JOINING_SCRIPTS:
        return True
    if text[place] == _ZWNJ:
        return False
    is_emoji_before = before == "\ufe0f" or unicodedata.category(before) in ("So", "Sk")
    return is_emoji_before and unicodedata.category(after) == "So"


def _is_hangul_filler(text: str, place: int) -> bool:
    """Whether a filler stands inside a Hangul syllable block."""
    if text[place] not in "\u115f\u1160":
        return False
    around = text[max(0, place - 1) : place] + text[place + 1 : place + 2]
    return any("\u1100" <= char <= "\u11ff" and char not in "\u115f\u1160" for char in around)


def _hidden(kind: Code, run: str) -> Finding:
    points = ", ".join(f"U+{ord(char):04X} {unicodedata.name(char, '')}".strip() for char in run[:3])
    count = len(run)
    evidence = f"{points}." if count <= 3 else f"{points} and {count - 3} more."
    if kind == "hidden_tag":
        said = "".join(chr(ord(char) - 0xE0000) for char in run if "\U000e0020" <= char < "\U000e007f")
        evidence = f"Decoded, the hidden text says {said!r}." if said else evidence
    counted = "1 character" if count == 1 else f"{count} characters"
    message = f"{counted} {_MESSAGES[kind]}"
    severity = Severity.MEDIUM if kind in ("hidden_selector", "hidden_private") else Severity.HIGH
    return kind, severity, message, evidence, ""


_MESSAGES: dict[Code, str] = {
    "hidden_zero_width": "without width: invisible to the reader, but part of the text.",
    "hidden_bidi": "for changing the order in which the text is shown.",
    "hidden_tag": "of invisible tag text.",
    "hidden_selector": "for choosing a variant where there is none; hidden data can be carried this way.",
    "hidden_control": "for controlling devices, with no place in a message.",
    "hidden_private": "without a public meaning.",
}


@lru_cache(maxsize=4096)
def _script(char: str) -> str:
    return str(alias(char))


_ALONE = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU", "DESERET"})
"""Scripts that no writing system mixes within a word."""


def _mostly_latin(text: str) -> bool:
    """Whether most words with letters are plain Latin."""
    words = [found[0] for found in _WORD.finditer(text) if any(char.isalpha() for char in found[0][:50])]
    latin = sum(1 for word in words if word.isascii())
    return latin * 2 > len(words)


@lru_cache(maxsize=8192)
def _confusable(word: str, in_latin_text: bool) -> Finding | None:
    """What is wrong with a word that has letters beyond ASCII, if anything is."""
    letters = [char for char in word if char.isalpha()]
    scripts = {_script(char) for char in letters} & _ALONE
    reading = as_latin(unicodedata.normalize("NFC", word))
    if len(scripts) > 1:
        foreign = {char for char in letters if _script(char) != "LATIN" and latin_lookalike(char)}
        if foreign and "LATIN" in scripts:
            return _passes_for(reading, sorted(foreign))
    is_foreign = scripts and "LATIN" not in scripts and in_latin_text and len(letters) > 1
    if is_foreign and all(latin_lookalike(char) for char in letters):
        return _passes_for(reading, sorted(set(letters)))
    styled = sorted({char for char in word if "\U0001d400" <= char <= "\U0001d7ff"})
    if styled:
        plain = unicodedata.normalize("NFKC", word)
        message = "Letters from the mathematical alphabets: searches and screen readers miss them."
        return "confusable_styled", Severity.MEDIUM, message, f"Reads {plain!r}.", plain
    return None


def _passes_for(reading: str, foreign: list[str]) -> Finding:
    shown = ", ".join(f"U+{ord(char):04X} {unicodedata.name(char, '')}" for char in foreign[:4])
    message = f'Letters of another alphabet make this pass for "{reading[:60]}".'
    suggestion = reading if reading.isascii() else None
    return "confusable_word", Severity.HIGH, message, f"Holds {shown}.", suggestion
