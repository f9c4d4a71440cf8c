"""Contracts whose risk clauses experts marked (CUAD v1, CC BY 4.0), cut into segments."""

from __future__ import annotations

import ast
import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from graphs.contract_review.models.labelled import Document, LabelsUnreadable, hash_of, part_of, read
from graphs.contract_review.models.segments import Segment, segments

NAME = "clauses"
ATTRIBUTION = (
    "CUAD v1, The Atticus Project; copied from maastrichtlawtech/law3027-advanced-legal-analytics; CC BY 4.0"
)
COLUMNS = {
    "governing_law": "Governing Law",
    "anti_assignment": "Anti-Assignment",
    "change_of_control": "Change Of Control",
    "cap_on_liability": "Cap On Liability",
    "uncapped_liability": "Uncapped Liability",
    "liquidated_damages": "Liquidated Damages",
    "exclusivity": "Exclusivity",
    "non_compete": "Non-Compete",
    "termination_for_convenience": "Termination For Convenience",
    "renewal_term": "Renewal Term",
    "ip_ownership_assignment": "Ip Ownership Assignment",
    "minimum_commitment": "Minimum Commitment",
    "audit_rights": "Audit Rights",
    "insurance": "Insurance",
}
"""The 14 risk categories, label → column: what a playbook takes a position on because it moves money, binds
the business or ends the contract. Left out: names and dates, details of licences, rare categories."""
TITLES = {
    label: column.replace("Ip ", "IP ")
    .replace(" Of ", " of ")
    .replace(" On ", " on ")
    .replace(" For ", " for ")
    for label, column in COLUMNS.items()
}
SPLIT = Path(__file__).with_name("clauses_test.txt")
"""The frozen test documents, one name a line."""


def documents(data: Path) -> list[Document]:
    """All contracts below `data`/cuad that have a row of labels."""
    rows = {
        _key(row["Filename"]): row
        for row in csv.DictReader(io.StringIO(read(data / "cuad/master_clauses.csv")))
    }
    files = sorted((data / "cuad/contracts").glob("*.txt"))
    labelled = [(file, rows[_key(file.name)]) for file in files if _key(file.name) in rows]
    if not labelled:
        raise LabelsUnreadable(f"{data / 'cuad'}: no contract has a row in master_clauses.csv")
    return [_document(file, row) for file, row in labelled]


def frozen_test() -> frozenset[str]:
    """The names of the test documents."""
    return frozenset(SPLIT.read_text(encoding="utf-8").splitlines())


def is_test(name: str) -> bool:
    """How the frozen split was made: about a quarter of the companies, by the hash of their names."""
    return part_of(company(name), 4) == 0


def company(name: str) -> str:
    """The filer, from the head of a file's name: contracts of one company resemble each other."""
    return re.sub(r"[^a-z]", "", re.split(r"[_\d(]| - ", name)[0].lower())


def data_hash(data: Path) -> str:
    """SHA-256 over the labels and the contracts."""
    return hash_of([data / "cuad/master_clauses.csv", *(data / "cuad/contracts").glob("*.txt")])


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower().removesuffix(".pdf").removesuffix(".txt"))


def _document(file: Path, row: dict[str, str]) -> Document:
    text = read(file)
    found = segments(text)
    labels: list[set[str]] = [set() for _ in found]
    letters, places = _letters(text)
    for label, column in COLUMNS.items():
        for start, end in _marked(row[column], letters, places):
            for segment, own in zip(found, labels, strict=True):
                if _is_marked(segment, start, end):
                    own.add(label)
    return Document(
        name=file.name,
        group=company(file.name),
        segments=[segment.text for segment in found],
        clauses=[segment.clause for segment in found],
        labels=[frozenset(own) for own in labels],
    )


def _marked(cell: str, letters: str, places: list[int]) -> Iterator[tuple[int, int]]:
    """Where the quotes of a cell first stand in the text."""
    for quote in ast.literal_eval(cell):
        for part in quote.split("<omitted>"):
            wanted, _ = _letters(part)
            at = letters.find(wanted) if len(wanted) >= 4 else -1
            if at >= 0:
                yield places[at], places[at + len(wanted) - 1] + 1


def _is_marked(segment: Segment, start: int, end: int) -> bool:
    """Half of the segment lies in the mark, or half of the mark in the segment."""
    shared = min(segment.end, end) - max(segment.start, start)
    return shared > 0 and 2 * shared >= min(segment.end - segment.start, end - start)


def _letters(text: str) -> tuple[str, list[int]]:
    """Letters and digits in lower case, and where each stands; quotes differ from texts in the rest."""
    places = [place for place, letter in enumerate(text) if letter.isalnum()]
    lower = (text[place].lower() for place in places)
    return "".join(letter if len(letter) == 1 else letter[0] for letter in lower), places
