"""Commands about runs: start one, the stop switch, reconciling."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from signoff.cli.console import (
    DatabaseOption,
    JsonOption,
    busy,
    examples,
    fail,
    note,
    print_json,
    print_table,
    read_json_object,
    say,
)
from signoff.cli.context import operator, settings_with

if TYPE_CHECKING:
    from signoff.app import Desk
    from signoff.domain.ids import ThreadId
    from signoff.domain.run import Run
    from signoff.settings import Settings
    from signoff.worker import Worker

_POLL = 0.3
WaitOption = Annotated[
    bool, typer.Option("--wait", help="Wait until it pauses or ends; works on the queue if nobody does.")
]


def run(
    graph: Annotated[str, typer.Argument(metavar="GRAPH", help="A name under [tool.signoff.graphs].")],
    input: Annotated[
        str,
        typer.Option(
            "--input", metavar="FILE|JSON", help='The graph\'s input as a JSON object; "-" reads stdin.'
        ),
    ] = "{}",
    thread: Annotated[
        str | None, typer.Option("--thread", help="Go on with this thread; a new one without it.")
    ] = None,
    requester: Annotated[
        str | None, typer.Option("--requester", metavar="EMAIL", help="On whose behalf the agent acts.")
    ] = None,
    dedupe_key: Annotated[
        str | None, typer.Option("--dedupe-key", help="A repeat under the same key starts nothing.")
    ] = None,
    wait: WaitOption = False,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Queue a run of a graph for a worker."""
    from signoff.domain.errors import GraphUnknown
    from signoff.domain.ids import ThreadId
    from signoff.registry import opened_desk
    from signoff.services import runs

    settings = settings_with(database=database)
    if graph not in settings.graphs:
        raise GraphUnknown(graph, tuple(sorted(settings.graphs)))
    given = read_json_object(input, "--input")
    with opened_desk(settings) as desk:
        worker = _worker(desk, settings, graph) if wait else None
        with desk.begin() as tx:
            started, created = runs.start_run(
                tx,
                desk.core,
                graph,
                given,
                thread=None if thread is None else ThreadId(thread),
                requester=requester,
                trigger="cli",
                dedupe_key=dedupe_key,
            )
        if not created:
            note(f"The key {dedupe_key!r} was used before; this is its run.")
        if worker is not None:
            with busy("The graph runs"):
                started = _waited(desk, worker, started.thread)
    _tell(started, as_json=as_json)


def retry(
    thread: Annotated[str, typer.Argument(metavar="THREAD", help="The thread of a run.")],
    wait: WaitOption = False,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Wake a thread whose run failed; it goes on from its last checkpoint, and repeats no effect."""
    from signoff.domain.ids import ThreadId
    from signoff.registry import opened_desk
    from signoff.services import runs
    from signoff.services.wake import wake

    settings = settings_with(database=database)
    with opened_desk(settings) as desk:
        with desk.read() as tx:
            known = runs.get_run(tx, ThreadId(thread))
        worker = _worker(desk, settings, known.graph) if wait else None
        with desk.begin() as tx:
            wake(tx, desk.core, known.thread)
            woken = runs.get_run(tx, known.thread)
        if worker is not None:
            with busy("The graph runs"):
                woken = _waited(desk, worker, known.thread)
    _tell(woken, as_json=as_json)


def _tell(run: Run, *, as_json: bool) -> None:
    if as_json:
        print_json(run)
    else:
        say(f"{run.thread}: {run.status}" + (f": {run.error}" if run.error else ""))
    if run.status == "failed":
        raise typer.Exit(1)


def _worker(desk: Desk, settings: Settings, graph: str) -> Worker:
    """A worker that can drive `graph`."""
    from signoff.registry import Registry
    from signoff.worker import Worker

    registry = Registry(desk, settings.graphs)
    registry.graph(graph)
    return Worker(registry, settings)


def _waited(desk: Desk, mine: Worker, thread: ThreadId) -> Run:
    """The run once it pauses or ends; works on the queue unless another process does."""
    from signoff.domain.errors import SecondWorker
    from signoff.domain.run import RunStatus
    from signoff.services import runs

    worker: Worker | None = mine
    while True:
        try:
            if worker is not None:
                worker.run_due()
        except SecondWorker:
            worker = None
        with desk.read() as tx:
            now = runs.get_run(tx, thread)
        if now.status not in (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.DUE):
            return now
        time.sleep(_POLL)


def stop(
    reason: Annotated[str, typer.Option("--reason", help="Why; people see it on the page.")],
    database: DatabaseOption = None,
) -> None:
    """Turn the stop switch on: no effect starts until `signoff go`. What runs already is not interrupted."""
    from signoff.registry import opened_desk

    if not reason.strip():
        raise fail("--reason: say why.")
    with opened_desk(settings_with(database=database)) as desk:
        desk.stop(operator(), reason)
    say("Stopped: nothing starts until `signoff go`.")


def go(database: DatabaseOption = None) -> None:
    """Turn the stop switch off, and wake what waited for it."""
    from signoff.registry import opened_desk

    with opened_desk(settings_with(database=database)) as desk:
        desk.go(operator())
    say("Effects start again.")


def reconcile(database: DatabaseOption = None, as_json: JsonOption = False) -> None:
    """Compare paused threads with their reviews, and mend what disagrees. A worker does it by itself too."""
    from signoff.registry import Registry, opened_desk
    from signoff.services.reconcile import reconcile as compare

    settings = settings_with(database=database)
    with opened_desk(settings) as desk:
        registry = Registry(desk, settings.graphs)
        found = compare(registry.core, registry)
    if as_json:
        print_json({"items": found})
        return
    print_table(
        ("thread", "found", "reviews superseded"),
        ((item.thread, item.found, ", ".join(item.reviews) or "-") for item in found),
        "Threads and reviews agree.",
    )


EPILOGS = {
    "run": examples(
        "signoff run outbound_copy --input brief.json --requester leo@example.com",
        "signoff run outbound_copy --input - --dedupe-key crm-4711 --wait < brief.json",
    ),
    "retry": examples("signoff retry thr_… --wait"),
    "stop": examples("signoff stop --reason 'Wrong price list'"),
    "go": examples("signoff go"),
    "reconcile": examples("signoff reconcile"),
}
