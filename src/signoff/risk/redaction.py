"""Taking personal data out of texts, so that they can leave the house.

What has the shape of an identifier goes, as the personal-data detector recognises it, and so does
every value that the facts name as somebody's own. Other names and postal addresses have no shape; they
stay, and whoever hands the result on must know that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from signoff.domain.action import Action
from signoff.risk.finding import fact_records, fact_strings
from signoff.risk.personal_data import PersonalDataSettings, identifiers_in
from signoff.risk.text import Plain

_LEAST_KNOWN = 4
"""Shorter values of the facts ("CO", "Ann") stand in too many other words to be taken out alone."""
_LEAST_PART = 3
_NAME = re.compile(r"[^\W\d_]+(?:[ '-][^\W\d_]+){1,3}")


class Redactor:
    """Replaces personal data in the texts of one record; the same value gets the same mark.

    Args:
        known: values that are personal by what the facts say, such as a customer's name.
    """

    def __init__(self, known: Iterable[str] = ()) -> None:
        values = {Plain(value.strip()).text for value in known}
        self._known = [
            re.compile(rf"(?<!\w){re.escape(value)}(?!\w)", re.IGNORECASE)
            for value in sorted(values, key=len, reverse=True)
            if len(value) >= _LEAST_KNOWN
        ]
        parts = {part for value in values if _NAME.fullmatch(value) for part in re.split(r"[ '-]", value)}
        self._known += [
            re.compile(rf"(?<!\w){re.escape(part)}(?!\w)")
            for part in sorted(parts)
            if len(part) >= _LEAST_PART
        ]
        self._marks: dict[str, str] = {}

    def text(self, text: str) -> str:
        """`text` with "[e-mail address 1]" and the like in place of personal data."""
        plain = Plain(text)
        found = [(start, end, kind) for kind, start, end in identifiers_in(plain.text)]
        for pattern in self._known:
            found += [(*match.span(), "known value") for match in pattern.finditer(plain.text)]
        kept: list[str] = []
        at = 0
        for start, end, kind in sorted(found, key=lambda span: (span[0], -span[1])):
            first, last = plain.span(start, end)
            if first >= at:
                kept += [text[at:first], self._mark(kind, plain.text[start:end])]
                at = last
        return "".join([*kept, text[at:]])

    def value(self, value: Any) -> Any:
        """`value` with every text in it redacted, keys included."""
        match value:
            case str():
                return self.text(value)
            case Mapping():
                return {self.text(str(key)): self.value(held) for key, held in value.items()}
            case list() | tuple():
                return [self.value(item) for item in value]
        return value

    def _mark(self, kind: str, value: str) -> str:
        same = "".join(char for char in value.casefold() if char.isalnum())
        return self._marks.setdefault(same, f"[{kind} {len(self._marks) + 1}]")


def known_values(action: Action, settings: Mapping[str, Any]) -> list[str]:
    """What the facts of `action` name as somebody's own, by a policy's settings of `personal_data`."""
    given = PersonalDataSettings.model_validate(dict(settings))
    others = (record.get("value") for record in fact_records(action, given.others_fact) or ())
    return [*fact_strings(action, given.own_fact), *(value for value in others if isinstance(value, str))]
