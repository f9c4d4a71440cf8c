"""The guard: what stands between a tool call and its effect, whichever door it comes through.

The ledger's row decides, never a resume value: after every wake-up the row is read again, and
while it does not allow the call, the guard interrupts again.
"""

from __future__ import annotations

import asyncio
import copy
import dataclasses
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import ToolCall, ToolMessage
from langchain_core.tools import BaseTool
from langgraph.errors import GraphBubbleUp
from langgraph.prebuilt.tool_node import ToolCallRequest
from langgraph.types import interrupt

from signoff.domain.action import Action, EffectClass
from signoff.domain.effect import Effect, EffectState
from signoff.domain.errors import NotCanonical, NotDone, PayloadTooLarge
from signoff.domain.ids import Digest
from signoff.domain.policy import RuleEffect, ToolPolicy
from signoff.langgraph import results, words
from signoff.langgraph.calls import (
    Call,
    Facts,
    Site,
    bound_inputs,
    only_bound_config,
    only_bound_context,
    only_bound_state,
)
from signoff.langgraph.durable import MEND, holds_checkpoint, is_durable, mode_of
from signoff.langgraph.keyed import confined, with_key
from signoff.langgraph.leases import LeaseKeeper
from signoff.langgraph.results import Result, ResultStore
from signoff.langgraph.siblings import Siblings
from signoff.langgraph.telling import Telling
from signoff.langgraph.tools import argument_faults, describe, injected_inputs
from signoff.services import perform, query
from signoff.services.core import Core
from signoff.services.lookup import Found
from signoff.services.perform import Refused, Start, Step, Wait
from signoff.services.propose import Proposal, ToolVersion, propose_or_plan
from signoff.services.shadow import as_shadow
from signoff.services.sweep import look_up

Execute = Callable[[ToolCallRequest], Any]
AsyncExecute = Callable[[ToolCallRequest], Awaitable[Any]]

_MOST_TOOLS = 1000
"""Tools whose description a guard remembers; a graph that makes its tools anew would fill the memory."""


@dataclass(frozen=True)
class Prepared:
    """A call that may be judged: identified, valid, written down exactly."""

    site: Site
    call: ToolCall
    tool: BaseTool
    action: Action
    digest: Digest
    seen: Call
    passed: frozenset[str]


@dataclass(frozen=True)
class Described:
    """A tool, held so that its id stays its own, with what is slow to find out about it."""

    tool: BaseTool
    version: ToolVersion
    model: Any
    """What the arguments are validated by."""
    reads_around: bool
    """Whether it is handed the state, the runtime or the config, to read of it what it likes."""


class NotPrepared(Exception):
    """The call cannot be judged; the message goes to the agent and nothing runs."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Guard:
    """Judges, claims, runs and records tool calls for one desk.

    Args:
        facts: looks up what policy and detectors may rely on; None gives them no facts.
    """

    def __init__(self, core: Core, leases: LeaseKeeper, store: ResultStore, facts: Facts | None) -> None:
        self._core = core
        self._leases = leases
        self._results = store
        self.telling = Telling(core, store)
        self._facts = facts
        self._siblings = Siblings()
        self._tools: dict[int, Described] = {}

    def policy_of(self, tool: str) -> ToolPolicy:
        return self._core.judge.policy.tool(tool)

    def passes_straight(self, tool: str) -> bool:
        """Whether the tool is a read: such calls are neither judged nor recorded."""
        return self.policy_of(tool).effect is EffectClass.READ

    def prepare(
        self, site: Site, call: ToolCall, tool: BaseTool, *, key: str, pause: str, state: Any, context: Any,
        passed: frozenset[str] = frozenset(),
    ) -> Prepared:  # fmt: skip
        """Validate first, then ask.

        Raises:
            NotPrepared: the arguments do not fit the tool or cannot be written down exactly.
        """
        policy = self.policy_of(tool.name)
        described = self._described(tool)
        faults = argument_faults(described.model, described.version.argument_schema, call["args"])
        if faults:
            raise NotPrepared(f"Not run. The arguments do not fit {tool.name}: {'; '.join(faults)}")
        try:
            action = Action(
                workspace=site.workspace,
                thread=site.thread,
                key=key,
                pause=pause,
                tool=tool.name,
                fingerprint=described.version.fingerprint,
                effect_class=policy.effect,
                arguments=call["args"],
                bound=bound_inputs(policy.binds or (), state, context, site.config),
            )
            digest = action.digest
        except (NotCanonical, PayloadTooLarge) as error:
            raise NotPrepared(f"Not run. {error.message}") from error
        # What runs must be what was digested, whatever facts functions and parallel nodes do to the state.
        own = {"arguments": copy.deepcopy(action.arguments), "bound": copy.deepcopy(action.bound)}
        action = action.model_copy(update=own)
        seen = Call(tool=tool.name, arguments=dict(call["args"]), state=state, context=context)
        return Prepared(site, call, tool, action, digest, seen, passed)

    def _described(self, tool: BaseTool) -> Described:
        """The tool as described before: a tool is not changed in place, and schemas are slow to make."""
        seen = self._tools.get(id(tool))
        if seen is None:
            if len(self._tools) >= _MOST_TOOLS:
                self._tools.clear()
            version = describe(tool, self.policy_of(tool.name))
            around = injected_inputs(tool).whole
            seen = self._tools[id(tool)] = Described(tool, version, tool.tool_call_schema, around)
        return seen

    def proposal(self, prepared: Prepared) -> Proposal:
        """Facts, flags and verdict of a call that was not proposed before; no transaction is open."""
        faults: list[str] = []
        context: dict[str, Any] = {}
        if self._facts is not None:
            try:
                context = dict(self._facts(prepared.seen))
            except Exception as error:  # noqa: BLE001 - facts that cannot be had end in a review
                faults.append(f"The facts could not be looked up: {type(error).__name__}: {error}")
        action = prepared.action.model_copy(update={"context": context})
        judge = self._core.judge
        judgement = judge.judge(action, prepared.site.caller.requester, faults)
        return Proposal(
            action=action,
            digest=prepared.digest,
            judgement=as_shadow(self._core, action, judgement),
            tool=self._described(prepared.tool).version,
            title=judge.title(action.tool, action.arguments),
            passed_messages=prepared.passed,
        )

    def advance(self, prepared: Prepared) -> Step:
        """One look at the ledger: claim the right to run, or learn why not."""
        step = self._claim(prepared)
        if self._was_looked_up(prepared, step):
            step = self._claim(prepared)
        return step

    def _claim(self, prepared: Prepared) -> Step:
        action, site = prepared.action, prepared.site
        held = holds_checkpoint(site)
        with self._core.database.read(site.workspace) as tx:
            seen = perform.look(tx, action, prepared.digest)
        if seen is None:
            return self._propose(prepared, held=held)
        if seen.effect is None:
            return perform.unauthorised(seen)
        in_doubt = seen.is_ready and not held
        if in_doubt:
            by_rule = seen.stored.verdict.effect is RuleEffect.ALLOW
            refusal = self._undurable(prepared, was_reviewed=not by_rule)
            if refusal is not None:
                return refusal
        denial = None if seen.edited is None else self._denial_of(prepared, seen.edited)
        with self._core.database.begin(site.workspace) as tx:
            if denial is not None:
                perform.withhold(tx, seen.stored, denial)
                return perform.claim(tx, self._core, seen.stored)
            if seen.is_ready:
                return perform.start(tx, self._core, seen)
            if held or not perform.is_ready(tx, seen.stored):
                return perform.claim(tx, self._core, seen.stored)
        return self._claim(prepared)  # authorised this very moment, with its durability not asked yet

    def _propose(self, prepared: Prepared, *, held: bool) -> Step:
        proposal = self.proposal(prepared)
        passes = proposal.judgement.verdict.effect is RuleEffect.ALLOW
        if passes and not held:
            refusal = self._undurable(prepared, was_reviewed=False)
            if refusal is not None:
                return refusal
        # What nothing starts from need not wait for the disk: the pause that follows does.
        with self._core.database.begin(prepared.site.workspace, durable=passes) as tx:
            proposed = propose_or_plan(tx, self._core, proposal, prepared.site.caller)
            if passes:
                return perform.claim_proposed(tx, self._core, proposed)
        if proposed.opened is not None:
            return perform.waits_for(proposed.opened)
        return self._claim(prepared)  # denied, or authorised by somebody else meanwhile: started durably

    def _denial_of(self, prepared: Prepared, edited: dict[str, Any]) -> str | None:
        """Why the policy denies an edit by the facts about the edit; where people decide, no graph can
        look facts up, so there it was judged by those of the agent's own arguments."""
        action = prepared.action.revised(edited)
        seen = dataclasses.replace(prepared.seen, arguments=copy.deepcopy(edited))
        verdict = self.proposal(dataclasses.replace(prepared, action=action, seen=seen)).judgement.verdict
        if verdict.effect is not RuleEffect.DENY:
            return None
        return f"The policy denies the edited call: {verdict.summary}"

    def _undurable(self, prepared: Prepared, *, was_reviewed: bool) -> Refused | None:
        patience = self._core.settings.durable_wait
        if is_durable(prepared.site, prepared.action.pause, was_paused=was_reviewed, patience=patience):
            return None
        mode = mode_of(prepared.site)
        return Refused(review=None, effect=None, summary=MEND.format(mode=mode))

    def _was_looked_up(self, prepared: Prepared, step: Step) -> bool:
        """Where the outcome is unknown and the tool has a lookup: ask it before waiting for a person."""
        if not (isinstance(step, Wait) and step.cause is perform.WaitFor.SETTLEMENT):
            return False
        with self._core.database.read(prepared.site.workspace) as tx:
            effect = query.effect(tx, step.subject)
        return effect is not None and look_up(self._core, effect) is not Found.UNSURE

    def run(self, prepared: Prepared, request: ToolCallRequest, execute: Execute) -> Result:
        """Take the call as far as it may go now: run it, replay it, refuse it, or interrupt."""
        while True:
            step = self.advance(prepared)
            if isinstance(step, Wait):
                interrupt(wake_up_note(step))
                continue
            if isinstance(step, Start):
                return self._execute(prepared, step, request, execute)
            return self.telling.told(prepared.call, step)

    async def arun(self, prepared: Prepared, request: ToolCallRequest, execute: AsyncExecute) -> Result:
        """Like `run`; database work happens in a thread, and an effect outlives a cancelled sibling."""
        task_id = prepared.site.info.task_id if prepared.site.info else str(id(asyncio.current_task()))
        with self._siblings.busy(task_id):
            while True:
                step = await asyncio.to_thread(self.advance, prepared)
                if isinstance(step, Wait):
                    await self._siblings.all_idle(task_id)
                    interrupt(wake_up_note(step))
                    continue
                if isinstance(step, Start):
                    return await asyncio.shield(self._aexecute(prepared, step, request, execute))
                return await asyncio.to_thread(self.telling.told, prepared.call, step)

    def _execute(
        self, prepared: Prepared, start: Start, request: ToolCallRequest, execute: Execute
    ) -> Result:
        with self._leases.held(start.effect, start.fence):
            try:
                result, failure = execute(self._live(prepared, start, request)), None
            except Exception as error:  # noqa: BLE001 - recorded and handed to the agent
                result, failure = None, error
            except BaseException as error:
                self._record(prepared, start, None, error)
                raise
            return self._record(prepared, start, result, failure)

    async def _aexecute(
        self, prepared: Prepared, start: Start, request: ToolCallRequest, execute: AsyncExecute
    ) -> Result:
        with self._leases.held(start.effect, start.fence):
            try:
                result, failure = await execute(self._live(prepared, start, request)), None
            except Exception as error:  # noqa: BLE001 - recorded and handed to the agent
                result, failure = None, error
            except BaseException as error:
                await asyncio.to_thread(self._record, prepared, start, None, error)
                raise
            return await asyncio.to_thread(self._record, prepared, start, result, failure)

    def _live(self, prepared: Prepared, start: Start, request: ToolCallRequest) -> ToolCallRequest:
        """The request as it was authorised: approved arguments, the key, and bound inputs only."""
        policy = self.policy_of(prepared.tool.name)
        arguments = copy.deepcopy(start.effect.arguments)
        tool = with_key(prepared.tool, policy.idempotency_argument, start.effect.id)
        runtime = request.runtime
        if self._described(prepared.tool).reads_around:
            binds = policy.binds or ()
            tool = confined(tool, binds)
            runtime = dataclasses.replace(
                runtime,
                state=only_bound_state(runtime.state, binds),
                context=only_bound_context(runtime.context, binds),
                config=only_bound_config(runtime.config, binds),
            )
        return dataclasses.replace(
            request, tool_call={**request.tool_call, "args": arguments}, runtime=runtime, tool=tool
        )

    def _record(self, prepared: Prepared, start: Start, result: Any, failure: BaseException | None) -> Result:
        """Write down how it ended, and give the agent its message."""
        state, error = self._ending(prepared, result, failure)
        goes_on = failure is None or isinstance(failure, Exception)
        if state is EffectState.UNKNOWN and goes_on:
            state, error, result = self._as_found(prepared, start.effect, error)
        worded = self.telling.ended(prepared.call, prepared.action.arguments, start, state, result, error)
        told, kept = self._results.keep(worded, str(prepared.call["id"]))
        # A power cut that undoes this leaves the effect unknown, and the saver's next commit rules it out.
        with self._core.database.begin(prepared.site.workspace, durable=False) as tx:
            perform.record(tx, self._core, start.effect, start.fence, state, kept, error)
        if state is EffectState.UNKNOWN and not goes_on:
            look_up(self._core, start.effect)
        return told

    def _as_found(
        self, prepared: Prepared, effect: Effect, error: str
    ) -> tuple[EffectState, str, ToolMessage | None]:
        """What the target says about a run that failed, before the agent is told and goes on: an attempt
        that were planned anew after that would never be made."""
        match self._core.lookups.ask(effect):
            case Found.DONE:
                call_id = str(prepared.call["id"])
                return EffectState.SUCCEEDED, error, ToolMessage(words.LOST_RESULT, tool_call_id=call_id)
            case Found.ABSENT:
                return EffectState.FAILED, error, None
            case Found.UNSURE:
                return EffectState.UNKNOWN, error, None

    def _ending(
        self, prepared: Prepared, result: Any, failure: BaseException | None
    ) -> tuple[EffectState, str]:
        if isinstance(failure, GraphBubbleUp):
            return EffectState.UNKNOWN, "The tool paused inside its own body, which a gated tool must not do."
        if failure is not None:
            text = f"{type(failure).__name__}: {failure}"
            definite = isinstance(failure, NotDone) or self._is_definite(prepared.tool.name, failure)
            return (EffectState.FAILED if definite else EffectState.UNKNOWN), text
        call_id = str(prepared.call["id"])
        if results.is_error(result, call_id):
            return EffectState.UNKNOWN, results.text_of(result, call_id) or "The tool reported an error."
        return EffectState.SUCCEEDED, ""

    def _is_definite(self, tool: str, failure: BaseException) -> bool:
        listed = self.policy_of(tool).definite_errors
        names = {f"{c.__module__}.{c.__qualname__}" for c in type(failure).__mro__}
        names |= {c.__qualname__ for c in type(failure).__mro__ if c.__module__ == "builtins"}
        return any(name in names for name in listed)


def wake_up_note(step: Wait) -> dict[str, Any]:
    """What an interrupt carries: ids only, since checkpoints keep it in clear text."""
    return {"signoff": {"waits_for": step.cause.value, "id": step.subject}}
