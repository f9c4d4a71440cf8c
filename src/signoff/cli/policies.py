"""Commands about policy files: check one, explain what it says about a call."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from signoff.cli import policy_cases, policy_compare, policy_record
from signoff.cli.console import (
    FAILED,
    DatabaseOption,
    JsonOption,
    examples,
    fail,
    note,
    print_json,
    print_table,
    read_json_object,
    say,
)
from signoff.cli.context import open_desk, settings_with
from signoff.cli.policy_files import FileArgument, faulty, loaded

if TYPE_CHECKING:
    from signoff.domain.action import Action
    from signoff.domain.policy import Policy
    from signoff.policy.explanation import Step
    from signoff.services.judge import Judge
    from signoff.settings import GraphSettings, Settings

group = typer.Typer(
    help="Check, try, explain and compare policy files, and ask the record about them.", no_args_is_help=True
)
group.command("test", epilog=policy_cases.EPILOG)(policy_cases.try_cases)
group.command("diff", epilog=policy_compare.DIFF_EPILOG)(policy_compare.diff)
group.command("backtest", epilog=policy_record.BACKTEST_EPILOG)(policy_record.backtest)
group.command("shadow", epilog=policy_record.SHADOW_EPILOG)(policy_record.shadow)
group.command("place", epilog=policy_compare.PLACE_EPILOG)(policy_compare.place)


@group.command(
    "check",
    epilog=examples(
        "signoff policy check policy.yaml", "signoff policy check policy.yaml --graph outbound_copy"
    ),
)
def check(
    file: FileArgument,
    graph: Annotated[
        str | None,
        typer.Option(
            "--graph", help="A registered graph to check it against; else those registered with it."
        ),
    ] = None,
) -> None:
    """Look for faults in the file, and between the policy and the tools of the graphs under it."""
    from signoff.domain.shadow import notes
    from signoff.store.clock import wall_clock

    judge = loaded(file)
    policy = judge.policy
    _check_codes(file, judge)
    for said in notes(policy, wall_clock()):
        note(f"warning: {said}")
    settings = settings_with()
    wanted = _graphs_under(settings, file, graph)
    for name, entry in wanted.items():
        _check_against(name, entry.model_copy(update={"policy": file.resolve()}))
    if not wanted:
        note("No registered graph uses this file, so its tools were compared with nothing: see --graph.")
    against = f", fits {', '.join(wanted)}" if wanted else ""
    say(
        f"{file}: ok ({policy.name} {policy.version}: "
        f"{len(policy.tools)} tools, {len(policy.rules)} rules{against})"
    )


def _check_codes(file: Path, judge: Judge) -> None:
    from signoff.policy.check import check_codes

    if faults := check_codes(judge.policy, judge.codes):
        raise faulty(len(faults), "\n".join(f"{file}: {fault}" for fault in faults))


def _graphs_under(settings: Settings, file: Path, graph: str | None) -> dict[str, GraphSettings]:
    from signoff.domain.errors import GraphUnknown

    if graph is None:
        return {name: e for name, e in settings.graphs.items() if e.policy.resolve() == file.resolve()}
    if graph not in settings.graphs:
        raise GraphUnknown(graph, tuple(sorted(settings.graphs)))
    return {graph: settings.graphs[graph]}


def _check_against(name: str, entry: GraphSettings) -> None:
    """Build the graph on a throwaway database, which checks its wiring and tools."""
    from signoff.domain.errors import UnsafeGraph
    from signoff.domain.shadow import ShadowMode
    from signoff.registry import Registry, opened_desk
    from signoff.settings import Settings
    from signoff.store.database import Database

    with tempfile.TemporaryDirectory(prefix="signoff-check-") as directory:
        url = f"sqlite:///{directory}/check.db"
        database = Database(url)
        database.migrate()
        database.dispose()
        with opened_desk(Settings(database=url)) as desk, warnings.catch_warnings():
            warnings.simplefilter("ignore", ShadowMode)  # said already, once for the file
            try:
                Registry(desk, {name: entry}).graph(name)
            except UnsafeGraph as error:
                raise fail(
                    f"{entry.policy} does not fit the graph {name}:\n{error.message}", FAILED
                ) from error


class CallIn(BaseModel):
    """A call as `policy explain` takes it."""

    model_config = ConfigDict(extra="forbid")

    tool: str
    args: dict[str, Any] = Field(default_factory=dict)
    facts: dict[str, Any] = Field(default_factory=dict)
    requester: str | None = None


@group.command(
    "explain",
    epilog=examples(
        """signoff policy explain policy.yaml --call '{"tool": "send", "args": {"to": "a@b.example"}}'""",
        "signoff policy explain policy.yaml --call call.json --json",
        'A call has "tool", and may have "args", "facts" and "requester".',
        "signoff policy explain policy.yaml --review rev_0123",
        "A recorded call is judged by this policy, with the facts that were recorded with it.",
    ),
)
def explain(
    file: FileArgument,
    call: Annotated[
        str | None, typer.Option("--call", metavar="JSON|FILE", help='The call; "-" reads stdin.')
    ] = None,
    review: Annotated[
        str | None, typer.Option("--review", metavar="ID", help="A recorded call: the one of this review.")
    ] = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show rule by rule what the policy says about a call, and which flags it gets."""
    from signoff.services.cases import sample_action

    judge = loaded(file)
    if (call is None) == (review is None):
        raise fail("which call? Give --call or --review, and not both.")
    if review is not None:
        action, requester = _recorded(judge.policy, review, database)
    else:
        wanted = _call(call or "")
        action = sample_action(judge.policy, wanted.tool, wanted.args, wanted.facts)
        requester = wanted.requester
    judgement = judge.judge(action, requester)
    explanation = judge.explain(action, judgement.flags, requester)
    verdict = judgement.verdict
    if as_json:
        print_json({"steps": explanation.steps, "flags": judgement.flags, "verdict": verdict})
        return
    say(f"{action.tool} ({explanation.effect_class})")
    for flag in judgement.flags:
        say(f'  flag {flag.code} [{flag.severity}] {flag.path} "{flag.quote}": {flag.message}')
    print_table(
        ("line", "rule", "says", "outcome", "when", "because of"),
        (
            (
                str(step.line),
                step.rule,
                step.effect,
                step.outcome.value.replace("_", " "),
                step.when,
                _because(step),
            )
            for step in explanation.steps
        ),
        "No rule was asked.",
    )
    say(f"{verdict.effect}: {verdict.summary}" + (f" (rule {verdict.rule})" if verdict.rule else ""))
    for error in verdict.errors:
        say(f"  error: {error}")


def _recorded(policy: Policy, review: str, database: str | None) -> tuple[Action, str | None]:
    """The call of a review as it was proposed, classified as this policy says."""
    with open_desk(database) as desk:
        file = desk.review(review)
    effect = policy.tool(file.action.tool).effect
    return file.action.model_copy(update={"effect_class": effect}), file.review.requester


def _because(step: Step) -> str:
    """What was false or failed, and what the condition read."""
    read = ", ".join(f"{name} = {value}" for name, value in step.values.items())
    return "; ".join(part for part in (step.detail, read) if part)


def _call(given: str) -> CallIn:
    data = read_json_object(given, "--call")
    try:
        return CallIn.model_validate(data, strict=True)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(step) for step in fault['loc'])}: {fault['msg'].lower()}"
            for fault in error.errors()
        )
        raise fail(f"--call: {faults}. A call has tool, args, facts and requester.") from error
