from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from langgraph.errors import GraphBubbleUp
from langgraph.types import interrupt

from signoff.testing import swallowed_pauses

send: Any = None
desk: Any = None


def eats_a_protected_call() -> Any:
    try:
        return send.invoke({}, key="welcome")
    except Exception:  # noqa: BLE001 - the fault that is looked for
        return None


async def eats_an_async_call() -> Any:
    try:
        return await send.ainvoke({}, key="welcome")
    except (ValueError, Exception):  # noqa: BLE001 - as above
        return None


def eats_a_question() -> Any:
    try:
        if desk:
            return desk.ask("Which?", key="which")
    except:  # noqa: E722 - as above
        pass


def eats_an_interrupt_by_name() -> Any:
    try:
        return interrupt({})
    except GraphBubbleUp:
        return None


def raises_again() -> Any:
    try:
        return interrupt({})
    except Exception:
        desk.log("paused")
        raise


def lets_pauses_through_first() -> Any:
    try:
        return send.invoke({}, key="welcome")
    except GraphBubbleUp:
        raise
    except Exception:  # noqa: BLE001 - behind the handler that lets pauses through
        return None


def catches_something_narrow() -> Any:
    try:
        return send.invoke({}, key="welcome")
    except ValueError:
        return None


def calls_what_cannot_pause() -> Any:
    try:
        return send.invoke({})
    except Exception:  # noqa: BLE001 - nothing here pauses
        return None


@pytest.mark.parametrize(
    ("function", "call"),
    [
        (eats_a_protected_call, "send.invoke"),
        (eats_an_async_call, "send.ainvoke"),
        (eats_a_question, "desk.ask"),
        (eats_an_interrupt_by_name, "interrupt"),
    ],
)
def test_finds_what_swallows_a_pause(function: Any, call: str) -> None:
    [found] = swallowed_pauses(function)
    assert function.__name__ in found
    assert call in found


@pytest.mark.parametrize(
    "function",
    [raises_again, lets_pauses_through_first, catches_something_narrow, calls_what_cannot_pause],
)
def test_leaves_the_rest_alone(function: Any) -> None:
    assert swallowed_pauses(function) == []


def test_reads_whole_files() -> None:
    assert len(swallowed_pauses(Path(__file__))) == 4
