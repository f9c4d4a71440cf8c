"""Reviews made by hand, as real ones look."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from signoff.domain.account import Session
from signoff.domain.action import Action, EffectClass
from signoff.domain.flag import RiskFlag, Severity, highest
from signoff.domain.ids import (
    DEFAULT_WORKSPACE,
    ActionId,
    Digest,
    PersonId,
    ReviewId,
    RevisionId,
    ThreadId,
)
from signoff.domain.person import AGENT, Person
from signoff.domain.policy import RuleEffect, ToolPolicy, Verdict
from signoff.domain.review import Review, ReviewFile, ReviewKind, ReviewState, Revision
from signoff.domain.stage import Stage, StageSpec
from signoff.services.query import standing_of
from signoff.web.pages.view import Sources

NOW = datetime(2026, 11, 22, 17, 40, tzinfo=UTC)

BODY = """\
Hi Dana,

Most teams your size lose four hours a week reconciling campaign lists by hand. \
Northwind Sync does it in minutes, and it is guaranteed to double your reply rate.

As a thank-you for the March webinar we can offer 35% off the annual plan if you sign by Friday. \
I noticed your colleague Priya Raman (priya.raman@harborlight.example) asked about SSO, \
so I have added it at no cost.

Would Tuesday at 10:00 suit you for a short call?

Best,
Sam"""

EMAIL: dict[str, Any] = {
    "to": "dana.ortiz@harborlight.example",
    "subject": "Four hours back every week",
    "body": BODY,
    "discount_percent": 35,
}

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "to": {"type": "string", "description": "Address of the customer"},
        "subject": {"type": "string"},
        "body": {"type": "string"},
        "discount_percent": {
            "anyOf": [{"type": "integer", "maximum": 100}, {"type": "null"}],
            "default": None,
        },
    },
    "required": ["to", "subject", "body"],
}

TOOL = ToolPolicy(
    effect=EffectClass.IRREVERSIBLE,
    summary="Sends this e-mail from your company's address.",
    approve_label="Approve and send",
    body="body",
)

ANN = Person(id=PersonId("per_ann"), workspace=DEFAULT_WORKSPACE, email="ann@example.com", name="Ann Keller")

SESSION = Session(person=ANN, csrf="csrf-token", expires_at=NOW + timedelta(hours=8))


def flag(
    quote: str, severity: Severity, code: str, message: str, *, body: str = BODY, **more: Any
) -> RiskFlag:
    start = body.index(quote) if quote else 0
    return RiskFlag(
        code=code,
        severity=severity,
        message=message,
        detector="sample",
        detector_version="1",
        path=more.pop("path", "/body"),
        start=start,
        end=start + len(quote),
        quote=quote,
        **more,
    )


FLAGS = (
    flag("Most teams your size", Severity.LOW, "unsourced_statistic", "Tone guide: name a source or soften."),
    flag(
        "guaranteed to double your reply rate", Severity.HIGH, "banned_term",
        "Claims policy 4.2: no guarantees without a cited study.",
        suggestion="has helped similar teams raise reply rates",
    ),
    flag(
        "35% off the annual plan", Severity.HIGH, "discount_unsupported",
        "The record does not support this discount.", evidence="The record allows at most 20 %.",
    ),
    flag(
        "Priya Raman (priya.raman@harborlight.example)", Severity.MEDIUM, "personal_data_of_others",
        "Names a person who did not contact us in this thread.",
    ),
)  # fmt: skip


def review_file(
    arguments: dict[str, Any] | None = None,
    flags: tuple[RiskFlag, ...] = FLAGS,
    *,
    kind: ReviewKind = ReviewKind.TOOL_CALL,
    tool: str = "send_email",
    title: str = "Mail to dana.ortiz@harborlight.example",
    effect_class: EffectClass = EffectClass.IRREVERSIBLE,
    stages: tuple[StageSpec, ...] = (StageSpec(),),
    **head: Any,
) -> ReviewFile:
    """A review of one tool call; `head` overrides fields of the review itself."""
    arguments = EMAIL if arguments is None else arguments
    action = Action(
        workspace=DEFAULT_WORKSPACE,
        thread=ThreadId("thread-1"),
        key="call:m1/c1",
        pause="m1",
        tool=tool,
        fingerprint="fp",
        effect_class=effect_class,
        arguments=arguments,
        bound={"state.customer_id": "cus_4411"},
        context={"customer_known": True, "tier": "standard", "discount_limit": 20.0},
    )
    verdict = Verdict(
        effect=RuleEffect.REVIEW,
        rule="flagged",
        summary="A check found something that the record does not support, so a person reads it first.",
        policy="outbound-copy",
        policy_version="3",
        policy_hash=Digest("ab" * 32),
        stages=stages,
    )
    review = Review(
        id=ReviewId("rev_1"),
        workspace=DEFAULT_WORKSPACE,
        thread=action.thread,
        action_id=ActionId("act_1"),
        kind=kind,
        tool=tool,
        title=title,
        state=ReviewState.OPEN,
        digest=action.digest,
        severity=highest(flags),
        flags_count=len(flags),
        requester="sam@example.com",
        stages_total=len(stages),
        opened_at=NOW - timedelta(minutes=46),
        due_at=NOW + timedelta(minutes=14),
        expires_at=NOW + timedelta(days=3),
    ).model_copy(update=head)
    revision = Revision(
        id=RevisionId("rvn_1"),
        review_id=review.id,
        number=1,
        digest=action.digest,
        arguments=arguments,
        author=AGENT,
        flags=flags,
        verdict=verdict,
        created_at=review.opened_at,
    )
    return ReviewFile(
        review=review,
        action=action,
        revisions=(revision,),
        stages=tuple(Stage(number=n, spec=spec) for n, spec in enumerate(stages, 1)),
        votes=(),
    )


def sources(file: ReviewFile | None = None, **more: Any) -> Sources:
    """What the page of `file` is made from."""
    file = file or review_file()
    values: dict[str, Any] = {
        "file": file,
        "standing": standing_of(file),
        "tool": TOOL,
        "schema": SCHEMA,
        "why_not": None,
        "person": ANN,
        "now": NOW,
        "graph": "outbound_copy",
    }
    return Sources(**(values | more))


FRAME: dict[str, Any] = {
    "session": SESSION, "desk_title": "Signoff", "stopped": None, "tab": "", "places": (), "here": "",
    "editing": False, "refresh_after": None, "conflict": None, "errors": (), "client_token": "tok",
    "next_waiting": None,
    "typed": {"choice": "", "reason": "", "answer": "", "comment": "", "acks": frozenset()},
    "before": None, "after": None, "seen": "seen", "draft": None, "looking": (), "replaced": (), "news": (),
}  # fmt: skip
"""What the template of a review takes beside its view."""
