"""Text from outside, cut into what can be read as it is and what must be shown by name.

Characters that cannot be seen, or that turn the order of the text around, never reach the page
raw; each is replaced by a visible mark that names its code point.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from signoff.web.pages.translate import N_, gettext, ngettext

_SEEN = "\n\t"
_BLANK_LETTERS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
_JOINERS = "\u200c\u200d"
_EMOJI_STYLE = "\ufe0e\ufe0f"
_JOINED_SCRIPTS = (
    "ARABIC", "SYRIAC", "NKO", "MONGOLIAN", "DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "ORIYA",
    "TAMIL", "TELUGU", "KANNADA", "MALAYALAM", "SINHALA", "TIBETAN", "KHMER", "MYANMAR",
)  # fmt: skip
_SHORT_NAMES = {
    "\u00a0": N_("no-break space"),
    "\u00ad": N_("soft hyphen"),
    "\u200b": N_("zero-width space"),
    "\u200c": N_("zero-width non-joiner"),
    "\u200d": N_("zero-width joiner"),
    "\u2028": N_("line separator"),
    "\u2029": N_("paragraph separator"),
    "\ufeff": N_("zero-width no-break space"),
    "\r": N_("carriage return"),
    "\x00": N_("null"),
    "\x07": N_("bell"),
    "\x08": N_("backspace"),
    "\x1b": N_("escape"),
    "\x7f": N_("delete"),
}
_NOT_PLAIN = re.compile(r"[^\n\t\x20-\x7e]|\n(?:[ \t]*\n){7,}|[ \t]{40,}")


@dataclass(frozen=True)
class Piece:
    """A stretch of text; `label` is set when it stands for something hidden."""

    text: str
    label: str | None = None
    """What the mark stands for, in words: "zero-width space"."""


def reveal(text: str, *, before: str = "", after: str = "") -> tuple[Piece, ...]:
    """`text` in pieces; the characters around it decide whether a joiner at its edge is harmless."""
    if _NOT_PLAIN.search(text) is None:
        return (Piece(text),) if text else ()
    pieces: list[Piece] = []
    plain: list[str] = []

    def put(mark: str, label: str) -> None:
        if plain:
            pieces.append(Piece("".join(plain)))
            plain.clear()
        pieces.append(Piece(mark, label))

    at = 0
    while at < len(text):
        found = _NOT_PLAIN.search(text, at)
        if found is None:
            plain.append(text[at:])
            break
        plain.append(text[at : found.start()])
        if found.group().startswith("\n"):
            plain.append("\n")
            lines = found.group().count("\n") - 1
            put(ngettext("%(n)s empty line", "%(n)s empty lines", lines), gettext("left out here"))
            plain.append("\n")
        elif len(found.group()) > 1:
            put(ngettext("%(n)s space", "%(n)s spaces", len(found.group())), gettext("left out here"))
        elif text.startswith("\r\n", found.start()):
            pass
        else:
            n = found.start()
            left = text[n - 1] if n else before
            right = text[n + 1] if n + 1 < len(text) else after
            char = found.group()
            if is_hidden(char, left, right):
                put(f"U+{ord(char):04X}", _name(char))
            else:
                plain.append(char)
        at = found.end()
    if plain:
        pieces.append(Piece("".join(plain)))
    return tuple(piece for piece in pieces if piece.text)


def is_hidden(char: str, left: str = "", right: str = "") -> bool:
    """Whether `char` between its neighbours cannot be seen, or moves other text."""
    if char in _SEEN:
        return False
    if char in _BLANK_LETTERS:
        return True
    if char in _JOINERS:
        return not (_is_joined(left) and _is_joined(right)) and not _within_emoji(char, left, right)
    if char in _EMOJI_STYLE:
        return not _is_pictorial(left)
    category = unicodedata.category(char)
    if category == "Zs":
        return char not in " \u3000"
    if category == "Mn":
        return unicodedata.name(char, "").startswith(("VARIATION SELECTOR", "MONGOLIAN FREE VARIATION"))
    return category in ("Cf", "Cc", "Co", "Cn", "Cs", "Zl", "Zp")


def written(text: str) -> str:
    """`text` with its marks written out: for the many places where a mark of its own is too much."""
    if _NOT_PLAIN.search(text) is None:
        return text
    return "".join(f"⟨{p.text}⟩" if p.label else p.text for p in reveal(text))


def has_hidden(text: str) -> bool:
    """Whether `reveal` would show a mark in `text`."""
    return any(piece.label for piece in reveal(text))


def flat(text: str, limit: int = 200) -> str:
    """`text` on one line with its marks written out, shortened to `limit`."""
    line = written(" ".join(text.split()))
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _name(char: str) -> str:
    short = _SHORT_NAMES.get(char)
    if short:
        return gettext(short)
    return unicodedata.name(char, "").lower() or gettext("control character")


def _is_joined(char: str) -> bool:
    return bool(char) and unicodedata.name(char, "").startswith(_JOINED_SCRIPTS)


def _is_pictorial(char: str) -> bool:
    return bool(char) and (unicodedata.category(char) in ("So", "Sk", "Sm", "Po") or char in "0123456789#*")


def _within_emoji(char: str, left: str, right: str) -> bool:
    """A zero-width joiner between two pictures makes one of them, a family or a flag."""
    if char != "\u200d" or not right:
        return False
    is_left = left in _EMOJI_STYLE or unicodedata.category(left or " ") in ("So", "Sk")
    return is_left and (unicodedata.category(right) == "So" or right in "\u2640\u2642")
