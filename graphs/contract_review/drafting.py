"""Who writes the safer wording: a chat model, or a stand-in that writes what the playbook says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage, SystemMessage

from graphs.chat_model import named_model
from graphs.contract_review.checks import Finding, drafted, findings
from graphs.contract_review.playbook import Entry

MAX_DRAFTS = 2


@dataclass(frozen=True)
class Task:
    """One clause to word."""

    original: str
    """Empty for a clause that the contract lacks."""
    entries: Mapping[str, Entry]
    feedback: str = ""
    """What a lawyer asked to change in the first draft; empty for the first."""

    def findings(self) -> list[Finding]:
        """What the playbook finds; after feedback with what we still take in place of what we want."""
        offer = "fallback" if self.feedback else "position"
        return [
            finding
            for name, entry in self.entries.items()
            for finding in findings(name, entry, self.original, offer)  # type: ignore[arg-type]  # one of two
        ]


class Drafter(Protocol):
    """Words clauses."""

    name: str
    """As shown to people."""

    def word(self, task: Task) -> str:
        """The clause as it should read; the original where there is nothing to offer."""


class PlaybookStandIn:
    """No language model: it puts the playbook's own words in place of what the checks found."""

    name = "stand-in without a language model: writes the playbook's own words"

    def word(self, task: Task) -> str:
        return drafted(task.original, task.findings())


class ModelDrafter:
    """A chat model that words clauses with findings; clean ones never reach it."""

    def __init__(self, model: BaseChatModel, name: str) -> None:
        self._model = model
        self.name = name

    def word(self, task: Task) -> str:
        found = task.findings()
        if not found:
            return task.original
        answer = self._model.invoke([SystemMessage(_SYSTEM), HumanMessage(_request(task, found))])
        return answer.text.strip() or task.original


def open_drafter(model: str | None) -> Drafter:
    """The drafter that the setting names; None is the stand-in.

    Raises:
        ModelMissing: the model cannot be had.
    """
    return PlaybookStandIn() if model is None else ModelDrafter(named_model(model), model)


def _request(task: Task, found: Sequence[Finding]) -> str:
    lines = [f"Clause:\n{task.original or '(missing)'}\n"]
    lines += [
        f"Playbook on {entry.title}: position: {entry.position} fallback: {entry.fallback}"
        for entry in task.entries.values()
    ]
    lines += [
        f"- {finding.message} {f'Words: “{finding.quote}”. ' if finding.quote else ''}{finding.evidence}"
        for finding in found
    ]
    if task.feedback:
        lines.append(f"\nA lawyer said about the first draft: {task.feedback}")
    return "\n".join(lines)


_SYSTEM = """\
You redline contracts. Give back the clause so that it keeps to the playbook's position, or to its fallback
if a lawyer asks for less. Change as few words as possible; keep numbering, defined terms and paragraphs.
Answer with the text of the clause alone."""
