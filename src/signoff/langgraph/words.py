"""What the agent is told: in words that it can act on."""

from __future__ import annotations

import json
from typing import Any

from langchain_core.messages import ToolMessage

from signoff.domain.effect import Effect, EffectState, Settlement
from signoff.domain.review import Outcome, Review
from signoff.services.perform import Refused

LOST_RESULT = "Done. The result was lost, but it was confirmed that the call took effect."


def message(
    text: str, *, call_id: str, tool: str, message_id: str, failed: bool, facts: dict[str, Any]
) -> ToolMessage:
    """A tool message whose id never changes over replays, so that it cannot appear twice."""
    return ToolMessage(
        content=text,
        name=tool,
        tool_call_id=call_id,
        id=f"signoff-{message_id}",
        status="error" if failed else "success",
        additional_kwargs={"signoff": facts},
    )


def refusal_text(refused: Refused) -> str:
    """Why it did not run, and what the agent should do now."""
    review = refused.review
    if refused.effect is not None or review is None:
        return f"Not run. {refused.summary} Do not repeat this call unchanged."
    by, reason = review.decided_by or "the reviewer", review.reason
    match review.outcome:
        case Outcome.CHANGES_REQUESTED:
            return (
                f"Not run. {by} requested changes: {reason}\n"
                "Make the changes and call the tool again with the new draft."
            )
        case Outcome.REJECTED:
            return f"Not run. {by} rejected this call: {reason}\nDo not call it again for this purpose."
        case Outcome.EXPIRED:
            return "Not run. Nobody decided in time, so the call expired. Do not repeat it by yourself."
        case Outcome.WITHDRAWN:
            return f"Not run. The call was withdrawn: {reason}"
        case Outcome.SUPERSEDED:
            return f"Not run. Something newer replaced this call: {reason}"
        case _:
            return f"Not run. {refused.summary}"


def answer_text(review: Review, answer: Any) -> str:
    """A person's answer given instead of running the tool."""
    said = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False, default=str)
    return f"The tool was not run. {review.decided_by or 'The reviewer'} answered instead: {said}"


def revision_note(effect: Effect, review: Review, original: dict[str, Any]) -> str:
    """What a person changed before it ran."""
    changed = {k: v for k, v in effect.arguments.items() if original.get(k) != v}
    removed = [k for k in original if k not in effect.arguments]
    text = json.dumps(changed, ensure_ascii=False, default=str)
    gone = f" Removed: {', '.join(removed)}." if removed else ""
    return (
        f"[{review.decided_by or 'The reviewer'} edited the arguments before this ran. "
        f"It ran with: {text}.{gone} Treat these as the final values; do not call it again to restore yours.]"
    )


def settled_text(effect: Effect) -> str:
    """What is known of an effect that left no result of its own."""
    match effect.settlement:
        case Settlement.HAPPENED:
            return LOST_RESULT
        case Settlement.DID_NOT_HAPPEN:
            return "Not done. It was confirmed that the call had no effect. Call again if it is still wanted."
        case _:
            return "The outcome of this call is unknown, and it was given up. Do not repeat it."


def unknown_text(tool: str, error: str) -> str:
    """The tool may or may not have taken effect."""
    return (
        f"The outcome of {tool} is unknown: {error}\n"
        "It may have taken effect. A person will find out. Do not repeat the call."
    )


def not_done_text(tool: str, error: str) -> str:
    """The tool failed for certain."""
    return f"{tool} did not take effect: {error}"


def is_failure(effect: Effect) -> bool:
    """Whether the agent should read the result as a failure."""
    return effect.state is not EffectState.SUCCEEDED
