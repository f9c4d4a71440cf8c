"""The provider of a document: to a model "Acme may end your account" is "we may end your account".

The name of one document says nothing about the next one; what its bearer may do does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_ACTS = re.compile(
    r"\b([A-Z]\w+)(?=,? (?:may|will|shall|reserves|can|cannot|does|has)\b)"
    r"|(?:(?<=[Yy]ou and )|(?<=[Yy]ou or ))([A-Z]\w+)"
)
"""A capitalised word that acts, or stands beside the customer: "Acme may", "you and Acme"."""
_LOWER = re.compile(r"(?<![\w.@/-])[a-z]\w+(?![\w-]*[.@/]\w)")
"""Words in lower case; those of addresses do not count."""
_FEWEST = 3
_STRAY = 4
"""A name is written in lower case less than once for so many times that it acts."""


def as_we(segments: Sequence[str]) -> list[str]:
    """The segments of a document with "we" in place of the provider's name, where one stands out."""
    name = provider_name(segments)
    if name is None:
        return list(segments)
    named = re.compile(rf"\b{re.escape(name)}\b", re.IGNORECASE)
    return [named.sub("we", text) for text in segments]


def provider_name(segments: Sequence[str]) -> str | None:
    """The name that acts most often in a document, of those that it does not also write in lower case."""
    lower = Counter(word for text in segments for word in _LOWER.findall(text))
    acting: Counter[str] = Counter(
        first or second for text in segments for first, second in _ACTS.findall(text)
    )
    for name, often in acting.most_common():
        if often < _FEWEST:
            break
        if name != "You" and _STRAY * lower[name.lower()] < often:
            return name
    return None
