"""What the suite needs of a guard: the small protocol that any guard can be put behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, Protocol

from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool
from langgraph.graph.state import CompiledStateGraph

from signoff.testing.conformance.ground import Ground
from signoff.testing.conformance.script import Agent, Call

Graph = CompiledStateGraph[Any, Any, Any, Any]


class Mode(StrEnum):
    """How graphs are run."""

    SYNC = "sync"
    ASYNC = "async"


class Trait(StrEnum):
    """What a door has; a scenario that needs more than that is not applicable to it."""

    EFFECTS = "effects"
    """It runs the effect, and does not only answer whether it may run."""
    TOOLS = "tools"
    """It knows tools, with their arguments and schemas."""
    TOGETHER = "together"
    """The calls of one turn run side by side in one task."""
    APART = "apart"
    """Each call can be given a task of its own."""
    USER_CODE = "user code"
    """The pause happens inside a function that the user wrote."""
    OWN_ROWS = "own rows"
    """It writes its requests to a table of its own before it pauses."""
    HISTORY = "history"
    """It sees the messages that the model is about to be given."""


@dataclass(frozen=True)
class Blueprint:
    """The graph that a scenario wants, in words that every guard can follow."""

    agent: Agent
    tools: tuple[BaseTool, ...]
    gated: frozenset[str]
    """Tools that need a person; the other tools pass by rule."""
    unlisted: frozenset[str] = frozenset()
    """Tools that the configuration says nothing about, and that are wired past any check of it."""
    needs_person: Callable[[Call], bool] | None = None
    """Asked about every gated call: whether this one needs a person."""
    tasks: Literal["together", "apart"] | None = None
    """How the calls of one turn run; None leaves it to the door."""
    around: Literal["subgraph", "function", "beside"] | None = None
    """Whether the graph is a node of another, called by a function of another, or beside a pause that
    is not the guard's."""
    jumps_back: bool = False
    """Whether some other part jumps to the tools once more after the first answer."""
    retries: bool = False
    """Whether failed steps are tried again: a RetryPolicy, or LangChain's retry middleware."""
    breakpoint: bool = False
    """Whether it is compiled with `interrupt_before` the tools."""
    swallows: bool = False
    """Whether code around the pause has an `except Exception`."""
    costly_draft: bool = False
    """Whether a draft is made in a `@task` before the pause, in the same node."""
    flips: Callable[[], bool] = lambda: False
    """Whether user code asks in the opposite order this time."""
    inserted: Call | None = None
    """A call that user code makes before those of the model."""
    delay: Callable[[Call], float] = lambda _: 0.0
    """Seconds that pass before a gated call asks."""
    saver: bool = True
    tools_node: str = "tools"
    wording: str = ""
    """How a question about a call is worded."""


class AnswerKind(StrEnum):
    """What an answer means."""

    APPROVE = "approve"
    REJECT = "reject"
    EDIT = "edit"


@dataclass(frozen=True)
class Answer:
    """What a person says to a request."""

    kind: AnswerKind
    arguments: dict[str, Any] | None = None
    """For an edit: the arguments that it shall run with."""
    tool: str | None = None
    """For an edit: another tool to run instead."""


APPROVE = Answer(AnswerKind.APPROVE)
REJECT = Answer(AnswerKind.REJECT)


def edit(arguments: dict[str, Any], tool: str | None = None) -> Answer:
    """An approval of other arguments, or even of another tool."""
    return Answer(AnswerKind.EDIT, arguments, tool)


@dataclass(frozen=True)
class Request:
    """One request that waits for a person."""

    id: str
    tool: str
    arguments: dict[str, Any]
    call_id: str | None
    thread: str
    opened_at: datetime | None = None
    expires_at: datetime | None = None
    handle: Any = None
    """Whatever the adapter needs to answer it."""


class NotAccepted(Exception):
    """The guard did not accept an answer; its message says why."""


class Drive(Protocol):
    """Runs a graph in the mode of the cell."""

    def __call__(self, graph: Graph, given: Any, config: RunnableConfig) -> Any: ...


class GuardAdapter(Protocol):
    """One guard behind one door, for one cell."""

    family: str
    door: str
    traits: frozenset[Trait]
    passes_as: str
    """The node after which the calls are as good as let through: a forger writes state in its name."""

    def assemble(self, blueprint: Blueprint) -> Graph:
        """The graph, compiled, with the guard inside.

        Raises:
            Exception: the guard refuses to be wired like that.
        """
        ...

    def config(self, thread: str) -> RunnableConfig:
        """The config that a caller invokes a thread with."""
        ...

    def pending(self, graph: Graph, thread: str) -> Sequence[Request]:
        """What waits for a person on the thread."""
        ...

    def pending_anywhere(self) -> Sequence[Request]:
        """What waits for a person on any thread, found without knowing threads; empty if it cannot be."""
        ...

    def unknown_request(self, thread: str) -> Request:
        """A request that this guard never made."""
        ...

    def decide(self, request: Request, answer: Answer) -> None:
        """Give a person's answer; a guard without a place for it keeps it for the next wake-up.

        Raises:
            NotAccepted: it is refused.
        """
        ...

    def wrong_answers(self, request: Request) -> Sequence[Callable[[], None]]:
        """Ways to give an answer that is malformed for this guard; each raises, or is accepted."""
        ...

    def wake(self, graph: Graph, thread: str, drive: Drive) -> Any:
        """Have the thread go on, as the guard's own documentation says."""
        ...

    def cancel(self, request: Request) -> None:
        """Take the request back.

        Raises:
            NotAccepted: the guard has no such thing.
        """
        ...

    def recover(self, graph: Graph, thread: str, drive: Drive) -> Any:
        """Bring a thread back after a crash, as the guard's own documentation says; people settle
        effects of unknown outcome by looking at what happened."""
        ...

    def tidy(self, graph: Graph, thread: str) -> None:
        """Have whatever looks after forgotten requests make its pass."""
        ...

    def faults(self) -> Sequence[str]:
        """What the guard's own records say against it at the end of a cell."""
        ...


class Door(Protocol):
    """A class of adapters: one guard behind one door."""

    family: str
    door: str
    traits: frozenset[Trait]

    def __call__(self, ground: Ground, cell: str, mode: Mode) -> GuardAdapter: ...
