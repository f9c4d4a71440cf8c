"""The page of a review shows all that would run, and nothing in it is taken for markup."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from signoff.domain.action import EffectClass
from signoff.domain.flag import Severity
from signoff.domain.review import Outcome, ReviewKind, ReviewState
from signoff.domain.stage import StageSpec
from signoff.web.pages.leaves import leaves
from signoff.web.pages.render import render
from signoff.web.pages.view import review_view
from tests.web.html_text import Page
from tests.web.samples import BODY, EMAIL, FRAME, NOW, TOOL, flag, review_file, sources


def shown(source: Any = None, **context: Any) -> Page:
    view = review_view(source or sources())
    return Page(render("review.html", view=view, **(FRAME | context)))


def test_what_happens_stands_before_the_draft() -> None:
    text = shown().text
    assert "If you approve" in text
    assert text.index("It cannot be undone.") < text.index("Hi Dana,")
    assert "due in 14 min" in text


def test_every_value_that_would_run_is_on_the_page() -> None:
    arguments = {
        "to": ["a@example.com", "b@example.com"],
        "amount": Decimal("12.50"),
        "count": 3,
        "ratio": 0.1,
        "sure": True,
        "nothing": None,
        "empty": "",
        "deep": {"er": [{"still": "here"}]},
        "day": date(2026, 11, 22),
        "at": datetime(2026, 11, 22, 17, tzinfo=UTC),
        "raw": b"\x00\xff",
        "some": {"x", "y"},
        "none_listed": [],
    }
    text = shown(sources(review_file(arguments, ()), schema={})).text
    for value in ("a@example.com", "b@example.com", "12.50", "3", "0.1", "yes", "(nothing)", "(empty text)",
                  "here", "2026-11-22", "17:00:00+00:00", "AP8=", "x, y", "(empty list)"):  # fmt: skip
        assert value in text, value
    assert "deep / er / 1 / still" in text
    assert {leaf.pointer for leaf in leaves(arguments)} >= {"/to/0", "/deep/er/0/still", "/none_listed"}


def test_text_that_looks_like_another_type_says_so() -> None:
    text = shown(sources(review_file({"flag": "true", "space": "  "}, ()), schema={})).text
    assert "true (as text)" in text
    assert "(only spaces)" in text


def test_bound_inputs_are_shown() -> None:
    assert "cus_4411" in shown().text


def test_marks_carry_the_severity_and_the_number() -> None:
    page = shown()
    assert ("high", "guaranteed to double your reply rate") in page.marks
    assert ("medium", "Priya Raman (priya.raman@harborlight.example)") in page.marks
    assert ("low", "Most teams your size") in page.marks
    assert page.all("a", href="#flag-1")
    assert page.all("article", id="flag-4")
    assert "2 high" in page.text


def test_policy_stands_beside_the_decision() -> None:
    text = shown().text
    assert "A check found something that the record does not support" in text
    assert "Rule flagged, outbound-copy version 3" in text


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</textarea><script>alert(1)</script>",
    "</form><form action=https://evil.example>",
    "{{ 7*7 }}{% raw %}",
    "javascript:alert(1)",
    "<style>*{display:none}</style>",
    "&lt;b&gt;",
    "\u202eevil\u202c",
    "\x1b[2J",
)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("editing", [False, True])
def test_hostile_text_stays_text_in_every_place(text: str, editing: bool) -> None:
    bad = flag(text, Severity.HIGH, text, text, body=f"x {text} y", evidence=text, suggestion=text)
    file = review_file(
        {"body": f"x {text} y", text: text, "list": [text], "to": text}, (bad,), title=text, requester=text
    )
    page = shown(sources(file, tool=TOOL.model_copy(update={"summary": text})), editing=editing)
    assert len(page.all("script")) == 1
    assert page.all("img") == []
    assert len(page.all("style")) == (0 if editing else 1)  # the page's own
    assert all(form["action"].startswith("/") for form in page.all("form") if "action" in form)  # type: ignore[union-attr]
    for tag, attributes in page.elements:
        assert not any(name.startswith("on") or name == "style" for name in attributes), (tag, attributes)
    for node in page.texts:
        assert "\u202e" not in node or editing
        assert "\x1b" not in node or editing


def test_a_closed_review_offers_no_decision() -> None:
    file = review_file(
        state=ReviewState.CLOSED, outcome=Outcome.APPROVED, decided_by="Lee Park", closed_at=NOW
    )
    page = shown(sources(file))
    assert page.all("button", name="choice") == []
    assert "Approved by Lee Park" in page.text
    assert "Not started yet" in page.text


def test_who_may_not_decide_reads_why() -> None:
    page = shown(sources(why_not="Four eyes: somebody else must decide."))
    assert page.all("button", name="choice") == []
    assert "Four eyes: somebody else must decide." in page.text


def test_a_settling_review_counts_down_for_others_too() -> None:
    file = review_file(
        state=ReviewState.SETTLING, outcome=Outcome.APPROVED, decided_by="Lee Park",
        settles_at=NOW + timedelta(seconds=20),
    )  # fmt: skip
    page = shown(sources(file), refresh_after=22)
    assert "20 s" in page.text
    assert page.all("form", action="/reviews/rev_1/undo") == []
    assert [m["content"] for m in page.all("meta") if m.get("http-equiv") == "refresh"] == ["22"]
    assert page.all("button", name="choice", value="reject")


def test_steps_say_what_they_need() -> None:
    stages = (
        StageSpec(name="legal", candidates=("group:legal",), quorum=2),
        StageSpec(name="sign_off", four_eyes=True),
    )
    text = shown(sources(review_file(stages=stages))).text
    assert "Legal: 2 persons of legal" in text
    assert "Sign off: one person, not the requester and not the author" in text


def test_a_question_takes_an_answer() -> None:
    file = review_file(
        {"text": "Which one?", "choices": ["CRM", "ERP"], "details": "They differ."}, (),
        kind=ReviewKind.QUESTION, tool="ask", title="Which one?", effect_class=EffectClass.WRITE,
    )  # fmt: skip
    page = shown(sources(file, schema={}))
    assert [r["value"] for r in page.all("input", type="radio")] == ["0", "1"]
    assert "They differ." in page.text
    assert page.all("button", name="choice", value="approve") == []


def test_a_settlement_offers_what_can_have_happened() -> None:
    page = shown(sources(review_file(kind=ReviewKind.SETTLEMENT, flags=())))
    for word in ("It happened", "It did not happen", "Nobody can find out"):
        assert word in page.text
    assert "dana.ortiz@harborlight.example" in page.text


def test_an_earlier_review_stands_with_its_feedback() -> None:
    earlier = review_file(
        state=ReviewState.CLOSED, outcome=Outcome.CHANGES_REQUESTED, decided_by="Lee Park",
        reason="Leave out the discount.", id="rev_0",
    ).review  # fmt: skip
    text = shown(sources(earlier=earlier)).text
    assert "changes requested by lee park" in text.lower()
    assert "Leave out the discount." in text


def test_the_editing_form_has_every_argument_and_the_draft_text() -> None:
    page = shown(editing=True)
    names = {f.get("name") for f in page.all("input") + page.all("textarea")}
    assert names >= {f"arg/{name}" for name in EMAIL}
    assert BODY.splitlines()[2] in page.text


def test_what_the_checks_knew_is_folded_into_lines() -> None:
    file = review_file()
    action = file.action.model_copy(
        update={
            "context": {
                "prices": [{"item": "Chair", "usd": 471.82}],
                "customer": {"tier": "gold"},
                "none": [],
            }
        }
    )
    text = shown(sources(file.model_copy(update={"action": action}))).text
    for words in ("What the checks knew", "Chair, 471.82", "tier: gold"):
        assert words in text


def test_facts_that_the_policy_shows_stand_beside_the_arguments() -> None:
    file = review_file()
    known = {"refund": Decimal("585.97"), "bought": [{"item": "Watch", "price": 1}], "own": True}
    action = file.action.model_copy(update={"context": known})
    tool = TOOL.model_copy(update={"shows": ("bought", "refund", "missing")})
    page = shown(sources(file.model_copy(update={"action": action}), tool=tool))
    text = page.text
    assert text.index("What the record says") < text.index("585.97") < text.index("What the checks knew")
    assert text.index("Watch, 1") < text.index("585.97")
    assert text.count("585.97") == 1
    assert text.index("Own") > text.index("What the checks knew")
    assert "What the record says" not in shown().text
