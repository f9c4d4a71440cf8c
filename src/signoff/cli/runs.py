"""Commands about runs: start one, the stop switch, reconciling."""

from __future__ import annotations

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
    from signoff.domain.run import Run

WaitOption = Annotated[
    bool, typer.Option("--wait", help="Wait until it pauses or ends; works on the queue if nobody does.")
]


def run(
    graph: Annotated[
        str, typer.Argument(metavar="GRAPH", help="A graph by the name that pyproject.toml gives it.")
    ],
    given: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE]... [--OPTION[=VALUE]]...",
            help="What the flow makes runs of, and options of its own; an unknown one lists them.",
        ),
    ] = None,
    input: Annotated[
        str,
        typer.Option(
            "--input", metavar="FILE|JSON", help='The graph\'s input as a JSON object; "-" reads stdin.'
        ),
    ] = "",
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
    """Queue a run of a graph for a worker; with files, run them as far as they go, and tell."""
    from signoff.cli.batch import run_batch
    from signoff.cli.waiting import waited, worker_for
    from signoff.domain.errors import GraphUnknown
    from signoff.domain.ids import ThreadId
    from signoff.registry import opened_desk
    from signoff.services import runs

    settings = settings_with(database=database)
    if graph not in settings.graphs:
        raise GraphUnknown(graph, tuple(sorted(settings.graphs)))
    if given or (settings.graphs[graph].inputs and not input):
        if input or thread or dedupe_key or as_json:
            raise fail(
                "With files or options of the flow, leave out --input, --thread, --dedupe-key and --json."
            )
        run_batch(settings, graph, given or (), requester)
        return
    values = read_json_object(input or "{}", "--input")
    with opened_desk(settings) as desk:
        worker = worker_for(desk, settings, graph) if wait else None
        with desk.begin() as tx:
            started, created = runs.start_run(
                tx,
                desk.core,
                graph,
                values,
                thread=None if thread is None else ThreadId(thread),
                requester=requester,
                trigger="cli",
                dedupe_key=dedupe_key,
            )
        if not created:
            note(f"The key {dedupe_key!r} was used before; this is its run.")
        if worker is not None:
            with busy("The graph runs"):
                started = waited(desk, worker, started.thread)
    _tell(started, as_json=as_json)


def retry(
    thread: Annotated[str, typer.Argument(metavar="THREAD", help="The thread of a run.")],
    wait: WaitOption = False,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Wake a thread whose run failed; it goes on from its last checkpoint, and repeats no effect."""
    from signoff.cli.waiting import waited, worker_for
    from signoff.domain.ids import ThreadId
    from signoff.registry import opened_desk
    from signoff.services import runs
    from signoff.services.wake import wake

    settings = settings_with(database=database)
    with opened_desk(settings) as desk:
        with desk.read() as tx:
            known = runs.get_run(tx, ThreadId(thread))
        worker = worker_for(desk, settings, known.graph) if wait else None
        with desk.begin() as tx:
            wake(tx, desk.core, known.thread)
            woken = runs.get_run(tx, known.thread)
        if worker is not None:
            with busy("The graph runs"):
                woken = waited(desk, worker, known.thread)
    _tell(woken, as_json=as_json)


def _tell(run: Run, *, as_json: bool) -> None:
    if as_json:
        print_json(run)
    else:
        say(f"{run.thread}: {run.status}" + (f": {run.error}" if run.error else ""))
    if run.status == "failed":
        raise typer.Exit(1)


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
        "signoff run contract_review contract.docx other.pdf --to=legal@example.com",
    ),
    "retry": examples("signoff retry thr_… --wait"),
    "stop": examples("signoff stop --reason 'Wrong price list'"),
    "go": examples("signoff go"),
    "reconcile": examples("signoff reconcile"),
}
