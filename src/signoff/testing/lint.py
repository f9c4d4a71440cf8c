"""Finding code that swallows pauses: an interrupt is an exception, and `except Exception` eats it."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

_WIDE = frozenset({"Exception", "BaseException"})
_PAUSES = frozenset({"GraphInterrupt", "GraphBubbleUp"})
_ASKING = frozenset({"ask", "interrupt"})
_RUNNING = frozenset({"invoke", "ainvoke"})


def swallowed_pauses(code: Path | Callable[..., Any]) -> list[str]:
    """Where a wide `except` stands around a call that may pause: ``assert not swallowed_pauses(my_node)``.

    Such calls are `desk.ask(…)`, `interrupt(…)`, and `invoke` or `ainvoke` with a `key`. A handler
    that raises again is fine, and so is one behind `except GraphBubbleUp: raise`.

    Args:
        code: a file, or a function or class.

    Returns:
        One line for each place, with its line number; empty when there is none.
    """
    source = code.read_text("utf-8") if isinstance(code, Path) else textwrap.dedent(inspect.getsource(code))
    name = str(code) if isinstance(code, Path) else code.__qualname__
    return [
        f"{name}:{handler.lineno}: swallows the pause of {call} in line {line}"
        for found in ast.walk(ast.parse(source))
        if isinstance(found, ast.Try)
        for handler in [_swallower(found)]
        if handler is not None
        for call, line in _pausing_calls(found.body)
    ]


def _swallower(tried: ast.Try) -> ast.ExceptHandler | None:
    """The handler that eats a pause; None when it comes through."""
    for handler in tried.handlers:
        names = _names(handler.type)
        if names & _PAUSES or handler.type is None or names & _WIDE:
            return None if _raises(handler) else handler
    return None


def _raises(handler: ast.ExceptHandler) -> bool:
    return any(isinstance(statement, ast.Raise) for statement in handler.body)


def _names(expression: ast.expr | None) -> set[str]:
    match expression:
        case ast.Name():
            return {expression.id}
        case ast.Attribute():
            return {expression.attr}
        case ast.Tuple():
            return {name for part in expression.elts for name in _names(part)}
        case _:
            return set()


def _pausing_calls(body: list[ast.stmt]) -> Iterator[tuple[str, int]]:
    for statement in body:
        for found in ast.walk(statement):
            if not isinstance(found, ast.Call):
                continue
            called = next(iter(_names(found.func)), "")
            has_key = any(keyword.arg == "key" for keyword in found.keywords)
            if called in _ASKING or (called in _RUNNING and has_key):
                yield ast.unparse(found.func), found.lineno
