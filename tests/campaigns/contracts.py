"""The contract flow on CUAD: ten contracts from end to end, and what is read of all against expert labels.

Patterns and playbook were written looking at these contracts, so the figures say how well they fit them, not
how well they do on others.
"""

from __future__ import annotations

import ast
import csv
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from graphs.contract_review.clauses import Clause, Line, split
from graphs.contract_review.laws import bare_name, laws
from graphs.contract_review.paper import blocks_of
from graphs.contract_review.playbook import VALUE, LimitCheck, Playbook, compiled, load_playbook
from graphs.contract_review.quantities import parse
from graphs.contract_review.recognise import kinds_of
from signoff.cli import main as signoff
from tests.campaigns.verdict import Findings, conclude, progress, stopwatch
from tests.support.contracts import TEN, as_docx, as_pdf, cuad

ROOT = Path(__file__).parents[2]
COLUMNS = {
    "governing_law": "Governing Law", "anti_assignment": "Anti-Assignment",
    "change_of_control": "Change Of Control",
    "cap_on_liability": "Cap On Liability", "liquidated_damages": "Liquidated Damages",
    "exclusivity": "Exclusivity",
    "non_compete": "Non-Compete", "termination_for_convenience": "Termination For Convenience",
    "renewal_term": "Renewal Term", "ip_ownership_assignment": "Ip Ownership Assignment",
    "minimum_commitment": "Minimum Commitment", "audit_rights": "Audit Rights", "insurance": "Insurance",
}  # fmt: skip
"""Kinds of the playbook, and the column of labels that comes closest."""


@dataclass(frozen=True)
class Labelled:
    """A contract with what experts marked in it."""

    name: str
    clauses: list[Clause]
    row: dict[str, str]

    def spans(self, column: str) -> list[str]:
        try:
            found = ast.literal_eval(self.row[column] or "[]")
        except (SyntaxError, ValueError):
            return []
        return [span for span in found if len(_bare(str(span))) >= 10]

    @cached_property
    def _texts(self) -> dict[str, str]:
        return {clause.id: _bare(clause.text) for clause in self.clauses}

    def holders(self, span: str) -> set[str]:
        """Clauses that hold the span as a whole."""
        wanted = _bare(span)
        return {clause for clause, text in self._texts.items() if wanted in text}


def _bare(text: str) -> str:
    return re.sub(r"\W+", "", text).lower()


def labelled(folder: Path) -> Iterator[Labelled]:
    csv.field_size_limit(sys.maxsize)
    with (folder / "master_clauses.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with progress("contracts", len(rows)) as done:
        for number, row in enumerate(rows, start=1):
            path = folder / "contracts" / f"{row['Filename'].rsplit('.', 1)[0]}.txt"
            if path.exists():
                text = path.read_text(encoding="utf-8", errors="replace")
                yield Labelled(path.name, split([Line(block) for block in blocks_of(text)[0]]), row)
            done(number)


def end_to_end(folder: Path) -> Findings:
    """Ten contracts as text, and three of them as DOCX and PDF, in a trial."""
    found = Findings("signoff run contract_review, decided by a stand-in")
    with stopwatch(found), TemporaryDirectory() as scratch, chdir(scratch):
        texts = [folder / "contracts" / name for name in TEN]
        made = [make(text, Path(scratch)) for text in texts[1:4] for make in (as_docx, as_pdf)]
        settings = ("--settings", str(ROOT / "pyproject.toml"))
        for what, files in (("ten contracts as text", texts), ("three as DOCX and PDF, made by us", made)):
            code = signoff((*settings, "run", "contract_review", *map(str, files), "--trial"))
            found.claim(f"{what}: exit code", code, holds=code == 0)
    return found


def reading(folder: Path, book: Playbook) -> Findings:
    """Clauses, laws, notice periods and kinds against the labels."""
    found = Findings("CUAD, all labelled contracts; patterns were written on them")
    held = Counter[bool]()
    law, notice = Counter[str](), Counter[str]()
    kinds = {kind: Counter[str]() for kind in COLUMNS}
    for contract in labelled(folder):
        held.update(
            bool(contract.holders(span)) for column in COLUMNS.values() for span in contract.spans(column)
        )
        law.update(_law(contract))
        notice.update(_notice(contract, book))
        predicted = {clause.id: set(kinds_of(book, clause)) for clause in contract.clauses}
        for kind, column in COLUMNS.items():
            _count_kind(kinds[kind], contract, column, {c for c, k in predicted.items() if kind in k})
    share = held[True] / held.total()
    found.claim(
        "labelled spans that lie within one clause", f"{share:.3f} of {held.total()}", holds=share >= 0.92
    )
    share = law["right"] / law["labelled"]
    found.claim("governing law read as labelled", f"{share:.3f} of {law['labelled']}", holds=share >= 0.93)
    share = notice["right"] / max(1, notice["labelled"])
    measured = f"{share:.3f} of {notice['labelled']}"
    found.claim("notice to stop a renewal, read from the labelled sentence", measured, holds=share >= 0.85)
    found.count("  … read differently", notice["wrong"])
    for kind, seen in kinds.items():
        recall = seen["found"] / max(1, seen["labelled"])
        precision = seen["hits"] / max(1, seen["predicted"])
        found.count(
            f"kind {kind}: labelled spans recognised, clauses right", f"{recall:.2f}  {precision:.2f}"
        )
    return found


def _law(contract: Labelled) -> Counter[str]:
    answer = contract.row["Governing Law-Answer"].strip()
    if not answer or answer == "[]":
        return Counter()
    wanted = {bare_name(part).casefold() for part in re.split("[;,]", answer)}
    wanted |= {"england and wales"} if any(name.startswith("england") for name in wanted) else set()
    read = {place.name.casefold() for clause in contract.clauses for place in laws(clause.text)}
    return Counter(labelled=1, right=int(bool(wanted & read)))


def _notice(contract: Labelled, book: Playbook) -> Counter[str]:
    wanted = parse(contract.row["Notice Period To Terminate Renewal- Answer"].strip())
    check = next(c for c in book.clauses["renewal_term"].checks if isinstance(c, LimitCheck))
    if wanted is None:
        return Counter()
    text = " ".join(contract.spans("Notice Period To Terminate Renewal"))
    read = {
        quantity.size
        for pattern in map(compiled, check.find)
        for match in pattern.finditer(text)
        if (quantity := parse(match.group(pattern.groupindex[VALUE]))) is not None
    }
    right = wanted.size in read
    return Counter(labelled=1, right=int(right), wrong=int(bool(read) and not right))


def _count_kind(seen: Counter[str], contract: Labelled, column: str, predicted: set[str]) -> None:
    there: set[str] = set()
    for span in contract.spans(column):
        holders = contract.holders(span)
        if holders:
            there |= holders
            seen["labelled"] += 1
            seen["found"] += bool(holders & predicted)
    seen["predicted"] += len(predicted)
    seen["hits"] += len(predicted & there)


def main() -> int:
    folder = cuad()
    if folder is None:
        print(
            "This needs CUAD: set SIGNOFF_DATA to a folder with cuad/contracts and cuad/master_clauses.csv."
        )
        return 2
    os.environ.pop("SIGNOFF_MODEL", None)
    started = time.monotonic()
    found = [end_to_end(folder), reading(folder, load_playbook())]
    for one in found:
        one.print()
    return conclude("contracts", found, time.monotonic() - started)


if __name__ == "__main__":
    sys.exit(main())
