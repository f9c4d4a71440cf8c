"""Whether a value stands in the requester's own words.

Texts are compared token by token, so that no part of a token counts: "ann@x.co" is not in "write to
ann@x.co.uk". A token is what stands between spaces, without the punctuation around it. Letter case
and compatibility forms of the request do not matter; in words of letters only, accents do not either.
A number is compared by its value: 1200 is in "$1,200.00". It says nothing about what the number or
name was said of: "2" is in "two pages, by the 2 of May".
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from signoff.domain.figures import decimal_of

REQUEST = "request"
"""The fact that holds the requester's messages, a list of texts."""
IN_REQUEST = "in_request"

_AROUND = "".join("\"'()[]{}<>.,;:!?*_~`«»$€£¥#")
_QUOTES = str.maketrans("‘’ʼ′‛“”„″‐‑‒–—−", "'''''\"\"\"\"------")  # noqa: RUF001 - what people type for ' " -
_REMEMBERED = 64


def in_request(value: Any, request: Sequence[str]) -> bool:
    """Whether a text, a number, or every item of a list of them stands in one of the messages.

    An empty text or list is in nothing.
    """
    if isinstance(value, list | tuple):
        return bool(value) and all(in_request(item, request) for item in value)
    messages = [_message(text) for text in request]
    if isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        number = Decimal(repr(value))
        return any(number in numbers for _, numbers in messages)
    if not isinstance(value, str) or not _is_as_seen(value):
        return False
    wanted = tuple(_tokens(value))
    return bool(wanted) and any(_holds(tokens, wanted) for tokens, _ in messages)


def _holds(tokens: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    size = len(wanted)
    return any(tokens[n : n + size] == wanted for n in range(len(tokens) - size + 1))


def _is_as_seen(value: str) -> bool:
    """Whether a reader sees what a program gets: nothing invisible, no look-alike of another form."""
    plain = value.translate(_QUOTES)
    return unicodedata.normalize("NFKC", plain) == unicodedata.normalize("NFC", plain) and not any(
        unicodedata.category(char) in ("Cf", "Cc", "Co", "Cn") and char not in "\t\r\n" for char in plain
    )


@lru_cache(maxsize=_REMEMBERED)
def _message(text: str) -> tuple[tuple[str, ...], frozenset[Decimal]]:
    tokens = tuple(_tokens(text))
    return tokens, frozenset(number for token in text.split() if (number := _number(token)) is not None)


def _tokens(text: str) -> Iterator[str]:
    for word in unicodedata.normalize("NFKC", text.translate(_QUOTES)).casefold().split():
        token = word.strip(_AROUND).removesuffix("'s").strip(_AROUND)
        if token:
            yield _without_accents(token)


def _without_accents(token: str) -> str:
    """An address or a number with an accent in it is another one; a name is the same name."""
    if token.isascii() or not all(char.isalpha() or char in "-'" for char in token):
        return token
    apart = unicodedata.normalize("NFD", token)
    return unicodedata.normalize("NFC", "".join(c for c in apart if unicodedata.category(c) != "Mn"))


def _number(word: str) -> Decimal | None:
    figures = unicodedata.normalize("NFKC", word.translate(_QUOTES)).strip(_AROUND).rstrip("%")
    sign = -1 if figures.startswith("-") else 1
    figures = figures.lstrip("+-").strip(_AROUND)
    try:
        value = decimal_of(figures) if figures.isascii() else None
    except InvalidOperation:
        return None
    return None if value is None else sign * value
