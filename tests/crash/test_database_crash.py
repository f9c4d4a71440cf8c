"""An acknowledged decision survives the crash of the database server itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from signoff import Desk, Outcome
from signoff.app import migrate
from signoff.store.database import Database
from tests.graphs.conftest import POLICY, Bench, call
from tests.graphs.test_outcomes import look, sender
from tests.support.postgres import fresh_database, postgres_server


@pytest.mark.crash
@pytest.mark.postgres
def test_every_acknowledged_vote_is_there_after_the_server_died(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text(POLICY)
    with postgres_server(durable=True) as server, fresh_database(server) as url:
        database = Database(url)
        migrate(database)
        database.dispose()
        bench = Bench(url, tmp_path)
        sent: list[str] = []
        for n in range(3):
            thread = f"t{n}"
            graph = bench.agent([sender(sent), look], [call("send", "c1", to=f"person {n}")])
            bench.start(graph, thread)
            [review] = bench.desk.reviews(thread)
            bench.vote("approve", review)
            bench.desk.close()
            server.crash()
            bench.desk = Desk.open(url, policy=tmp_path / "policy.yaml")
            assert bench.desk.review(review.id).review.outcome is Outcome.APPROVED
            graph = bench.agent([sender(sent), look], [call("send", "c1", to=f"person {n}")])
            bench.desk.resume_due(graph)
        assert sent == [f"person {n}" for n in range(3)]
        assert bench.desk.verify_audit() > 0
        bench.desk.close()
