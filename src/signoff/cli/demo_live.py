"""The demo for a person: a server, a worker, and a running commentary of what is decided."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from signoff.cli.accounts import login_url
from signoff.cli.console import note, say, visible
from signoff.cli.demo_ground import MOVING, Ground, Story, delivered, latest_batch, start_briefs, stories
from signoff.cli.serving import at_port, listen, make_server, told_to_stop
from signoff.domain.errors import AddressTaken
from signoff.domain.run import RunStatus

if TYPE_CHECKING:
    import socket

    from signoff.domain.audit import AuditEntry

_TICK = 0.4


def run_live(ground: Ground, port: int | None) -> int:
    """Serve the demo until Ctrl-C; 0, or 1 if worker or server failed."""
    from signoff.worker import Worker, WorkerThread

    stop = threading.Event()
    with ExitStack() as stack:
        stack.enter_context(told_to_stop(stop.set))
        listening = stack.enter_context(_listening(ground, port))
        settings = at_port(ground.settings, listening)
        worker = WorkerThread(Worker(ground.registry, settings))
        worker.start()
        stack.callback(worker.stop)
        stack.enter_context(_served(make_server(ground.desk, settings), listening))
        batch, is_over = _batch(ground)
        threads = start_briefs(ground, batch + 1 if is_over else batch)
        _wait_for_pauses(ground, threads, stop)
        with ground.desk.begin() as tx:
            from signoff.services import audit, people

            secret = people.issue_login_link(tx, ground.reviewer)
            seen = audit.head(tx).size
        _introduce(ground, stories(ground, threads), login_url(settings.address, secret), settings.address)
        _comment(ground, seen, stop, worker)
    note("Stopped. Run it again to go on where you were; --fresh starts over.")
    return 0 if worker.error is None else 1


@contextmanager
def _listening(ground: Ground, port: int | None) -> Iterator[socket.socket]:
    """The wanted port; if none was named, any free one where the usual one is taken."""
    host = ground.settings.host
    with ExitStack() as stack:
        try:
            yield stack.enter_context(listen(host, ground.settings.port if port is None else port))
            return
        except AddressTaken:
            if port is not None:
                raise
        free = stack.enter_context(listen(host, 0))
        note(f"Port {ground.settings.port} is taken; this demo uses {free.getsockname()[1]}.")
        yield free


@contextmanager
def _served(server: Any, listening: socket.socket) -> Iterator[None]:
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listening]}, name="signoff-server", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


def _batch(ground: Ground) -> tuple[int, bool]:
    with ground.desk.read() as tx:
        return latest_batch(tx)


def _wait_for_pauses(ground: Ground, threads: list[str], stop: threading.Event) -> None:
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("The agent drafts", total=len(threads))
        while not stop.is_set():
            told = stories(ground, threads)
            still = sum(story.run.status in MOVING for story in told)
            progress.update(task, completed=len(threads) - still)
            if not still:
                return
            stop.wait(_TICK)


def _introduce(ground: Ground, told: list[Story], link: str, address: str) -> None:
    say("Signoff demo: an agent writes mail to customers; routine goes out, the rest waits for you.")
    say(f"Model: {ground.model}." + _about_model(ground))
    say()
    waiting = [story for story in told if story.run.status is RunStatus.PAUSED]
    for story in told:
        say(f"  {_standing(story):20} {story.brief.title}")
    say()
    say(f"{len(waiting)} wait for a decision. This link signs you in once, as {ground.reviewer.name}:")
    say()
    say(f"  {link}")
    say()
    say(f"After that the page is at {address}. Sent mail lands in {ground.maildir}. Ctrl-C stops.")
    where = f"--database {ground.desk.core.database.display_url} --url {address}"
    say(f"For another link: signoff user link {ground.reviewer.email} {where}")
    say()


def _about_model(ground: Ground) -> str:
    if ground.model != "scripted stand-in":
        return ""
    return (
        " It writes the same clean and faulty drafts every time, offline; SIGNOFF_MODEL plugs a real one in."
    )


def _standing(story: Story) -> str:
    if story.run.status is RunStatus.PAUSED:
        return "waits for you"
    if story.run.status is RunStatus.FINISHED:
        return "decided" if story.reviews else "passed by policy"
    return str(story.run.status)


def _comment(ground: Ground, seen: int, stop: threading.Event, worker: Any) -> None:
    """Say what happens, from the audit entries after number `seen`, until told to stop."""
    from signoff.services import query

    while not stop.wait(_TICK) and worker.error is None:
        with ground.desk.read() as tx:
            entries = query.audit_entries(tx, after=seen, limit=100).items
        for entry in entries:
            seen = entry.seq
            text = _told(ground, entry)
            if text:
                say(f"{entry.at.astimezone():%H:%M:%S}  {visible(text)}")
    if worker.error is not None:
        note(f"signoff: the worker failed: {worker.error}")


_DECIDED = (
    "approved",
    "revised",
    "changes_requested",
    "rejected",
    "answered",
    "expired",
    "withdrawn",
    "superseded",
)


def _told(ground: Ground, entry: AuditEntry) -> str:
    content = entry.content or {}
    kind, _, what = entry.event.partition(".")
    if entry.event == "review.opened":
        return f"waits for you: {_title(ground, entry)}"
    if entry.event == "vote.cast":
        said = str(content.get("vote", "")).replace("_", " ")
        return f"{entry.actor.name} says {said}: {_title(ground, entry)}"
    if kind == "review" and what in _DECIDED:
        return f"{what.replace('_', ' ')}, for good: {_title(ground, entry)}"
    if kind == "effect" and entry.effect_id is not None:
        return _effect_told(ground, entry.effect_id, what)
    return f"{entry.actor.name} signed in" if entry.event == "person.signed_in" else ""


def _title(ground: Ground, entry: AuditEntry) -> str:
    return ground.desk.review(entry.review_id).review.title if entry.review_id else ""


def _effect_told(ground: Ground, effect_id: str, what: str) -> str:
    from signoff.services import query

    with ground.desk.read() as tx:
        effect = query.effect(tx, effect_id)
    if effect is None or what == "started":
        return ""
    if what == "succeeded":
        where = delivered(ground.maildir).get(effect.id, ground.maildir)
        return f"sent to {effect.arguments.get('to')}: {where}"
    return f"{effect.tool} is {what.replace('_', ' ')}: {effect.error}"
