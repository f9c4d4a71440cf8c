"""A language made of English for looking at pages: accented, longer by two fifths, and plainly no source."""

from __future__ import annotations

import re
from gettext import NullTranslations

_KEPT = re.compile(r"(%\(\w+\)[sr]|%%|<[^>]*>)")
_ACCENTS = str.maketrans("aeiouyAEIOUncs", "áéíóúýÁÉÍÓÚñçš")
_PADDING = "lorem ipsum dolor sit amet "


def pseudo(message: str) -> str:
    """The message with its parts and its elements kept."""
    parts = [part if _KEPT.fullmatch(part) else part.translate(_ACCENTS) for part in _KEPT.split(message)]
    length = len(_KEPT.sub("", message)) * 2 // 5
    padding = (_PADDING * (length // len(_PADDING) + 1))[:length].strip()
    return "".join(parts) + (f" {padding}" if padding else "")


class Pseudo(NullTranslations):
    """Every message in that language."""

    def gettext(self, message: str) -> str:
        return pseudo(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return pseudo(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:
        return pseudo(message)

    def npgettext(self, context: str, msgid1: str, msgid2: str, n: int) -> str:
        return pseudo(msgid1 if n == 1 else msgid2)
