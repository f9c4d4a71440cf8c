"""Links, addresses and account numbers that the requester's own words do not hold.

An injected instruction wants its victim sent somewhere; a text that names nothing but what the
requester named gives it no place to send anybody to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, get_args

from signoff.domain.action import Action
from signoff.domain.flag import RiskFlag, Severity
from signoff.risk.finding import TOO_MANY, Marker, Settings, fact_strings, texts
from signoff.risk.identifiers import cards, emails, ibans, phones
from signoff.risk.links import link_spans
from signoff.risk.text import Plain

NAME, VERSION = "not_requested", "1"
Code = Literal["not_requested"]
CODES: frozenset[str] = frozenset((*get_args(Code), TOO_MANY))

_Find = Callable[[str], Iterator[tuple[int, int]]]
_KINDS: tuple[tuple[str, _Find], ...] = (
    ("payment card number", cards),
    ("bank account number", ibans),
    ("e-mail address", emails),
    ("link", link_spans),
    ("phone number", phones),
)
_COMPARED = "Compared with the requester's own messages."
_NOTHING = "The facts hold no message of the requester to compare it with."


class NotRequestedSettings(Settings):
    """Where the requester's words are."""

    request_fact: str = "request"
    """Fact: a list of the requester's messages."""


class NotRequested:
    """Compares every link, address and account number of a draft with those of the request."""

    name = NAME
    version = VERSION
    codes = CODES

    def __init__(self, settings: NotRequestedSettings) -> None:
        self._settings = settings
        self.reads = settings.facts
        self._mark = Marker[Code](NAME, VERSION)

    def detect(self, action: Action) -> Sequence[RiskFlag]:
        return self._mark.collected(self._flags(action))

    def _flags(self, action: Action) -> Iterator[RiskFlag]:
        if self._settings.tools and action.tool not in self._settings.tools:
            return
        path = self._settings.request_fact
        request = fact_strings(action, path)
        named = {value for text in request for _, value, _ in _references(Plain(text).text)}
        for where, text in texts(action, self._settings):
            plain = Plain(text)
            for kind, value, span in _references(plain.text):
                if value not in named:
                    start, end = plain.span(*span)
                    yield self._mark.flag(
                        "not_requested",
                        Severity.HIGH,
                        f"The request names no such {kind}.",
                        path=where,
                        text=plain.original,
                        start=start,
                        end=end,
                        evidence=_COMPARED if request else _NOTHING,
                    )


def _references(text: str) -> Iterator[tuple[str, str, tuple[int, int]]]:
    """Kind, comparable value and offsets of each reference; none lies inside an earlier kind's."""
    taken: set[int] = set()
    for kind, find in _KINDS:
        for start, end in find(text):
            if start not in taken:
                taken.update(range(start, end))
                yield kind, _comparable(kind, text[start:end]), (start, end)


def _comparable(kind: str, value: str) -> str:
    if kind == "link":
        return value.removeprefix("https://").removeprefix("http://").rstrip("/")
    if kind == "e-mail address":
        return value.casefold()
    return "".join(char for char in value.casefold() if char.isalnum())
