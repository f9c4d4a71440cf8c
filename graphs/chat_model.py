"""The model behind a flow: any LangChain chat model by setting, or a stand-in that needs no network."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

STAND_IN = "[scripted stand-in, no language model]"
"""What every closing word of a stand-in begins with."""


class ModelMissing(Exception):
    """The model named by SIGNOFF_MODEL cannot be had; the message says why."""


class StandIn(BaseChatModel):
    """A stand-in for a language model: deterministic, offline, and said to be one."""

    @property
    def _llm_type(self) -> str:
        return "scripted-stand-in"

    def bind_tools(
        self, tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool], **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self.answer(messages))])

    @abstractmethod
    def answer(self, messages: list[BaseMessage]) -> AIMessage:
        """What it says to the conversation so far."""


def open_model(name: str | None, stand_in: Callable[[], BaseChatModel]) -> BaseChatModel:
    """The model that `name` says, or the stand-in for None.

    Raises:
        ModelMissing: as `named_model` says.
    """
    return stand_in() if name is None else named_model(name)


def named_model(name: str) -> BaseChatModel:
    """The model that `name` says: `module:factory`, or `provider:model`.

    Raises:
        ModelMissing: there is no such factory or provider, or it makes no chat model.
    """
    factory = _factory(name)
    try:
        model = factory() if factory else _by_provider(name)
    except ModelMissing:
        raise
    except Exception as error:
        raise ModelMissing(f"SIGNOFF_MODEL={name}: {type(error).__name__}: {error}") from error
    if not isinstance(model, BaseChatModel):
        raise ModelMissing(f"SIGNOFF_MODEL={name} made a {type(model).__name__}, which is no chat model.")
    return model


def _factory(name: str) -> Callable[[], Any] | None:
    """The factory of `module:factory`; None where the name says a provider and its model."""
    module, _, attribute = name.partition(":")
    try:
        is_module = attribute.isidentifier() and find_spec(module) is not None
    except (ImportError, ValueError):
        return None
    found = getattr(import_module(module), attribute, None) if is_module else None
    return found if callable(found) else None


def _by_provider(name: str) -> Any:
    try:
        chat_models = import_module("langchain.chat_models")
    except ImportError as error:
        raise ModelMissing(
            f"SIGNOFF_MODEL={name} is no factory, and a provider needs LangChain: pip install langchain."
        ) from error
    return chat_models.init_chat_model(name)
