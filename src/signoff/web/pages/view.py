"""What the review page shows, worked out before any template runs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from signoff.domain.action import EffectClass
from signoff.domain.audit import AuditEntry
from signoff.domain.effect import Effect, EffectState
from signoff.domain.page_kind import PageKind
from signoff.domain.person import Person
from signoff.domain.policy import Shadowed, ToolPolicy
from signoff.domain.review import Outcome, Review, ReviewFile, ReviewKind, ReviewState
from signoff.domain.tally import Standing, live_votes
from signoff.domain.vote import VoteKind
from signoff.domain.working_hours import WorkingHours
from signoff.services.ballots import kinds_allowed, needs_reason, takes_abstentions
from signoff.services.decide import cast_deciding_vote
from signoff.services.remarks import asked_back
from signoff.web.api.schemas import readable
from signoff.web.pages import parts, refusals, words
from signoff.web.pages.form import Field, fields, in_groups
from signoff.web.pages.kinds.fields import Fields
from signoff.web.pages.kinds.given import Given
from signoff.web.pages.leaves import Leaf, facts, leaves
from signoff.web.pages.marks import Segment, numbered, segments
from signoff.web.pages.parts import Choice, FlagCard, StageLine
from signoff.web.pages.redline import Change
from signoff.web.pages.reveal import Piece, reveal
from signoff.web.pages.shown import Picture
from signoff.web.pages.story import HistoryLine, history_lines
from signoff.web.pages.translate import gettext, known
from signoff.web.pages.whereabouts import Whereabouts

_BODY_NAMES = ("body", "text", "draft", "message", "content", "reply", "comment")
_TARGET_NAMES = (
    "to", "recipient", "recipients", "email", "address", "url", "customer", "customer_id", "account",
    "account_id", "order_id", "record_id", "user_id", "target",
)  # fmt: skip


@dataclass(frozen=True)
class Settling:
    """The window in which a decision can still be taken back."""

    ends_at: datetime
    seconds_left: int
    may_undo: bool
    may_extend: bool
    may_end: bool
    """Whether this person's vote decided it, so that they may end the wait."""


@dataclass(frozen=True)
class Sources:
    """Everything that was read for the page."""

    file: ReviewFile
    standing: Standing
    tool: ToolPolicy
    schema: Mapping[str, Any]
    why_not: str | None
    """Why this person may not vote at all, in words."""
    person: Person
    now: datetime
    casts: frozenset[VoteKind] = frozenset(VoteKind)
    """The votes that they may cast, where they may vote."""
    why_no_approval: str | None = None
    """Why an approval is not among them, in words."""
    blocking: Sequence[str] = ()
    """Fields that are hidden from this person and must be seen in full to approve."""
    who_can: Sequence[str] = ()
    """Who sees them, and may decide now."""
    history: Sequence[AuditEntry] = ()
    effect: Effect | None = None
    earlier: Review | None = None
    hours: WorkingHours | None = None
    """Working hours of whoever it waits for, where the policy knows them."""
    may_withdraw: bool = False
    may_ask_back: bool = False
    question: Review | None = None
    """The open question what became of an effect of unknown outcome."""
    graph: str | None = None
    whereabouts: Whereabouts | None = None
    """Where the run stands; read for the page alone."""
    run_failed: bool = False
    """Whether the graph raised when it should have gone on."""


@dataclass(frozen=True)
class ReviewView:
    """The page of one review."""

    sources: Sources
    title: tuple[Piece, ...]
    kind: str
    tool_words: str
    due: str
    is_late: bool
    counts: tuple[tuple[str, str, int, int], ...]
    """Severity, its word, how many, number of the first."""
    reach: str
    cannot_be_undone: bool
    target: tuple[Leaf, ...]
    picture: Picture
    bound: tuple[Leaf, ...]
    facts: tuple[tuple[str, tuple[Piece, ...]], ...]
    """All others."""
    body: tuple[Segment, ...]
    """The words of a question."""
    cards: tuple[FlagCard, ...]
    stages: tuple[StageLine, ...]
    history: tuple[HistoryLine, ...]
    form: tuple[Field, ...]
    choices: tuple[Choice, ...] | None
    """None: the answer is free text, or what `other` takes."""
    other: Field | None
    """The input for an answer beside the choices."""
    other_title: str
    settling: Settling | None
    verdict_of_people: str
    story: tuple[str, str, str] | None
    version: str
    """Changes whenever the page would look different."""
    answer: tuple[Piece, ...] = ()
    edits: tuple[tuple[str, tuple[Change, ...]], ...] = ()
    """What the person changed: label and redline."""

    @property
    def review(self) -> Review:
        return self.sources.file.review

    @property
    def is_question(self) -> bool:
        """Whether it is answered rather than approved."""
        return self.review.kind is not ReviewKind.TOOL_CALL

    @property
    def takes_rejection(self) -> bool:
        return VoteKind.REJECT in kinds_allowed(self.review.kind)

    @property
    def may_vote(self) -> bool:
        return self.sources.why_not is None and self.review.state is ReviewState.OPEN

    def may_cast(self, kind: str) -> bool:
        """Whether a vote of this kind is open to this person now."""
        takes = kind in kinds_allowed(self.review.kind)
        return takes and self.may_vote and kind in self.sources.casts

    @property
    def may_answer(self) -> bool:
        """Whether this person may answer, and sees what they would answer to."""
        is_seen = self.review.kind is not ReviewKind.QUESTION or not self.sources.blocking
        return self.is_question and self.may_cast(VoteKind.ANSWER) and is_seen

    @property
    def why_not(self) -> str:
        """Why this person may not vote, in their words; empty where they may."""
        return known(self.sources.why_not or "")

    @property
    def late(self) -> str:
        """By how much the deadline has passed, as a sentence; empty where it has not."""
        return words.late(self.review.due_at, self.sources.now) if self.is_late else ""

    @property
    def may_abstain(self) -> bool:
        return self.may_cast(VoteKind.ABSTAIN) and takes_abstentions(self.sources.file)

    @property
    def to_check(self) -> tuple[FlagCard, ...]:
        """Flags that hold an approval back until each of them is ticked."""
        asks = self.may_cast(VoteKind.APPROVE) and not self.is_question
        return tuple(card for card in self.cards if card.is_high) if asks else ()

    @property
    def escalation(self) -> tuple[str, tuple[Piece, ...]] | None:
        """Who passed it on, and why."""
        votes = [v for v in self.sources.file.votes if v.kind is VoteKind.ESCALATE]
        return (votes[-1].person_name, reveal(votes[-1].reason)) if votes else None

    @property
    def asked_back(self) -> tuple[str, tuple[Piece, ...]] | None:
        """Who wants it back and why, for those who have it now."""
        wish = asked_back(self.sources.history) if self.review.state is ReviewState.OPEN else None
        if wish is None:
            return None
        return wish.actor.name, reveal(str((wish.content or {}).get("comment") or ""))

    @property
    def may_object(self) -> bool:
        """Whether a late vote against the settling outcome is open to this person."""
        settling = self.review.state is ReviewState.SETTLING
        may_reject = self.sources.why_not is None and VoteKind.REJECT in self.sources.casts
        return settling and may_reject and self.review.outcome != Outcome.REJECTED

    @property
    def record(self) -> tuple[tuple[str, tuple[Piece, ...]], ...]:
        """The facts that the policy shows beside the arguments, but for those that the kind told."""
        return self.picture.record(_shown_facts(self.sources))

    @property
    def question_template(self) -> str:
        is_known = not isinstance(self.picture.shape, Fields)
        return self.picture.template if is_known else "kinds/question.html"

    @property
    def body_label(self) -> str:
        return words.titled(self.picture.body) if self.picture.body else gettext("Text")

    @property
    def as_received(self) -> str:
        """The arguments as the tool gets them, for who reads JSON."""
        return json.dumps(readable(self.sources.file.current.arguments), ensure_ascii=False, indent=2)

    @property
    def may_approve(self) -> bool:
        """Whether this person sees all that an approval would let run."""
        return self.may_cast(VoteKind.APPROVE) and not self.sources.blocking

    @property
    def approval_needs_reason(self) -> bool:
        """Whether the policy wants to know why this draft is approved."""
        return needs_reason(self.sources.file, self.sources.file.current.flags)

    @property
    def who_can(self) -> str:
        """Who sees what is hidden from this person."""
        return refusals.who_can(self.sources.who_can)

    @property
    def hidden_fields(self) -> str:
        return ", ".join(words.spaced(name.strip("/").replace("/", " / ")) for name in self.sources.blocking)

    @property
    def form_groups(self) -> tuple[tuple[str, tuple[Field, ...]], ...]:
        return in_groups(self.form)

    @property
    def approve_label(self) -> str:
        return known(self.sources.tool.approve_label)

    @property
    def tool_summary(self) -> tuple[Piece, ...]:
        return reveal(self.sources.tool.summary)

    @property
    def policy_summary(self) -> tuple[Piece, ...]:
        return reveal(self.sources.file.current.verdict.summary)

    @property
    def details(self) -> tuple[Piece, ...]:
        """What a question says beyond its first line."""
        is_question = self.review.kind is ReviewKind.QUESTION
        return reveal(str(self.sources.file.current.arguments.get("details") or "")) if is_question else ()

    @property
    def reason(self) -> tuple[Piece, ...]:
        return reveal(self.review.reason)

    @property
    def outcome_means(self) -> str:
        return words.outcome_means(self.review.outcome) if self.review.outcome else ""

    @property
    def effect_error(self) -> tuple[Piece, ...]:
        return reveal(self.sources.effect.error if self.sources.effect else "")

    @property
    def earlier_title(self) -> tuple[Piece, ...]:
        return reveal(parts.shortened(self.sources.earlier.title)) if self.sources.earlier else ()

    @property
    def earlier_outcome(self) -> str:
        earlier = self.sources.earlier
        if earlier is None or earlier.outcome is None:
            return ""
        return words.outcome_by_within(earlier.outcome, earlier.decided_by)

    @property
    def earlier_reason(self) -> tuple[Piece, ...]:
        return reveal(self.sources.earlier.reason) if self.sources.earlier else ()

    @property
    def shadow(self) -> Shadowed | None:
        """Why the call would have waited, where it passed in shadow mode."""
        return self.sources.file.current.verdict.shadow

    @property
    def policy_name(self) -> str:
        verdict = self.sources.file.current.verdict
        return gettext(
            "%(policy)s version %(version)s", policy=verdict.policy, version=verdict.policy_version
        )


def review_view(sources: Sources) -> ReviewView:
    """The page of a review as one person sees it now."""
    file, now = sources.file, sources.now
    review, current = file.review, file.current
    flags = numbered(current.flags)
    is_question = review.kind is ReviewKind.QUESTION
    body_name = None if is_question else _body_name(sources.tool, current.arguments)
    question = str(current.arguments.get("text", "")) if is_question else ""
    due, is_late = words.due(review.due_at, now, sources.hours)
    effect_class = file.action.effect_class
    ordered = _in_order_of(sources.schema, current.arguments)
    known = file.action.context
    return ReviewView(
        sources=sources,
        title=reveal(parts.shortened(review.title)),
        kind=words.kind(review.kind),
        tool_words=words.titled(review.tool),
        due=due if review.state is ReviewState.OPEN else "",
        is_late=is_late and review.state is ReviewState.OPEN,
        counts=parts.counts(flags),
        reach=words.reach(effect_class),
        cannot_be_undone=effect_class is EffectClass.IRREVERSIBLE,
        target=parts.target({name: ordered[name] for name in _TARGET_NAMES if name in ordered}, flags),
        picture=Picture(Given(ordered, known, body_name), _page_kind(sources), flags),
        bound=leaves(file.action.bound),
        facts=facts({name: value for name, value in known.items() if name not in _shown_facts(sources)}),
        body=segments(question, ()),
        cards=tuple(parts.card(flag) for flag in flags),
        stages=parts.stage_lines(file, sources.standing),
        history=history_lines(sources.history, now, review.kind),
        form=fields(sources.schema, current.arguments, body_name),
        choices=parts.choices(file),
        other=parts.other_field(file),
        other_title=parts.other_title(file),
        settling=_settling(sources),
        verdict_of_people=_verdict_of_people(review),
        story=_story(sources),
        version=version_of(review.version, sources.effect.state if sources.effect else None),
        answer=_answer(file),
        edits=parts.edits(file),
    )


def _page_kind(sources: Sources) -> PageKind | None:
    """The kind that the policy gives the tool, or the question gives itself."""
    if sources.file.review.kind is not ReviewKind.QUESTION:
        return sources.tool.page
    asked = sources.file.current.arguments.get("kind")
    return PageKind(asked) if asked in set(PageKind) else None


def _shown_facts(sources: Sources) -> tuple[str, ...]:
    """Facts that stand beside the arguments: those that the policy names, and all that a question brings."""
    is_question = sources.file.review.kind is ReviewKind.QUESTION
    return tuple(sources.file.action.context) if is_question else sources.tool.shows


def _in_order_of(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments as the tool lists them; stored ones come sorted by name."""
    known = [name for name in schema.get("properties", {}) if name in arguments]
    return {name: arguments[name] for name in (*known, *(n for n in arguments if n not in known))}


def _body_name(tool: ToolPolicy, arguments: Mapping[str, Any]) -> str | None:
    """The argument that is read as the draft: the policy's, or the one that looks like prose."""
    texts = {name: value for name, value in arguments.items() if isinstance(value, str)}
    if tool.body is not None:
        return tool.body if tool.body in texts else None
    prose = {n: v for n, v in texts.items() if "\n" in v.strip() or len(v) > 120 or n in _BODY_NAMES}
    return max(prose, key=lambda name: len(prose[name]), default=None)


def _settling(sources: Sources) -> Settling | None:
    review = sources.file.review
    if review.state is not ReviewState.SETTLING or review.settles_at is None:
        return None
    left = review.settles_at - sources.now
    has_vote = any(v.person == sources.person.id for v in live_votes(sources.file.votes))
    return Settling(
        ends_at=review.settles_at,
        seconds_left=max(0, round(left.total_seconds())),
        may_undo=has_vote,
        may_extend=(has_vote or sources.why_not is None) and left < timedelta(hours=23),
        may_end=cast_deciding_vote(sources.file, sources.person),
    )


def _verdict_of_people(review: Review) -> str:
    if review.outcome is None:
        return ""
    return words.outcome_by(review.outcome, review.decided_by)


def _story(sources: Sources) -> tuple[str, str, str] | None:
    """What became of it once the review is closed; None while people still decide."""
    review = sources.file.review
    if review.state is not ReviewState.CLOSED or review.outcome is None:
        return None
    if review.kind is ReviewKind.TOOL_CALL and review.outcome.runs_the_tool:
        return words.effect_story(sources.effect)
    tone = "go" if review.outcome in (Outcome.ANSWERED, Outcome.APPROVED) else "stop"
    return tone, words.outcome(review.outcome), words.outcome_means(review.outcome)


def is_moving(view: ReviewView) -> bool:
    """Whether something will still happen by itself that the page should show."""
    if view.settling is not None:
        return True
    effect = view.sources.effect
    waits = effect is None or effect.state in (EffectState.PLANNED, EffectState.STARTED)
    return view.story is not None and view.story[0] == "wait" and waits


def version_of(review_version: int, effect: EffectState | None) -> str:
    """What changes whenever the page would look different; every vote makes a new version of the review."""
    return f"{review_version}.{effect.value if effect else 'none'}"


def _answer(file: ReviewFile) -> tuple[Piece, ...]:
    if file.review.outcome is not Outcome.ANSWERED:
        return ()
    answers = [v.answer for v in live_votes(file.votes) if v.kind is VoteKind.ANSWER]
    return parts.choice_label(answers[-1]) if answers else ()
