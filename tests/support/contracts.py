"""Contracts for tests: made by us from given texts, and named so."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from textwrap import wrap
from typing import Any

import docx
from docx.document import Document
from docx.oxml.ns import qn

from graphs.contract_review.ooxml import Author
from graphs.contract_review.settings import HERE

SAMPLE = HERE / "sample" / "hosting.txt"
SHORT = """\
1. Payment. Each invoice is due within fifteen (15) days of receipt of the invoice.

2. Renewal. This Agreement may be extended unless notice is given at least one hundred (100) days prior.

3. Governing Law. This Agreement is governed by the laws of the Republic of Kazakhstan.

4. Limitation of Liability. Except for fraud, liability shall not exceed the fees paid in the last 12 months.

5. Colours. The goods are blue.
"""
"""Three clauses to flag, one that keeps to the playbook, and one that the playbook does not speak of."""
AUTHOR = Author("Ana Law", datetime(2026, 3, 1, 9, 30, tzinfo=UTC))
MADE_BY_US = "made by Signoff"

TEN = (
    "CORIOINC_07_20_2000-EX-10.5-LICENSE AND HOSTING AGREEMENT.txt",
    "ADIANUTRITION,INC_04_01_2005-EX-10.D2-RESELLER AGREEMENT.txt",
    "VAXCYTE,INC_05_22_2020-EX-10.19-SUPPLY AGREEMENT.txt",
    "SLINGERBAGINC_05_27_2020-EX-10.7-CONSULTING AGREEMENT.txt",
    "BANUESTRAFINANCIALCORP_09_08_2006-EX-10.16-AGENCY AGREEMENT.txt",
    "DRKOOPCOMINC_04_21_1999-EX-10.28-SPONSORSHIP AGREEMENT.txt",
    "DYNAMEXINC_06_06_1996-EX-10.4-TRANSPORTATION SERVICES AGREEMENT.txt",
    "ENTERTAINMENTGAMINGASIAINC_02_15_2005-EX-10.5-DISTRIBUTOR AGREEMENT.txt",
    "ASPIRITYHOLDINGSLLC_05_07_2012-EX-10.6-OUTSOURCING AGREEMENT.txt",
    "BUFFALOWILDWINGSINC_06_05_1998-EX-10.3-FRANCHISE AGREEMENT.txt",
)
"""Ten contracts of CUAD, each of another kind (CC BY 4.0, The Atticus Project)."""


def cuad() -> Path | None:
    """The folder of CUAD: in SIGNOFF_DATA, else in `shared/data` beside the checkout."""
    given = os.environ.get("SIGNOFF_DATA")
    places = [Path(given)] if given else [Path(__file__).parents[3] / "shared" / "data"]
    return next((place / "cuad" for place in places if (place / "cuad" / "contracts").is_dir()), None)


def as_docx(text: Path, folder: Path) -> Path:
    """A DOCX of a contract's text, with bold headings, so that formatting can be lost."""
    document = docx.Document()
    for block in text.read_text(encoding="utf-8", errors="replace").split("\n\n"):
        words = " ".join(block.split())
        if not words:
            continue
        head, dot, rest = words.partition(". ")
        paragraph = document.add_paragraph()
        paragraph.add_run(head + dot).bold = True
        paragraph.add_run(rest)
    path = folder / f"{text.stem} ({MADE_BY_US}).docx"
    document.save(str(path))
    return path


def as_pdf(text: Path, folder: Path) -> Path:
    """A PDF of a contract's text in Courier, a page every 60 lines."""
    lines = [
        line
        for block in text.read_text(encoding="utf-8", errors="replace").splitlines()
        for line in (wrap(" ".join(block.split()), 90) or [""])
    ]
    path = folder / f"{text.stem} ({MADE_BY_US}).pdf"
    path.write_bytes(_pdf([lines[at : at + 60] for at in range(0, len(lines), 60)]))
    return path


def _pdf(pages: Sequence[Sequence[str]]) -> bytes:
    """The smallest PDF that shows these lines."""
    objects: list[bytes] = [b"", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>"]
    kids = []
    for lines in pages:
        shown = "".join(f"({_escaped(line)}) Tj T* " for line in lines)
        stream = f"BT /F1 9 Tf 12 TL 50 780 Td {shown}ET".encode("latin-1", "replace")
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % len(objects)
        )
        kids.append(f"{len(objects)} 0 R")
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(kids)}] >>".encode()
    data, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    return data + (
        f"{end}trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(data)}\n%%EOF\n"
    ).encode("latin-1")


def _escaped(line: str) -> str:
    return line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def accepted(document: Document) -> list[str]:
    """Paragraph by paragraph what Word shows once all changes are accepted, empty ones left out."""
    return _read(document, gone="w:del", ends="w:del")


def rejected(document: Document) -> list[str]:
    """The same once all changes are rejected."""
    return _read(document, gone="w:ins", ends="w:ins")


def _read(document: Document, *, gone: str, ends: str) -> list[str]:
    """Read by the letter of OOXML, independently of the code under test."""
    texts, open_text = [], ""
    for paragraph in document.element.body.iter(qn("w:p")):
        open_text += "".join(_pieces(paragraph, gone))
        if paragraph.find(f"{qn('w:pPr')}/{qn('w:rPr')}/{qn(ends)}") is None:
            texts.append(open_text)
            open_text = ""
    return [text for text in (*texts, open_text) if text.strip()]


def _pieces(element: Any, gone: str) -> Iterator[str]:
    for child in element:
        if child.tag == qn(gone):
            continue
        if child.tag in (qn("w:t"), qn("w:delText")):
            yield child.text or ""
        elif child.tag == qn("w:tab"):
            yield "\t"
        elif child.tag == qn("w:br"):
            yield "\n"
        elif child.tag != qn("w:pPr"):
            yield from _pieces(child, gone)
