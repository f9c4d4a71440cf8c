"""Server time of pages with 100,000 open reviews and with 100: `python -m tests.campaigns.web_scale`.

Pages of both desks are asked for in turn, so that whatever else the machine does hits them alike. A
ratio is the median time on the large desk to the median time on the small one.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer
from fastapi.testclient import TestClient
from sqlalchemy import text
from starlette.types import ASGIApp, Receive, Scope, Send

from signoff.domain.audience import waiting_in
from signoff.domain.person import Role
from signoff.domain.stage import Stage, StageSpec
from signoff.services import people
from signoff.store import audiences
from signoff.store.database import Tx
from signoff.store.rows import ActionRow, ReviewRow, RevisionRow, RunRow, StageRow
from signoff.store.sql import table
from tests.campaigns.databases import Kind, database
from tests.campaigns.verdict import Findings, conclude, stopwatch
from tests.web.desk import Browser, Desk, open_desk

FEW, MANY = 100, 100_000
BAR = 1.5
TABS = ("mine", "groups", "others", "today", "decided")


class Stopwatch:
    """An application that keeps how long the one inside took for the last request."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.took = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        await self.app(scope, receive, send)
        self.took = time.perf_counter() - started


@dataclass
class Ground:
    """A desk of one size with somebody signed in."""

    browser: Browser
    watch: Stopwatch
    review: str
    times: dict[str, list[float]] = field(default_factory=dict)

    def ask(self, name: str, path: str) -> None:
        answer = self.browser.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        self.times.setdefault(name, []).append(self.watch.took)


@contextmanager
def ground(kind: Kind, size: int) -> Iterator[Ground]:
    with database(kind) as (url, _), open_desk(url) as desk:
        review = desk.propose()
        with desk.begin() as tx:
            people.change_person(tx, desk.ann.id, groups=["marketing"], roles=[Role.LEAD])
            fill(tx, desk, review.id, size)
        analyzed(desk, kind)
        watch = Stopwatch(desk.app)
        with TestClient(watch, follow_redirects=False) as client:
            browser = Browser(client)
            browser.sign_in(desk.ann.email)
            yield Ground(browser, watch, review.id)


def analyzed(desk: Desk, kind: Kind) -> None:
    """What PostgreSQL does by itself within a minute of so many new rows."""
    if kind is Kind.POSTGRES:
        with desk.core.database._engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))


def fill(tx: Tx, desk: Desk, like: str, size: int) -> None:
    """Copy the review `like` until there are `size`, for eight audiences, of many deadlines and risks."""
    specs = [StageSpec()] + [
        StageSpec(candidates=(f"group:{name}",), four_eyes=True)
        for name in ("marketing", "legal", "sales", "finance", "support", "privacy", "brand")
    ]
    waiting = [
        waiting_in(
            Stage(
                number=1,
                spec=spec,
                candidates=frozenset({desk.ann.id, desk.lee.id}) if n == 1 else frozenset(),
            )
            if spec.candidates
            else Stage(number=1, spec=spec),
            "ann@example.com",
        )
        for n, spec in enumerate(specs)
    ]
    for one in waiting[1:]:
        audiences.keep(tx, one.audience, one.members)
    keys = [one.audience for one in waiting]
    # The first three have a quarter each, so that every list of the small desk fills its page too.
    rest = " ".join(f"WHEN n % 20 = {3 + 4 * n} THEN '{key}'" for n, key in enumerate(keys[3:]))
    which = " ".join(f"WHEN n % 4 = {n} THEN '{key}'" for n, key in enumerate(keys[:3])) + " " + rest
    number = "CAST(n AS TEXT)"
    ids = {"id": f"'x' || {number} || id", "thread": f"thread || {number}", "key": f"key || {number}"}
    late = (
        "datetime(due_at, '+' || (n % 5000) || ' minutes') || '.000000'"
        if tx.dialect.name == "sqlite"
        else "due_at + (n % 5000) * interval '1 minute'"
    )
    about = {"review_id": f"'x' || {number} || review_id"}
    copies: list[tuple[Any, str, dict[str, str]]] = [
        (
            ReviewRow,
            "id = :like",
            ids
            | {
                "action_id": f"'x' || {number} || action_id",
                "title": f"title || ' ' || {number}",
                "audience": f"CASE {which} END",
                "not_for": "CASE WHEN n % 101 = 1 THEN 'ann@example.com' END",
                "risk": "n % 4",
                "due_at": late,
            },
        ),
        (ActionRow, "id = (SELECT action_id FROM review WHERE id = :like)", ids),
        (RevisionRow, "review_id = :like", about | {"id": f"'x' || {number} || id"}),
        (StageRow, "review_id = :like", about),
        (
            RunRow,
            "thread = (SELECT thread FROM review WHERE id = :like)",
            {"id": ids["id"], "thread": ids["thread"]},
        ),
    ]
    for row, where, changed in copies:
        into = table(row)
        names = [f'"{column.name}"' for column in into.columns]
        values = [changed.get(column.name, f'"{column.name}"') for column in into.columns]
        numbers = (
            "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :last) "
        )
        statement = (
            f"INSERT INTO {into.name} ({', '.join(names)}) {numbers} SELECT {', '.join(values)} "
            f"FROM {into.name}, numbers WHERE {where}"
        )
        tx.execute(text(statement), {"like": like, "last": size - 1})


def compare(kind: Kind, few: int, many: int, rounds: int) -> Findings:
    found = Findings(f"web_scale on {kind.value}")
    with stopwatch(found), ExitStack() as stack:
        grounds = [stack.enter_context(ground(kind, size)) for size in (few, many)]
        for turn in range(rounds + 3):
            for one in grounds:
                for tab in TABS:
                    one.ask(f"inbox, {tab}", f"/reviews?tab={tab}")
                one.ask("review", f"/reviews/{one.review}")
            if turn == 2:
                for one in grounds:
                    one.times.clear()
        small, large = grounds
        for name, times in large.times.items():
            base, took = statistics.median(small.times[name]), statistics.median(times)
            measured = f"{took / base:.2f} ({took * 1000:.1f} ms ÷ {base * 1000:.1f} ms)"
            found.claim(
                f"{name}: with {many:,} open reviews ÷ with {few:,}", measured, holds=took / base <= BAR
            )
    return found


def main(
    on: Annotated[Kind, typer.Option("--on", help="Which databases.")] = Kind.BOTH,
    few: int = FEW,
    many: int = MANY,
    rounds: Annotated[int, typer.Option(help="Times each page is asked for.")] = 40,
) -> None:
    started = time.monotonic()
    results = [compare(kind, few, many, rounds) for kind in on.each]
    for found in results:
        found.print()
    sys.exit(conclude("web_scale", results, time.monotonic() - started))


if __name__ == "__main__":
    typer.run(main)
