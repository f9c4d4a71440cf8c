"""Sentences of terms of service with the unfair terms that experts marked (CLAUDETTE, CC BY 4.0)."""

from __future__ import annotations

from pathlib import Path

from graphs.contract_review.models.labelled import Document, LabelsUnreadable, hash_of, read

NAME = "unfair_terms"
ATTRIBUTION = (
    "CLAUDETTE multilingual corpus, English terms of service; "
    "nlp-unibo/Multilingual-Unfair-Clause-Detection; CC BY 4.0"
)
ANY = "any_unfair"
TITLES = {
    "arbitration": "Arbitration",
    "unilateral_change": "Unilateral change",
    "content_removal": "Content removal",
    "jurisdiction": "Jurisdiction",
    "choice_of_law": "Choice of law",
    "limitation_of_liability": "Limitation of liability",
    "unilateral_termination": "Unilateral termination",
    "contract_by_using": "Contract by using",
    ANY: "Unfair term of any kind",
}
_TAGS = dict(zip(("a", "ch", "cr", "j", "law", "ltd", "ter", "use"), TITLES, strict=False))
_UNFAIR = ("2", "3")
"""Potentially and clearly unfair; 1 is clearly fair. The corpus has other tags, which count for nothing."""


def documents(data: Path) -> list[Document]:
    """All documents below `data`/unfair_terms."""
    files = sorted((data / NAME / "sentences").glob("*.txt"))
    if not files:
        raise LabelsUnreadable(f"{data / NAME / 'sentences'} holds no .txt file")
    return [_document(file, data / NAME / "tags" / file.name) for file in files]


def folds(data: Path) -> list[frozenset[str]]:
    """The names of the test documents of each given fold."""
    files = sorted((data / NAME).glob("fold_*_test.txt"))
    return [frozenset(read(file).split()) for file in files]


def data_hash(data: Path) -> str:
    """SHA-256 over sentences, tags and folds."""
    return hash_of((data / NAME).rglob("*.txt"))


def _document(sentences: Path, tags: Path) -> Document:
    texts, tagged = read(sentences).split("\n"), read(tags).split("\n")
    if len(texts) != len(tagged):
        raise LabelsUnreadable(f"{tags} has {len(tagged)} lines for the {len(texts)} of {sentences}")
    rows = [
        (text, _labels(line))
        for text, line in zip(texts, tagged, strict=True)
        if text.strip() or line.strip()
    ]
    return Document(
        name=sentences.name,
        group=sentences.name,
        segments=[text for text, _ in rows],
        clauses=range(len(rows)),
        labels=[labels for _, labels in rows],
    )


def _labels(line: str) -> frozenset[str]:
    found = {_TAGS[tag[:-1]] for tag in line.split() if tag[-1] in _UNFAIR and tag[:-1] in _TAGS}
    return frozenset(found | {ANY} if found else found)
