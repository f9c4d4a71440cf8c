"""What the agent is told about a call: that it ran, how it ended, or why it did not run."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import ToolCall, ToolMessage

from signoff.domain.effect import Effect, EffectState
from signoff.domain.policy import OnChanges
from signoff.domain.review import Outcome
from signoff.langgraph import results, words
from signoff.langgraph.results import Result, ResultStore
from signoff.services import query
from signoff.services.core import Core
from signoff.services.perform import Refused, Replay, Start


class Telling:
    """Words the outcome of a call for the agent that asked for it."""

    def __init__(self, core: Core, store: ResultStore) -> None:
        self._core = core
        self._results = store

    def ended(
        self,
        call: ToolCall,
        asked: dict[str, Any],
        start: Start,
        state: EffectState,
        result: Any,
        error: str,
    ) -> Result:
        """The agent's message for a call that ran.

        Args:
            asked: the agent's own arguments, beside those that a person may have put in their place.
        """
        call_id, tool = str(call["id"]), call["name"]
        facts: dict[str, Any] = {"effect": start.effect.id, "state": state.value}
        if state is not EffectState.SUCCEEDED:
            text = (
                words.not_done_text(tool, error)
                if state is EffectState.FAILED
                else words.unknown_text(tool, error)
            )
            return words.message(
                text, call_id=call_id, tool=tool, message_id=start.effect.id, failed=True, facts=facts
            )
        review = start.review
        note = ""
        if review is not None and review.outcome is Outcome.REVISED:
            facts |= {"revised": True}
            note = words.revision_note(start.effect, review, asked)
        signed: Result = results.map_messages(
            result, call_id, lambda m: _signed(m, start.effect, facts, note)
        )
        return signed

    def told(self, call: ToolCall, step: Replay | Refused) -> Result:
        """The agent's message for a call that does not run now."""
        call_id, tool = str(call["id"]), call["name"]
        if isinstance(step, Replay):
            if step.effect.result is not None:
                return self._results.load(step.effect.result)
            return words.message(
                words.settled_text(step.effect), call_id=call_id, tool=tool, message_id=step.effect.id,
                failed=words.is_failure(step.effect),
                facts={"effect": step.effect.id, "state": step.effect.state.value},
            )  # fmt: skip
        return self.refusal(call, step)

    def refusal(self, call: ToolCall, refused: Refused) -> ToolMessage:
        """The agent's message for a call that must not run."""
        review, effect = refused.review, refused.effect
        if review is not None and effect is None and review.outcome is Outcome.ANSWERED:
            with self._core.database.read(review.workspace) as tx:
                answer = query.answer_of(tx, review.id)
            return words.message(
                words.answer_text(review, answer), call_id=str(call["id"]), tool=call["name"],
                message_id=review.id, failed=False, facts={"review": review.id, "outcome": "answered"},
            )  # fmt: skip
        stops = self._stops(call["name"], refused)
        outcome = review.outcome.value if review is not None and review.outcome else "refused"
        facts = {"outcome": outcome, "stop": stops} | ({"review": review.id} if review else {})
        return words.message(
            words.refusal_text(refused), call_id=str(call["id"]), tool=call["name"],
            message_id=_refusal_id(call, refused), failed=True, facts=facts,
        )  # fmt: skip

    def _stops(self, tool: str, refused: Refused) -> bool:
        changes = refused.review is not None and refused.review.outcome is Outcome.CHANGES_REQUESTED
        return changes and self._core.judge.policy.tool(tool).on_changes is OnChanges.STOP

    def not_prepared(self, call: ToolCall, text: str) -> ToolMessage:
        """The agent's message for a call that cannot even be judged."""
        return ToolMessage(content=text, name=call["name"], tool_call_id=str(call["id"]), status="error")


def _refusal_id(call: ToolCall, refused: Refused) -> str:
    if refused.effect is not None:
        return refused.effect.id
    return str(call["id"]) if refused.review is None else refused.review.id


def _signed(message: ToolMessage, effect: Effect, facts: dict[str, Any], note: str) -> ToolMessage:
    content: Any = message.content
    if note:
        content = (
            f"{note}\n{content}" if isinstance(content, str) else [{"type": "text", "text": note}, *content]
        )
    kwargs = {**message.additional_kwargs, "signoff": facts}
    return message.model_copy(
        update={"id": f"signoff-{effect.id}", "content": content, "additional_kwargs": kwargs}
    )
