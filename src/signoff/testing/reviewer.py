"""A reviewer who decides by a script, for tests and demos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Self

from signoff.app import Desk
from signoff.domain.errors import SignoffError
from signoff.domain.person import Person
from signoff.domain.review import Review, ReviewFile
from signoff.domain.run import RunStatus
from signoff.domain.vote import VoteKind

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph


class ScriptRanOut(SignoffError):
    """A review came that the script says nothing about."""

    code = "script_ran_out"


@dataclass(frozen=True)
class Answer:
    """What the reviewer says to a review."""

    kind: VoteKind
    reason: str = ""
    changes: dict[str, Any] | None = None
    value: Any = None

    @classmethod
    def approve(cls, reason: str = "") -> Self:
        return cls(VoteKind.APPROVE, reason)

    @classmethod
    def reject(cls, reason: str = "Not this one.") -> Self:
        return cls(VoteKind.REJECT, reason)

    @classmethod
    def request_changes(cls, reason: str) -> Self:
        return cls(VoteKind.REQUEST_CHANGES, reason)

    @classmethod
    def revise(cls, **changes: Any) -> Self:
        """Approve with these arguments changed and all others as they are."""
        return cls(VoteKind.REVISE, changes=changes)

    @classmethod
    def answer(cls, value: Any) -> Self:
        return cls(VoteKind.ANSWER, value=value)

    def arguments(self, file: ReviewFile) -> dict[str, Any] | None:
        """The edited arguments, whole; None where nothing is edited."""
        return None if self.changes is None else {**file.current.arguments, **self.changes}


@dataclass(frozen=True)
class Line:
    """One line of a script: which reviews it is for, and what is said.

    Args:
        tool: the tool's name.
        title: a pattern for the review's title, with `*` and `?`.
        times: how many reviews it answers; None for any number.
    """

    answer: Answer
    tool: str = "*"
    title: str = "*"
    times: int | None = None

    def fits(self, review: Review) -> bool:
        return fnmatchcase(review.tool, self.tool) and fnmatchcase(review.title, self.title)


class ScriptedReviewer:
    """Decides the live reviews of a desk by the first line of the script that fits.

    Args:
        script: lines in order of preference.
        person: in whose name; by default somebody who is added to the desk for this.
    """

    def __init__(self, desk: Desk, script: Sequence[Line], person: Person | None = None) -> None:
        self._desk = desk
        self._script = list(script)
        self._used = [0] * len(self._script)
        self.person = person or desk.add_person("scripted.reviewer@example.com", "Scripted reviewer")

    def decide(self, thread_id: str | None = None) -> list[Review]:
        """Decide every open review, of one thread or of all; the reviews as they stand afterwards.

        Raises:
            ScriptRanOut: no line fits a review.
        """
        waiting = [review for review in self._desk.reviews(thread_id) if review.outcome is None]
        return [self._decide_one(review) for review in waiting]

    def carry_through(
        self, graph: CompiledStateGraph[Any, Any, Any, Any], thread_id: str, *, rounds: int = 25
    ) -> RunStatus:
        """Decide and wake in turn until the thread has ended; its status.

        Raises:
            NotFound: no run of this thread is known.
            ScriptRanOut: no line fits a review, or the thread has not ended after so many rounds.
        """
        status = RunStatus.PAUSED
        for _ in range(rounds):
            if not self.decide(thread_id) and status is not RunStatus.PAUSED:
                return status
            status = self._desk.resume(graph, thread_id)
            if status in (RunStatus.FINISHED, RunStatus.FAILED) and not self._desk.reviews(thread_id):
                return status
        raise ScriptRanOut(f"Thread {thread_id!r} has not ended after {rounds} rounds.", thread=thread_id)

    def _decide_one(self, review: Review) -> Review:
        answer = self._answer_to(review)
        file = self._desk.review(review.id)
        return self._desk.vote(
            review.id,
            answer.kind,
            by=self.person.id,
            digest=file.review.digest,
            reason=answer.reason,
            arguments=answer.arguments(file),
            answer=answer.value,
            channel="script",
        )

    def _answer_to(self, review: Review) -> Answer:
        for number, line in enumerate(self._script):
            if line.fits(review) and (line.times is None or self._used[number] < line.times):
                self._used[number] += 1
                return line.answer
        raise ScriptRanOut(
            f"No line of the script is for {review.title!r} ({review.tool}).", review=review.id
        )
