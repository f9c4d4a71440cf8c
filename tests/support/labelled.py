"""Small labelled data of our own in the layout of the two corpora, for tests of training."""

from __future__ import annotations

import csv
from itertools import cycle, islice
from pathlib import Path

_NEUTRAL = (
    "The provider delivers the goods to the address that the order names.",
    "Words in capitals have the meaning given to them in the first part.",
    "Support answers on working days between nine and five.",
)
_TAGGED = {
    "law2": "These terms are governed by the laws of {place} without regard to conflicts of law.",
    "ltd3": "In no event shall our liability exceed the amount paid by you in {place}.",
    "ter2": "We may terminate your account at any time without notice to you in {place}.",
    "ltd1": "Nothing in {place} limits what the law does not allow to be limited.",
}
_PLACES = ("Ireland", "Texas", "Ontario", "Kenya", "Japan", "Chile")


def write_unfair_terms(data: Path) -> None:
    """Six documents and two folds."""
    folder = data / "unfair_terms"
    for part in ("sentences", "tags"):
        (folder / part).mkdir(parents=True)
    for place in _PLACES:
        lines = [(text, "") for text in _NEUTRAL]
        for tag, text in _TAGGED.items():
            lines += [(text.format(place=place), tag), *((text, "") for text in _NEUTRAL)]
        (folder / "sentences" / f"{place}.txt").write_text("\n".join(text for text, _ in lines) + "\n")
        (folder / "tags" / f"{place}.txt").write_text("\n".join(tag for _, tag in lines) + "\n")
    for fold in range(2):
        names = [f"{place}.txt" for place in _PLACES[fold::2]]
        (folder / f"fold_{fold}_test.txt").write_text("\n".join(names) + "\n")


def write_contracts(data: Path) -> None:
    """Six contracts of six companies, each with a governing law and a cap on liability."""
    folder = data / "cuad" / "contracts"
    folder.mkdir(parents=True)
    columns = contract_columns()
    rows = []
    for place, letter in zip(_PLACES, islice(cycle("abcdef"), len(_PLACES)), strict=True):
        law = f"This Agreement is governed by the laws of {place}, and its courts alone decide on it."
        cap = (
            f"The liability of each party in {place} is limited to the fees paid in the twelve months before."
        )
        text = "\n\n".join((*_NEUTRAL, f"8. Law. {law}", *_NEUTRAL, f"9. Cap. {cap}", *_NEUTRAL))
        name = f"{letter.upper()}CORP_01_02_2020-EX-10-SUPPLY AGREEMENT"
        (folder / f"{name}.txt").write_text(text)
        marks = {"Governing Law": [law], "Cap On Liability": [cap.upper()]}
        rows.append({column: str(marks.get(column, [])) for column in columns} | {"Filename": f"{name}.pdf"})
    with (data / "cuad" / "master_clauses.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["Filename", *columns])
        writer.writeheader()
        writer.writerows(rows)


def contract_columns() -> list[str]:
    """The columns of the 14 categories."""
    from graphs.contract_review.models.cuad import COLUMNS

    return list(COLUMNS.values())
