"""Two scripted lawyers for trials: they show every way a review can go, and say what they did."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from signoff import SignoffError

if TYPE_CHECKING:
    from signoff import Desk, Person, Review

EDIT = " This clause was agreed by counsel."
"""What the scripted lawyer adds when it edits a wording."""


class TrialLawyers:
    """A stand-in for people. It accepts most wordings, and in each contract edits the second that waits,
    asks for a change of the third, and rejects the fourth. The second lawyer accepts."""

    name = "scripted stand-in for two lawyers"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lawyer = desk.add_person("lawyer@example.com", "Trial lawyer", groups=["legal"])
        self._lead = desk.add_person("lead@example.com", "Trial lead", groups=["legal", "legal-lead"])
        self._said: dict[str, list[str]] = defaultdict(list)
        self._seen: dict[str, list[str]] = defaultdict(list)

    def said(self, thread: str) -> list[str]:
        """What was decided on a thread, in order."""
        return self._said[thread]

    def decide(self, thread: str) -> None:
        """Decide every review of the thread that waits for a vote."""
        for review in self._desk.reviews(thread):
            if review.outcome is None:
                self._vote(thread, review)

    def _vote(self, thread: str, review: Review) -> None:
        if review.stage > 1:
            self._cast(thread, review, "approve", self._lead)
            return
        kind, ballot = "approve", dict[str, Any]()
        if review.tool == "settle_clause" and review.follows is None:
            if review.id not in self._seen[thread]:
                self._seen[thread].append(review.id)
            kind, ballot = self._way(self._seen[thread].index(review.id), review)
        self._cast(thread, review, kind, self._lawyer, **ballot)

    def _way(self, place: int, review: Review) -> tuple[str, dict[str, Any]]:
        arguments = self._desk.review(review.id).current.arguments
        is_draft = arguments["wording"] != arguments["original"]
        if place == 1 and is_draft:
            return "revise", {"arguments": {**arguments, "wording": arguments["wording"] + EDIT}}
        if place == 2 and is_draft:
            return "request_changes", {"reason": "They will not take that. Offer the fallback."}
        if place == 3:
            return "reject", {"reason": "We leave their wording."}
        return "approve", {}

    def _cast(self, thread: str, review: Review, kind: str, by: Person, **ballot: Any) -> None:
        try:
            self._desk.vote(review.id, kind, by=by.id, digest=review.digest, channel="script", **ballot)
        except SignoffError as error:
            self._said[thread].append(f"{review.title}: could not {kind}: {error.message}")
            return
        self._said[thread].append(f"{review.title}: {kind.replace('_', ' ')} by {by.name}")
