"""Statements on the driver's cursor do what SQLAlchemy's own would, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import bindparam, func, insert, select, update

from signoff.store.database import Database
from signoff.store.prepared import Prepared, run_together
from signoff.store.rows import WorkspaceRow
from signoff.store.sql import insert_new, table

SPACES = table(WorkspaceRow)
ADD = Prepared(insert(SPACES))
GET = Prepared(select(SPACES).where(SPACES.c.id == bindparam("with_id")))
STOP = Prepared(
    update(SPACES)
    .where(SPACES.c.id == bindparam("with_id"), SPACES.c.stopped_at.is_(None))
    .values(stopped_at=bindparam("at", type_=SPACES.c.stopped_at.type), stopped_by="Ann")
    .returning(SPACES.c.id)
)
COUNT = Prepared(select(func.count()).select_from(SPACES))
NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)


def row(name: str) -> dict[str, object]:
    return {"id": name, "stopped_at": None, "stopped_by": None, "stop_reason": None, "created_at": NOON}


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.dispose()


def test_rows_come_back_by_name_and_with_their_types(database: Database) -> None:
    with database.begin() as tx:
        ADD.send(tx, row("a"), row("b"))
        assert COUNT.run(tx, {}).scalar() == 2
        found = GET.run(tx, {"with_id": "a"}).one()
    assert (found.id, found.created_at, found.stopped_at) == ("a", NOON, None)


def test_a_conditional_update_says_whether_it_applied(database: Database) -> None:
    with database.begin() as tx:
        ADD.send(tx, row("a"))
        assert STOP.run(tx, {"with_id": "a", "at": NOON}).scalar() == "a"
        assert STOP.run(tx, {"with_id": "a", "at": NOON}).one_or_none() is None
        assert GET.run(tx, {"with_id": "a"}).one().stopped_at == NOON


def test_a_naive_instant_is_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="no time zone"), database.begin() as tx:
        STOP.run(tx, {"with_id": "a", "at": NOON.replace(tzinfo=None)})


def test_inserting_what_is_there_says_so(database: Database) -> None:
    with database.begin() as tx:
        assert insert_new(tx, SPACES, {"id": "a", "created_at": NOON})
        assert not insert_new(tx, SPACES, {"id": "a", "created_at": NOON})


def test_both_ways_to_the_database_share_one_transaction(database: Database) -> None:
    with database.begin() as tx:
        ADD.send(tx, row("a"))
        assert tx.execute(select(SPACES.c.id)).scalar_one() == "a"
        tx.execute(insert(SPACES), row("b"))
        assert COUNT.run(tx, {}).scalar() == 2
    with database.read() as tx:
        assert COUNT.run(tx, {}).scalar() == 2


@pytest.mark.parametrize("durable", [True, False])
def test_an_error_undoes_everything(database: Database, durable: bool) -> None:
    def fail_late() -> None:
        with database.begin(durable=durable) as tx:
            ADD.send(tx, row("a"))
            tx.execute(insert(SPACES), row("b"))
            raise LookupError

    with pytest.raises(LookupError):
        fail_late()
    with database.read() as tx:
        assert COUNT.run(tx, {}).scalar() == 0


def test_a_hasty_commit_is_seen_by_others_at_once(database: Database) -> None:
    with database.begin(durable=False) as tx:
        ADD.send(tx, row("a"))
    other = Database(str(database.url.render_as_string(hide_password=False)))
    with other.read() as tx:
        assert COUNT.run(tx, {}).scalar() == 1
    other.dispose()


def test_what_follows_a_commit_waits_for_it(database: Database) -> None:
    happened: list[str] = []

    def fail() -> None:
        with database.begin() as tx:
            tx.after_commit(lambda: happened.append("never"))
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    with database.begin() as tx:
        tx.after_commit(lambda: happened.append("then"))
        assert happened == []
    assert happened == ["then"]


def test_now_is_one_instant_per_transaction_and_never_runs_backwards(database: Database) -> None:
    seen: list[datetime] = []
    for _ in range(3):
        with database.begin() as tx:
            assert tx.now == tx.now
            seen.append(tx.now)
    assert seen == sorted(seen)
    assert abs(seen[-1] - datetime.now(UTC)) < timedelta(seconds=30)  # noqa: TID251 - compared with the machine's


def test_writers_of_one_process_take_turns(database: Database) -> None:
    def add(number: int) -> None:
        for step in range(10):
            with database.begin() as tx:
                ADD.send(tx, row(f"{number}-{step}"))

    writers = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with database.read() as tx:
        assert COUNT.run(tx, {}).scalar() == 80


def test_statements_asked_together_are_answered_in_their_order(database: Database) -> None:
    with database.begin() as tx:
        ADD.send(tx, row("a"))
        stopped, found, count = run_together(
            tx, (STOP, {"with_id": "a", "at": NOON}), (GET, {"with_id": "a"}), (COUNT, {})
        )
    assert stopped.one().id == "a"
    assert found.one().stopped_at == NOON
    assert count.scalar() == 1


def test_one_statement_asked_twice_together_has_both_answers(database: Database) -> None:
    with database.begin() as tx:
        ADD.send(tx, row("a"), row("b"))
        found = run_together(tx, *[(GET, {"with_id": name}) for name in ("b", "none", "a")])
        assert [[one.id for one in rows] for rows in found] == [["b"], [], ["a"]]
    with database.read() as tx:
        found = run_together(tx, *[(GET, {"with_id": name}) for name in ("a", "b")])
        assert [rows.one().id for rows in found] == ["a", "b"]


def test_a_sent_statement_that_fails_takes_the_whole_transaction_back(database: Database) -> None:
    with pytest.raises(Exception, match=r"(?i)unique"), database.begin() as tx:
        ADD.send(tx, row("a"), row("a"))
    with database.begin() as tx:
        assert COUNT.run(tx, {}).scalar() == 0
        ADD.send(tx, row("b"))
    with database.read() as tx:
        assert COUNT.run(tx, {}).scalar() == 1


def test_sqlalchemy_sees_what_was_sent_before(database: Database) -> None:
    with database.begin() as tx:
        ADD.send(tx, row("a"))
        assert tx.execute(select(SPACES.c.id)).scalar_one() == "a"
        ADD.send(tx, row("b"))
        assert COUNT.run(tx, {}).scalar() == 2


def test_constants_stand_in_the_text_as_they_are(database: Database) -> None:
    odd = "Ann's 100% \\ :of %s"
    of_id = SPACES.c.id == bindparam("with_id")
    named = Prepared(select(SPACES.c.id).where(of_id, SPACES.c.stopped_by == odd))
    with database.begin() as tx:
        ADD.send(tx, row("a") | {"stopped_by": odd})
        assert named.run(tx, {"with_id": "a"}).scalar() == "a"
        assert "Ann''s 100%" in named.compiled_for(tx).text


def test_a_constraint_that_a_sent_statement_breaks_is_named_and_the_next_transaction_works(
    database: Database,
) -> None:
    def add_twice() -> None:
        with database.begin() as tx:
            ADD.send(tx, row("a"))
            ADD.send(tx, row("a"))
            ADD.send(tx, row("b"))

    with pytest.raises(Exception, match=r"workspace_pkey|workspace\.id"):
        add_twice()
    with database.begin() as tx:
        assert COUNT.run(tx, {}).scalar() == 0
        ADD.send(tx, row("c"))
    with database.read() as tx:
        assert COUNT.run(tx, {}).scalar() == 1
