"""What the dashboard costs over 100,000 decisions of the last month: counted, as no bar stands for it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import text

from signoff.domain.review import Review
from signoff.services import measure
from signoff.store.database import Tx
from signoff.store.rows import ActionRow, ReviewRow, VoteRow
from signoff.store.sql import table
from tests.campaigns.databases import Kind, database
from tests.campaigns.verdict import Findings
from tests.campaigns.web_scale import analyzed
from tests.web.desk import Desk, open_desk

DECISIONS, DAYS, TIMES = 100_000, 30, 5


def count(kind: Kind) -> Findings:
    """Seconds of each call; on SQLite the database computes in this process, so that they are its own too."""
    found = Findings(f"The dashboard on {kind.value}")
    with database(kind) as (url, _), open_desk(url) as desk:
        review = _decided(desk)
        with desk.begin() as tx:
            repeat(tx, review, DECISIONS)
        analyzed(desk, kind)
        with desk.read() as tx:
            closed = measure.measure(tx, DAYS).closed
            wall = _median(time.perf_counter, lambda: measure.measure(tx, DAYS))
            computing = _median(time.process_time, lambda: measure.measure(tx, DAYS))
    found.claim("decisions within the period", f"{closed:,}", holds=closed == DECISIONS)
    found.count(
        "figures of the dashboard over them", f"{wall:.2f} s, {computing:.2f} s of them computed here"
    )
    return found


def _decided(desk: Desk) -> Review:
    review = desk.propose()
    with desk.browser(desk.lee) as browser:
        browser.decide(review, "approve")
    desk.close(review)
    return review


def repeat(tx: Tx, like: Review, size: int) -> None:
    """Copy a decided review until there are `size`: of four weeks, three tools and eight deciders."""
    # Scattered, as ids are: what belongs together does not stand together.
    number = "CAST((CAST(n AS BIGINT) * 48271) % 2147483647 AS TEXT)"

    def earlier(column: str) -> str:
        if tx.dialect.name == "sqlite":
            return f"datetime({column}, '-' || (n % 40000) || ' minutes') || '.000000'"
        return f"{column} - (n % 40000) * interval '1 minute'"

    ids = {"id": f"'x' || {number} || id", "thread": f"thread || {number}", "key": f"key || {number}"}
    _copy(
        tx, ReviewRow, "id = :like", like, size,
        **ids, action_id=f"'x' || {number} || action_id", tool="tool || (n % 3)",
        opened_at=earlier("opened_at"), closed_at=earlier("closed_at"),
    )  # fmt: skip
    _copy(
        tx, ActionRow, "id = (SELECT action_id FROM review WHERE id = :like)", like, size,
        **ids, created_at=earlier("created_at"),
    )  # fmt: skip
    _copy(
        tx, VoteRow, "review_id = :like", like, size,
        id=ids["id"], review_id=f"'x' || {number} || review_id", client_token=f"client_token || {number}",
        person="person || (n % 8)", waited="(CAST(n AS BIGINT) * 7919) % 9000", cast_at=earlier("cast_at"),
    )  # fmt: skip


def _copy(tx: Tx, row: Any, where: str, like: Review, size: int, **changed: str) -> None:
    into = table(row)
    names = ", ".join(f'"{column.name}"' for column in into.columns)
    values = ", ".join(changed.get(column.name, f'"{column.name}"') for column in into.columns)
    statement = (
        f"INSERT INTO {into.name} ({names}) WITH RECURSIVE numbers(n) AS "
        "(SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :last) "
        f"SELECT {values} FROM {into.name}, numbers WHERE {where}"
    )
    tx.execute(text(statement), {"like": like.id, "last": size - 1})


def _median(clock: Callable[[], float], act: Callable[[], object]) -> float:
    taken = []
    for _ in range(TIMES):
        started = clock()
        act()
        taken.append(clock() - started)
    return statistics.median(taken)
