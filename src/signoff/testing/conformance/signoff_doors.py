"""Signoff behind each of its doors."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

from langchain.agents import create_agent
from langchain_core.messages import ToolCall
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver

from signoff.app import Desk
from signoff.domain.effect import Effect, EffectState, Settlement
from signoff.domain.errors import NotFound, SignoffError, Unanswered
from signoff.domain.question import Question
from signoff.domain.review import ReviewFile, ReviewKind, ReviewState
from signoff.langgraph.calls import WORKSPACE_KEY
from signoff.langgraph.calls import Call as SeenCall
from signoff.langgraph.runner import LangGraphRunner
from signoff.services import query
from signoff.services.reconcile import reconcile
from signoff.testing.conformance import wiring
from signoff.testing.conformance.adapter import (
    Answer,
    AnswerKind,
    Blueprint,
    Drive,
    Graph,
    Mode,
    NotAccepted,
    Request,
    Trait,
)
from signoff.testing.conformance.ground import Ground
from signoff.testing.conformance.script import Agent, Call, ScriptedModel, by_name
from signoff.testing.conformance.user_code import asking_node, declined, no_tool, user_node

_VOTES = {AnswerKind.APPROVE: "approve", AnswerKind.REJECT: "reject", AnswerKind.EDIT: "revise"}


class SignoffDoor:
    """The part that all doors share: the desk, its reviews and its ledger."""

    family = "signoff"
    door = ""
    traits: frozenset[Trait] = frozenset()
    passes_as = wiring.MODEL

    def __init__(self, ground: Ground, cell: str, mode: Mode) -> None:
        self.ground = ground
        self.workspace = cell
        self.mode = mode
        self._desk = ground.desk(cell)
        self._people = 0
        self._agent: Agent | None = None

    # Building

    def assemble(self, blueprint: Blueprint) -> Graph:
        names = tuple(sorted({tool.name for tool in blueprint.tools} - blueprint.unlisted))
        gated = tuple(sorted(blueprint.gated))
        self._agent = blueprint.agent
        self._desk = self.ground.desk(self.workspace, _policy(names, gated))

        def inner(saver: BaseCheckpointSaver[str] | None, stops: Sequence[str]) -> Graph:
            return self.inside(blueprint, saver, stops)

        graph = wiring.compiled(blueprint, inner, self.ground.saver, self.mode)
        return graph if blueprint.unlisted else self._desk.check(graph, name=self.workspace)

    def inside(
        self, blueprint: Blueprint, saver: BaseCheckpointSaver[str] | None, stops: Sequence[str]
    ) -> Graph:
        """The graph with the guard, without anything around it."""
        raise NotImplementedError

    def facts(self, blueprint: Blueprint) -> Callable[[SeenCall], dict[str, Any]]:
        def look(call: SeenCall) -> dict[str, Any]:
            asked = Call("", call.tool, call.arguments["to"], call.arguments["amount"])
            needs = blueprint.needs_person
            time.sleep(blueprint.delay(asked))
            return {"needs_person": True if needs is None else needs(asked)}

        return look

    def config(self, thread: str) -> RunnableConfig:
        return {"configurable": {"thread_id": thread, WORKSPACE_KEY: self.workspace}}

    # People

    @property
    def desk(self) -> Desk:
        return self._desk

    def person(self) -> str:
        """Somebody new who may decide: each answer of the suite comes from another person."""
        self._people += 1
        who = f"person{self._people}.{id(self)}@example.com"
        return self._desk.add_person(who, f"Person {self._people}").id

    def unknown_request(self, thread: str) -> Request:
        return Request(
            id="rev_unknown", tool="pay", arguments={}, call_id=None, thread=thread, handle="0" * 64
        )

    def pending(self, graph: Graph, thread: str) -> Sequence[Request]:
        return [request for request in self.pending_anywhere() if request.thread == thread]

    def pending_anywhere(self) -> Sequence[Request]:
        waiting = [
            self._desk.review(review.id)
            for review in self._desk.reviews()
            if review.kind is not ReviewKind.SETTLEMENT and review.state is ReviewState.OPEN
        ]
        return [_request(file) for file in sorted(waiting, key=lambda file: file.review.id)]

    def decide(self, request: Request, answer: Answer) -> None:
        arguments = answer.arguments
        if answer.tool is not None:
            arguments = {"name": answer.tool, "args": answer.arguments}
        self._vote(request, _VOTES[answer.kind], arguments=arguments, reason="As the script says.")

    def _vote(self, request: Request, kind: str, **ballot: Any) -> None:
        values = {"digest": request.handle, **ballot}
        try:
            self._desk.vote(request.id, kind, by=self.person(), **values)
        except (SignoffError, ValueError) as error:
            raise NotAccepted(str(error)) from error

    def wrong_answers(self, request: Request) -> Sequence[Callable[[], None]]:
        return [
            lambda: self._vote(request, "banana"),
            lambda: self._vote(request, "reject", reason=""),
            lambda: self._vote(request, "approve", digest="0" * 64),
            lambda: self._vote(request, "revise", arguments={"to": 5}),
            lambda: self._vote(request, "revise", arguments={"to": "x", "amount": "many"}),
            lambda: self._vote(request, "revise", arguments={"to": "x", "amount": 1, "extra": True}),
        ]

    def cancel(self, request: Request) -> None:
        try:
            self._desk.withdraw(request.id, by=self.person(), reason="Not wanted any more.")
        except SignoffError as error:
            raise NotAccepted(str(error)) from error

    # Going on

    def wake(self, graph: Graph, thread: str, drive: Drive) -> Any:
        return drive(graph, None, self.config(thread))

    def recover(self, graph: Graph, thread: str, drive: Drive) -> Any:
        self._desk.resume_due(graph)
        for effect in self._effects():
            if effect.state is EffectState.UNKNOWN and effect.settlement is None:
                self._desk.settle(effect.id, self._what_happened(effect), by=self.person())
        self._desk.resume_due(graph)
        return self.wake(graph, thread, drive)

    def tidy(self, graph: Graph, thread: str) -> None:
        reconcile(self._desk.core, LangGraphRunner({self.workspace: graph}))

    def _what_happened(self, effect: Effect) -> Settlement:
        counted = 0 if self._agent is None else self._agent.effects()[_effect_name(effect)]
        return Settlement.HAPPENED if counted else Settlement.DID_NOT_HAPPEN

    # Records

    def _effects(self) -> list[Effect]:
        with self._desk.read() as tx:
            return query.list_effects(tx, limit=100).items

    def faults(self) -> Sequence[str]:
        try:
            self._desk.verify_audit()
        except SignoffError as error:
            return [f"the audit chain is broken: {error}"]
        return self.ledger_faults()

    def ledger_faults(self) -> Sequence[str]:
        """Where the ledger does not stand behind an effect that happened."""
        if self._agent is None:
            return []
        by_name = {_effect_name(effect): effect for effect in self._effects()}
        found: list[str] = []
        for name, times in self._agent.effects().items():
            effect = by_name.get(name)
            if effect is None:
                found.append(f"{name!r} happened and the ledger knows nothing of it")
            elif effect.state is EffectState.STARTED:
                found.append(f"{name!r} is over, and the ledger has it as going on")
            elif effect.attempt != times:
                found.append(f"{name!r} happened {times} times in {effect.attempt} recorded attempts")
            elif effect.review_id is not None:
                outcome = self._desk.review(effect.review_id).review.outcome
                if outcome is None or not outcome.runs_the_tool:
                    found.append(f"{name!r} happened and its review says {outcome}")
        return found


class ToolNodeDoor(SignoffDoor):
    """`desk.tool_node` alone: the guard pauses by itself."""

    door = "tool_node"
    traits = frozenset({Trait.EFFECTS, Trait.TOOLS, Trait.TOGETHER, Trait.APART, Trait.OWN_ROWS})

    def inside(
        self, blueprint: Blueprint, saver: BaseCheckpointSaver[str] | None, stops: Sequence[str]
    ) -> Graph:
        node = self.desk.tool_node(blueprint.tools, facts=self.facts(blueprint), name=blueprint.tools_node)
        return wiring.loop(blueprint, node).compile(checkpointer=saver, interrupt_before=list(stops))


class GateDoor(SignoffDoor):
    """`desk.gate` before `desk.tool_node`."""

    door = "gate"
    passes_as = wiring.REVIEW
    traits = frozenset({Trait.EFFECTS, Trait.TOOLS, Trait.APART, Trait.OWN_ROWS})

    def inside(
        self, blueprint: Blueprint, saver: BaseCheckpointSaver[str] | None, stops: Sequence[str]
    ) -> Graph:
        name, facts = blueprint.tools_node, self.facts(blueprint)
        gate = self.desk.gate(blueprint.tools, facts=facts, tools_node=name)
        node = self.desk.tool_node(blueprint.tools, facts=facts, name=name)
        builder = wiring.loop(blueprint, node, review=gate)
        return builder.compile(checkpointer=saver, interrupt_before=list(stops))


class MiddlewareDoor(SignoffDoor):
    """`desk.middleware()` in LangChain's `create_agent`."""

    door = "middleware"
    traits = frozenset({Trait.EFFECTS, Trait.TOOLS, Trait.APART, Trait.OWN_ROWS, Trait.HISTORY})

    def inside(
        self, blueprint: Blueprint, saver: BaseCheckpointSaver[str] | None, stops: Sequence[str]
    ) -> Graph:
        guard = self.desk.middleware(facts=self.facts(blueprint))
        return create_agent(
            ScriptedModel(agent=blueprint.agent),
            list(blueprint.tools),
            middleware=[*wiring.other_middleware(blueprint), guard],
            checkpointer=saver,
            interrupt_before=list(stops),
        )


class ProtectDoor(SignoffDoor):
    """`desk.protect(tool)`, called by a node of the user's."""

    door = "protect"
    traits = frozenset({Trait.EFFECTS, Trait.TOOLS, Trait.APART, Trait.OWN_ROWS, Trait.USER_CODE})

    def inside(
        self, blueprint: Blueprint, saver: BaseCheckpointSaver[str] | None, stops: Sequence[str]
    ) -> Graph:
        facts = self.facts(blueprint)
        protected = {tool.name: self.desk.protect(tool, facts=facts) for tool in blueprint.tools}

        def one(call: ToolCall) -> Any:
            tool = protected.get(call["name"])
            return no_tool(call) if tool is None else tool.invoke(call["args"], key=str(call["id"]))

        async def aone(call: ToolCall) -> Any:
            tool = protected.get(call["name"])
            return no_tool(call) if tool is None else await tool.ainvoke(call["args"], key=str(call["id"]))

        node = user_node(blueprint, self.mode, one, aone)
        builder = wiring.loop(blueprint, node, payload=wiring.one_message)
        return builder.compile(checkpointer=saver, interrupt_before=list(stops))


class AskDoor(SignoffDoor):
    """`desk.ask`: a node asks, and does by itself what the answer allows."""

    door = "ask"
    traits = frozenset({Trait.APART, Trait.OWN_ROWS, Trait.USER_CODE})

    def inside(
        self, blueprint: Blueprint, saver: BaseCheckpointSaver[str] | None, stops: Sequence[str]
    ) -> Graph:
        tools = by_name(blueprint.tools)

        def may(call: ToolCall) -> bool:
            if call["name"] not in blueprint.gated:
                return True
            values = " ".join(str(value) for value in call["args"].values())
            question = Question(
                f"{call['name']} {values} {blueprint.wording}?", choices=("approve", "reject")
            )
            try:
                return bool(self.desk.ask(question, key=str(call["id"])) == "approve")
            except Unanswered:
                return False

        def one(call: ToolCall, allowed: bool) -> Any:
            return tools[call["name"]].invoke(call) if allowed else declined(call)

        async def aone(call: ToolCall, allowed: bool) -> Any:
            return await tools[call["name"]].ainvoke(call) if allowed else declined(call)

        node = asking_node(blueprint, self.mode, may, one, aone)
        builder = wiring.loop(blueprint, node, payload=wiring.one_message)
        return builder.compile(checkpointer=saver, interrupt_before=list(stops))

    def decide(self, request: Request, answer: Answer) -> None:
        self._vote(request, "answer", answer=answer.kind.value)

    def wake(self, graph: Graph, thread: str, drive: Drive) -> Any:
        """Through the desk, which lets one process at a time drive a thread."""
        try:
            return self._resume(graph, thread)
        except NotFound:
            return super().wake(graph, thread, drive)

    def _resume(self, graph: Graph, thread: str) -> Any:
        if self.mode is Mode.ASYNC:
            return self.desk.resume(graph, thread)

        async def from_a_loop() -> Any:
            return self.desk.resume(graph, thread)

        return asyncio.run(from_a_loop())

    def wrong_answers(self, request: Request) -> Sequence[Callable[[], None]]:
        return [
            lambda: self._vote(request, "banana"),
            lambda: self._vote(request, "answer", answer="maybe"),
            lambda: self._vote(request, "answer", answer=None),
            lambda: self._vote(request, "answer", answer="approve", digest="0" * 64),
            lambda: self._vote(request, "revise", arguments={"text": "Something else?"}),
        ]

    def ledger_faults(self) -> Sequence[str]:
        return []


def _request(file: ReviewFile) -> Request:
    review = file.review
    return Request(
        id=review.id,
        tool=review.tool,
        arguments=file.current.arguments,
        call_id=file.action.key.rsplit("/", 1)[-1].rsplit(":", 1)[-1],
        thread=review.thread,
        opened_at=review.opened_at,
        expires_at=review.expires_at,
        handle=review.digest,
    )


def _effect_name(effect: Effect) -> str:
    return f"{effect.tool} {effect.arguments.get('to')} {effect.arguments.get('amount')}"


def _policy(tools: Sequence[str], gated: Sequence[str]) -> str:
    """The policy: `gated` tools need a person unless the facts say otherwise, the others pass."""
    passed = [name for name in tools if name not in gated]
    known = "".join(
        f"  {name}: {{effect: irreversible, binds: [], arguments: {{to: string, amount: int}}}}\n"
        for name in dict.fromkeys([*tools, *gated])
    )
    rules = ["{id: rest, when: always, effect: review, summary: A person decides.}"]
    if gated:
        names = ", ".join(gated)
        rules.insert(
            0,
            f"{{id: negative, tools: [{names}], when: args.amount < 0, effect: deny, "
            "summary: Nothing negative is ever paid.}",
        )
        rules.insert(
            1,
            f"{{id: unneeded, tools: [{names}], when: '!facts.needs_person', effect: allow, "
            "summary: No person is needed.}",
        )
    if passed:
        rules.insert(
            0, f"{{id: passes, tools: [{', '.join(passed)}], when: always, effect: allow, summary: Passes.}}"
        )
    listed = "".join(f"  - {rule}\n" for rule in rules)
    return (
        "name: conformance\nversion: 1\ndefaults: {settling: 0}\nfacts: {needs_person: bool}\n"
        f"tools:\n{known}\nrules:\n{listed}"
    )
