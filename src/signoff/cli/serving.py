"""Commands that run: migrate, serve, worker."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from signoff.cli.console import DatabaseOption, busy, examples, note, say
from signoff.cli.context import set_up_logging, settings_with
from signoff.domain.errors import AddressTaken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from signoff.app import Desk
    from signoff.settings import Settings
    from signoff.worker import WorkerThread

PortOption = Annotated[
    int | None, typer.Option("--port", min=0, max=65535, help="0 takes any free one; else the settings.")
]


def migrate(database: DatabaseOption = None) -> None:
    """Create the database, or bring it to this version. Repeating it is harmless."""
    from signoff.jobs import install_queue
    from signoff.store.database import Database

    opened = Database(settings_with(database=database).database)
    try:
        with busy("Making the tables"):
            opened.migrate()
            install_queue(opened)
        opened.check_ready()
    finally:
        opened.dispose()
    say(f"{opened.display_url} is ready.")


def serve(
    no_worker: Annotated[
        bool, typer.Option("--no-worker", help="API and page only; run `signoff worker` elsewhere.")
    ] = False,
    host: Annotated[
        str | None, typer.Option("--host", help="Address to listen on; else the settings.")
    ] = None,
    port: PortOption = None,
    database: DatabaseOption = None,
) -> None:
    """Serve API and page, with a worker in the same process."""
    settings = settings_with(host=host, port=port, database=database)
    set_up_logging(settings.log_level)
    from signoff.registry import opened_desk

    with ExitStack() as stack:
        desk = stack.enter_context(opened_desk(settings))
        listening = stack.enter_context(listen(settings.host, settings.port))
        settings = at_port(settings, listening)
        worker = None if no_worker else stack.enter_context(working(desk, settings))

        def announce() -> None:
            note(f"Signoff is at {settings.address}" + (", without a worker" if no_worker else ""))
            _hint_at_people(desk)

        serve_until_stopped(desk, settings, listening, worker, announce)
    note("Stopped.")


def _hint_at_people(desk: Desk) -> None:
    from signoff.services import people

    with desk.read() as tx:
        somebody = people.everybody(tx)
    if not somebody:
        note("Nobody can sign in yet: signoff user add EMAIL, then signoff user link EMAIL")


def worker(
    slots: Annotated[
        int | None,
        typer.Option("--slots", min=1, max=64, help="Threads of graphs at a time; else the settings."),
    ] = None,
    database: DatabaseOption = None,
) -> None:
    """Drive the threads of the registered graphs until stopped."""
    settings = settings_with(slots=slots, database=database)
    set_up_logging(settings.log_level)
    from signoff.registry import Registry, opened_desk
    from signoff.worker import Worker

    stop = threading.Event()
    with opened_desk(settings) as desk:
        registry = Registry(desk, settings.graphs)
        registry.build_all()
        names = ", ".join(registry.names) or "no graph: see [tool.signoff.graphs]"
        with told_to_stop(stop.set):
            Worker(registry, settings).run(stop, lambda: note(f"Working on {names}; Ctrl-C stops."))
    note("Stopped.")


@contextmanager
def listen(host: str, port: int) -> Iterator[socket.socket]:
    """A socket on this address.

    Raises:
        AddressTaken: something else has it, or it cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
            listening.listen(128)
        except OSError as error:
            raise AddressTaken(host, port, error.strerror or str(error)) from error
        yield listening


def at_port(settings: Settings, listening: socket.socket) -> Settings:
    """The settings with the port that was really taken."""
    return settings.model_copy(update={"port": listening.getsockname()[1]})


@contextmanager
def working(desk: Desk, settings: Settings) -> Iterator[WorkerThread]:
    """A worker beside the server; its graphs are built first, so that a fault shows at once."""
    from signoff.registry import Registry
    from signoff.worker import Worker, WorkerThread

    registry = Registry(desk, settings.graphs)
    registry.build_all()
    thread = WorkerThread(Worker(registry, settings))
    thread.start()
    try:
        yield thread
    finally:
        thread.stop()


def make_server(desk: Desk, settings: Settings) -> Any:
    """The web server over this desk."""
    import uvicorn

    from signoff.web import WebSettings, create_app
    from signoff.web.server import Server

    app = create_app(
        desk.core,
        WebSettings(
            base_url=settings.address,
            title=settings.title,
            workspace=settings.workspace,
            secure_cookies=settings.secure_cookies,
            session_hours=settings.session_hours,
            show_state=settings.show_state,
            oidc=settings.oidc,
            graphs=tuple(sorted(settings.graphs)),
        ),
    )
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=5
    )
    return Server(config, app)


def serve_until_stopped(
    desk: Desk,
    settings: Settings,
    listening: socket.socket,
    worker: WorkerThread | None,
    ready: Callable[[], object],
) -> None:
    """Answer requests until SIGINT or SIGTERM, or until the worker beside it fails.

    `ready` is called once such a signal ends it in order.
    """
    server = make_server(desk, settings)
    with told_to_stop(lambda: setattr(server, "should_exit", True)), watched(server, worker):
        ready()
        server.run(sockets=[listening])
    if worker is not None and worker.error is not None:
        raise worker.error


@contextmanager
def watched(server: Any, worker: WorkerThread | None) -> Iterator[None]:
    """Stop the server when its worker fails: a page whose decisions nothing follows is worse than none."""
    done = threading.Event()

    def watch() -> None:
        while worker is not None and not done.wait(0.5):
            if worker.error is not None:
                server.should_exit = True
                return

    watcher = threading.Thread(target=watch, name="signoff-watch", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


@contextmanager
def told_to_stop(act: Callable[[], object]) -> Iterator[None]:
    """Call `act` on SIGINT and SIGTERM instead of dying; a second signal within the block kills."""
    earlier: dict[int, Any] = {}

    def once(number: int, _frame: object) -> None:
        signal.signal(number, earlier[number])
        act()

    for number in (signal.SIGINT, signal.SIGTERM):
        earlier[number] = signal.signal(number, once)
    try:
        yield
    finally:
        for caught, handler in earlier.items():
            signal.signal(caught, handler)


EPILOGS = {
    "migrate": examples("signoff migrate", "signoff migrate --database postgresql://localhost/signoff"),
    "serve": examples(
        "signoff serve", "signoff serve --port 9000", "signoff serve --no-worker --host 0.0.0.0"
    ),
    "worker": examples("signoff worker", "signoff worker --slots 8"),
}
