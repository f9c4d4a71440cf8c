"""AgentDojo's ground truth through the guarded graph: what waits, what passes, and on whose word."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from tests.campaigns.verdict import Findings, conclude, console

if TYPE_CHECKING:
    from tests.campaigns.eval_guard.measure import Passed
    from tests.campaigns.eval_guard.policies import Grounding

NEEDS = "This needs AgentDojo, which lives in an environment of its own: make eval-guard"


Names = Annotated[list[str] | None, typer.Option("--suite", help="banking or workspace; both without it.")]


def main(suites: Names = None) -> None:
    """Replay the ground truth of AgentDojo; exit 1 if anything ran on nobody's word, or waited in vain."""
    if find_spec("agentdojo") is None:
        print(NEEDS, file=sys.stderr)
        raise typer.Exit(2)
    from tests.campaigns.eval_guard.dojo import SUITES, Suite
    from tests.campaigns.eval_guard.measure import measure_gate, measure_grounding, measure_unknown
    from tests.campaigns.eval_guard.policies import Grounding

    unknown = set(suites or ()) - set(SUITES)
    if unknown:
        raise typer.BadParameter(f"there are {' and '.join(SUITES)}", param_hint="--suite")
    started = time.monotonic()
    findings: list[Findings] = []
    passed: dict[Grounding, list[Passed]] = {}
    for name in suites or SUITES:
        suite = Suite(name)
        findings += [measure_gate(suite), measure_unknown(suite)]
        for grounding in list(Grounding)[1:]:
            found, counts = measure_grounding(suite, grounding)
            findings.append(found)
            passed.setdefault(grounding, []).append(counts)
    for found in findings:
        found.print()
    _print_passed(passed)
    raise typer.Exit(conclude("eval-guard", findings, time.monotonic() - started))


def _print_passed(passed: Mapping[Grounding, Sequence[Passed]]) -> None:
    table = Table(title="Passed by a rule that believes the requester's words", title_justify="left")
    table.add_column("rule")
    table.add_column("legitimate side effects", justify="right")
    table.add_column("attack calls", justify="right")
    for grounding, counts in passed.items():
        own, of_own = sum(c.legitimate for c in counts), sum(c.of_legitimate for c in counts)
        bad, of_bad = sum(c.attacks for c in counts), sum(c.of_attacks for c in counts)
        legitimate = f"{own} of {of_own} ({own / of_own:.0%})"
        table.add_row(grounding.value, legitimate, f"{bad} of {of_bad} ({bad / of_bad:.2%})")
    console.print(table)
    console.print(
        "Ground truth is replayed: this tries wiring and rules, not whether a model resists. The second "
        "rule was once made after seeing where the first failed on this data, so its figure is not held out."
    )


if __name__ == "__main__":
    typer.run(main)
