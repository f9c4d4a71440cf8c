"""The policy as data: which tools there are, and which rules say allow, review or deny."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import Field

from signoff.domain.action import EffectClass
from signoff.domain.duration import Duration
from signoff.domain.ids import Digest
from signoff.domain.page_kind import PageKind
from signoff.domain.placement import Placement
from signoff.domain.question import QUESTION
from signoff.domain.stage import DEFAULT_SETTLING, StageSpec
from signoff.domain.value import Value
from signoff.domain.visibility import FieldRule
from signoff.domain.working_hours import WorkingHours

OTHERS = "others"
"""Whose working hours hold where a group has none of its own."""


class RuleEffect(StrEnum):
    """What a rule says about an action that it matches."""

    ALLOW = "allow"
    REVIEW = "review"
    DENY = "deny"


class OnChanges(StrEnum):
    """What a request for changes does to the run."""

    RETURN = "return"
    """The feedback goes to the agent; the redraft opens a review that follows this one."""
    STOP = "stop"
    """The run ends."""


class ToolPolicy(Value):
    """What the policy says about one tool."""

    effect: EffectClass
    summary: str = ""
    """What running it does, in the reader's words: "Sends an e-mail. It cannot be recalled."."""
    title: str = ""
    """Title of its reviews, a format string over the arguments: "Mail to {to}"."""
    approve_label: str = "Approve"
    """Words on the approving button: "Approve and send"."""
    idempotency_argument: str | None = None
    """The tool's argument that takes the effect id; then attempts may repeat under that key."""
    binds: tuple[str, ...] | None = None
    """Paths of inputs outside the arguments ("state.customer_id", "context.tenant"). An empty list
    declares that the tool takes none; None leaves it undeclared."""
    definite_errors: tuple[str, ...] = ()
    """Dotted names of exceptions that mean for certain that nothing happened."""
    arguments: dict[str, str] = Field(default_factory=dict)
    """CEL types of the arguments that rules read: string, int, double, bool, list, map."""
    on_changes: OnChanges = OnChanges.RETURN
    body: str | None = None
    """The argument that holds the draft a reviewer reads; shown as text, not as a field."""
    shadow_until: datetime | None = None
    """Until then nothing about this tool waits for people; see `signoff.domain.shadow`. Aware, UTC."""
    placement: Placement | None = None
    """Answers to the six questions whether it needs a gate."""
    visible: tuple[FieldRule, ...] = ()
    """Fields that not everybody sees in full; all others are open to every reader."""
    page: PageKind | None = None
    """How the review page shows its calls; None: field by field."""
    shows: tuple[str, ...] = ()
    """Facts that a reviewer must see beside the arguments: what is known of the amount, say."""


class Rule(Value):
    """A condition and what follows from it. Rules are tried in order; the first match counts."""

    id: str
    tools: tuple[str, ...] = ()
    """Tools it applies to; empty means all that are not reads. Only a rule that names an
    irreversible tool here may allow it."""
    when: str | None = None
    """CEL over `tool`, `args`, `facts`, `flags` and `run`; None always matches."""
    effect: RuleEffect
    summary: str = ""
    """Plain language, shown beside the decision."""
    stages: tuple[StageSpec, ...] = ()
    settling: Duration | None = None
    expires_after: Duration | None = None
    line: int = 0


class Policy(Value):
    """One version of a policy file."""

    name: str
    version: str
    summary: str
    content_hash: Digest
    source: str
    """The file's text as loaded; kept with every decision made under it."""
    tools: dict[str, ToolPolicy]
    rules: tuple[Rule, ...]
    facts: dict[str, str] = Field(default_factory=dict)
    """CEL types of the facts that rules may read."""
    flags: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Detectors by name with their settings, in the order they run."""
    questions: tuple[FieldRule, ...] = ()
    """Fields of questions that not everybody sees in full."""
    stages: tuple[StageSpec, ...] = (StageSpec(),)
    """Stages of a review whose rule names none, and of every review without a rule."""
    settling: Duration = DEFAULT_SETTLING
    due_after: Duration | None = timedelta(hours=8)
    expires_after: Duration = timedelta(days=3)
    valid_for: Duration = timedelta(hours=24)
    """How long an authorisation stays good once it is given."""
    working_hours: dict[str, WorkingHours] = Field(default_factory=dict)
    """When groups ("group:legal") work, and "others"; deadlines count in it. None: by the clock."""
    stop_open_reviews: bool = False
    """Whether loading this version supersedes open reviews of earlier versions."""

    def tool(self, name: str) -> ToolPolicy:
        """The entry of `name`; a tool that nobody classified is irreversible."""
        found = self.tools.get(name, UNCLASSIFIED)
        if name != QUESTION:
            return found
        return found.model_copy(update={"visible": (*found.visible, *self.questions)})

    def hours_of(self, stages: Sequence[StageSpec]) -> WorkingHours | None:
        """The working hours of whoever a review waits for first; None where they are not known."""
        if not self.working_hours:
            return None
        named = [who for stage in stages[:1] for who in stage.candidates if who in self.working_hours]
        return self.working_hours.get(named[0] if named else OTHERS)


UNCLASSIFIED = ToolPolicy(
    effect=EffectClass.IRREVERSIBLE,
    summary="Nobody classified this tool, so it counts as irreversible.",
)


class Shadowed(Value):
    """Why a call that passed in shadow mode would have waited for people."""

    until: datetime
    rule: str | None
    summary: str
    errors: tuple[str, ...] = ()


class Verdict(Value):
    """What the policy said about one action; evaluated once and frozen."""

    effect: RuleEffect
    rule: str | None
    """The rule that matched; None when none did or evaluation failed. In shadow mode, its name."""
    summary: str
    policy: str
    policy_version: str
    policy_hash: Digest
    stages: tuple[StageSpec, ...] = ()
    settling: Duration = DEFAULT_SETTLING
    due_after: Duration | None = None
    expires_after: Duration = timedelta(days=3)
    valid_for: Duration = timedelta(hours=24)
    on_changes: OnChanges = OnChanges.RETURN
    errors: tuple[str, ...] = ()
    """Why evaluation failed, if it did; the effect is then always review."""
    shadow: Shadowed | None = None
    """Set when it only passed because its tool was in shadow mode."""
