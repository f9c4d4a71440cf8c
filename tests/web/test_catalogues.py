"""The words of the pages: nothing visible outside a message, and catalogues complete and in step."""

from __future__ import annotations

import re
from collections import Counter
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po

from signoff.web.pages.reading import SOURCE, SPOKEN
from signoff.web.pages.render import environment
from tests.web.literals import literals

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "src/signoff/web/pages"
TEMPLATES = sorted((PAGES / "templates").rglob("*.html"))
LANGUAGES = [language for language in SPOKEN if language != SOURCE]
_PART = re.compile(r"%\(\w+\)[sr]|%%|<[^>]*>")
_UNTRANSLATED_ON_PURPOSE = 60
"""Messages that read the same in both languages: "Status", "%(n)s min" and the like."""


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """What `make words` collects from the code as it is."""
    file = tmp_path_factory.mktemp("words") / "words.pot"
    [keywords] = re.findall(r"^KEYWORDS := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    options = ["-q", "extract", "-F", str(ROOT / "babel.toml"), *keywords.split(), "-o", str(file)]
    CommandLineInterface().run(["pybabel", *options, str(ROOT / "src/signoff")])
    return read_po(BytesIO(file.read_bytes()))


def catalogue(language: str) -> Catalog:
    return read_po(BytesIO((PAGES / f"catalogues/{language}.po").read_bytes()), locale=language)


def keys(messages: Catalog) -> set[tuple[object, object]]:
    return {(message.context, message.id) for message in messages if message.id}


def said(message: Message) -> list[tuple[str, str]]:
    """Each form of a message beside what a language makes of it."""
    sources = [message.id] if isinstance(message.id, str) else list(message.id)
    given = message.string or ""
    texts = [given] if isinstance(given, str) else list(given)
    return [(sources[min(n, len(sources) - 1)], text) for n, text in enumerate(texts)]


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.stem)
def test_a_template_says_nothing_outside_a_message(file: Path) -> None:
    assert literals(environment(), file.read_text()) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Plain words</p>", ["Plain words"]),
        ('<nav aria-label="Pages"></nav>', ["Pages"]),
        ("<p>{{ 'Open' if x else 'Shut' }}</p>", ["OpenShut", "Open", "Shut"]),
        ("{{ line('What happened') }}", ["What happened"]),
        ("{% for a in ['Some words here'] %}{{ a }}{% endfor %}", ["Some words here"]),
        ("<p>{{ _('Words') }} <code>make</code>{% trans %}and more{% endtrans %}</p>", []),
    ],
)
def test_what_is_outside_a_message_is_found(source: str, found: list[str]) -> None:
    assert literals(environment(), source) == found


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_has_every_message_and_no_other(collected: Catalog, language: str) -> None:
    """Where this fails, `make words` puts them in; the new ones are then to be translated."""
    assert len(keys(collected)) > 1000
    assert keys(catalogue(language)) ^ keys(collected) == set()
    assert catalogue(language).obsolete == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_is_complete(language: str) -> None:
    messages = [message for message in catalogue(language) if message.id]
    assert [message.id for message in messages if message.fuzzy] == []
    assert [source for message in messages for source, text in said(message) if not text.strip()] == []
    same = [source for message in messages for source, text in said(message) if source == text]
    assert len(same) <= _UNTRANSLATED_ON_PURPOSE, same


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_keeps_the_parts_of_its_message(language: str) -> None:
    pairs = [pair for message in catalogue(language) if message.id for pair in said(message)]
    differing = [
        (source, text)
        for source, text in pairs
        if Counter(_PART.findall(source)) != Counter(_PART.findall(text))
    ]
    assert differing == []
    # A message may stand in an attribute, which a straight quote would end.
    assert [text for _, text in pairs if '"' in _PART.sub("", text)] == []
    assert [text for _, text in pairs if "%" in _PART.sub("", text)] == []


def test_the_style_sheets_know_no_left_and_no_right() -> None:
    physical = re.compile(
        r"(?<![\w-])(?:(?:margin|padding|border|scroll-\w+)-)?(?:left|right)\b\s*:|:\s*(?:left|right)\b"
    )
    faults = {}
    for file in sorted((PAGES / "static").glob("*.css")):
        found = physical.findall(re.sub(r"/\*.*?\*/", "", file.read_text(), flags=re.DOTALL))
        if found:
            faults[file.name] = found
    assert faults == {}
