"""From a contract on the shelf to clauses with their kinds and hints."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from docx.document import Document

from graphs.contract_review.clauses import Clause, lines_of, signature_place, split
from graphs.contract_review.hints import Classifier, Hint
from graphs.contract_review.paper import Paper, read_paper
from graphs.contract_review.playbook import Playbook
from graphs.contract_review.recognise import kinds_of, missing_kinds, says_nothing
from graphs.contract_review.shelf import Shelf
from graphs.contract_review.state import ClauseState

NEW = "new:"
"""Ids of clauses that the contract lacks begin with it."""


def open_contract(shelf: Shelf, name: str) -> Paper:
    """The contract of this name.

    Raises:
        NotOnShelf: there is none.
        Unreadable: it cannot be read.
    """
    return read_paper(shelf.path(name))


def read_clauses(document: Document, playbook: Playbook, classifier: Classifier) -> list[ClauseState]:
    """Every clause of the contract, and behind them the required ones that it lacks."""
    lines = lines_of(document)
    clauses = split(lines)
    kinds = [kinds_of(playbook, clause) for clause in clauses]
    there = [
        _state(clause, found, [] if says_nothing(clause) else _news(own, found))
        for clause, found, own in zip(clauses, kinds, classifier.hints(clauses), strict=True)
    ]
    place = signature_place(clauses, len(lines))
    return there + [_lacking(playbook, name, place) for name in missing_kinds(playbook, kinds)]


def _news(hints: Sequence[Hint], kinds: Collection[str]) -> list[dict[str, Any]]:
    """The hints that say something that the playbook does not measure already."""
    return [hint.record for hint in hints if _SAME.get(hint.label, hint.label) not in kinds]


_SAME = {
    "limitation_of_liability": "cap_on_liability",
    "uncapped_liability": "cap_on_liability",
    "choice_of_law": "governing_law",
}
"""Labels of classifiers that go by another name in the playbook. What a cap leaves uncapped stands in the
clause of the cap, which the playbook measures; a clause without a cap is of no such kind."""


def _state(clause: Clause, kinds: dict[str, str], hints: list[dict[str, Any]]) -> ClauseState:
    return ClauseState(
        id=clause.id, number=clause.number, heading=clause.heading, text=clause.text, start=clause.start,
        end=clause.end, kinds=kinds, hints=hints,
    )  # fmt: skip


def _lacking(playbook: Playbook, name: str, place: int) -> ClauseState:
    return ClauseState(
        id=f"{NEW}{name}", number="", heading=playbook.clauses[name].title, text="", start=place, end=place,
        kinds={name: "the contract has no such clause"}, hints=[],
    )  # fmt: skip
