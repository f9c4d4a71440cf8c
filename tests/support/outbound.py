"""The outbound flow without a desk: its model and tools with a plain tools node."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolCall, ToolMessage
from langchain_core.tools import BaseTool

from graphs.outbound_copy.briefs import Brief, brief_text, load_briefs
from graphs.outbound_copy.data import Retail, load_retail
from graphs.outbound_copy.facts import outbound_facts
from graphs.outbound_copy.mail import MaildirOutbox
from graphs.outbound_copy.model import ScriptedCopywriter
from graphs.outbound_copy.tools import outbound_tools
from signoff import Call

BRIEFS = {brief.id: brief for brief in load_briefs()}
CLEAN = ("thank-you", "on-its-way", "boot-offer", "thermostat-tips")


@dataclass
class Conversation:
    """One brief, turn by turn; whoever drives it answers the mails."""

    brief: Brief
    maildir: Path
    retail: Retail = field(default_factory=load_retail)
    messages: list[BaseMessage] = field(default_factory=list)

    def __post_init__(self) -> None:
        outbox = MaildirOutbox(self.maildir)
        self.tools: dict[str, BaseTool] = {tool.name: tool for tool in outbound_tools(self.retail, outbox)}
        self.model = ScriptedCopywriter().bind_tools(list(self.tools.values()))
        self.facts = outbound_facts(self.retail)
        self.messages = [HumanMessage(brief_text(self.brief))]

    def until_mail(self) -> ToolCall | None:
        """Let the model look things up; its next mail, or None when it has finished."""
        while True:
            answer = self.model.invoke(self.messages)
            assert isinstance(answer, AIMessage)
            self.messages.append(answer)
            if not answer.tool_calls:
                return None
            for call in answer.tool_calls:
                if call["name"] == "send_email":
                    return call
                self.messages.append(self.tools[call["name"]].invoke(call))

    def send(self, call: ToolCall, key: str = "eff_1") -> ToolMessage:
        """Run the mail as the guard would: with the key filled in."""
        filled = {**call, "args": {**call["args"], "message_key": key}}
        message = self.tools["send_email"].invoke(filled)
        assert isinstance(message, ToolMessage)
        self.messages.append(message)
        return message

    def refuse(self, call: ToolCall, text: str) -> None:
        """Answer a mail with words instead of running it."""
        self.messages.append(ToolMessage(text, tool_call_id=str(call["id"]), status="error"))

    def facts_of(self, call: ToolCall) -> dict[str, Any]:
        state = {"customer_id": self.brief.customer_id}
        return self.facts(Call(tool=call["name"], arguments=dict(call["args"]), state=state, context=None))
