"""LangGraph's bare `interrupt()`, as its documentation shows it, for comparison."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.messages import AIMessage, ToolCall, ToolMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool, StructuredTool
from langgraph.prebuilt import ToolNode
from langgraph.types import Command, Send, interrupt

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
from signoff.testing.conformance.script import Call, PaymentArguments


class ResumeValueDoor:
    """The part shared by guards whose answers travel in the resume value."""

    family = ""
    door = ""
    traits: frozenset[Trait] = frozenset()
    passes_as = wiring.MODEL

    def __init__(self, ground: Ground, cell: str, mode: Mode) -> None:
        self.ground = ground
        self.cell = cell
        self.mode = mode
        self._answers: dict[str, Any] = {}
        self._seen: set[str] = set()

    def assemble(self, blueprint: Blueprint) -> Graph:
        return wiring.compiled(
            blueprint, lambda saver, stops: self.inside(blueprint, saver, stops), self.ground.saver, self.mode
        )

    def inside(self, blueprint: Blueprint, saver: Any, stops: Sequence[str]) -> Graph:
        """The graph with the guard, without anything around it."""
        raise NotImplementedError

    def config(self, thread: str) -> RunnableConfig:
        return {"configurable": {"thread_id": thread}}

    def pending_anywhere(self) -> Sequence[Request]:
        return []

    def pending(self, graph: Graph, thread: str) -> Sequence[Request]:
        raise NotImplementedError

    def unknown_request(self, thread: str) -> Request:
        return Request(id="0" * 32, tool="pay", arguments={}, call_id=None, thread=thread)

    def cancel(self, request: Request) -> None:
        raise NotAccepted("there is no cancel call")

    def wake(self, graph: Graph, thread: str, drive: Drive) -> Any:
        answers, self._answers = self._answers, {}
        return drive(graph, self._resumed_with(graph, thread, answers), self.config(thread))

    def _resumed_with(self, graph: Graph, thread: str, answers: dict[str, Any]) -> Any:
        """As the documentation shows it: the value alone where one request is open, else by id."""
        if not answers:
            return None
        tasks = graph.get_state(self.config(thread)).tasks
        waiting = sum(len(task.interrupts) for task in tasks)
        is_ours = all(answer_id in self._seen for answer_id in answers)
        if waiting == len(answers) == 1 and is_ours:
            return Command(resume=next(iter(answers.values())))
        return Command(resume=answers)

    def recover(self, graph: Graph, thread: str, drive: Drive) -> Any:
        return drive(graph, None, self.config(thread))

    def tidy(self, graph: Graph, thread: str) -> None:
        return None

    def faults(self) -> Sequence[str]:
        return []


class BareDoor(ResumeValueDoor):
    """`interrupt({...})`, answered by `Command(resume={id: answer})`."""

    family = "bare"

    def pending(self, graph: Graph, thread: str) -> Sequence[Request]:
        found = [i for task in graph.get_state(self.config(thread)).tasks for i in task.interrupts]
        self._seen |= {i.id for i in found}
        return [
            Request(
                id=i.id,
                tool=i.value["tool"],
                arguments=i.value["arguments"],
                call_id=i.value["call"],
                thread=thread,
            )
            for i in found
            if isinstance(i.value, dict) and "call" in i.value and i.id not in self._answers
        ]

    def decide(self, request: Request, answer: Answer) -> None:
        self._answers[request.id] = {
            "kind": answer.kind.value,
            "arguments": answer.arguments,
            "tool": answer.tool,
        }

    def wrong_answers(self, request: Request) -> Sequence[Callable[[], None]]:
        def give(value: Any) -> Callable[[], None]:
            def act() -> None:
                self._answers[request.id] = value

            return act

        return [give(42), give({"kind": "banana"}), give({"arguments": 1}), give(["approve"])]


class InterruptInToolDoor(BareDoor):
    """The tool's own body interrupts before its effect; a plain ToolNode runs it."""

    door = "interrupt in tool"
    traits = frozenset({Trait.EFFECTS, Trait.TOOLS, Trait.TOGETHER, Trait.APART, Trait.USER_CODE})

    def inside(self, blueprint: Blueprint, saver: Any, stops: Sequence[str]) -> Graph:
        asking = [self._asking(blueprint, tool) for tool in blueprint.tools]
        node = ToolNode(asking, name=blueprint.tools_node)
        return wiring.loop(blueprint, node).compile(checkpointer=saver, interrupt_before=list(stops))

    def _asking(self, blueprint: Blueprint, tool: BaseTool) -> BaseTool:
        if tool.name not in blueprint.gated:
            return tool
        known = [call for turn in blueprint.agent.turns for call in turn if call.tool == tool.name]

        def allowed(to: str, amount: Any) -> dict[str, Any] | None:
            asked = next((call for call in known if call.to == to), Call("?", tool.name, to))
            call = asked.but(amount=amount)
            if blueprint.needs_person is not None and not blueprint.needs_person(call):
                return call.arguments
            try:
                return _answered(call.as_tool_call())
            except Exception:
                if blueprint.swallows:
                    return call.arguments
                raise

        def run(to: str, amount: int) -> Any:
            time.sleep(blueprint.delay(Call("?", tool.name, to, amount)))
            arguments = allowed(to, amount)
            return "Rejected." if arguments is None else tool.invoke(arguments)

        async def arun(to: str, amount: int) -> Any:
            await asyncio.sleep(blueprint.delay(Call("?", tool.name, to, amount)))
            arguments = allowed(to, amount)
            return "Rejected." if arguments is None else await tool.ainvoke(arguments)

        return StructuredTool.from_function(
            run, arun, name=tool.name, description=tool.description, args_schema=PaymentArguments
        )


class InterruptInGateDoor(BareDoor):
    """A node before the tools interrupts once for each call, and sends on what was approved."""

    door = "interrupt in gate"
    passes_as = wiring.REVIEW
    traits = frozenset({Trait.EFFECTS, Trait.TOOLS, Trait.APART, Trait.USER_CODE})

    def inside(self, blueprint: Blueprint, saver: Any, stops: Sequence[str]) -> Graph:
        def review(state: dict[str, Any]) -> Command[Any]:
            message = next(m for m in reversed(state["messages"]) if isinstance(m, AIMessage))
            calls = list(message.tool_calls)
            if blueprint.inserted is not None:
                calls.insert(0, blueprint.inserted.as_tool_call())
            said: list[ToolMessage] = []
            sent: list[Send] = []
            for call in calls[::-1] if blueprint.flips() else calls:
                arguments = self._asked(blueprint, call)
                if arguments is None:
                    said.append(ToolMessage("Rejected.", tool_call_id=call["id"], status="error"))
                else:
                    sent.append(Send(blueprint.tools_node, [{**call, "args": arguments}]))
            return Command(goto=sent or wiring.MODEL, update={"messages": said})

        node = ToolNode(list(blueprint.tools), name=blueprint.tools_node)
        builder = wiring.loop(blueprint, node, review=review)
        return builder.compile(checkpointer=saver, interrupt_before=list(stops))

    def _asked(self, blueprint: Blueprint, call: ToolCall) -> dict[str, Any] | None:
        if call["name"] not in blueprint.gated:
            return call["args"]
        values = call["args"]
        asked = Call(str(call["id"]), call["name"], values.get("to", ""), values.get("amount"))
        if blueprint.needs_person is not None and not blueprint.needs_person(asked):
            return values
        try:
            return _answered(call)
        except Exception:
            if blueprint.swallows:
                return values
            raise


def _answered(call: ToolCall) -> dict[str, Any] | None:
    """Ask for the call: the arguments to run with, or None when it is rejected."""
    said = interrupt({"tool": call["name"], "arguments": call["args"], "call": call["id"]})
    kind = said.get("kind") if isinstance(said, dict) else said
    if kind == AnswerKind.APPROVE.value:
        return call["args"]
    if kind == AnswerKind.EDIT.value:
        return dict(said["arguments"])
    return None
