"""The demo without a person: a scripted reviewer decides, and the counts must add up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from signoff.cli.console import busy, note, say
from signoff.cli.demo_ground import (
    MOVING,
    Ground,
    Story,
    delivered,
    latest_batch,
    start_briefs,
    stories,
)
from signoff.domain.effect import EffectState, effect_id
from signoff.domain.errors import SignoffError
from signoff.domain.review import Outcome, ReviewKind
from signoff.domain.run import RunStatus

if TYPE_CHECKING:
    from signoff.domain.review import Review, ReviewFile

_PATIENCE = 150.0
"""Seconds until it gives up; it takes about twenty."""
_APPROVED = ("grill-offer", "strategic-check-in")
_REWORDED = ("dumbbell-promise", "toothbrush-refill")
_CHANGES = {
    "chair-price": "The price is not the one on record.",
    "backpack-flash": "Nobody agreed to 35 %. Offer 10 %.",
    "yoga-mat-care": "The address is misspelt.",
}
_REJECTED = {
    "bookshelf-rewards": "That is not our site.",
    "notebook-neighbours": "This gives another customer away.",
}


def run_headless(ground: Ground) -> int:
    """Run one new batch of briefs to its end; 0 when everything adds up, else 1."""
    from signoff.worker import Worker, WorkerThread

    worker = WorkerThread(Worker(ground.registry, ground.settings))
    worker.start()
    try:
        before = set(delivered(ground.maildir))
        with ground.desk.read() as tx:
            batch = latest_batch(tx)[0] + 1
        threads = start_briefs(ground, batch)
        with busy("The agent drafts and a script decides; each decision can be undone for ten seconds"):
            _carry_through(ground, threads, worker)
    finally:
        worker.stop()
    told = stories(ground, threads)
    after = delivered(ground.maildir)
    tally = Tally.of(told, sent=len(after.keys() - before))
    problems = [*tally.problems(), *_story_problems(told), *_mail_problems(ground, told, before, after)]
    for line in tally.lines():
        say(line)
    problems += _audit_problems(ground)
    if worker.error is not None:
        problems.append(f"the worker failed: {worker.error}")
    for problem in problems:
        note(f"signoff: {problem}")
    return 1 if problems else 0


def _carry_through(ground: Ground, threads: list[str], worker: Any) -> None:
    """Decide what waits until nothing moves any more."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and worker.error is None:
        told = stories(ground, threads)
        waiting = [(s, r) for s in told for r in _mails(s) if r.is_live and r.outcome is None]
        for story, review in waiting:
            _decide(ground, story, review)
        if not waiting and not any(s.run.status in MOVING or any(r.is_live for r in _mails(s)) for s in told):
            return
        time.sleep(0.2)


def _mails(story: Story) -> list[Review]:
    """The reviews of mails; a question about an effect of unknown outcome is for no script."""
    return [review for review in story.reviews if review.kind is ReviewKind.TOOL_CALL]


def _decide(ground: Ground, story: Story, review: Review) -> None:
    from signoff.testing import Answer, Line, ScriptedReviewer

    brief = "" if review.follows else story.brief.id
    answer = Answer.approve()
    if brief in _CHANGES:
        answer = Answer.request_changes(_CHANGES[brief])
    elif brief in _REJECTED:
        answer = Answer.reject(_REJECTED[brief])
    elif brief in _REWORDED:
        answer = Answer.revise(**_reworded(ground.desk.review(review.id)))
    ScriptedReviewer(ground.desk, [Line(answer)], ground.reviewer).decide(review.thread)


def _reworded(file: ReviewFile) -> dict[str, Any]:
    """The texts with every marked place replaced by the safer wording that the flag suggests."""
    changes: dict[str, Any] = {}
    marked = [flag for flag in file.current.flags if flag.suggestion is not None and flag.end > flag.start]
    for flag in sorted(marked, key=lambda flag: flag.start, reverse=True):
        name = flag.path.removeprefix("/")
        text = changes.get(name, file.current.arguments[name])
        if text[flag.start : flag.end] == flag.quote:
            changes[name] = text[: flag.start] + (flag.suggestion or "") + text[flag.end :]
    return changes


@dataclass(frozen=True)
class Tally:
    """How many messages took which way."""

    passed: int
    paused: int
    approved: int
    revised: int
    changes_requested: int
    rejected: int
    sent: int

    @classmethod
    def of(cls, told: list[Story], *, sent: int) -> Tally:
        reviews = [review for story in told for review in _mails(story)]
        effects = [effect for story in told for effect in story.effects]

        def closed(outcome: Outcome) -> int:
            return sum(review.outcome is outcome for review in reviews)

        return cls(
            passed=sum(e.review_id is None and e.state is EffectState.SUCCEEDED for e in effects),
            paused=len(reviews),
            approved=closed(Outcome.APPROVED),
            revised=closed(Outcome.REVISED),
            changes_requested=closed(Outcome.CHANGES_REQUESTED),
            rejected=closed(Outcome.REJECTED),
            sent=sent,
        )

    def lines(self) -> Iterator[str]:
        yield f"passed            {self.passed:3}   by policy, without a person"
        yield f"paused            {self.paused:3}   for a person"
        yield f"approved          {self.approved:3}"
        yield f"revised           {self.revised:3}"
        yield f"changes requested {self.changes_requested:3}   and drafted anew"
        yield f"rejected          {self.rejected:3}   and never sent"
        yield f"sent              {self.sent:3}   passed + approved + revised"

    def problems(self) -> Iterator[str]:
        decided = self.approved + self.revised + self.changes_requested + self.rejected
        if self.paused != decided:
            yield f"{self.paused} paused, but {decided} decided."
        if self.sent != self.passed + self.approved + self.revised:
            yield f"{self.sent} sent, but {self.passed + self.approved + self.revised} were allowed."
        for name in ("passed", "approved", "revised", "changes_requested", "rejected"):
            if getattr(self, name) == 0:
                yield f"nothing was {name.replace('_', ' ')}, so the demo does not show it."


def _story_problems(told: list[Story]) -> Iterator[str]:
    for story in told:
        if story.run.status is not RunStatus.FINISHED:
            yield f"{story.brief.id} is {story.run.status}. {story.run.error}".rstrip()
        for effect in story.effects:
            if effect.state is not EffectState.SUCCEEDED:
                yield f"{story.brief.id}: the effect {effect.id} is {effect.state}. {effect.error}".rstrip()


def _mail_problems(
    ground: Ground, told: list[Story], before: set[str], after: dict[str, Path]
) -> Iterator[str]:
    """What is in the Maildir and must not be, is not and must be, or says something else."""
    allowed = {e.id: e for story in told for e in story.effects if e.state is EffectState.SUCCEEDED}
    for key in sorted(after.keys() - before - allowed.keys()):
        yield f"{after[key]} was sent without an effect in the ledger."
    for key, effect in allowed.items():
        if key not in after:
            yield f"{effect.arguments['to']}: the ledger says sent, but the Maildir has no message {key}."
        elif not _says(after[key], effect.arguments):
            yield f"{after[key]} is not what was allowed."
    copies = [message_from_bytes(after[key].read_bytes())["Message-ID"] for key in after.keys() - before]
    if len(copies) != len(set(copies)):
        yield "a message was delivered twice."
    for story in told:
        for review in _mails(story):
            if review.outcome in (Outcome.REJECTED, Outcome.CHANGES_REQUESTED):
                yield from _sent_nevertheless(ground, review, after)


def _sent_nevertheless(ground: Ground, review: Review, after: dict[str, Path]) -> Iterator[str]:
    action = ground.desk.review(review.id).action
    if effect_id(action.workspace, action.thread, action.key, action.digest) in after:
        yield f"{review.title!r} was {review.outcome} and sent nevertheless."


def _says(file: Path, arguments: dict[str, Any]) -> bool:
    message: Any = message_from_bytes(file.read_bytes(), policy=policy.default)
    body = message.get_content().replace("\r\n", "\n").strip()
    return bool(
        message["To"] == arguments["to"]
        and message["Subject"] == arguments["subject"]
        and body == str(arguments["body"]).strip()
    )


def _audit_problems(ground: Ground) -> Iterator[str]:
    try:
        say(f"audit: ok ({ground.desk.verify_audit()} entries)")
    except SignoffError as error:
        yield f"audit: broken. {error.message}"
