from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from signoff.domain.action import EffectClass
from signoff.domain.flag import RiskFlag, Severity, highest
from signoff.domain.ids import Digest, ReviewId, RevisionId
from signoff.domain.person import AGENT, Actor, ActorKind
from signoff.domain.policy import Policy, RuleEffect, Verdict
from signoff.domain.question import Question
from signoff.domain.review import Outcome, Revision, authors_of
from signoff.domain.stage import StageSpec
from tests.support.domain import FIRST, NOON

VERDICT = Verdict(
    effect=RuleEffect.REVIEW,
    rule="big-discount",
    summary="Discounts above 10 % are read by a person.",
    policy="outbound",
    policy_version="3",
    policy_hash=Digest("a" * 64),
    stages=(StageSpec(due_after=timedelta(hours=4)),),
    settling=timedelta(0),
    due_after=timedelta(minutes=90),
)


def revision_by(actor: Actor) -> Revision:
    return Revision(
        id=RevisionId("v1"),
        review_id=ReviewId("r1"),
        number=1,
        digest=FIRST,
        arguments={},
        author=actor,
        verdict=VERDICT,
        created_at=NOON,
    )


def test_only_two_outcomes_run_the_tool() -> None:
    assert {o for o in Outcome if o.runs_the_tool} == {Outcome.APPROVED, Outcome.REVISED}


def test_only_a_person_is_an_author() -> None:
    assert authors_of(revision_by(Actor(kind=ActorKind.PERSON, id="p1"))) == {"p1"}
    assert authors_of(revision_by(AGENT)) == frozenset()


def test_a_frozen_verdict_survives_being_stored() -> None:
    assert Verdict.model_validate_json(VERDICT.model_dump_json()) == VERDICT


@pytest.mark.parametrize("change", [{"effect": RuleEffect.ALLOW}, {"summary": ""}])
def test_values_cannot_be_changed_in_place(change: dict[str, Any]) -> None:
    [(field, value)] = change.items()
    with pytest.raises(ValidationError, match="frozen"):
        setattr(VERDICT, field, value)


def test_a_tool_that_nobody_classified_is_irreversible() -> None:
    policy = Policy(name="p", version="1", summary="", content_hash=FIRST, source="", tools={}, rules=())
    assert policy.tool("anything").effect is EffectClass.IRREVERSIBLE


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ((), None),
        ((Severity.LOW,), Severity.LOW),
        ((Severity.LOW, Severity.HIGH, Severity.MEDIUM), Severity.HIGH),
        ((Severity.MEDIUM, Severity.LOW), Severity.MEDIUM),
    ],
)
def test_the_highest_flag_counts(levels: tuple[Severity, ...], expected: Severity | None) -> None:
    flags = tuple(
        RiskFlag(code="x", severity=level, message="", detector="d", detector_version="1", path="/body")
        for level in levels
    )
    assert highest(flags) is expected


def test_a_question_takes_its_text_first_and_survives_being_stored() -> None:
    question = Question("Which address is right?", choices=("a", "b"))
    assert question.text == "Which address is right?"
    assert Question.model_validate_json(question.model_dump_json()) == question
