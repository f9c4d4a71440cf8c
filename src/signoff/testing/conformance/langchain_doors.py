"""LangChain's own HumanInTheLoopMiddleware, for comparison."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal

from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware

from signoff.testing.conformance import wiring
from signoff.testing.conformance.adapter import Answer, AnswerKind, Blueprint, Drive, Graph, Request, Trait
from signoff.testing.conformance.bare_doors import ResumeValueDoor
from signoff.testing.conformance.script import Agent, Call, ScriptedModel


class HumanInTheLoopDoor(ResumeValueDoor):
    """The middleware in `create_agent`, in one of its two modes."""

    family = "langchain"
    traits = frozenset({Trait.EFFECTS, Trait.TOOLS, Trait.APART, Trait.HISTORY})
    interrupt_mode: Literal["batched", "per_call"] = "batched"

    _agent: Agent | None = None

    def inside(self, blueprint: Blueprint, saver: Any, stops: Sequence[str]) -> Graph:
        self._agent = blueprint.agent

        def when(request: Any) -> bool:
            if blueprint.needs_person is None:
                return True
            call = request.tool_call
            asked = Call(
                str(call["id"]), call["name"], call["args"].get("to", ""), call["args"].get("amount")
            )
            return blueprint.needs_person(asked)

        gate: Any = HumanInTheLoopMiddleware(
            interrupt_on={
                name: {"allowed_decisions": ["approve", "edit", "reject"], "when": when}
                for name in sorted(blueprint.gated)
            },
            interrupt_mode=self.interrupt_mode,
        )
        return create_agent(
            ScriptedModel(agent=blueprint.agent),
            list(blueprint.tools),
            middleware=[gate, *wiring.other_middleware(blueprint)],
            checkpointer=saver,
            interrupt_before=list(stops),
        )


class PerCallDoor(HumanInTheLoopDoor):
    """One interrupt for each call."""

    door = "per_call"
    interrupt_mode = "per_call"

    def pending(self, graph: Graph, thread: str) -> Sequence[Request]:
        found = [i for task in graph.get_state(self.config(thread)).tasks for i in task.interrupts]
        self._seen |= {i.id for i in found}
        return [
            Request(
                id=i.id,
                tool=i.value["name"],
                arguments=i.value["args"],
                call_id=i.value["tool_call_id"],
                thread=thread,
            )
            for i in found
            if isinstance(i.value, dict) and "tool_call_id" in i.value and i.id not in self._answers
        ]

    def decide(self, request: Request, answer: Answer) -> None:
        self._answers[request.id] = _decision(request, answer)

    def wrong_answers(self, request: Request) -> Sequence[Callable[[], None]]:
        return _wrong(self._answers, request.id, lambda value: value)


class BatchedDoor(HumanInTheLoopDoor):
    """One interrupt for all calls of a turn; the answers are matched by position."""

    door = "batched"
    interrupt_mode = "batched"
    passes_as = "HumanInTheLoopMiddleware.after_model"

    def unknown_request(self, thread: str) -> Request:
        request = super().unknown_request(thread)
        return replace(request, id=f"{request.id}#0", handle=(request.id, 1))

    def pending(self, graph: Graph, thread: str) -> Sequence[Request]:
        snapshot = graph.get_state(self.config(thread))
        ids = self._call_ids(snapshot)
        self._seen |= {i.id for task in snapshot.tasks for i in task.interrupts}
        return [
            Request(
                id=f"{i.id}#{position}",
                tool=action["name"],
                arguments=action["args"],
                call_id=ids.get((action["name"], str(action["args"]))),
                thread=thread,
                handle=(i.id, len(i.value["action_requests"])),
            )
            for task in snapshot.tasks
            for i in task.interrupts
            if isinstance(i.value, dict) and "action_requests" in i.value
            for position, action in enumerate(i.value["action_requests"])
            if f"{i.id}#{position}" not in self._answers
        ]

    def decide(self, request: Request, answer: Answer) -> None:
        self._answers[request.id] = (request.handle, _decision(request, answer))

    def wake(self, graph: Graph, thread: str, drive: Drive) -> Any:
        """Send what is complete: an interrupt's answers go together, or not at all."""
        held: dict[str, dict[int, Any]] = {}
        size: dict[str, int] = {}
        for key, ((interrupt_id, count), decision) in self._answers.items():
            held.setdefault(interrupt_id, {})[int(key.rsplit("#", 1)[1])] = decision
            size[interrupt_id] = count
        ready = {
            interrupt_id: {"decisions": [answers[n] for n in sorted(answers)]}
            for interrupt_id, answers in held.items()
            if len(answers) == size[interrupt_id]
        }
        self._answers = {key: value for key, value in self._answers.items() if value[0][0] not in ready}
        return drive(graph, self._resumed_with(graph, thread, ready), self.config(thread))

    def wrong_answers(self, request: Request) -> Sequence[Callable[[], None]]:
        interrupt_id, _ = request.handle

        def whole(value: Any) -> Any:
            return ((interrupt_id, 1), value)

        return _wrong(self._answers, request.id, whole)

    def _call_ids(self, snapshot: Any) -> dict[tuple[str, str], str]:
        """Ids by tool and arguments; the request itself names none, and an outer graph has no messages."""
        asked = () if self._agent is None else self._agent.turns
        ids = {(call.tool, str(call.arguments)): call.id for turn in asked for call in turn}
        for message in snapshot.values.get("messages", []):
            for call in getattr(message, "tool_calls", ()):
                ids[call["name"], str(call["args"])] = str(call["id"])
        return ids


def _decision(request: Request, answer: Answer) -> dict[str, Any]:
    match answer.kind:
        case AnswerKind.APPROVE:
            return {"type": "approve"}
        case AnswerKind.REJECT:
            return {"type": "reject", "message": "As the script says."}
        case AnswerKind.EDIT:
            action = {"name": answer.tool or request.tool, "args": answer.arguments}
            return {"type": "edit", "edited_action": action}


def _wrong(answers: dict[str, Any], key: str, shape: Callable[[Any], Any]) -> Sequence[Callable[[], None]]:
    def give(value: Any) -> Callable[[], None]:
        def act() -> None:
            answers[key] = shape(value)

        return act

    return [give({"type": "banana"}), give({"kind": "approve"}), give({"type": "edit"})]
