"""Effects that really happen, and can be counted from any process, also after a crash."""

from __future__ import annotations

import asyncio
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

from langchain_core.tools import BaseTool, StructuredTool
from pydantic import create_model

from signoff.domain.value import Value


class Happened(Value):
    """One effect as it was recorded."""

    key: str
    process: int
    details: dict[str, Any]


class EffectCounter:
    """Counts effects in a file: one line each, appended and on the disk before `record` returns.

    Args:
        path: the file; it is made with the first effect. Several processes may share it.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def record(self, key: str, **details: Any) -> None:
        """Let the effect named `key` happen once more."""
        line = json.dumps({"key": key, "process": os.getpid(), "details": details}, ensure_ascii=False)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(descriptor, f"{line}\n".encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def happened(self) -> list[Happened]:
        """Every effect so far, in the order in which they happened."""
        if not self.path.exists():
            return []
        return [Happened.model_validate_json(line) for line in self.path.read_text("utf-8").splitlines()]

    def counts(self) -> Counter[str]:
        """How often each effect happened."""
        return Counter(effect.key for effect in self.happened())

    def count(self, key: str) -> int:
        """How often the effect named `key` happened."""
        return self.counts()[key]

    def tool(self, name: str, summary: str = "", **arguments: type) -> BaseTool:
        """A tool, for `invoke` and `ainvoke`, whose effect is one line under `effect_key(name, …)`.

        Args:
            summary: what the model reads of it.
            arguments: its arguments with their types: ``counter.tool("send", to=str)``.
        """
        fields: dict[str, Any] = {argument: (kind, ...) for argument, kind in arguments.items()}

        def run(**given: Any) -> str:
            self.record(effect_key(name, given), **given)
            return f"{name}: done"

        async def arun(**given: Any) -> str:
            return await asyncio.to_thread(run, **given)

        return StructuredTool.from_function(
            run,
            arun,
            name=name,
            description=summary or f"Does what {name} says.",
            args_schema=create_model(f"{name.title().replace('_', '')}Arguments", **fields),
        )


def effect_key(tool: str, arguments: dict[str, Any]) -> str:
    """The name under which `EffectCounter.tool` counts: the tool and its arguments in their order."""
    return " ".join([tool, *(f"{name}={value}" for name, value in sorted(arguments.items()))])
