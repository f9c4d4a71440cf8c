"""Two hundred hostile drafts: nothing of them becomes markup, and nothing in them stays unseen."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import pytest

from signoff.domain.flag import Severity
from signoff.domain.page_kind import PageKind
from signoff.web.pages.preview import preview
from signoff.web.pages.reveal import reveal
from tests.web.hostile import drafts
from tests.web.html_text import Page
from tests.web.samples import TOOL, flag, review_file, sources
from tests.web.test_review_view import shown

_OURS = {
    ("span", ("class", "title")), ("span", ("class",)), ("mark", ("class",)), ("p", ("class",)),
    ("iframe", ("loading", "sandbox", "src", "title")), ("figure", ("class",)), ("div", ("class",)),
    ("figcaption", ("class",)),
}  # fmt: skip
_LINKS = ("href", "src", "action", "formaction")


def page_of(draft: str, kind: PageKind | None) -> Page:
    """A review with the draft wherever an agent's words can stand."""
    found = flag(draft, Severity.HIGH, "trick", draft, body=f"x {draft} y", evidence=draft, suggestion=draft)
    arguments: dict[str, Any] = {
        "to": draft, "subject": draft, "body": f"x {draft} y", "original": draft, "wording": f"{draft}.",
        "order_id": draft, "account": draft, "discount_percent": 3, "rows": [{"a": draft}, {"a": "b"}],
        "changes": [{"account": draft, "field": draft, "before": draft, "after": "x"}],
    }  # fmt: skip
    file = review_file(arguments, (found,), title=draft, requester=draft)
    action = file.action.model_copy(
        update={"context": {"customer": draft, "entries": {"e": {"title": draft}}}}
    )
    tool = TOOL.model_copy(update={"page": kind, "summary": draft, "shows": ("customer",)})
    return shown(sources(file.model_copy(update={"action": action}), tool=tool))


def signatures(page: Page) -> set[tuple[str, tuple[str, ...]]]:
    return {(tag, tuple(sorted(attributes))) for tag, attributes in page.elements}


def links(page: Page) -> set[str]:
    """Where the page leads; a flag's checkbox is named after what it says."""
    found = (value for _, found in page.elements for name, value in found.items() if name in _LINKS)
    return {re.sub(r"^#ack-trick-[0-9a-f]{8}$", "#ack", str(value)) for value in found}


@pytest.mark.parametrize("kind", [None, *PageKind])
def test_every_draft_is_inert_and_revealed(kind: PageKind | None) -> None:
    harmless = page_of("plain words", kind)
    with_html = page_of("<b>bold</b> words", kind)
    allowed = signatures(harmless) | signatures(with_html) | _OURS
    known = links(harmless) | links(with_html)
    every = 1 if kind is PageKind.EMAIL else 5
    for draft in drafts()[::every]:
        page = page_of(draft, kind)
        assert signatures(page) <= allowed, draft[:80]
        assert links(page) <= known, draft[:80]
        assert unseen("".join(page.texts)) == set(), draft[:80]
        for mark in {piece.text for piece in reveal(draft) if piece.label}:
            assert mark in page.text, (draft[:80], mark)


def unseen(text: str) -> set[str]:
    """Characters that nobody sees, by their Unicode category alone; joiners within emoji may stay."""
    return {
        f"U+{ord(char):04X}"
        for char in text
        if unicodedata.category(char) in ("Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp")
        and char not in "\n\t"
        and not (char == "\u200d" and "👩" in text)
    }


def test_every_draft_is_inert_in_the_preview_of_a_mail() -> None:
    for draft in drafts():
        page = Page(preview(f"<p>x {draft} y</p>").html)
        assert all(not attributes for _, attributes in page.elements), draft[:80]
        assert {tag for tag, _ in page.elements} <= {"p", "b"}, draft[:80]
        assert unseen("".join(page.texts)) == set(), draft[:80]


def test_the_preview_names_what_it_leaves_out() -> None:
    made = preview(
        '<h1>Hi</h1><img src="https://t.example/p.gif" alt=""><img src=cid:1 alt="Logo">'
        '<style>h1{display:none}</style><a href="https://real.example/x">bank.example</a>'
        '<p style="display:none">unseen</p>'
    )
    assert made.images == 2
    for words in ("<h1>Hi</h1>", "[image not loaded: https://t.example/p.gif]", "[image not loaded: Logo]",
                  "bank.example [link to https://real.example/x]", "<p>unseen</p>"):  # fmt: skip
        assert words in made.html
    assert "display:none" not in made.html
