"""The card in a notebook: what the page says, with nothing that could act."""

from __future__ import annotations

import re

import pytest

from signoff.app import Desk as PublicDesk
from signoff.domain.errors import NotFound
from signoff.domain.review import Review, ReviewKind
from signoff.notebook import card
from signoff.notebook.drawing import style
from tests.web.desk import Desk
from tests.web.html_text import Page
from tests.web.samples import EMAIL

HOSTILE = (
    "<script>alert(1)</script></style></section><img src=x onerror=alert(1)> {{ 7*7 }} guaranteed\u202e\u200b"
)


def shown(desk: Desk, review: Review) -> Page:
    return Page(card(PublicDesk(desk.core), review)._repr_html_())


def test_it_shows_draft_flags_policy_deadline_and_who_decides(desk: Desk) -> None:
    review = desk.propose()
    page = shown(desk, review)
    assert [words for _, words in page.marks] == ["guaranteed"]
    for said in (
        "Mail to dana.ortiz@harborlight.example",
        "A person reads every e-mail before it goes out.",
        "outbound-copy version 3",
        "for sam@example.com",
        "It cannot be undone.",
        "due in 7 h 59 min",
        "Without a decision by",
        "May decide now: Ann Keller, Lee Park.",
        'desk.vote(review.id, "approve", by=person.id, digest=review.digest)',
    ):
        assert said in page.text


@pytest.mark.parametrize("argument", ["to", "subject", "body"])
def test_what_an_agent_wrote_is_text_and_nothing_else(desk: Desk, argument: str) -> None:
    page = shown(desk, desk.propose({**EMAIL, argument: HOSTILE}))
    assert "<script>alert(1)</script></style></section><img src=x onerror=alert(1)> {{ 7*7 }}" in page.text
    assert "\u202e" not in page.text
    assert "U+202E" in page.text
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "form", "img", "iframe", "textarea", "input", "link"}
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]


def test_shown_again_it_tells_what_became_of_it(desk: Desk) -> None:
    review = desk.propose()
    public = PublicDesk(desk.core)
    before = card(public, review.id)
    assert repr(before) == "<review 'Mail to dana.ortiz@harborlight.example': open, stage 1 of 1>"
    public.vote(review.id, "reject", by=desk.ann.id, digest=review.digest, reason="<b>No</b>")
    desk.close(review)
    after = Page(before._repr_html_())
    assert "Rejected by Ann Keller. It does not run." in after.text
    assert "<b>No</b>" in after.text
    assert "May decide now" not in after.text
    assert "rejected, stage 1 of 1" in repr(before)


def test_a_question_is_answered_rather_than_approved(desk: Desk) -> None:
    asked = {"text": "Which address?", "choices": ["3 Mill Lane", "12 Hill Rd"], "details": ""}
    page = shown(desk, desk.propose(asked, tool="question", kind=ReviewKind.QUESTION, schema={}))
    assert "12 Hill Rd" in page.text
    assert 'desk.vote(review.id, "answer"' in page.text


def test_a_review_that_is_not_there_has_no_card(desk: Desk) -> None:
    with pytest.raises(NotFound):
        card(PublicDesk(desk.core), "rev_missing")


def test_its_style_reaches_nothing_outside_the_card() -> None:
    sheet = re.sub(r"/\*.*?\*/", "", style(), flags=re.DOTALL)
    selectors = [part.strip() for part in re.findall(r"([^{}]+)\{", sheet)]
    outside = [s for s in selectors if not s.startswith(("@media", "@container", ".signoff"))]
    assert len(selectors) > 100
    assert outside == []
    assert not re.search(r"@import|url\(|</", sheet)
