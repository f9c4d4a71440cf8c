"""What allows a write: for each of its values, the closed review in which a person chose it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from langgraph.config import get_config

from graphs.data_sync.conflicts import EMPTY, USE_CRM, USE_ERP, Conflict, chosen, question
from graphs.data_sync.fields import BY_NAME
from signoff import Outcome, SignoffError

if TYPE_CHECKING:
    from signoff import Call, Desk

CRM_TOOL = "update_crm"
ERP_TOOL = "update_erp"


def decisions(desk: Desk, thread: str, conflicts: Iterable[Conflict]) -> dict[str, tuple[str, Any]]:
    """By conflict key: the review that answered its question in this thread, and the answer."""
    asked = {_content(question(conflict).arguments): conflict.key for conflict in conflicts}
    found: dict[str, tuple[str, Any]] = {}
    for review in desk.reviews(thread, closed=True, limit=200):
        key = asked.get(_content(desk.review(review.id).original.arguments))
        if key is not None and review.outcome is Outcome.ANSWERED:
            found.setdefault(key, (review.id, desk.answer_of(review.id)))
    return found


def sync_facts(desk: Desk) -> Callable[[Call], dict[str, Any]]:
    """A `facts` function: `decided` says whether people chose every value of the write, in this thread."""

    def facts(call: Call) -> dict[str, Any]:
        thread = str(get_config()["configurable"]["thread_id"])
        edits = call.arguments.get("changes", ())
        asked = {str(edit["decision"]) for edit in edits}
        known = {one: found for one in asked if (found := _decision(desk, thread, one)) is not None}
        return {
            "decided": bool(edits) and all(_is_decided(edit, call.tool, known) for edit in edits),
            "values": len(edits),
            "decisions": [f"{one}: {known[one][0]}" for one in sorted(known)],
        }

    return facts


def _decision(desk: Desk, thread: str, review_id: str) -> tuple[str, Mapping[str, Any], Any] | None:
    """Who answered, what they were asked, and what they said; None for any other kind of review."""
    try:
        file = desk.review(review_id)
    except SignoffError:
        return None
    if file.review.thread != thread or file.review.outcome is not Outcome.ANSWERED:
        return None
    return file.review.decided_by or "", file.original.arguments, desk.answer_of(review_id)


def _is_decided(
    edit: Mapping[str, str], tool: str, known: Mapping[str, tuple[str, Mapping[str, Any], Any]]
) -> bool:
    """Whether the review that the edit names is about exactly this value, and chose it."""
    found = known.get(edit["decision"])
    if found is None or edit["field"] not in BY_NAME:
        return False
    _, asked, answer = found
    conflict = _conflict_asked(edit["field"], asked)
    if conflict is None or edit["account"] not in {number for number, _ in conflict.accounts}:
        return False
    before = conflict.crm if tool == CRM_TOOL else conflict.erp
    return (edit["before"], edit["after"]) == (before, chosen(conflict, answer))


def _conflict_asked(field: str, asked: Mapping[str, Any]) -> Conflict | None:
    """The conflict that a stored question is about; None if it is not a question about this field."""
    try:
        ours, theirs = asked["choices"]
        crm, erp = (_value(choice[name]) for choice, name in ((ours, USE_CRM), (theirs, USE_ERP)))
        accounts = tuple(_account(line) for line in asked["details"].splitlines())
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    conflict = Conflict(field, crm, erp, accounts)
    return conflict if _content(question(conflict).arguments) == _content(asked) else None


def _value(shown: str) -> str:
    return "" if shown == EMPTY else shown


def _account(line: str) -> tuple[str, str]:
    number, _, name = line.partition(" ")
    return number, name


def _content(question_as_asked: Mapping[str, Any]) -> str:
    return json.dumps(question_as_asked, sort_keys=True, ensure_ascii=False)
