"""All recorded tasks through the guarded graph, each compared with the same calls unguarded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_core.messages import ToolMessage

from graphs.refund.graph import build_on
from graphs.refund.model import ScriptedAgent
from graphs.refund.planning import CHANGES
from graphs.refund.requests import Request, request_input
from graphs.refund.shares import share_lines
from graphs.refund.system import TRANSFER, Rows, Shop, open_shop
from graphs.refund.twin import Twin, Unguarded, differing
from graphs.retail import read_written_policy
from signoff import Effect, EffectState, Outcome

if TYPE_CHECKING:
    from signoff import Desk, Review
    from signoff.testing import ScriptedReviewer

REASON = "A stand-in approves everything that waits."
DECIDED = "Decided by a scripted reviewer, who approves whatever waits; calls by a recording, no model."


@dataclass
class Tally:
    """Counts over all tasks."""

    tasks: int = 0
    calls: int = 0
    reads: int = 0
    reads_refused: int = 0
    reads_paused: int = 0
    changes: int = 0
    changes_refused: int = 0
    by_rule: int = 0
    by_person: int = 0
    paused: Counter[str] = field(default_factory=Counter)
    idle: int = 0
    transfers: int = 0
    transfers_by_rule: int = 0
    rows: int = 0
    rows_apart: int = 0
    refunds: list[Decimal] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        accepted = self.changes - self.changes_refused
        how = f"{self.by_rule} by a rule, {self.by_person} by a person"
        refused = self.reads_refused + self.changes_refused
        yield f"tasks      {self.tasks:4}"
        yield f"calls      {self.calls:4}"
        yield f"reads      {self.reads:4}   {self.reads_paused} paused; {self.reads_refused} found nothing"
        yield f"writes     {self.changes:4}   {accepted} accepted: {how}"
        for rule, count in self.paused.most_common():
            yield f"           {count:4}   paused by {rule}"
        if self.idle:
            yield f"           {self.idle:4}   of them asked for what stood there already"
        yield f"transfers  {self.transfers:4}   {self.transfers_by_rule} by a rule"
        yield f"refusals   {refused:4}   {self.changes_refused} of them writes"
        yield f"rows       {self.rows:4}   changed; {self.rows_apart} otherwise than unguarded"


class TraceReplay:
    """A batch for `signoff run refund --traces`: a trial, decided by a stand-in who approves.

    Each task starts from the untouched record. What is reviewed is approved by a scripted reviewer, so
    the record must end exactly as it does when the same calls run without any guard.
    """

    trial = True

    def __init__(self, requests: Sequence[Request], data: Path) -> None:
        self._requests = {request.id: request for request in requests}
        self._data = data
        self.tally = Tally()
        self.cases = [(request.id, request_input(request)) for request in requests]
        self._reviewer: ScriptedReviewer | None = None

    def prepare(self, folder: Path) -> None:
        """Lay the record out three times: untouched, behind the guard, and without it."""
        self._untouched = open_shop(folder / "untouched.db", self._data)
        self._untouched_rows = self._untouched.rows()
        self._guarded = Shop(folder / "guarded.db")
        self._guarded.copy_from(self._untouched)
        self._twin = Twin(Shop(folder / "unguarded.db"))

    def build(self, desk: Desk) -> Any:
        """The flow's own graph with the recordings in the model's place."""
        self._desk = desk
        model = ScriptedAgent.of_requests(self._requests.values())
        return build_on(desk, self._guarded, model, read_written_policy(self._data))

    def decide(self, desk: Desk, thread: str) -> None:
        """Approve whatever waits on the thread."""
        from signoff.testing import Answer, Line, ScriptedReviewer  # noqa: PLC0415 - only a trial needs it

        self._reviewer = self._reviewer or ScriptedReviewer(desk, [Line(Answer.approve(REASON))])
        self._reviewer.decide(thread)

    def tell(self, ended: Any) -> Iterable[str]:
        """Compare one task with its twin, and put the record back."""
        request = self._requests[ended.name]
        self._twin.shop.copy_from(self._untouched)
        unguarded = self._twin.run(request)
        ends = self._guarded.rows()
        problems = [*self._problems(ended, request, unguarded), *self._end_problems(ends)]
        self._count(ended.thread, unguarded, changed=len(differing(self._untouched_rows, ends)))
        self._guarded.copy_from(self._untouched)
        self.tally.problems += [f"{ended.name}: {problem}" for problem in problems]
        writes = sum(one.is_change and not one.refused for one in unguarded)
        counts = f"{ended.name}: {len(unguarded)} calls, {writes} of them accepted writes"
        yield "; ".join([counts, *problems])

    def summary(self, desk: Desk, all_ended: Sequence[Any]) -> tuple[Iterable[str], Iterable[str]]:
        """The counts, the shares that pass at several limits, and whatever fell short."""
        audit = f"audit: ok ({desk.verify_audit()} entries)"
        lines = [
            "",
            DECIDED,
            *self.tally.lines(),
            audit,
            "",
            *share_lines(self.tally.refunds, self._untouched),
        ]
        return lines, self.tally.problems

    def _problems(self, ended: Any, request: Request, unguarded: list[Unguarded]) -> Iterator[str]:
        if ended.status != "finished":
            yield f"the run is {ended.status}. {ended.error}".rstrip()
        yield from _answer_problems(ended.values, unguarded)
        reviews = [*self._desk.reviews(ended.thread), *self._desk.reviews(ended.thread, closed=True)]
        reads = {one.call.name for one in unguarded if one.is_read}
        paused = [review.tool for review in reviews if review.tool in reads]
        self.tally.reads_paused += len(paused)
        yield from (f"the read {tool} was paused" for tool in paused)
        yield from self._ledger_problems(ended.thread, {review.id: review for review in reviews})
        yield from _row_problems(request, unguarded)

    def _end_problems(self, ends: Rows) -> Iterator[str]:
        apart = sorted(differing(ends, self._twin.rows))
        self.tally.rows_apart += len(apart)
        for table, key in apart:
            yield f"the row {table} {key} ends otherwise than unguarded"

    def _ledger_problems(self, thread: str, reviews: dict[str, Review]) -> Iterator[str]:
        """Whatever the shop accepted without an authority, or the ledger holds and the shop does not."""
        effects = {str(effect.id): effect for effect in self._desk.effects(thread)}
        accepted = self._guarded.requests()
        passed = {entry.action_id for entry in self._desk.audit(thread) if entry.event == "action.passed"}
        for key, (tool, arguments) in accepted.items():
            effect = effects.get(key)
            if effect is None or (effect.tool, effect.arguments) != (tool, arguments):
                yield f"the shop carried {tool} out, but the ledger holds no such effect"
            elif not _has_authority(effect, reviews, passed):
                yield f"{tool} ran without a decision or a rule"
        for effect in effects.values():
            if (effect.state is EffectState.SUCCEEDED) != (str(effect.id) in accepted):
                yield f"the ledger says {effect.state} of {effect.tool}, and the shop something else"

    def _count(self, thread: str, unguarded: list[Unguarded], *, changed: int) -> None:
        tally = self.tally
        reads = [one for one in unguarded if one.is_read]
        changes = [one for one in unguarded if one.is_change]
        effects = [e for e in self._desk.effects(thread) if e.state is EffectState.SUCCEEDED]
        by_person = [effect.review_id is not None for effect in effects if effect.tool in CHANGES]
        tally.tasks += 1
        tally.calls += len(unguarded)
        tally.reads += len(reads)
        tally.reads_refused += sum(one.refused for one in reads)
        tally.changes += len(changes)
        tally.changes_refused += sum(one.refused for one in changes)
        tally.idle += sum(one.plan.idle for one in changes)
        tally.transfers += sum(one.is_transfer for one in unguarded)
        tally.transfers_by_rule += sum(e.tool == TRANSFER and e.review_id is None for e in effects)
        tally.refunds += [one.plan.refund for one in changes if one.plan.refund > 0]
        tally.rows += changed
        reviewed = [effect.review_id for effect in effects if effect.review_id]
        tally.paused.update(self._desk.review(one).current.verdict.rule or "no rule" for one in reviewed)
        tally.by_person += sum(by_person)
        tally.by_rule += len(by_person) - sum(by_person)


def _has_authority(effect: Effect, reviews: dict[str, Review], passed: set[Any]) -> bool:
    """Whether a person approved it, or a named rule let it pass and the audit chain says so."""
    if effect.review_id is None:
        return effect.rule is not None and effect.action_id in passed
    review = reviews.get(effect.review_id)
    return review is not None and review.outcome in (Outcome.APPROVED, Outcome.REVISED)


def _answer_problems(values: Any, unguarded: list[Unguarded]) -> Iterator[str]:
    """Calls that were answered otherwise than they are without a guard."""
    answers = [message for message in values.get("messages", ()) if isinstance(message, ToolMessage)]
    if len(answers) != len(unguarded):
        yield f"{len(unguarded)} calls were recorded, but {len(answers)} answered"
    for answer, one in zip(answers, unguarded, strict=False):
        if (answer.status == "error") != one.refused:
            did = "is refused" if one.refused else "is carried out"
            yield f"{one.call.name} {did} unguarded, but guarded the answer was: {answer.text[:120]}"


def _row_problems(request: Request, unguarded: list[Unguarded]) -> Iterator[str]:
    """Accepted writes that left the rows they name as they were, or touched somebody else's."""
    for one in unguarded:
        if one.refused or not one.is_change:
            continue
        named = str(one.call.arguments.get("order_id") or one.call.arguments.get("user_id"))
        changed = {owner for _, owner in one.changed}
        if named not in changed and not one.plan.idle:
            yield f"{one.call.name} did not change {named}"
        if changed - {named, request.customer_id}:
            yield f"{one.call.name} on {named} changed rows of {', '.join(sorted(changed - {named}))}"
