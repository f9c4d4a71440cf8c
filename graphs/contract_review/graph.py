"""Read the contract, propose a wording for every clause, let people decide, and send the redline."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from langchain_core.messages import AIMessage
from langgraph.graph import END, START, StateGraph

from graphs.contract_review.checks import findings
from graphs.contract_review.classifiers import open_classifier
from graphs.contract_review.drafting import MAX_DRAFTS, Drafter, Task, open_drafter
from graphs.contract_review.facts import contract_facts, nobody_need_look
from graphs.contract_review.letter import letter
from graphs.contract_review.ooxml import Author
from graphs.contract_review.playbook import Playbook, load_playbook
from graphs.contract_review.progress import Settled, settled
from graphs.contract_review.reading import open_contract, read_clauses
from graphs.contract_review.redline import Change, redline
from graphs.contract_review.settings import FlowSettings
from graphs.contract_review.shelf import Shelf
from graphs.contract_review.state import ClauseState, ContractState, RedlineState, redline_name
from graphs.contract_review.tools import contract_tools
from graphs.outbound_copy.mail import open_outbox, sent_lookup

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph

    from signoff import Desk

NAME = "contract_review"


def build(desk: Desk, settings: FlowSettings | None = None) -> CompiledStateGraph[Any, Any, Any, Any]:
    """The compiled and checked graph of this flow.

    Args:
        desk: under the policy that stands beside this file.
        settings: read from the environment when None.

    Raises:
        PlaybookInvalid: the playbook has faults.
        ModelMissing: the configured model cannot be had.
    """
    settings = settings or FlowSettings.from_environment()
    shelf = Shelf(settings.folder)
    outbox = open_outbox(settings.smtp_url, settings.maildir)
    playbook = load_playbook(settings.playbook)
    nodes = _Nodes(desk, shelf, playbook, open_drafter(settings.model))
    tools = contract_tools(shelf, outbox)
    facts = contract_facts(playbook)

    builder = StateGraph(ContractState)
    builder.add_node("read", nodes.read)
    builder.add_node("draft", nodes.draft)
    builder.add_node("review", desk.gate(tools, facts=facts))
    builder.add_node("tools", desk.tool_node(tools, facts=facts))
    builder.add_node("redline", nodes.redline)
    builder.add_node("offer", nodes.offer)
    builder.add_edge(START, "read")
    builder.add_edge("read", "draft")
    builder.add_conditional_edges("draft", _after_draft, ["review", "redline"])
    builder.add_conditional_edges("tools", _after_tools, ["draft", END])
    builder.add_edge("redline", "offer")
    builder.add_conditional_edges("offer", _after_offer, ["review", END])
    desk.lookup("send_redline", sent_lookup(outbox))
    return desk.check(builder.compile(checkpointer=desk.saver(), name=NAME), name=NAME)


@dataclass(frozen=True)
class Wording:
    """How a clause should read, and why, for the other side."""

    text: str
    comment: str


class _Nodes:
    """The steps of the flow over its shelf, playbook and drafter."""

    def __init__(self, desk: Desk, shelf: Shelf, playbook: Playbook, drafter: Drafter) -> None:
        self._desk = desk
        self._shelf = shelf
        self._playbook = playbook
        self._drafter = drafter
        self._classifier, _ = open_classifier()

    def read(self, state: ContractState) -> ContractState:
        """Split the contract, once; a later wake-up works on the same clauses."""
        paper = open_contract(self._shelf, state["document"])
        with self._desk.read() as tx:
            now = tx.now
        return {
            "received_at": now.astimezone(UTC).isoformat(timespec="seconds"),
            "made_from": paper.made_from or "",
            "clauses": read_clauses(paper.document, self._playbook, self._classifier),
        }

    def draft(self, state: ContractState) -> ContractState:
        """First one call per clause to settle, and one for all that nobody need look at; later one per
        clause whose draft is to be changed."""
        messages = state.get("messages", [])
        known = settled(messages)
        looked_at = [clause for clause in state["clauses"] if not nobody_need_look(clause)]
        calls = [
            call for clause in looked_at if (call := self._call(clause, known.get(clause["id"]))) is not None
        ]
        if messages:
            return {"messages": [AIMessage("" if calls else "All settled.", tool_calls=calls)]}
        proposed = {
            str(call["args"]["clause"]): Wording(call["args"]["wording"], call["args"]["comment"])
            for call in calls
        }
        names = {clause["id"] for clause in looked_at}
        passed = [clause["id"] for clause in state["clauses"] if clause["id"] not in names]
        if passed:
            calls.append({"name": "pass_clauses", "id": "pass", "args": {"clauses": passed}})
        return {
            "messages": [AIMessage("", tool_calls=calls)],
            "proposal": self._made(state, proposed),
        }

    def _call(self, clause: ClauseState, known: Settled | None) -> dict[str, Any] | None:
        if known is not None and (known.outcome != "changes_requested" or known.attempts >= MAX_DRAFTS):
            return None
        entries = {name: self._playbook.clauses[name] for name in clause["kinds"]}
        wording = self._drafter.word(Task(clause["text"], entries, "" if known is None else known.feedback))
        if known is not None and wording == clause["text"]:
            return None
        return {
            "name": "settle_clause",
            "id": f"{clause['id']}/{1 if known is None else known.attempts + 1}",
            "args": {
                "clause": clause["id"],
                "heading": clause["heading"],
                "kinds": ", ".join(entry.title for entry in entries.values()),
                "original": clause["text"],
                "wording": wording,
                "comment": self._comment(clause) if wording != clause["text"] else "",
            },
        }

    def _comment(self, clause: ClauseState) -> str:
        """Why, for the other side; the lines of our playbook stay in the house."""
        touched = [
            self._playbook.clauses[name].explain
            for name in clause["kinds"]
            if any(
                f.instead is not None for f in findings(name, self._playbook.clauses[name], clause["text"])
            )
        ]
        return "\n".join(touched)

    def redline(self, state: ContractState) -> ContractState:
        """Track every agreed wording in the contract."""
        known = settled(state["messages"])
        agreed = {
            name: Wording(one.wording, one.comment) for name, one in known.items() if one.wording is not None
        }
        return {"redline": self._made(state, agreed)}

    def _made(self, state: ContractState, wordings: Mapping[str, Wording]) -> RedlineState:
        """A redline of the contract with these wordings, put on the shelf."""
        final = {
            c["id"]: wordings[c["id"]].text if c["id"] in wordings else c["text"] for c in state["clauses"]
        }
        changed = [c for c in state["clauses"] if final[c["id"]] != c["text"]]
        document = open_contract(self._shelf, state["document"]).document
        author = Author(self._playbook.author, datetime.fromisoformat(state["received_at"]))
        changes = [Change(c["start"], c["end"], final[c["id"]], wordings[c["id"]].comment) for c in changed]
        counts = redline(document, changes, author)
        written = io.BytesIO()
        document.save(written)
        return RedlineState(
            document=self._shelf.put(written.getvalue(), ".docx"),
            changed=[c["id"] for c in changed],
            open=[c["id"] for c in state["clauses"] if self._is_walk_away(c, final[c["id"]])],
            insertions=counts.insertions,
            deletions=counts.deletions,
            comments=counts.comments,
        )

    def _is_walk_away(self, clause: ClauseState, text: str) -> bool:
        return bool(text) and any(
            finding.code == "walk_away"
            for name in clause["kinds"]
            for finding in findings(name, self._playbook.clauses[name], text)
        )

    def offer(self, state: ContractState) -> ContractState:
        """Ask to send the redline, where there is one and somebody to send it to."""
        made, to = state["redline"], state.get("counterparty", "")
        if not made["changed"] or not to:
            return {"messages": [AIMessage("Nothing to send.")]}
        title = state.get("title", "Contract")
        arguments = {
            "to": to,
            "subject": f"{title}: our changes"[:200],
            "body": letter(self._playbook, state),
            "document": made["document"],
            "attachment_name": redline_name(title),
        }
        call = {"name": "send_redline", "id": f"send/{made['document'][:16]}", "args": arguments}
        return {"messages": [AIMessage("", tool_calls=[call])]}


def _calls_wait(state: ContractState) -> bool:
    last = state["messages"][-1]
    return isinstance(last, AIMessage) and bool(last.tool_calls)


def _after_draft(state: ContractState) -> Literal["review", "redline"]:
    return "review" if _calls_wait(state) else "redline"


def _after_offer(state: ContractState) -> Literal["review", "__end__"]:
    return "review" if _calls_wait(state) else "__end__"


def _after_tools(state: ContractState) -> Literal["draft", "__end__"]:
    return "__end__" if "redline" in state else "draft"
