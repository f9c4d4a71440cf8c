"""The stand-in for a language model: it makes the calls of a script, one a turn."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Self

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from graphs.chat_model import STAND_IN, StandIn
from graphs.refund.requests import Request, ToolUse

_REQUEST = re.compile(r"^Request: *(\S+)$", re.MULTILINE)


class ScriptedAgent(StandIn):
    """Makes the calls written for a request, in order, whatever comes of them, and then sums up.

    Attributes:
        scripts: the calls by the request's id.
    """

    scripts: dict[str, tuple[ToolUse, ...]]

    @classmethod
    def of_requests(cls, requests: Iterable[Request]) -> Self:
        return cls(scripts={request.id: request.calls for request in requests})

    def answer(self, messages: list[BaseMessage]) -> AIMessage:
        asked = max((n for n, one in enumerate(messages) if isinstance(one, HumanMessage)), default=-1)
        found = _REQUEST.search(str(messages[asked].content)) if asked >= 0 else None
        script = self.scripts.get(found[1]) if found else None
        if script is None:
            return AIMessage(f"{STAND_IN} I know only the requests {', '.join(self.scripts)}.")
        done = sum(isinstance(message, ToolMessage) for message in messages[asked + 1 :])
        if done < len(script):
            call = script[done]
            return AIMessage(
                "",
                tool_calls=[
                    {"name": call.name, "args": call.arguments, "id": f"call-{done + 1}", "type": "tool_call"}
                ],
            )
        return AIMessage(f"{STAND_IN} {_summary(messages[asked + 1 :])}")


def _summary(messages: Iterable[BaseMessage]) -> str:
    answers = [message for message in messages if isinstance(message, ToolMessage)]
    failed = sum(message.status == "error" for message in answers)
    return f"{len(answers)} calls made, {failed} of them not carried out."
