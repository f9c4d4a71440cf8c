"""The letter that goes out with a redline: what was changed and why, and nothing of our own lines."""

from __future__ import annotations

from graphs.contract_review.playbook import Playbook
from graphs.contract_review.state import ContractState


def letter(playbook: Playbook, state: ContractState) -> str:
    """Plain text for the other side."""
    changed = [clause for clause in state["clauses"] if clause["id"] in set(state["redline"]["changed"])]
    lines = [
        "Dear colleagues,",
        "",
        f"Please find our changes to {state.get('title', 'the contract')} attached.",
    ]
    for clause in changed:
        name = " ".join(part for part in (clause["number"], clause["heading"]) if part) or clause["text"][:40]
        why = " ".join(playbook.clauses[kind].explain for kind in clause["kinds"])
        lines += ["", f"{'New: ' if not clause['text'] else ''}{name}. {why}"]
    if state.get("made_from"):
        lines += ["", "We typeset the document anew from the text that we had, so its layout is not yours."]
    lines += [
        "",
        "The changes are tracked, and can be accepted one by one.",
        "",
        "Kind regards",
        playbook.author,
    ]
    return "\n".join(lines)
