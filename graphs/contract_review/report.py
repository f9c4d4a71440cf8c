"""What the command line shows of a contract: clauses, flags, reviews, redline; and what fell short."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docx
from docx.oxml.ns import qn
from langchain_core.messages import ToolMessage

from graphs.contract_review.checks import Finding, findings
from graphs.contract_review.hints import HINT, Hint
from graphs.contract_review.playbook import Playbook
from graphs.contract_review.progress import Settled, settled
from graphs.contract_review.shelf import NotOnShelf, Shelf
from graphs.contract_review.state import ClauseState, redline_name

if TYPE_CHECKING:
    from graphs.contract_review.inputs import Case

_FINISHED, _PAUSED = "finished", "paused"


def lines_of(
    case: Case, playbook: Playbook, shelf: Shelf, *, decided: Sequence[str] | None, shows_flags: bool
) -> Iterator[str]:
    """One contract, from its clauses to its redline."""
    clauses: Sequence[ClauseState] = case.values.get("clauses", ())
    found = {clause["id"]: _findings(playbook, clause) for clause in clauses}
    flagged = [clause for clause in clauses if found[clause["id"]] or _strong(clause)]
    covered = sum(bool(clause["kinds"]) for clause in clauses)
    yield f"{case.name}"
    yield (
        f"  clauses   {len([c for c in clauses if c['text']]):4}   {covered} the playbook speaks of, "
        f"{len(clauses) - covered} it does not"
    )
    codes = Counter[str](finding.code for clause in flagged for finding in found[clause["id"]])
    codes.update(HINT for clause in flagged for _ in _strong(clause))
    listed = ", ".join(f"{times} {code.replace('_', ' ')}" for code, times in sorted(codes.items()))
    yield f"  flags     {sum(codes.values()):4}   {listed or 'none'}"
    if shows_flags:
        for clause in flagged:
            yield from _flag_lines(clause, found[clause["id"]])
    known = settled(case.values.get("messages", ()))
    yield from _review_lines(case, known, flagged, decided)
    yield from _redline_lines(case, shelf)
    yield f"  time      {case.seconds:6.2f} s  {_until(case)}"
    yield ""


def _strong(clause: ClauseState) -> list[Hint]:
    return [hint for hint in Hint.of(clause["hints"]) if hint.is_strong]


def _findings(playbook: Playbook, clause: ClauseState) -> list[Finding]:
    return [f for name in clause["kinds"] for f in findings(name, playbook.clauses[name], clause["text"])]


def _flag_lines(clause: ClauseState, found: Sequence[Finding]) -> Iterator[str]:
    yield f"    {_named(clause)}"
    for finding in found:
        words = f" “{' '.join(finding.quote.split())[:70]}”" if finding.quote else ""
        yield f"      {finding.code}: {finding.message}{words}"
    for hint in _strong(clause):
        yield f"      classifier_hint: {hint.title} ({hint.score:.2f}; {', '.join(hint.words)})"


def _named(clause: ClauseState) -> str:
    return " ".join(part for part in (clause["number"] or clause["id"], clause["heading"]) if part)[:80]


def _review_lines(
    case: Case, known: Mapping[str, Settled], flagged: Sequence[ClauseState], decided: Sequence[str] | None
) -> Iterator[str]:
    names = {clause["id"] for clause in flagged}
    clean = sum(one.outcome == "agreed" for name, one in known.items() if name not in names)
    by_rule = clean + _passed(case.values.get("messages", ()))
    if decided is None:
        yield f"  reviews   {len(case.reviews):4}   wait for the group legal; other clauses pass by rule"
        for review in case.reviews:
            yield f"    {review.id}  {review.title[:80]}"
        return
    votes = [line for line in decided if not line.startswith("Redline")]
    yield f"  reviews   {len(flagged):4}   one per clause; {by_rule} clauses passed by rule"
    for line in decided:
        yield f"    {line[:110]}"
    if not votes:
        yield "    none needed"


def _passed(messages: Sequence[Any]) -> int:
    """How many clauses the newest turns passed together, and were told so."""
    answers = [m for m in messages if isinstance(m, ToolMessage) and m.name == "pass_clauses"]
    return sum(json.loads(m.text)["passed"] for m in answers if m.status == "success")


def _redline_lines(case: Case, shelf: Shelf) -> Iterator[str]:
    made, what = case.values.get("redline"), "redline"
    if made is None:
        made, what = case.values.get("proposal"), "proposal"
    if made is None:
        return
    yield (
        f"  {what:9} {len(made['changed']):4}   clauses changed: {made['insertions']} insertions, "
        f"{made['deletions']} deletions, {made['comments']} comments"
    )
    if made["open"]:
        yield f"            {len(made['open']):4}   still say what we never sign: {', '.join(made['open'])}"
    yield f"    {shelf.copy(made['document'], redline_name(case.name, what))}"


def _until(case: Case) -> str:
    return (
        "to its end"
        if case.status == _FINISHED
        else "to the pause"
        if case.status == _PAUSED
        else case.status
    )


def summary_of(cases: Sequence[Case], *, drafter: str, classifiers: str, trial: bool) -> Iterator[str]:
    """Closing lines for all contracts."""
    yield f"{len(cases)} contract{'' if len(cases) == 1 else 's'}. Wordings drafted by: {drafter}."
    yield f"Classifiers: {classifiers}."
    if trial:
        yield "Decided by: scripted stand-in for two lawyers, in a database of its own."
    elif any(case.reviews for case in cases):
        yield (
            "The proposal is what the agent would send. Decide on the page of `signoff serve`, or with "
            "`signoff decide`; the redline is made of what you agree."
        )


def problems_of(case: Case, shelf: Shelf, maildir: Path, *, trial: bool) -> Iterator[str]:
    """What is not as it should be."""
    clauses = case.values.get("clauses", ())
    if not clauses:
        yield f"{case.name}: no clause was found."
        return
    if not trial:
        if case.status == _PAUSED and not case.reviews:
            yield f"{case.name}: it pauses, but nothing waits."
        yield from _proposal_problems(case, shelf)
        return
    if case.status != _FINISHED:
        yield f"{case.name}: it is {case.status} and not finished."
        return
    yield from _redline_problems(case, shelf)
    if case.values["redline"]["changed"] and not _was_sent(case, maildir):
        yield f"{case.name}: the redline was not sent."


def _was_sent(case: Case, maildir: Path) -> bool:
    """Whether the mailbox has the message that the ledger's result names."""
    last = case.values["messages"][-1]
    is_told = isinstance(last, ToolMessage) and last.name == "send_redline" and last.status == "success"
    if not is_told:
        return False
    key = json.loads(last.text)["message_id"].strip("<>").partition("@")[0]
    return (maildir / "new" / str(key)).is_file()


def _proposal_problems(case: Case, shelf: Shelf) -> Iterator[str]:
    calls = [call for message in case.values["messages"] for call in getattr(message, "tool_calls", ())]
    proposed = {
        call["args"]["clause"]: call["args"]["wording"] for call in calls if "wording" in call["args"]
    }
    yield from _tracked_problems(case, shelf, case.values["proposal"], proposed)


def _redline_problems(case: Case, shelf: Shelf) -> Iterator[str]:
    known = settled(case.values["messages"])
    agreed = {name: one.wording for name, one in known.items() if one.wording is not None}
    yield from _tracked_problems(case, shelf, case.values["redline"], agreed)


def _tracked_problems(
    case: Case, shelf: Shelf, made: Mapping[str, Any], wordings: Mapping[str, str]
) -> Iterator[str]:
    """It has to say what was agreed when its changes are accepted, and what came in when they are not."""
    try:
        document = docx.Document(io.BytesIO(shelf.read(made["document"])))
    except NotOnShelf as error:
        yield f"{case.name}: {error}"
        return
    accepted, rejected = _as_if(document, "w:del"), _as_if(document, "w:ins")
    for clause in case.values["clauses"]:
        if clause["text"] and not _holds(rejected, clause["text"]):
            yield f"{case.name}: without the changes, clause {clause['id']} is not what came in."
        if not _holds(accepted, wordings.get(clause["id"], "")):
            yield f"{case.name}: with the changes, clause {clause['id']} is not what was agreed."


def _as_if(document: Any, left_out: str) -> str:
    """The text of a document without what stands in marks of one kind, spaces apart."""
    parts = [
        element.text or ""
        for element in document.element.body.iter(qn("w:t"), qn("w:delText"))
        if next(element.iterancestors(qn(left_out)), None) is None
    ]
    return "".join("".join(parts).split())


def _holds(text: str, part: str) -> bool:
    return "".join(part.split()) in text
