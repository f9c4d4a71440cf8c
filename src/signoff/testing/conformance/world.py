"""One cell of the suite at work: a guard, an agent, a thread, and what really happens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool
from langgraph.types import Command, Interrupt, StateSnapshot

from signoff.testing.clock import FixedClock
from signoff.testing.conformance.adapter import (
    APPROVE,
    REJECT,
    Answer,
    Blueprint,
    Door,
    Graph,
    GuardAdapter,
    Mode,
    Request,
    Trait,
)
from signoff.testing.conformance.ground import Ground
from signoff.testing.conformance.script import Agent, Call, Turn
from signoff.testing.conformance.wiring import MODEL

GO: dict[str, Any] = {"messages": [("user", "go")]}
ROUNDS = 12


class Broken(Exception):
    """What must hold did not; the message says what happened instead."""


def must(holds: object, otherwise: str) -> None:
    """Go on if it holds.

    Raises:
        Broken: it does not.
    """
    if not holds:
        raise Broken(otherwise)


class World:
    """What a scenario plays in.

    Args:
        name: of the cell; its thread and its files are called so.
    """

    def __init__(self, ground: Ground, door: Door, mode: Mode, name: str) -> None:
        self.ground = ground
        self.door = door
        self.adapter: GuardAdapter = door(ground, name, mode)
        self.mode = mode
        self.name = name
        self.thread = f"{name}-thread"
        directory = ground.directory / name
        directory.mkdir(exist_ok=True)
        self.agent = Agent.counting_in(directory)
        self.durability: str = "sync"
        self._graph: Graph | None = None

    # Building and running

    def build(
        self,
        *turns: Turn,
        gated: Sequence[str] = ("pay", "refund"),
        passed: Sequence[str] = (),
        tools: Sequence[BaseTool] | None = None,
        **wishes: Any,
    ) -> Graph:
        """The guard around a graph whose agent asks for `turns`; `wishes` as in `Blueprint`."""
        self.agent.turns = turns
        offered = tuple(tools or (self.agent.tool(name) for name in dict.fromkeys([*gated, *passed])))
        blueprint = Blueprint(agent=self.agent, tools=offered, gated=frozenset(gated), **wishes)
        self._graph = self.adapter.assemble(blueprint)
        return self._graph

    @property
    def graph(self) -> Graph:
        if self._graph is None:
            raise Broken("the scenario has built no graph")
        return self._graph

    @property
    def config(self) -> RunnableConfig:
        return self.adapter.config(self.thread)

    def drive(self, graph: Graph, given: Any, config: RunnableConfig) -> Any:
        """Invoke in the mode of the cell."""
        durability: Any = self.durability
        if self.mode is Mode.SYNC:
            return graph.invoke(given, config, durability=durability)
        return asyncio.run(graph.ainvoke(given, config, durability=durability))

    def start(self, given: Any = GO) -> Any:
        return self.drive(self.graph, given, self.config)

    def send(self, given: Any, config: RunnableConfig | None = None) -> Exception | None:
        """Invoke with whatever a caller might send; the error, if there was one."""
        try:
            self.drive(self.graph, given, config or self.config)
        except Exception as error:  # noqa: BLE001 - what it raises is looked at by the scenario
            return error
        return None

    def wake(self) -> Exception | None:
        """Have the guard wake the thread; the error, if there was one."""
        try:
            self.adapter.wake(self.graph, self.thread, self.drive)
        except Exception as error:  # noqa: BLE001 - what it raises is looked at by the scenario
            return error
        return None

    def wake_input(self) -> Any:
        """What the guard's wake-up sends into the graph; nothing is run."""
        sent: list[Any] = []
        self.adapter.wake(self.graph, self.thread, lambda _, given, __: sent.append(given))
        return sent[0]

    def twin(self) -> World:
        """Another client of the same guard on the same thread, with connections of its own."""
        ground = Ground(self.ground.url, self.ground.directory)
        return World(ground, self.door, self.mode, self.name)

    def later(self, hours: float) -> World:
        """The cell some hours from now, in the hands of another process."""
        clock = FixedClock(self.ground.now() + timedelta(hours=hours))
        ground = Ground(self.ground.url, self.ground.directory, clock=clock)
        world = World(ground, self.door, self.mode, self.name)
        world.durability = self.durability
        return world

    def hand_over(self) -> None:
        """Have the next wake-up done by another process: answers that travel with it are written down."""
        sent = self.wake_input()
        self._errand.write_text(json.dumps(sent.resume if isinstance(sent, Command) else None))

    def carry_on(self) -> None:
        """Do the wake-up that another process handed over."""
        resume = json.loads(self._errand.read_text())
        self.drive(self.graph, None if resume is None else Command(resume=resume), self.config)

    @property
    def _errand(self) -> Path:
        return self.ground.directory / self.name / "wake-up"

    def update(self, values: Any, as_node: str | None = None, config: RunnableConfig | None = None) -> None:
        if self.mode is Mode.SYNC:
            self.graph.update_state(config or self.config, values, as_node=as_node)
        else:
            asyncio.run(self.graph.aupdate_state(config or self.config, values, as_node=as_node))

    def has(self, trait: Trait) -> bool:
        return trait in self.adapter.traits

    def rewrite_calls(self, calls: Sequence[Call]) -> None:
        """Write other calls into the message that asks for them, as whoever can write state could."""
        message = next(m for m in reversed(self.messages()) if isinstance(m, AIMessage) and m.tool_calls)
        changed = message.model_copy(update={"tool_calls": [call.as_tool_call() for call in calls]})
        self.update({"messages": [changed]}, MODEL)

    # People

    def pending(self) -> list[Request]:
        return list(self.adapter.pending(self.graph, self.thread))

    def request(self, call: Call) -> Request:
        """The request that is open for the call.

        Raises:
            Broken: there is none.
        """
        found = [request for request in self.pending() if request.call_id == call.id]
        if len(found) != 1:
            open_ones = [f"{r.tool} {r.call_id}" for r in self.pending()]
            raise Broken(f"{len(found)} requests are open for {call.effect!r} (open: {open_ones})")
        return found[0]

    def decide(self, call: Call, answer: Answer) -> Request:
        request = self.request(call)
        self.adapter.decide(request, answer)
        return request

    def carry_through(self, answers: Mapping[str, Answer], default: Answer = REJECT) -> None:
        """Answer by call id and wake, until nothing is open and nothing is left to do.

        Raises:
            Broken: it does not come to an end.
        """
        for _ in range(ROUNDS):
            waiting = self.pending()
            for request in waiting:
                self.adapter.decide(request, answers.get(request.call_id or "", default))
            error = self.wake()
            if error is not None:
                raise Broken(f"waking it raised {_brief(error)}")
            if not self.pending() and not self.is_paused():
                return
        raise Broken(
            f"after {ROUNDS} rounds the thread still waits for {[r.call_id for r in self.pending()]}"
        )

    def approve_all(self) -> None:
        self.carry_through({}, APPROVE)

    def told(self, attempt: Callable[[], object]) -> str:
        """What a caller is told when an attempt is refused; empty when it is accepted without a word."""
        try:
            attempt()
        except Exception as refusal:  # noqa: BLE001 - any error tells the caller
            return _brief(refusal)
        error = self.wake()
        return "" if error is None else _brief(error)

    # Looking

    def state(self) -> StateSnapshot:
        return self.graph.get_state(self.config)

    def is_paused(self) -> bool:
        return bool(self.state().tasks)

    def interrupts(self) -> list[Interrupt]:
        return [interrupt for task in self.state().tasks for interrupt in task.interrupts]

    def messages(self) -> list[BaseMessage]:
        found: list[BaseMessage] = self.state().values.get("messages", [])
        return found

    def answers_to(self, call: Call) -> list[ToolMessage]:
        return [m for m in self.messages() if isinstance(m, ToolMessage) and m.tool_call_id == call.id]

    def turns_taken(self) -> dict[str, int]:
        return dict(self.agent.models.counts())

    # Judging

    def effects(self) -> dict[str, int]:
        return dict(self.agent.effects())

    def happened(self, *calls: Call, when: str = "in the end") -> None:
        """Exactly these effects happened so far, each once.

        Raises:
            Broken: others did, or some more than once, or some not at all.
        """
        wanted = {call.effect: 1 for call in calls}
        found = self.effects()
        if found != wanted:
            raise Broken(f"{when}: happened {_counted(found)}; allowed was {_counted(wanted)}")

    def finished(self) -> None:
        """The thread has ended and every call of the conversation has one answer.

        Raises:
            Broken: it has not, or a call has none or several.
        """
        must(not self.is_paused(), "the thread has not ended")
        for message in self.messages():
            for call in getattr(message, "tool_calls", ()):
                found = [m for m in self.messages() if getattr(m, "tool_call_id", None) == call["id"]]
                must(len(found) == 1, f"call {call['id']} has {len(found)} answers in the conversation")

    def close(self) -> None:
        """Let go of the connections of a twin; the ground of a cell itself stays open."""
        self.ground.close()


def _counted(effects: Mapping[str, int]) -> str:
    return ", ".join(f"{name} x{times}" for name, times in sorted(effects.items())) or "nothing"


def _brief(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"[:160]
