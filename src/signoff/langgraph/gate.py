"""The gate: the interrupt node that people see in the picture, before the tools.

It opens the reviews of all calls of a turn at once, pauses until they are decided, and then sends
each call to the tools node on its own. It decides nothing: the guard in the tools node does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from langchain_core.messages import AIMessage, ToolCall, ToolMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool
from langgraph.graph import END
from langgraph.runtime import Runtime
from langgraph.types import Command, Send, interrupt

from signoff.domain.errors import MissingKey
from signoff.domain.policy import OnChanges, RuleEffect
from signoff.domain.review import Outcome, Review
from signoff.langgraph.calls import Site, messages_of, site_of, turn_of
from signoff.langgraph.guard import Guard, NotPrepared, Prepared
from signoff.langgraph.tools import ToolLike, as_tools
from signoff.services import perform
from signoff.services.core import Core
from signoff.services.perform import Refused
from signoff.services.propose import propose_or_plan
from signoff.store.database import Tx

GATE_MARK = "__signoff_gate__"


@dataclass(frozen=True)
class Gated:
    """A call of the turn that was proposed, with its review if it has one."""

    prepared: Prepared
    review: Review | None


class Gate:
    """Opens the reviews of a turn and waits for them."""

    def __init__(
        self,
        core: Core,
        guard: Guard,
        tools: Sequence[ToolLike],
        tools_node: str,
        messages_key: str,
        stop_node: str = END,
    ):
        self._core = core
        self._guard = guard
        self._tools: dict[str, BaseTool] = {tool.name: tool for tool in as_tools(tools)}
        self._tools_node = tools_node
        self._messages_key = messages_key
        self._stop_node = stop_node

    def pass_turn(self, state: Any, config: RunnableConfig, runtime: Runtime[Any]) -> Command[Any]:
        """Let a turn through once every review of it is closed."""
        message = _last_ai_message(messages_of(state, self._messages_key))
        if message is None or not message.tool_calls:
            return Command(goto=END)
        site = site_of(config, runtime.execution_info)
        prepared = [p for call in message.tool_calls if (p := self._prepared(site, call, state, runtime))]
        gated = self._propose(site, prepared)
        while waiting := [g.review for g in gated if g.review is not None and g.review.is_live]:
            interrupt(
                {
                    "signoff": {
                        "waits_for": "reviews",
                        "reviews": [{"id": r.id, "digest": r.digest} for r in waiting],
                    }
                }
            )
            with self._core.database.read(site.workspace) as tx:
                gated = [_seen(tx, g.prepared) or g for g in gated]
        stopping = self._stopping(gated)
        if stopping:
            update = {self._messages_key: self._stopped(message, stopping)}
            return Command(goto=self._stop_node, update=update)
        return Command(goto=[Send(self._tools_node, [call]) for call in message.tool_calls])

    def _prepared(self, site: Site, call: ToolCall, state: Any, runtime: Runtime[Any]) -> Prepared | None:
        """The call ready to be judged; None for reads and for calls that the guard will turn away."""
        tool = self._tools.get(call["name"])
        if tool is None or self._guard.passes_straight(tool.name):
            return None
        try:
            turn = turn_of(messages_of(state, self._messages_key), call)
            return self._guard.prepare(
                site,
                call,
                tool,
                key=turn.key(call),
                pause=turn.message_id,
                state=state,
                context=runtime.context,
                passed=turn.passed,
            )
        except (NotPrepared, MissingKey):
            return None

    def _propose(self, site: Site, prepared: Sequence[Prepared]) -> list[Gated]:
        """Write every new call of the turn, with its review, in one transaction."""
        with self._core.database.read(site.workspace) as tx:
            gated = {p.action.key: seen for p in prepared if (seen := _seen(tx, p))}
        new = [(p, self._guard.proposal(p)) for p in prepared if p.action.key not in gated]
        reviewed = [(p, made) for p, made in new if made.judgement.verdict.effect is not RuleEffect.ALLOW]
        if reviewed:
            # The pause is saved after this and is durable; a review that went missing is opened again.
            with self._core.database.begin(site.workspace, durable=False) as tx:
                for p, made in reviewed:
                    opened = propose_or_plan(tx, self._core, made, site.caller).opened
                    gated[p.action.key] = Gated(p, opened) if opened else _seen(tx, p) or Gated(p, None)
        return [gated[p.action.key] for p in prepared if p.action.key in gated]

    def _stopping(self, gated: Sequence[Gated]) -> dict[str, Review]:
        """Calls, by id, whose requested changes end the run."""
        return {
            str(g.prepared.call["id"]): g.review
            for g in gated
            if g.review is not None
            and g.review.outcome is Outcome.CHANGES_REQUESTED
            and self._guard.policy_of(g.prepared.call["name"]).on_changes is OnChanges.STOP
        }

    def _stopped(self, message: AIMessage, stopping: dict[str, Review]) -> list[ToolMessage]:
        """Every call of the turn answered: the run ends with nothing dangling."""
        answered: list[ToolMessage] = []
        for call in message.tool_calls:
            review = stopping.get(str(call["id"]))
            if review is not None:
                answered.append(
                    self._guard.telling.refusal(
                        call, Refused(review=review, effect=None, summary=review.reason)
                    )
                )
            else:
                answered.append(
                    self._guard.telling.not_prepared(
                        call, "Not run. The run ended, since changes were requested."
                    )
                )
        return answered


def _seen(tx: Tx, prepared: Prepared) -> Gated | None:
    """The call as it stands now; None if it was not proposed before."""
    seen = perform.look(tx, prepared.action, prepared.digest)
    return None if seen is None else Gated(prepared, seen.review)


def gate_node(gate: Gate, tools_node: str, stop_node: str = END) -> Callable[..., Command[Any]]:
    """The gate as a graph node; its annotation tells LangGraph which edges to draw."""

    def review(state: Any, config: RunnableConfig, runtime: Runtime[Any]) -> Command[Any]:
        """Wait for the people who decide on this turn's calls."""
        return gate.pass_turn(state, config, runtime)

    review.__annotations__ = {
        "state": Any,
        "config": RunnableConfig,
        "runtime": Runtime,
        "return": Command[Literal[tools_node, stop_node, END]],  # type: ignore[valid-type]  # known at run time only
    }
    setattr(review, GATE_MARK, gate)
    return review


def _last_ai_message(messages: Sequence[Any]) -> AIMessage | None:
    return next((m for m in reversed(messages) if isinstance(m, AIMessage)), None)
