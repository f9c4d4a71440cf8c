"""The contract flow on a desk of its own, with three lawyers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from graphs.contract_review.graph import build
from graphs.contract_review.settings import HERE, FlowSettings
from graphs.contract_review.shelf import Shelf
from signoff import Desk, Person, Review
from tests.support.contracts import SHORT

POLICY = HERE / "policy.yaml"
THEM = "legal@cloudmere.example"


class ContractDesk:
    """Runs contracts, and votes on what waits."""

    def __init__(self, url: str, folder: Path, **settings: Any) -> None:
        policy = folder / "policy.yaml"
        policy.write_text(POLICY.read_text(encoding="utf-8").replace("settling: 10s", "settling: 0"))
        self.settings = FlowSettings(folder=folder / "contracts", maildir=folder / "maildir", **settings)
        self.short = folder / "short.txt"
        self.short.write_text(SHORT)
        self.shelf = Shelf(self.settings.folder)
        self.desk = Desk.open(url, policy)
        self.ana = self.desk.add_person("ana@example.com", "Ana", groups=["legal"])
        self.bea = self.desk.add_person("bea@example.com", "Bea", groups=["legal", "legal-lead"])
        self.mia = self.desk.add_person("mia@example.com", "Mia", groups=["marketing"])
        self.graph = build(self.desk, self.settings)

    def start(self, path: Path | None = None, thread: str = "c1", to: str = THEM) -> dict[str, Review]:
        """Run a contract, by default a short one, to its pause; the reviews by the clause they are about."""
        path = path or self.short
        name = self.shelf.put(path.read_bytes(), path.suffix)
        given = {"document": name, "title": path.name, "counterparty": to}
        self.graph.invoke(given, self.config(thread), durability="sync")
        return self.waiting(thread)

    def waiting(self, thread: str = "c1") -> dict[str, Review]:
        live = self.desk.reviews(thread)
        return {str(self.arguments(review).get("clause", review.tool)): review for review in live}

    def arguments(self, review: Review) -> dict[str, Any]:
        return self.desk.review(review.id).current.arguments

    def vote(self, review: Review, kind: str = "approve", by: Person | None = None, **ballot: Any) -> Review:
        return self.desk.vote(review.id, kind, by=(by or self.ana).id, digest=review.digest, **ballot)

    def edit(self, review: Review, by: Person | None = None, **changes: Any) -> Review:
        return self.vote(review, "revise", by, arguments={**self.arguments(review), **changes})

    def approve_rest(self, thread: str = "c1") -> None:
        for review in self.waiting(thread).values():
            self.vote(review)

    def go_on(self, thread: str = "c1") -> str:
        return self.desk.resume(self.graph, thread)

    def values(self, thread: str = "c1") -> dict[str, Any]:
        found: dict[str, Any] = self.graph.get_state(self.config(thread)).values
        return found

    def config(self, thread: str) -> Any:
        return {"configurable": {"thread_id": thread}}

    def mails(self) -> list[Path]:
        new = self.settings.maildir / "new"
        return sorted(new.iterdir()) if new.is_dir() else []
