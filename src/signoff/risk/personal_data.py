"""Personal data of somebody else: whatever looks like it and is not the recipient's own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from signoff.domain.action import Action
from signoff.domain.flag import RiskFlag, Severity
from signoff.risk.finding import TOO_MANY, Marker, Settings, fact_records, fact_strings, texts
from signoff.risk.identifiers import (
    cards,
    comparable,
    emails,
    ibans,
    ip_addresses,
    phones,
    social_security_numbers,
)
from signoff.risk.text import Plain

NAME, VERSION = "personal_data", "2"
Code = Literal[
    "personal_card",
    "personal_iban",
    "personal_ssn",
    "personal_email",
    "personal_phone",
    "personal_ip",
    "personal_other_customer",
]
CODES: frozenset[str] = frozenset((*get_args(Code), TOO_MANY))


class PersonalDataSettings(Settings):
    """Whose data a draft may hold."""

    own_fact: str | None = None
    """Fact: a list of the recipient's own data as text: addresses, numbers, names."""
    others_fact: str | None = None
    """Fact: records {kind, value} about other people that the record knows."""
    allow: tuple[str, ...] = ()
    """Addresses and numbers that anybody may be given, such as one's own service desk."""


@dataclass(frozen=True)
class _Kind:
    code: Code
    severity: Severity
    name: str
    find: Callable[[str], Iterator[tuple[int, int]]]
    suggestion: str


_KINDS = (
    _Kind("personal_card", Severity.HIGH, "payment card number", cards, "[card number removed]"),
    _Kind("personal_iban", Severity.HIGH, "bank account number (IBAN)", ibans, "[account removed]"),
    _Kind(
        "personal_ssn",
        Severity.HIGH,
        "US social security number",
        social_security_numbers,
        "[number removed]",
    ),
    _Kind("personal_email", Severity.HIGH, "e-mail address", emails, "[address removed]"),
    _Kind("personal_ip", Severity.MEDIUM, "IP address", ip_addresses, "[address removed]"),
    _Kind("personal_phone", Severity.MEDIUM, "phone number", phones, "[number removed]"),
)


def identifiers_in(plain: str) -> Iterator[tuple[str, int, int]]:
    """Kind and offsets of everything in a plain text that has the shape of a personal identifier."""
    taken: set[int] = set()
    for kind in _KINDS:
        for start, end in kind.find(plain):
            if start not in taken:
                taken.update(range(start, end))
                yield kind.name, start, end


_REPLACEMENTS = {"name": "another customer", "e-mail address": "[address removed]"}


class PersonalData:
    """Recognises identifiers by pattern and check digit, and people by what the facts name."""

    name = NAME
    version = VERSION
    codes = CODES

    def __init__(self, settings: PersonalDataSettings) -> None:
        self._settings = settings
        self.reads = settings.facts
        self._mark = Marker[Code](NAME, VERSION)

    def detect(self, action: Action) -> Sequence[RiskFlag]:
        return self._mark.collected(self._flags(action))

    def _flags(self, action: Action) -> Iterator[RiskFlag]:
        own = fact_strings(action, self._settings.own_fact)
        fine = frozenset(comparable(value) for value in (*own, *self._settings.allow))
        others = _others(action, self._settings.others_fact, fine)
        for path, text in texts(action, self._settings):
            plain = Plain(text)
            taken: set[int] = set()
            for kind, value in others:
                yield from self._named(path, plain, kind, value, taken)
            yield from self._identifiers(path, plain, fine, taken, self._compared(own))

    def _identifiers(
        self, path: str, plain: Plain, fine: frozenset[str], taken: set[int], compared: str
    ) -> Iterator[RiskFlag]:
        for kind in _KINDS:
            for start, end in kind.find(plain.text):
                # A card number has the shape of a phone number too; what was found first stands.
                if start in taken or comparable(plain.text[start:end]) in fine:
                    continue
                taken.update(range(start, end))
                yield self._on(
                    path,
                    plain,
                    (start, end),
                    kind.code,
                    kind.severity,
                    f"This {kind.name} is not the recipient's own.",
                    compared,
                    kind.suggestion,
                )

    def _compared(self, own: tuple[str, ...]) -> str:
        if self._settings.own_fact is None or not own:
            return "The facts hold no data of the recipient to compare it with."
        return f"Compared with {len(own)} values that the record holds about the recipient."

    def _named(self, path: str, plain: Plain, kind: str, value: str, taken: set[int]) -> Iterator[RiskFlag]:
        pattern = re.compile(rf"(?<!\w){re.escape(value)}(?!\w)", re.IGNORECASE)
        for found in pattern.finditer(plain.text):
            taken.update(range(*found.span()))
            yield self._on(
                path,
                plain,
                found.span(),
                "personal_other_customer",
                Severity.HIGH,
                f"This {kind} belongs to another customer.",
                "The record holds it under somebody else's account.",
                _REPLACEMENTS.get(kind, "[removed]"),
            )

    def _on(
        self,
        path: str,
        plain: Plain,
        span: tuple[int, int],
        code: Code,
        severity: Severity,
        message: str,
        evidence: str,
        suggestion: str | None,
    ) -> RiskFlag:
        start, end = plain.span(*span)
        return self._mark.flag(
            code,
            severity,
            message,
            path=path,
            text=plain.original,
            start=start,
            end=end,
            evidence=evidence,
            suggestion=suggestion,
        )


def _others(action: Action, path: str | None, fine: frozenset[str]) -> list[tuple[str, str]]:
    """Kind and plain text of what the facts say about other people, the recipient's own left out."""
    found: dict[str, str] = {}
    for record in fact_records(action, path) or ():
        value = record.get("value")
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"the fact {path!r} has an entry without a value")
        if comparable(value) not in fine:
            found.setdefault(Plain(value.strip()).text, str(record.get("kind") or "entry"))
    return [(kind, value) for value, kind in found.items()]
