"""Nodes as users write them, with the pause inside."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from langchain_core.messages import AIMessage, ToolCall, ToolMessage
from langgraph.func import task

from signoff.testing.conformance.adapter import Blueprint, Mode

Do = Callable[..., Any]


def user_node(blueprint: Blueprint, mode: Mode, one: Do, aone: Do) -> Any:
    """A node as a user writes it: each call of the last message in turn, in one function."""
    draft, adraft = _drafts(blueprint)

    def act(state: dict[str, Any]) -> dict[str, Any]:
        draft()
        said: list[Any] = []
        for call in _calls(state, blueprint):
            try:
                said.append(one(call))
            except Exception:
                if not blueprint.swallows:
                    raise
                said.append(declined(call))
        return {"messages": said}

    async def aact(state: dict[str, Any]) -> dict[str, Any]:
        await adraft()
        said: list[Any] = []
        for call in _calls(state, blueprint):
            try:
                said.append(await aone(call))
            except Exception:
                if not blueprint.swallows:
                    raise
                said.append(declined(call))
        return {"messages": said}

    return act if mode is Mode.SYNC else aact


def asking_node(blueprint: Blueprint, mode: Mode, may: Callable[[ToolCall], bool], one: Do, aone: Do) -> Any:
    """A node as a user writes it: every question first, and then what the answers allow."""
    draft, adraft = _drafts(blueprint)

    def ask_all(state: dict[str, Any]) -> list[tuple[ToolCall, bool]]:
        asked: list[tuple[ToolCall, bool]] = []
        for call in _calls(state, blueprint):
            try:
                asked.append((call, may(call)))
            except Exception:
                if not blueprint.swallows:
                    raise
                asked.append((call, False))
        return asked

    def act(state: dict[str, Any]) -> dict[str, Any]:
        draft()
        return {"messages": [one(call, allowed) for call, allowed in ask_all(state)]}

    async def aact(state: dict[str, Any]) -> dict[str, Any]:
        await adraft()
        return {"messages": [await aone(call, allowed) for call, allowed in ask_all(state)]}

    return act if mode is Mode.SYNC else aact


def _drafts(blueprint: Blueprint) -> tuple[Callable[[], None], Callable[[], Awaitable[None]]]:
    """The costly draft in its task, where the scenario wants one."""
    agent = blueprint.agent

    @task
    def write() -> str:
        agent.models.record("draft")
        return "a costly draft"

    @task
    async def awrite() -> str:
        agent.models.record("draft")
        return "a costly draft"

    def draft() -> None:
        if blueprint.costly_draft:
            write().result()

    async def adraft() -> None:
        if blueprint.costly_draft:
            await awrite()

    return draft, adraft


def _calls(state: dict[str, Any], blueprint: Blueprint) -> list[ToolCall]:
    message = next(m for m in reversed(state["messages"]) if isinstance(m, AIMessage))
    calls = list(message.tool_calls)
    if blueprint.inserted is not None:
        calls.insert(0, blueprint.inserted.as_tool_call())
    return calls[::-1] if blueprint.flips() else calls


def no_tool(call: ToolCall) -> ToolMessage:
    """The answer to a call of a tool that is not there."""
    return ToolMessage(f"There is no tool {call['name']}.", tool_call_id=call["id"], status="error")


def declined(call: ToolCall) -> ToolMessage:
    """The answer to a call that was not allowed."""
    return ToolMessage("Not done.", tool_call_id=call["id"], status="error")
