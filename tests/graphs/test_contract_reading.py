from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

from graphs.contract_review import paper
from graphs.contract_review.clauses import Line, clauses_of, split
from graphs.contract_review.ooxml import paragraphs, text_of
from graphs.contract_review.paper import Unreadable, blocks_of, read_paper
from tests.support.contracts import SAMPLE, as_docx, as_pdf


def names(*texts: str) -> list[tuple[str, str]]:
    return [(clause.number, clause.heading) for clause in split([Line(text) for text in texts])]


@pytest.mark.parametrize("make", [None, as_docx, as_pdf])
def test_the_same_contract_gives_the_same_clauses_in_every_format(make: Any, tmp_path: Path) -> None:
    path = SAMPLE if make is None else make(SAMPLE, tmp_path)
    clauses = clauses_of(read_paper(path).document)
    numbered = [(clause.number, clause.heading) for clause in clauses if clause.number]
    assert numbered[:4] == [("1", "DEFINITIONS"), ("1.1", "Services"), ("1.2", "Fees"), ("2", "SERVICES")]
    assert ("6.1", "Limitation of Liability") in numbered
    assert [number for number, _ in numbered][-1] == "7.4"
    law = next(clause for clause in clauses if clause.number == "7.3")
    assert (
        law.text == "7.3 Governing Law. This Agreement is governed by the laws of the Republic of Kazakhstan."
    )


def test_no_word_of_a_docx_is_outside_the_clauses(tmp_path: Path) -> None:
    document = read_paper(as_docx(SAMPLE, tmp_path)).document
    clauses = clauses_of(document)
    assert "".join(c.text for c in clauses).replace("\n", "") == "".join(
        text_of(p) for p in paragraphs(document)
    )
    assert [c.start for c in clauses[1:]] == [c.end for c in clauses[:-1]]
    assert len({c.id for c in clauses}) == len(clauses)


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (
            ["Section 4.02 Payment. We pay.", "ARTICLE V TERM"],
            [("Section 4.02", "Payment"), ("ARTICLE V", "TERM")],
        ),
        (["2.10 Notices. In writing."], [("2.10", "Notices")]),
        (['1.3 "Fees" means all fees.'], [("1.3", "Fees")]),
        (["The party shall pay within", "30 days of receipt."], [("", "Preamble")]),
        (["1. Term. Long.", "5 Corio shall pay.", "2 FEES"], [("1", "Term"), ("2", "FEES")]),
        (["GOVERNING LAW", "Delaware law."], [("", "GOVERNING LAW")]),
        (["12 January 2020 was the date."], [("", "Preamble")]),
    ],
)
def test_clauses_begin_where_a_reader_sees_them_begin(texts: list[str], found: list[tuple[str, str]]) -> None:
    assert names(*texts) == found


def test_letters_count_below_roman_numbers() -> None:
    parts = [f"{roman}. PART" for roman in ("I", "II", "III")]
    texts = [line for part in parts for line in (part, "A. First thing.", "1. Of it.", "B. Second thing.")]
    assert [number for number, _ in names(*texts)] == [
        "I", "I.A", "I.B", "II", "II.A", "II.B", "III", "III.A", "III.B",
    ]  # fmt: skip


def test_a_table_of_contents_is_no_clause() -> None:
    contents = [
        "TABLE OF CONTENTS",
        "Section 1.1 Terms",
        "Section 1.2 Fees",
        "Section 1.1 Terms. Real.",
        "Section 1.2 Fees. Real.",
    ]
    assert [number for number, _ in names(*contents)] == ["", "Section 1.1", "Section 1.2"]


def test_numbers_that_stand_in_no_text_are_counted_as_word_does() -> None:
    document = docx.Document()
    numbering = document.part.numbering_part.element
    levels = "".join(
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
        for at, (kind, text) in enumerate(
            [("upperRoman", "Article %1"), ("decimal", "%1.%2"), ("lowerLetter", "(%3)")]
        )
    )
    numbering.insert(
        0, parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="77">{levels}</w:abstractNum>')
    )
    numbering.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="77"><w:abstractNumId w:val="77"/></w:num>'))
    for text, level in (
        ("TERM", 0),
        ("Renewal. Yearly.", 1),
        ("by post", 2),
        ("End. At once.", 1),
        ("FEES", 0),
        ("Net. Thirty days.", 1),
    ):
        properties = document.add_paragraph(text)._p.get_or_add_pPr()
        properties.append(
            parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="77"/></w:numPr>')
        )
    found = [(clause.number, clause.heading) for clause in clauses_of(document)]
    assert found == [
        ("Article I", "TERM"),
        ("I.1", "Renewal"),
        ("I.2", "End"),
        ("Article II", "FEES"),
        ("II.1", "Net"),
    ]


def test_lines_of_a_typewriter_are_joined_and_furniture_is_left_out() -> None:
    text = "1. Term. This runs\nfor two years, and\n\n - 2 -\n\nends then.\n\n3\n\n2. Fees. None.\n\n400\n"
    blocks, left_out = blocks_of(text)
    assert blocks == ["1. Term. This runs for two years, and ends then.", "2. Fees. None.", "400"]
    assert left_out == ["- 2 -", "3"]


def test_clauses_in_one_line_are_found() -> None:
    blocks, _ = blocks_of(
        "RESELLER AGREEMENT   1. Definitions.   (a) One.   2. Scope. Ours.   2.1 More. Yours."
    )
    assert blocks == [
        "RESELLER AGREEMENT",
        "1. Definitions.",
        "(a) One.",
        "2. Scope. Ours.",
        "2.1 More. Yours.",
    ]


def test_what_cannot_be_read_is_refused_with_file_and_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(name: str, data: bytes) -> str:
        (tmp_path / name).write_bytes(data)
        with pytest.raises(Unreadable) as caught:
            read_paper(tmp_path / name)
        assert name in str(caught.value)
        return str(caught.value)

    assert ".docx, .pdf, .txt" in refused("x.rtf", b"x")
    assert "no DOCX" in refused("x.docx", b"PK no zip")
    assert "no PDF" in refused("x.pdf", b"%PDF-1.4 nothing")
    assert "no text in it" in refused("x.txt", b" \n\n")
    assert "Windows-1252" in refused("bin.txt", b"\x81\x00\xff")
    pictures = as_pdf(SAMPLE, tmp_path).read_bytes().replace(b") Tj", b") xx")
    assert "OCR" in refused("scan.pdf", pictures)
    monkeypatch.setattr(paper, "MAX_BYTES", 10)
    assert "the limit is 10" in refused("long.txt", b"x" * 11)
    with pytest.raises(Unreadable, match="No such file"):
        read_paper(tmp_path / "nowhere.txt")


def test_a_docx_that_unpacks_to_too_much_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bomb.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * 100_000)
    monkeypatch.setattr(paper, "MAX_UNPACKED", 10_000)
    with pytest.raises(Unreadable, match="unpacks to 100,000"):
        read_paper(path)


def test_an_older_text_is_read_in_windows_1252(tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_bytes("1. Name. The “Work”.".encode("cp1252"))
    [clause] = clauses_of(read_paper(tmp_path / "old.txt").document)
    assert clause.text == "1. Name. The “Work”."


def test_paragraphs_in_text_boxes_are_not_read_twice() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("1. Seen. Once.")
    box = parse_xml(
        f"<w:r {nsdecls('w')}><w:pict><w:txbxContent><w:p><w:r><w:t>Boxed</w:t></w:r></w:p></w:txbxContent>"
        "</w:pict></w:r>"
    )
    paragraph._p.append(box)
    assert [text_of(p) for p in paragraphs(document)] == ["1. Seen. Once."]
    assert next(document.element.body.iter(qn("w:txbxContent"))) is not None
