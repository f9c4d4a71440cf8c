"""What policy and detectors may rely on: read from the contract and the playbook, never from the model."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from graphs.contract_review.hints import Hint
from graphs.contract_review.playbook import Playbook

if TYPE_CHECKING:
    from graphs.contract_review.state import ClauseState
    from signoff import Call


def contract_facts(playbook: Playbook) -> Callable[[Call], dict[str, Any]]:
    """A `facts` function over one playbook; the run's state holds the contract."""

    def facts(call: Call) -> dict[str, Any]:
        state: Mapping[str, Any] = call.state if isinstance(call.state, Mapping) else {}
        if call.tool == "pass_clauses":
            return {"may_pass": _may_pass(state, call.arguments.get("clauses", ()))}
        if call.tool == "settle_clause":
            return _of_clause(playbook, state, call.arguments)
        if call.tool == "send_redline":
            return _of_redline(state, call.arguments)
        return {}

    return facts


def _of_clause(playbook: Playbook, state: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    clause = clause_called(state, str(arguments.get("clause", "")))
    kinds = {} if clause is None else clause["kinds"]
    return {
        "original_is_in_contract": clause is not None and clause["text"] == arguments.get("original"),
        "playbook": f"{playbook.label} ({playbook.digest[:12]})",
        "recognised_by": kinds,
        "entries": {name: playbook.clauses[name].model_dump(mode="json") for name in kinds},
        "hints": [] if clause is None else clause["hints"],
    }


def _may_pass(state: Mapping[str, Any], names: Sequence[Any]) -> bool:
    clauses = {clause["id"]: clause for clause in state.get("clauses", ())}
    return all(name in clauses and nobody_need_look(clauses[name]) for name in names)


def nobody_need_look(clause: ClauseState) -> bool:
    """Whether the playbook does not speak of it, no classifier is sure of anything, and nothing is hidden."""
    shows_all = not any(
        unicodedata.category(char) in _HIDDEN and char not in "\n\t" for char in clause["text"]
    )
    is_hinted = any(hint.is_strong for hint in Hint.of(clause["hints"]))
    return not clause["kinds"] and not is_hinted and shows_all


_HIDDEN = ("Cc", "Cf", "Co", "Cn", "Cs")
"""Unicode categories of characters that a reader does not see."""


def _of_redline(state: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    redline = state.get("redline") or {}
    return {
        "recipient_is_counterparty": bool(arguments.get("to"))
        and arguments.get("to") == state.get("counterparty"),
        "document_is_current": bool(redline) and arguments.get("document") == redline.get("document"),
        "walk_aways_left": len(redline.get("open", ())),
        "clauses_changed": len(redline.get("changed", ())),
    }


def clause_called(state: Mapping[str, Any], name: str) -> ClauseState | None:
    """The clause of this id."""
    return next((clause for clause in state.get("clauses", ()) if clause["id"] == name), None)
