"""English that a page can say in another language."""

from __future__ import annotations

from collections.abc import Mapping


class Sentence(str):
    """A text that remembers the message and the parts that it was made of."""

    __slots__ = ("message", "parts")

    message: str
    parts: Mapping[str, object]


def sentence(message: str, /, **parts: object) -> Sentence:
    """`message`, a format with named parts, in English.

    A per cent sign in a message is written twice. Messages are collected where this is called.
    """
    text = Sentence(message % parts)
    text.message, text.parts = message, parts
    return text
