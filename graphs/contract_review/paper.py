"""A contract as it comes in, DOCX, PDF or text, as a DOCX to work on."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import docx
from docx.document import Document
from pypdf import PdfReader
from pypdf.errors import PyPdfError

KINDS = (".docx", ".pdf", ".txt")
MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED = 200 * 1024 * 1024
MAX_PAGES = 1000
_READABLE = 40
"""Letters per page below which a PDF is taken for pictures of pages."""


class Unreadable(ValueError):
    """The contract cannot be read; the message names file and reason."""


@dataclass(frozen=True)
class Paper:
    """A contract ready to be worked on."""

    document: Document
    made_from: str | None
    """".pdf" or ".txt" where the DOCX was typeset here; None for a DOCX that came in."""
    left_out: tuple[str, ...] = ()
    """Page numbers and running lines of pages, which are no text of the contract."""


def read_paper(path: Path) -> Paper:
    """The contract in a file.

    Raises:
        Unreadable: it is missing, too large, of another kind, broken, or holds no text.
    """
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise Unreadable(f"{path.name}: {kind or 'no suffix'} cannot be read; give {', '.join(KINDS)}.")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}.") from error
    if len(data) > MAX_BYTES:
        raise Unreadable(f"{path.name}: {len(data):,} bytes; the limit is {MAX_BYTES:,}.")
    if kind == ".docx":
        return Paper(_opened(data, path.name), None)
    text = _text_of_pdf(data, path.name) if kind == ".pdf" else _decoded(data, path.name)
    blocks, left_out = blocks_of(text)
    if not blocks:
        raise Unreadable(f"{path.name}: there is no text in it.")
    return Paper(typeset(blocks), kind, tuple(left_out))


def _opened(data: bytes, name: str) -> Document:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > MAX_UNPACKED:
            raise Unreadable(f"{name}: unpacks to {unpacked:,} bytes; the limit is {MAX_UNPACKED:,}.")
        return docx.Document(io.BytesIO(data))
    except Unreadable:
        raise
    except Exception as error:  # python-docx lets errors of zip, XML and its own through
        raise Unreadable(f"{name}: no DOCX that can be read ({type(error).__name__}: {error}).") from error


def _text_of_pdf(data: bytes, name: str) -> str:
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable(f"{name}: the PDF is locked with a password.")
        if len(reader.pages) > MAX_PAGES:
            raise Unreadable(f"{name}: {len(reader.pages)} pages; the limit is {MAX_PAGES}.")
        pages = [page.extract_text() for page in reader.pages]
    except Unreadable:
        raise
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Unreadable(f"{name}: no PDF that can be read ({type(error).__name__}: {error}).") from error
    if sum(char.isalpha() for page in pages for char in page) < _READABLE * len(pages):
        raise Unreadable(
            f"{name}: the PDF holds pictures of pages and no text; have it recognised (OCR) first."
        )
    return "\n\f\n".join(pages)


def _decoded(data: bytes, name: str) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text
    raise Unreadable(f"{name}: no text in UTF-8 or Windows-1252.")


_NUMBERED = r"(?:\d{1,2}(?:\.\d{1,2}){0,3}\.?|[IVX]{1,5}\.|[A-Z]\.|\([a-z]{1,2}\)|\([ivx]{1,4}\))"
_NEW_PART = re.compile(
    rf"\s{{2,}}(?=(?:{_NUMBERED}\s+[A-Z\"“]|(?:ARTICLE|Article|SECTION|Section)\s+(?:\d|[IVX]+\b)))"
)
_NEW_PART_IN_LINE = re.compile(
    r"(?<=[.;:)])\s+(?=\d{1,2}(?:\.\d{1,2})?\.?\s+[A-Z][\w,'’&/() -]{2,70}\.\s)"
    r"|\s+(?=(?:ARTICLE|Article)\s+(?:\d{1,2}|[IVX]+)[.:]?\s+[A-Z]{3,})"
)
_LONG = 1500
"""Characters beyond which a block is taken for several clauses in one line, if it reads so."""
_STARTS_PART = re.compile(
    rf"\s*(?:{_NUMBERED}\s+\S|\([a-z0-9]{{1,4}}\)|(?:ARTICLE|Article|SECTION|Section)\s+[\dIVX])"
)
_PAGE_NUMBER = re.compile(
    r"(?:page\s+\d{1,4}(?:\s+of\s+\d+)?|[-–]\s*\d{1,4}\s*[-–]|[ivx]{1,5})", re.IGNORECASE
)
_NUMBER = re.compile(r"\d{1,4}")
_SPACES = re.compile(r"[^\S\n]+")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_ENDS_SENTENCE = re.compile(r"[.;:!?][\"”')\]]*$")


def blocks_of(text: str) -> tuple[list[str], list[str]]:
    """Paragraphs of a plain text, and the page furniture that was left out.

    Lines wrapped by a typewriter are joined; a paragraph cut in two by a page is put together again.
    """
    lines = _CONTROLS.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    furniture = _Furniture(lines)
    blocks: list[str] = []
    left_out: list[str] = []
    cut = False
    for block in _raw_blocks(lines):
        if furniture.has(block):
            left_out.append(block)
            cut = True
            continue
        for part in _parts(block):
            words = _SPACES.sub(" ", part.replace("\n", " ").replace("\f", " ")).strip()
            if not words:
                continue
            if cut and blocks and _goes_on(blocks[-1], words):
                blocks[-1] = f"{blocks[-1]} {words}"
            else:
                blocks.append(words)
            cut = False
    return blocks, left_out


def _parts(block: str) -> Iterator[str]:
    for part in _NEW_PART.split(block):
        if len(part) > _LONG:
            yield from _NEW_PART_IN_LINE.split(part)
        else:
            yield part


def _raw_blocks(lines: Iterable[str]) -> Iterator[str]:
    """Lines between empty ones; a line that begins a numbered part, or is furniture, begins a block."""
    block: list[str] = []
    for line in lines:
        bare = line.strip()
        is_page = bool(_PAGE_NUMBER.fullmatch(bare) or _NUMBER.fullmatch(bare))
        if block and (not bare or is_page or (_STARTS_PART.match(line) and _is_over(block[-1]))):
            yield "\n".join(block)
            block = []
        if is_page:
            yield bare
        elif bare:
            block.append(line)
    if block:
        yield "\n".join(block)


def _is_over(line: str) -> bool:
    """Whether a line does not run on into the next: a number there may belong to its sentence."""
    bare = line.strip()
    return (
        bool(_ENDS_SENTENCE.search(bare))
        or len(bare) < 50
        or bare.isupper()
        or bare.endswith((" and", " or"))
    )


class _Furniture:
    """Knows what belongs to the pages and not to the text: running lines, and numbers that count pages."""

    def __init__(self, lines: Sequence[str]) -> None:
        short = Counter(bare for line in lines if 3 < len(bare := line.strip()) <= 120)
        self._running = {line for line, times in short.items() if times >= 4 and not _STARTS_PART.match(line)}
        self._page: int | None = None

    def has(self, block: str) -> bool:
        bare = block.strip()
        if _NUMBER.fullmatch(bare):
            return self._counts_on(int(bare))
        is_ruling = not any(char.isalnum() for char in bare)
        return is_ruling or bool(_PAGE_NUMBER.fullmatch(bare)) or bare in self._running

    def _counts_on(self, number: int) -> bool:
        """Whether a number on its own is that of a page: one more than the last, or one of the first."""
        fits = number <= 3 if self._page is None else number in (self._page + 1, self._page + 2)
        if fits:
            self._page = number
        return fits


def _goes_on(before: str, after: str) -> bool:
    """Whether `after` is the rest of a sentence that a page cut."""
    if _ENDS_SENTENCE.search(before):
        return False
    if after[0].islower():
        return True
    is_prose = len(before) > 60 and not before.isupper()
    return is_prose and not _STARTS_PART.match(after) and not after.isupper()


def typeset(blocks: Iterable[str]) -> Document:
    """A plain DOCX of these paragraphs."""
    document = docx.Document()
    for block in blocks:
        document.add_paragraph(block)
    return document
