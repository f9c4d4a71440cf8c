"""From a tool call to a review, a planned effect or a denial: written before anything pauses."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from signoff.domain.action import Action
from signoff.domain.audience import waiting_in
from signoff.domain.effect import Effect, EffectState, effect_id
from signoff.domain.flag import highest
from signoff.domain.ids import ActionId, Digest, EffectId, ReviewId, RevisionId, RunId, ThreadId
from signoff.domain.person import AGENT, SYSTEM, Actor, ActorKind
from signoff.domain.policy import RuleEffect, Verdict
from signoff.domain.review import Outcome, Resolution, Review, ReviewKind, ReviewState, Revision
from signoff.domain.run import Run, RunStatus
from signoff.domain.shadow import out_of_shadow
from signoff.domain.value import Value
from signoff.services import entries
from signoff.services.close import close_review
from signoff.services.core import Core
from signoff.services.due import due_at
from signoff.services.judge import Judgement
from signoff.services.staffing import keep_audience, staff_stages
from signoff.store import actions, catalog, effects, reviews, runs
from signoff.store.actions import StoredAction
from signoff.store.database import Tx
from signoff.store.ids import new_id
from signoff.store.threads import Met, meet, without_redraft


class Caller(Value):
    """Where a call comes from, by the caller's config."""

    graph: str
    requester: str | None = None
    config: dict[str, Any] = Field(default_factory=dict)


class ToolVersion(Value):
    """A tool as the policy and its schema describe it now."""

    name: str
    fingerprint: str
    argument_schema: dict[str, Any]
    retryable: bool = False


class Proposal(Value):
    """An action with what was said about it, ready to be written."""

    action: Action
    digest: Digest
    judgement: Judgement
    tool: ToolVersion
    kind: ReviewKind = ReviewKind.TOOL_CALL
    title: str
    passed_messages: frozenset[str] = frozenset()
    """Pauses that the conversation has left behind; their open reviews are superseded."""


class Proposed(Value):
    """What a proposal left in the rows."""

    stored: StoredAction
    planned: Effect | None = None
    """The effect, where this very proposal planned one."""
    opened: Review | None = None
    """The review, where this very proposal opened one."""


def known(tx: Tx, thread: ThreadId, key: str, digest: Digest) -> StoredAction | None:
    """What was proposed before under this key, if its inputs were exactly these."""
    return next((a for a in actions.with_key(tx, thread, key) if a.digest == digest), None)


def ensure_run(tx: Tx, thread: ThreadId, caller: Caller) -> None:
    """A run for a thread that was started by the caller's own `invoke`."""
    run = Run(
        id=RunId(new_id("run")),
        workspace=tx.workspace,
        thread=thread,
        graph=caller.graph,
        requester=caller.requester,
        status=RunStatus.RUNNING,
        config=caller.config,
        created_at=tx.now,
        updated_at=tx.now,
    )
    runs.ensure(tx, run)


def propose(tx: Tx, core: Core, proposal: Proposal, caller: Caller) -> StoredAction:
    """Write the action with its verdict; open its review, plan its effect, or deny it.

    A second proposal of the same action returns the first. One under the same key with other
    inputs supersedes the earlier one's open review and revokes its planned effect.
    """
    return propose_or_plan(tx, core, proposal, caller).stored


def propose_or_plan(tx: Tx, core: Core, proposal: Proposal, caller: Caller) -> Proposed:
    """Like `propose`, with the effect if one was planned."""
    action = proposal.action
    met = meet(tx, action, proposal.title)
    for stored in met.earlier:
        if stored.digest == proposal.digest:
            return Proposed(stored=stored)
    ensure_run(tx, action.thread, caller)
    superseded = _supersede_live(tx, core, proposal, met)
    if met.earlier:
        for planned in effects.planned_under(tx, action.thread, action.key, except_digest=proposal.digest):
            revoke(tx, planned, _INPUTS_CHANGED)

    follows = _redraft_of(tx, proposal, met, superseded=superseded)
    verdict = proposal.judgement.verdict
    if verdict.shadow is not None and (follows is not None or tx.now >= verdict.shadow.until):
        verdict = out_of_shadow(verdict)
    if follows is not None and verdict.effect is RuleEffect.ALLOW:
        verdict = verdict.model_copy(
            update={
                "effect": RuleEffect.REVIEW,
                "rule": None,
                "stages": verdict.stages or core.judge.policy.stages,
                "summary": "A redraft after requested changes goes back to a person.",
            }
        )
    stored = StoredAction(
        id=ActionId(new_id("act")),
        digest=proposal.digest,
        action=action,
        flags=proposal.judgement.flags,
        verdict=verdict,
    )
    _keep_sources(tx, core, proposal)
    actions.add(tx, stored.id, action, proposal.digest, stored.flags, verdict)
    match verdict.effect:
        case RuleEffect.ALLOW:
            return Proposed(stored=stored, planned=_plan_passed(tx, stored, proposal.tool))
        case RuleEffect.REVIEW:
            opened = open_review(tx, core, stored, proposal.kind, proposal.title, caller.requester, follows)
            return Proposed(stored=stored, opened=opened)
        case RuleEffect.DENY:
            entries.about_action(
                tx, "action.denied", stored.id, action.thread, stored.digest, rule_actor(verdict), verdict,
                tool=action.tool, summary=verdict.summary,
            )  # fmt: skip
    return Proposed(stored=stored)


def open_review(
    tx: Tx,
    core: Core,
    stored: StoredAction,
    kind: ReviewKind,
    title: str,
    requester: str | None,
    follows: ReviewId | None,
    settles: EffectId | None = None,
) -> Review:
    """Open a review on an action's first revision."""
    action, verdict = stored.action, stored.verdict
    review_id = ReviewId(new_id("rev"))
    stages = staff_stages(tx, verdict.stages, requester)
    worst = highest(stored.flags)
    expires_at = tx.now + verdict.expires_after
    is_settlement = settles is not None
    review = Review(
        id=review_id,
        workspace=tx.workspace,
        thread=action.thread,
        action_id=stored.id,
        kind=kind,
        tool=action.tool,
        policy=verdict.policy,
        rule=None if is_settlement else verdict.rule,
        title=title,
        state=ReviewState.OPEN,
        digest=stored.digest,
        stages_total=len(stages),
        severity=worst,
        flags_count=len(stored.flags),
        requester=requester,
        follows=follows,
        opened_at=tx.now,
        due_at=due_at(core.judge_of(tx, verdict.policy_hash).policy, verdict, stages, tx.now),
        expires_at=expires_at,
    )
    opener = SYSTEM if is_settlement else rule_actor(verdict)
    key = f"settle:{settles}" if is_settlement else action.key
    pause = key if is_settlement else action.pause
    waiting = waiting_in(stages[0], requester)
    keep_audience(tx, core, waiting)
    reviews.add(tx, review, key, pause, waiting, settles)
    first = Revision(
        id=RevisionId(new_id("rvn")),
        review_id=review_id,
        number=1,
        digest=stored.digest,
        arguments=action.arguments,
        author=AGENT,
        flags=stored.flags,
        verdict=verdict,
        created_at=tx.now,
    )
    reviews.add_revision(tx, first, stages)
    unstaffed = [stage.spec.name for stage in stages if not stage.can_be_met]
    entries.about_review(
        tx, "review.opened", review, opener, policy=entries.policy_of(verdict),
        tool=action.tool, title=title, rule=verdict.rule, summary=verdict.summary,
        flags=[flag.code for flag in stored.flags], errors=list(verdict.errors), unstaffed=unstaffed,
    )  # fmt: skip
    return review


def rule_actor(verdict: Verdict) -> Actor:
    """The rule that spoke, or the system where none matched."""
    if verdict.rule is None:
        return SYSTEM
    return Actor(kind=ActorKind.RULE, id=verdict.rule, name=f"{verdict.policy} {verdict.policy_version}")


def _plan_passed(tx: Tx, stored: StoredAction, tool: ToolVersion) -> Effect:
    action, verdict, shadow = stored.action, stored.verdict, stored.verdict.shadow
    valid_until = tx.now + verdict.valid_for
    effect = Effect(
        id=effect_id(tx.workspace, action.thread, action.key, stored.digest),
        workspace=tx.workspace,
        thread=action.thread,
        key=action.key,
        action_id=stored.id,
        action_digest=stored.digest,
        digest=stored.digest,
        review_id=None,
        rule=verdict.rule,
        tool=action.tool,
        effect_class=action.effect_class,
        arguments=action.arguments,
        state=EffectState.PLANNED,
        valid_until=valid_until if shadow is None else min(valid_until, shadow.until),
    )
    effects.add(tx, effect, retryable=tool.retryable)
    event = "action.passed" if shadow is None else "action.passed_in_shadow"
    would = {} if shadow is None else {"would_have_waited": shadow.model_dump(mode="json")}
    entries.about_action(
        tx, event, stored.id, action.thread, stored.digest, rule_actor(verdict), verdict,
        tool=action.tool, summary=verdict.summary, **would,
    )  # fmt: skip
    return effect


def _keep_sources(tx: Tx, core: Core, proposal: Proposal) -> None:
    policy, tool = core.judge.policy, proposal.tool
    if policy.content_hash not in core.kept:
        catalog.keep_policy(tx, policy)
        tx.after_commit(lambda: core.kept.add(policy.content_hash))
    if tool.fingerprint not in core.kept:
        catalog.keep_tool(tx, tool.fingerprint, tool.name, tool.argument_schema)
        tx.after_commit(lambda: core.kept.add(tool.fingerprint))


def _supersede_live(tx: Tx, core: Core, proposal: Proposal, met: Met) -> bool:
    """Close the live reviews that the proposal replaces or has left behind; whether there were any."""
    changed = [review for review, where in met.live if where.key == proposal.action.key]
    for review in changed:
        supersede(tx, core, review, _INPUTS_CHANGED)
    passed = [
        review
        for review, where in met.live
        if where.pause in proposal.passed_messages and where.key != proposal.action.key
    ]
    for review in passed:
        supersede(tx, core, review, "New input arrived on the thread.")
    return bool(changed or passed)


def _redraft_of(tx: Tx, proposal: Proposal, met: Met, *, superseded: bool) -> ReviewId | None:
    """The review with requested changes that this call answers, if it is one; a redraft that was just
    superseded leaves it without an answer again."""
    if proposal.kind is not ReviewKind.TOOL_CALL:
        return None
    now = without_redraft(tx, proposal.action, proposal.title) if superseded else met.without_redraft
    return None if now is None else now.id


_INPUTS_CHANGED = "The inputs of the call changed."


def supersede(tx: Tx, core: Core, review: Review, reason: str) -> None:
    """Close a live review that something newer replaced; its thread is not woken for it."""
    close_review(tx, core, review, Outcome.SUPERSEDED, Resolution.AUTO, SYSTEM, reason)


def revoke(tx: Tx, planned: EffectId, reason: str) -> None:
    """Take back an authorisation that has not started."""
    if effects.move(tx, planned, EffectState.PLANNED, EffectState.REVOKED, finished_at=tx.now, error=reason):
        effect = effects.get(tx, planned)
        if effect is not None:
            entries.about_effect(tx, "effect.revoked", effect, SYSTEM, reason=reason)
