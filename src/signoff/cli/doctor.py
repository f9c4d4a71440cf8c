"""`signoff doctor`: looks at everything that can be wrong, and says how to mend it."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import typer

from signoff.cli.console import FAILED, DatabaseOption, examples, note, say, when
from signoff.cli.context import settings_with
from signoff.domain.effect import EffectState
from signoff.domain.errors import SignoffError
from signoff.domain.run import RunStatus

if TYPE_CHECKING:
    from signoff.app import Desk
    from signoff.registry import Registry
    from signoff.settings import Settings

_WAITED_LONG = timedelta(minutes=1)
_NEEDED = ("langgraph", "langchain-core", "langgraph-checkpoint-sqlite", "fastapi", "sqlalchemy", "pydantic")
_FOR_POSTGRES = ("psycopg", "langgraph-checkpoint-postgres", "procrastinate")


@dataclass
class Findings:
    """What was looked at, and what is wrong with how to mend it."""

    problems: list[tuple[str, str]] = field(default_factory=list)

    def fine(self, what: str, detail: str) -> None:
        say(f"  ok   {what}: {detail}")

    def wrong(self, what: str, problem: str, mend: str) -> None:
        say(f"  !!   {what}: {problem.splitlines()[0]}")
        self.problems.append((f"{what}: {problem}", mend))


def doctor(database: DatabaseOption = None) -> None:
    """Check database, policies, graphs, packages, threads, jobs and effects; exit 1 if anything is wrong."""
    settings = settings_with(database=database)
    findings = Findings()
    _check_packages(findings, settings)
    _check_database(findings, settings)
    _check_provider(findings, settings)
    if not findings.problems:
        note("ok")
        return
    note("")
    for number, (problem, mend) in enumerate(findings.problems, 1):
        note(f"{number}. {problem}\n   Mend: {mend}")
    raise typer.Exit(FAILED)


def _check_packages(findings: Findings, settings: Settings) -> None:
    missing, found = [], []
    for name in _NEEDED + (() if settings.database.startswith("sqlite") else _FOR_POSTGRES):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        findings.wrong("packages", f"{', '.join(missing)} missing", "pip install 'signoff[postgres]'")
    else:
        python = ".".join(map(str, sys.version_info[:3]))
        findings.fine("packages", f"python {python}, {', '.join(found)}")


def _check_database(findings: Findings, settings: Settings) -> None:
    from signoff.registry import opened_desk

    try:
        with opened_desk(settings) as desk:
            findings.fine("database", f"{desk.core.database.display_url} is reachable and of this version")
            _check_audit(findings, desk)
            registry = _check_graphs(findings, desk, settings)
            for check in (_check_threads, _check_jobs, _check_effects, _check_people):
                check(findings, desk)
            _check_agreement(findings, registry)
    except SignoffError as error:
        findings.wrong("database", error.message, "signoff migrate, or another address with SIGNOFF_DATABASE")


def _check_provider(findings: Findings, settings: Settings) -> None:
    """Whether the OpenID provider answers, where people sign in by one."""
    from signoff.web.oidc import Provider

    if settings.oidc is None:
        return
    try:
        Provider(settings.oidc).check()
    except SignoffError as error:
        findings.wrong("sign-in", error.message, "correct `oidc` in the settings, or the provider")
    else:
        findings.fine("sign-in", f"the provider {settings.oidc.issuer} answers")


def _check_audit(findings: Findings, desk: Desk) -> None:
    try:
        findings.fine("audit", f"the chain of {desk.verify_audit()} entries verifies")
    except SignoffError as error:
        findings.wrong(
            "audit",
            error.message,
            "somebody changed the database from outside: compare with an exported copy",
        )


def _check_graphs(findings: Findings, desk: Desk, settings: Settings) -> Registry:
    """The registry of those graphs that are well."""
    from signoff.registry import Registry

    well = {}
    for name, entry in settings.graphs.items():
        try:
            Registry(desk, {name: entry}).graph(name)
        except SignoffError as error:
            findings.wrong(
                f"graph {name}", error.message, f"correct {entry.policy}, {entry.factory} or the settings"
            )
        else:
            well[name] = entry
            findings.fine(f"graph {name}", f"builds and fits {entry.policy}")
    if not settings.graphs:
        findings.wrong(
            "graphs", "none is registered", "add a line under [tool.signoff.graphs] in pyproject.toml"
        )
    return Registry(desk, well)


def _check_threads(findings: Findings, desk: Desk) -> None:
    from signoff.services import runs
    from signoff.store.runs import RunFilter

    with desk.read() as tx:
        now = tx.now
        failed = runs.list_runs(tx, RunFilter(status=RunStatus.FAILED), limit=200).items
        idle = [
            run
            for status in (RunStatus.QUEUED, RunStatus.DUE)
            for run in runs.list_runs(tx, RunFilter(status=status), limit=200).items
            if now - run.updated_at > _WAITED_LONG
        ]
        lost = [
            run
            for run in runs.list_runs(tx, RunFilter(status=RunStatus.RUNNING), limit=200).items
            if run.lease_until is not None and run.lease_until < now - _WAITED_LONG
        ]
    for run in failed:
        findings.wrong(
            f"thread {run.thread}",
            f"failed {when(run.updated_at, now)}: {run.error}",
            f"mend the cause, then: signoff retry {run.thread}",
        )
    for run in (*idle, *lost):
        findings.wrong(
            f"thread {run.thread}",
            f"is {run.status} and nobody drives it, since {when(run.updated_at, now)}",
            "start a worker: signoff worker, or signoff serve",
        )
    if not (failed or idle or lost):
        findings.fine("threads", "none is stuck")


def _check_jobs(findings: Findings, desk: Desk) -> None:
    with desk.read() as tx:
        failed = desk.core.queue.failed(tx)
    for job in failed:
        findings.wrong(
            f"job {job.id}",
            f"{job.job.kind} of {job.job.subject} failed {job.attempts} times: {job.error}",
            "mend the cause; the sweep of a worker asks for missed wake-ups again",
        )
    if not failed:
        findings.fine("jobs", "none has failed")


def _check_effects(findings: Findings, desk: Desk) -> None:
    from signoff.services import query, workspace

    with desk.read() as tx:
        unknown = query.list_effects(tx, EffectState.UNKNOWN, limit=200).items
        stopped = workspace.stop_state(tx)
        now = tx.now
    waiting = [effect for effect in unknown if effect.settlement is None]
    for effect in waiting:
        findings.wrong(
            f"effect {effect.id}",
            f"{effect.tool} started {when(effect.started_at, now)} and nobody knows whether it happened",
            f"find out, then: signoff effects settle {effect.id} happened|did-not-happen --by EMAIL",
        )
    if stopped is not None:
        findings.wrong(
            "stop switch", f"on since {when(stopped.at, now)} by {stopped.by}: {stopped.reason}", "signoff go"
        )
    if not waiting:
        findings.fine("effects", "none awaits settlement")


def _check_people(findings: Findings, desk: Desk) -> None:
    from signoff.services import people

    with desk.read() as tx:
        active = [person for person in people.everybody(tx) if person.active]
    if active:
        findings.fine("people", f"{len(active)} can sign in")
    else:
        findings.wrong("people", "nobody can decide", "signoff user add EMAIL --password-stdin")


def _check_agreement(findings: Findings, registry: Registry) -> None:
    from signoff.services.reconcile import reconcile

    found = reconcile(registry.core, registry, mend=False)
    for item in found:
        findings.wrong(f"thread {item.thread}", item.found, "signoff reconcile")
    if not found:
        findings.fine("reviews", "they agree with their threads")


EPILOG = examples("signoff doctor", "signoff doctor --database postgresql://localhost/signoff")
