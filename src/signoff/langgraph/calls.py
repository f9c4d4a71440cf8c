"""Which call this is: its thread, its key, and the inputs that come with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from langchain_core.messages import AIMessage, ToolCall
from langchain_core.runnables import RunnableConfig
from langgraph.runtime import ExecutionInfo

from signoff.domain.errors import MissingKey
from signoff.domain.ids import DEFAULT_WORKSPACE, ThreadId, WorkspaceId, call_key
from signoff.langgraph.people import words_of_people
from signoff.services.propose import Caller

WORKSPACE_KEY = "signoff_workspace"
REQUESTER_KEY = "signoff_requester"
GRAPH_KEY = "signoff_graph"
_STEPS_BACK = 1000


@dataclass(frozen=True)
class Call:
    """A tool call as a `facts` function sees it."""

    tool: str
    arguments: dict[str, Any]
    state: Any
    context: Any
    """The runtime context of the run, if the graph has one."""

    def requester_words(self, messages_key: str = "messages") -> list[str]:
        """What people wrote on this thread, oldest first: the fact `request` for `in_request(...)`.

        Only the text of human messages counts: nothing of the model, of tools or of the system, and
        no human message that carries an author's name or that LangChain wrote (summaries), as agents
        hand each other's words on in those. Beyond 100,000 characters the oldest are left out. A node
        or tool that writes human messages of its own speaks in the requester's name; so does text that
        a person pasted.
        """
        return words_of_people(messages_of(self.state, messages_key))


Facts = Callable[[Call], Mapping[str, Any]]
"""Looks up the facts that policy and detectors may rely on. It runs outside any transaction."""


@dataclass(frozen=True)
class Site:
    """Where in which thread something happens."""

    workspace: WorkspaceId
    thread: ThreadId
    caller: Caller
    config: RunnableConfig
    info: ExecutionInfo | None


def site_of(config: RunnableConfig, info: ExecutionInfo | None) -> Site:
    """The site by the caller's config; graph state has no say in it.

    Raises:
        MissingKey: there is no thread, so nothing could be resumed.
    """
    values = config.get("configurable", {})
    thread = values.get("thread_id")
    if not thread:
        raise MissingKey(
            "The call runs outside a thread. Invoke the graph with a checkpointer and "
            '{"configurable": {"thread_id": …}}.'
        )
    kept = {
        key: value
        for key, value in values.items()
        if not key.startswith("__")
        and not key.startswith("checkpoint_")
        and isinstance(value, str | int | float | bool)
    }
    return Site(
        workspace=WorkspaceId(str(values.get(WORKSPACE_KEY, DEFAULT_WORKSPACE))),
        thread=ThreadId(str(thread)),
        caller=Caller(graph=str(values.get(GRAPH_KEY, "")), requester=values.get(REQUESTER_KEY), config=kept),
        config=config,
        info=info,
    )


def messages_of(state: Any, messages_key: str) -> Sequence[Any]:
    """The messages of a graph state, whatever its type."""
    if isinstance(state, list):
        return state
    is_mapping = isinstance(state, Mapping)
    found = state.get(messages_key, ()) if is_mapping else getattr(state, messages_key, ())
    return found if isinstance(found, Sequence) else ()


@dataclass(frozen=True)
class Turn:
    """The message that asks for a call, and the earlier ones of the conversation."""

    message_id: str
    passed: frozenset[str]

    def key(self, call: ToolCall) -> str:
        return call_key(self.message_id, str(call["id"]))


def turn_of(messages: Sequence[Any], call: ToolCall) -> Turn:
    """The turn that a call belongs to.

    Raises:
        MissingKey: the call has no id, no message asks for it, or that message has no id.
    """
    if not call.get("id"):
        raise MissingKey(f"The call of {call['name']} has no id, so an approval could not be bound to it.")
    passed: set[str] = set()
    asking: AIMessage | None = None
    for message in messages:
        if not isinstance(message, AIMessage):
            continue
        if any(c["id"] == call["id"] for c in message.tool_calls):
            asking = message
        elif message.id:
            passed.add(message.id)
    if asking is None or not asking.id:
        raise MissingKey(
            f"The message that asks for {call['name']} has no id, so an approval could not be bound to it. "
            "Keep messages in a state with the add_messages reducer."
        )
    later = _ids_after(messages, asking)
    return Turn(message_id=asking.id, passed=frozenset(passed - later))


def _ids_after(messages: Sequence[Any], asking: AIMessage) -> set[str]:
    ids = [m.id for m in messages if isinstance(m, AIMessage) and m.id]
    return set(ids[ids.index(asking.id) + 1 :]) if asking.id in ids else set()


def bound_inputs(binds: tuple[str, ...], state: Any, context: Any, config: RunnableConfig) -> dict[str, Any]:
    """The values behind the policy's bind paths; a path that leads nowhere binds None."""
    roots = {"state": state, "context": context, "config": config.get("configurable", {})}
    return {path: _follow(roots, path) for path in binds}


def _follow(roots: Mapping[str, Any], path: str) -> Any:
    value: Any = roots
    for part in path.split("."):
        value = _member(value, part)
    return value


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)


def only_bound_state(state: Any, binds: tuple[str, ...]) -> dict[str, Any]:
    """The parts of the state that the policy binds: what a tool that takes the whole state gets."""
    return _parts(state, _paths("state", binds))


def only_bound_context(context: Any, binds: tuple[str, ...]) -> Any:
    """The parts of the runtime context that the policy binds; None when it binds none."""
    paths = _paths("context", binds)
    return _narrowed(context, paths) if paths else None


def only_bound_config(config: RunnableConfig, binds: tuple[str, ...]) -> RunnableConfig:
    """The config with LangGraph's own values and those that the policy binds."""
    values = config.get("configurable", {})
    own = {key: value for key, value in values.items() if _is_langgraph_s(key)}
    metadata = {
        key: value for key, value in config.get("metadata", {}).items() if key.startswith("langgraph_")
    }
    bound = _parts(values, _paths("config", binds))
    return {**config, "configurable": {**own, **bound}, "metadata": metadata}


def _is_langgraph_s(key: str) -> bool:
    return key == "thread_id" or key.startswith(("__", "checkpoint_"))


def _paths(root: str, binds: tuple[str, ...]) -> list[list[str]]:
    split = [path.split(".") for path in binds]
    return [path[1:] for path in split if path[0] == root]


def _narrowed(value: Any, paths: list[list[str]]) -> Any:
    """`value` with nothing but what `paths` lead to; all of it where a path ends here."""
    if value is None or any(not path for path in paths):
        return value
    parts = _parts(value, paths)
    return parts if isinstance(value, Mapping) else SimpleNamespace(**parts)


def _parts(value: Any, paths: list[list[str]]) -> dict[str, Any]:
    return {
        name: _narrowed(_member(value, name), [path[1:] for path in paths if path and path[0] == name])
        for name in sorted({path[0] for path in paths if path})
        if (name in value if isinstance(value, Mapping) else hasattr(value, name))
    }


@dataclass(frozen=True)
class Step:
    """The step of a graph in which user code asks by itself: what it pauses for belongs together."""

    pause: str
    passed: frozenset[str]
    """Earlier steps of the same graph: what was asked there and is still open was left behind."""


def step_of(site: Site, key: str) -> Step:
    """The step that runs now; `key` alone where LangGraph does not say. It stays the same over wake-ups."""
    number = site.config.get("metadata", {}).get("langgraph_step")
    if not isinstance(number, int) or site.info is None:
        return Step(pause=key, passed=frozenset())
    graph = "|".join(site.info.checkpoint_ns.split("|")[:-1])
    first = max(0, number - _STEPS_BACK)
    return Step(
        pause=f"step:{graph}/{number}", passed=frozenset(f"step:{graph}/{n}" for n in range(first, number))
    )
