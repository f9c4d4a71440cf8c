"""The scripted agent that every guard is tried with: its turns, its tools and its model."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolCall
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel

from signoff.testing.effects import EffectCounter


class PaymentArguments(BaseModel):
    """What the tools of the suite take: to whom, and how much."""

    to: str
    amount: int


class WiderArguments(PaymentArguments):
    """What a later version of a tool takes: the same words can now mean far more."""

    everything: bool = True


@dataclass(frozen=True)
class Call:
    """One call of a turn; every call of a scenario differs in its arguments, so effects name calls."""

    id: str
    tool: str
    to: str
    amount: Any = 1

    @property
    def effect(self) -> str:
        """What is counted when it runs."""
        return f"{self.tool} {self.to} {self.amount}"

    @property
    def arguments(self) -> dict[str, Any]:
        return {"to": self.to, "amount": self.amount}

    def but(self, **changes: Any) -> Call:
        return replace(self, **changes)

    def as_tool_call(self) -> ToolCall:
        return ToolCall(name=self.tool, args=self.arguments, id=self.id, type="tool_call")


Turn = Sequence[Call]
Hook = Callable[[], None]


def nothing() -> None:
    """A hook that does nothing."""


@dataclass
class Behaviour:
    """What a tool does when its effect has begun."""

    after: Hook = nothing
    seconds: float = 0.0
    """How long it lasts."""
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    """Set by the async tool once its effect has begun."""


@dataclass
class Agent:
    """The agent of one cell: what it asks for, and what its tools then really do."""

    counter: EffectCounter
    turns: Sequence[Turn] = ()
    behaviours: dict[str, Behaviour] = field(default_factory=dict)
    on_model: Callable[[int], None] = lambda _: None
    """Told the number of every turn, from 1, before the model speaks."""

    @classmethod
    def counting_in(cls, directory: Path) -> Agent:
        return cls(EffectCounter(directory / "effects.jsonl"))

    @property
    def models(self) -> EffectCounter:
        """Counts what the model was asked for, beside the effects."""
        return EffectCounter(self.counter.path.with_suffix(".model.jsonl"))

    def behave(self, tool: str) -> Behaviour:
        return self.behaviours.setdefault(tool, Behaviour())

    def speak(self, messages: Sequence[Any]) -> AIMessage:
        """The agent's next message: the next turn of the script, or that it is done."""
        said = sum(isinstance(message, AIMessage) for message in messages)
        self.on_model(said + 1)
        self.models.record(f"turn {said + 1}", messages=[_shape(message) for message in messages])
        calls = self.turns[said] if said < len(self.turns) else ()
        return AIMessage("" if calls else "done", tool_calls=[call.as_tool_call() for call in calls])

    def tool(self, name: str, arguments: type[PaymentArguments] = PaymentArguments) -> BaseTool:
        """The tool `name`: one counted effect per run, sync and async."""

        def run(to: str, amount: int, **_: Any) -> str:
            behaviour = self.behave(name)
            self.counter.record(f"{name} {to} {amount}")
            time.sleep(behaviour.seconds)
            behaviour.after()
            return f"{name} to {to}: {amount} done"

        async def arun(to: str, amount: int, **_: Any) -> str:
            behaviour = self.behave(name)
            self.counter.record(f"{name} {to} {amount}")
            behaviour.begun.set()
            await asyncio.sleep(behaviour.seconds)
            behaviour.after()
            return f"{name} to {to}: {amount} done"

        return StructuredTool.from_function(
            run, arun, name=name, description=f"Does {name}.", args_schema=arguments
        )

    def effects(self) -> Counter[str]:
        return self.counter.counts()


def _shape(message: BaseMessage) -> dict[str, Any]:
    """What matters of a message that the model was shown: its kind, calls and answers."""
    return {
        "type": message.type,
        "calls": [call["id"] for call in getattr(message, "tool_calls", ())],
        "answers": getattr(message, "tool_call_id", None),
        "text": message.text,
    }


class ScriptedModel(BaseChatModel):
    """The agent as a chat model, for `create_agent`."""

    agent: Any

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self.agent.speak(messages))])

    def bind_tools(self, tools: Any, *, tool_choice: str | None = None, **kwargs: Any) -> Any:
        return self


def by_name(tools: Sequence[BaseTool]) -> Mapping[str, BaseTool]:
    """The tools under their names."""
    return {tool.name: tool for tool in tools}
