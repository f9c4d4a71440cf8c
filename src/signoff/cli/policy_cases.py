"""`signoff policy test`: try policies on the cases beside them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from signoff.cli.console import FAILED, JsonOption, examples, fail, note, print_json, say
from signoff.cli.context import settings_with
from signoff.cli.policy_files import loaded, loaded_cases, shown

if TYPE_CHECKING:
    from signoff.services.cases import Tried

EPILOG = examples(
    "signoff policy test",
    "signoff policy test policy.yaml",
    "signoff policy test policy.yaml --cases more.cases.yaml",
    "Cases stand beside the policy, in policy.cases.yaml:",
    """given:  {tool: send_email, args: {to: a@b.example, body: Hello}, facts: {tier: standard}}""",
    """cases:""",
    """  - {name: A routine mail goes out, expect: {effect: allow, rule: routine-mail, flags: []}}""",
    """  - {name: A large discount waits, args: {discount_percent: 25},""",
    """     expect: {effect: review, rule: discount, stages: [lead, legal]}}""",
    """  - {name: Any finding waits, flags: [{code: brand_term, severity: high}],""",
    """     expect: {effect: review, rule: flagged}}""",
    """  - {name: No tier and nobody knows, without: [facts.tier],""",
    """     expect: {effect: review, rule: none, error: facts.tier is missing}}""",
    "args and facts are laid over those of `given`, `without` takes keys away again, and `requester` may be "
    "given. Without `flags` the policy's own detectors read the call.",
)


def try_cases(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE]...", help="Policy files; else those of the registered graphs."),
    ] = None,
    cases: Annotated[
        Path | None, typer.Option("--cases", help="The cases, where they do not stand beside the policy.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Try a policy on the cases beside it; ends with 1 where it says anything else than they expect."""
    from signoff.policy.cases import cases_beside
    from signoff.services.cases import rules_without_a_case, try_case

    policies = files or sorted({entry.policy for entry in settings_with().graphs.values()})
    if not policies:
        raise fail("No policy file was named, and no graph is registered.")
    if cases is not None and len(policies) > 1:
        raise fail("--cases takes the cases of one policy; name that policy too.")
    failed, reports = 0, []
    for file in policies:
        judge = loaded(file)
        beside = cases or cases_beside(file)
        if not beside.is_file():
            raise fail(f"{file} has no cases: {beside} is not there. See signoff policy test --help.")
        tried = [try_case(judge, case) for case in loaded_cases(beside)]
        wrong = [one for one in tried if not one.passed]
        failed += len(wrong)
        untried = rules_without_a_case(judge.policy, tried)
        reports.append({"policy": str(file), "cases": tried, "rules_without_a_case": untried})
        if not as_json:
            _print(shown(file), shown(beside), tried, wrong)
            if untried:
                note(f"{shown(file)}: no case shows what becomes of {', '.join(untried)}.")
    if as_json:
        print_json(reports)
    if failed:
        raise typer.Exit(FAILED)


def _print(file: str, beside: str, tried: list[Tried], wrong: list[Tried]) -> None:
    for one in wrong:
        say(f"{beside}:{one.case.line}: {one.case.name}")
        for difference in one.differences:
            say(f"  {difference.what:7} expected {difference.expected}")
            say(f"  {'':7} got      {difference.got}")
        verdict = one.judgement.verdict
        say(f"  because {verdict.summary}")
        for flag in one.judgement.flags:
            say(f'  flag    {flag.code} [{flag.severity}] {flag.path} "{flag.quote}": {flag.message}')
    total = len(tried)
    say(
        f"{file}: {total - len(wrong)} of {total} cases as expected"
        + (f", {len(wrong)} not" if wrong else "")
    )
