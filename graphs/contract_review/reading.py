"""From a contract on the shelf to clauses with their kinds and hints."""

from __future__ import annotations

from docx.document import Document

from graphs.contract_review.clauses import Clause, lines_of, signature_place, split
from graphs.contract_review.hints import Classifier
from graphs.contract_review.paper import Paper, read_paper
from graphs.contract_review.playbook import Playbook
from graphs.contract_review.recognise import kinds_of, missing_kinds
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
    hints = classifier.hints(clauses)
    there = [
        _state(clause, found, [hint.record for hint in own])
        for clause, found, own in zip(clauses, kinds, hints, strict=True)
    ]
    place = signature_place(clauses, len(lines))
    return there + [_lacking(playbook, name, place) for name in missing_kinds(playbook, kinds)]


def _state(clause: Clause, kinds: dict[str, str], hints: list[dict[str, object]]) -> ClauseState:
    return ClauseState(
        id=clause.id, number=clause.number, heading=clause.heading, text=clause.text, start=clause.start,
        end=clause.end, kinds=kinds, hints=hints,
    )  # fmt: skip


def _lacking(playbook: Playbook, name: str, place: int) -> ClauseState:
    return ClauseState(
        id=f"{NEW}{name}", number="", heading=playbook.clauses[name].title, text="", start=place, end=place,
        kinds={name: "the contract has no such clause"}, hints=[],
    )  # fmt: skip
