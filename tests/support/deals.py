"""The deal desk on files of its own, with the people who decide."""

from __future__ import annotations

import mailbox
from email.message import Message
from pathlib import Path
from typing import Any

from graphs.deal_desk import DealSettings, Systems, build, trigger
from graphs.deal_desk.settings import HERE
from signoff import Desk, Effect, Person, Review
from signoff.domain.ids import ThreadId
from signoff.domain.run import RunStatus
from signoff.services import runs

POLICY = HERE / "policy.yaml"


class DealDesk:
    """Graph, systems, and two people of each group; `both` is in two of them."""

    def __init__(self, url: str, directory: Path) -> None:
        self.desk = Desk.open(url, policy=POLICY)
        self.settings = DealSettings(directory=directory / "deal_desk")
        self.graph = build(self.desk, self.settings)
        self.systems = Systems(self.settings)
        self.lea = self._person("lea", "sales-leads")
        self.both = self._person("bo", "sales-leads", "legal")
        self.nora = self._person("nora", "legal")
        self.counsel = self._person("greta", "legal", "general-counsel")

    def _person(self, name: str, *groups: str) -> Person:
        return self.desk.add_person(f"{name}@meridian.example", name.capitalize(), groups=groups)

    def run(self, deal_id: str) -> Review | None:
        """Trigger the deal and drive it to its end or its next review."""
        thread = trigger(self.desk, self.systems.crm, deal_id)
        self.desk.resume(self.graph, thread)
        return self.waiting(deal_id)

    def waiting(self, deal_id: str) -> Review | None:
        found = self.desk.reviews(f"deal-{deal_id}")
        assert len(found) <= 1
        return found[0] if found else None

    def vote(self, review: Review, kind: str, person: Person, **ballot: Any) -> Review:
        """A vote on the review as it stands now."""
        now = self.desk.review(review.id).review
        return self.desk.vote(review.id, kind, by=person.id, digest=now.digest, **ballot)

    def go_on(self) -> None:
        self.desk.resume_due(self.graph)

    def effects(self, deal_id: str) -> list[Effect]:
        return self.desk.effects(f"deal-{deal_id}")

    def mails(self) -> list[Message]:
        if not self.systems.maildir.is_dir():
            return []
        return list(mailbox.Maildir(self.systems.maildir, create=False))

    def status(self, deal_id: str) -> RunStatus:
        with self.desk.read() as tx:
            return runs.get_run(tx, ThreadId(f"deal-{deal_id}")).status

    def messages(self, deal_id: str) -> list[Any]:
        config: Any = {"configurable": {"thread_id": f"deal-{deal_id}"}}
        found: list[Any] = self.graph.get_state(config).values["messages"]
        return found
