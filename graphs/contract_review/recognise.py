"""Which of the playbook's clauses a clause is, and by which words that shows."""

from __future__ import annotations

import re
from collections.abc import Sequence

from graphs.contract_review.clauses import Clause
from graphs.contract_review.playbook import Entry, Playbook, compiled

_DEFINES = re.compile(
    r"^.{0,20}[\"“][^\"”]{2,60}[\"”]\s+(?:means?|has|shall\s+(?:mean|have)|is\s+defined)\b", re.DOTALL
)
_LEAST = 40
"""Characters beside number and heading below which a clause only announces others."""


def kinds_of(playbook: Playbook, clause: Clause) -> dict[str, str]:
    """Names of playbook entries that the clause is about, each with the words that say so."""
    if says_nothing(clause):
        return {}
    found = {name: _evidence(entry, clause) for name, entry in playbook.clauses.items()}
    return {name: words for name, words in found.items() if words is not None}


def says_nothing(clause: Clause) -> bool:
    """Whether a clause only announces others, or only says what a word means."""
    is_heading = len(clause.text) - len(clause.number) - len(clause.heading) < _LEAST
    return is_heading or bool(_DEFINES.match(clause.text))


def _evidence(entry: Entry, clause: Clause) -> str | None:
    for pattern in entry.recognise.heading:
        if compiled(pattern).search(clause.heading):
            return f"heading “{clause.heading}”"
    for pattern in entry.recognise.text:
        match = compiled(pattern).search(clause.text)
        if match is not None:
            return f"“{' '.join(match[0].split())[:120]}”"
    return None


def missing_kinds(playbook: Playbook, found: Sequence[dict[str, str]]) -> list[str]:
    """Required clauses that a contract does not have."""
    there = {name for kinds in found for name in kinds}
    return [name for name, entry in playbook.clauses.items() if entry.required and name not in there]
