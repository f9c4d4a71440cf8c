"""What both kinds of demo stand on: its own database and Maildir, people, and one run per sample brief."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from signoff.cli.console import fail
from signoff.cli.context import settings_with
from signoff.domain.errors import NotFound
from signoff.domain.person import Role
from signoff.domain.run import RunStatus

if TYPE_CHECKING:
    from signoff.app import Desk
    from signoff.domain.effect import Effect
    from signoff.domain.person import Person
    from signoff.domain.review import Review
    from signoff.domain.run import Run
    from signoff.registry import Registry
    from signoff.settings import Settings
    from signoff.store.database import Tx

FLOW = "outbound_copy"
MOVING = (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.DUE)
_THREAD = re.compile(r"demo-(\d+)-(.+)")


class Data(StrEnum):
    """Which record the agent looks customers up in."""

    SAMPLE = "sample"
    WHOLE = "whole"


@dataclass(frozen=True)
class Ground:
    """A desk with the demo's graph, people and mailbox."""

    settings: Settings
    desk: Desk
    registry: Registry
    flow: Any
    maildir: Path
    model: str
    reviewer: Person
    requester: Person


@dataclass(frozen=True)
class Story:
    """What has become of one brief so far."""

    brief: Any
    run: Run
    reviews: tuple[Review, ...]
    effects: tuple[Effect, ...]


@contextmanager
def demo_ground(directory: Path, database: str | None, data: Data, model: str | None) -> Iterator[Ground]:
    """The ground in `directory`, made where it is missing; its database is migrated.

    Args:
        model: as SIGNOFF_MODEL names it; None is the scripted stand-in.
    """
    from signoff.registry import Registry, opened_desk

    flow = _flow()
    settings = _settings(directory, database, flow)
    _migrate(settings.database)
    maildir = directory / "maildir"
    flow_settings = flow.FlowSettings(data=_data(data), maildir=maildir, model=model)
    with opened_desk(settings) as desk:
        registry = Registry(desk, settings.graphs, {FLOW: lambda own: flow.build(own, flow_settings)})
        registry.build_all()
        with desk.begin() as tx:
            reviewer = _person(tx, "mia@example.com", "Mia Marketing", Role.REVIEWER)
            requester = _person(tx, "leo@example.com", "Leo Lead", Role.REVIEWER, Role.LEAD, Role.AUDITOR)
        yield Ground(
            settings, desk, registry, flow, maildir, model or "scripted stand-in", reviewer, requester
        )


def clear(directory: Path) -> None:
    """Remove the demo's own database and Maildir.

    Raises:
        SecondWorker: another process uses them right now.
    """
    from signoff.jobs.station import station_of

    database = directory / "signoff.db"
    if database.exists():
        with station_of(database).work(lambda: None):
            for ending in ("-wal", "-shm", ""):
                database.with_name(database.name + ending).unlink(missing_ok=True)
    shutil.rmtree(directory / "maildir", ignore_errors=True)


def start_briefs(ground: Ground, batch: int) -> list[str]:
    """Queue one run per brief, unless this batch has it already; their threads in the order of the briefs."""
    from signoff.domain.ids import ThreadId
    from signoff.services import runs

    threads = []
    with ground.desk.begin() as tx:
        for brief in ground.flow.load_briefs():
            thread = f"demo-{batch}-{brief.id}"
            runs.start_run(
                tx,
                ground.desk.core,
                FLOW,
                ground.flow.brief_input(brief),
                thread=ThreadId(thread),
                requester=ground.requester.email,
                trigger="demo",
                dedupe_key=thread,
            )
            threads.append(thread)
    return threads


def latest_batch(tx: Tx) -> tuple[int, bool]:
    """The number of the newest batch, 0 for none, and whether all its runs have ended."""
    found: dict[int, list[Run]] = {}
    for run in _all_runs(tx):
        match = _THREAD.fullmatch(run.thread)
        if match is not None:
            found.setdefault(int(match[1]), []).append(run)
    if not found:
        return 0, True
    number = max(found)
    return number, all(run.status in (RunStatus.FINISHED, RunStatus.FAILED) for run in found[number])


def stories(ground: Ground, threads: list[str]) -> list[Story]:
    """What has become of the briefs of these threads."""
    from signoff.domain.ids import ThreadId
    from signoff.services import query, runs
    from signoff.store.reviews import ReviewFilter

    briefs = {brief.id: brief for brief in ground.flow.load_briefs()}
    with ground.desk.read() as tx:
        by_thread: dict[str, list[Effect]] = {}
        for effect in _all_effects(tx):
            by_thread.setdefault(effect.thread, []).append(effect)
        return [
            Story(
                brief=briefs[_THREAD.sub(r"\2", thread)],
                run=runs.get_run(tx, ThreadId(thread)),
                reviews=tuple(query.list_reviews(tx, ReviewFilter(thread=thread), limit=200).items),
                effects=tuple(by_thread.get(thread, ())),
            )
            for thread in threads
        ]


def delivered(maildir: Path) -> dict[str, Path]:
    """The messages in a Maildir by the key under which each was sent."""
    return {
        file.name.partition(":")[0]: file
        for folder in ("new", "cur")
        if (maildir / folder).is_dir()
        for file in sorted((maildir / folder).iterdir())
    }


def _flow() -> Any:
    try:
        return import_module(f"graphs.{FLOW}")
    except ModuleNotFoundError as error:
        raise fail(f"the demo's flow is not installed here: {error}.") from error


def _settings(directory: Path, database: str | None, flow: Any) -> Settings:
    from signoff.settings import GraphSettings

    home = Path(flow.__file__).parent
    graph = GraphSettings(
        factory=f"graphs.{FLOW}.graph:build", policy=home / "policy.yaml", path=home.parents[1]
    )
    settings = settings_with(database=database or f"sqlite:///{directory / 'signoff.db'}")
    return settings.model_copy(update={"graphs": {FLOW: graph}, "host": "127.0.0.1", "base_url": None})


def _data(data: Data) -> Path | None:
    if data is Data.SAMPLE:
        return None
    named = os.environ.get("SIGNOFF_DATA")
    if not named:
        raise fail("--data whole needs SIGNOFF_DATA: a folder that holds tau2_retail/db.json of tau2-bench.")
    return Path(named)


def _migrate(database: str) -> None:
    from signoff.jobs import install_queue
    from signoff.store.database import Database

    opened = Database(database)
    try:
        opened.migrate()
        install_queue(opened)
    finally:
        opened.dispose()


def _person(tx: Tx, email: str, name: str, *roles: Role) -> Person:
    from signoff.services import people

    try:
        return people.find_person(tx, email)
    except NotFound:
        return people.add_person(tx, email=email, name=name, roles=roles, groups=("marketing",))


def _all_runs(tx: Tx) -> Iterator[Run]:
    from signoff.services import runs

    after: str | None = None
    while True:
        page = runs.list_runs(tx, after=after, limit=200)
        yield from page.items
        if page.next is None:
            return
        after = page.next


def _all_effects(tx: Tx) -> Iterator[Effect]:
    from signoff.services import query

    after: str | None = None
    while True:
        page = query.list_effects(tx, after=after, limit=200)
        yield from page.items
        if page.next is None:
            return
        after = page.next
