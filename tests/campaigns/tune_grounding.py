"""What grounding misses and flags wrongly on the templates for tuning.

Run it as `python -m tests.campaigns.tune_grounding`; SIGNOFF_DATA chooses the whole record.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from graphs.outbound_copy.data import load_retail
from graphs.retail import DataMissing
from signoff.domain.flag import RiskFlag
from tests.campaigns.eval_grounding import drafts_of, flow_detectors, hits, tally
from tests.campaigns.planted.engine import Written
from tests.campaigns.verdict import console

TEMPLATES = ("development.yaml", "development_more.yaml")


def main(
    clean: Annotated[int, typer.Option(help="True drafts.", min=1)] = 460,
    each: Annotated[int, typer.Option(help="Drafts of each class of faults.", min=1)] = 30,
    seed: Annotated[int, typer.Option(help="Chooses the drafts.")] = 7,
) -> None:
    """Print every miss and every false alarm with its draft; then precision and recall."""
    named = os.environ.get("SIGNOFF_DATA")
    try:
        retail = load_retail(Path(named) if named else None)
    except DataMissing as error:
        console.print(f"[red]{error}[/]")
        raise typer.Exit(2) from error
    for templates in TEMPLATES:
        counted = tally(drafts_of(retail, templates, clean, each, seed), flow_detectors(), look=_show)
        console.print(f"{templates}: precision {counted.precision:.3f}, recall {counted.recall():.3f}")


def _show(draft: Written, flags: tuple[RiskFlag, ...], right: list[bool]) -> None:
    fault = draft.fault.name if draft.fault else "none"
    wrong = [
        f"{flag.code} {flag.quote!r}" for flag, is_right in zip(flags, right, strict=True) if not is_right
    ]
    is_missed = draft.fault is not None and not hits(flags, draft)
    if wrong or is_missed:
        verdict = f"missed: {fault}" if is_missed else f"fault: {fault}"
        console.print(f"\n{verdict}; false alarms: {', '.join(wrong) or 'none'}", markup=False)
        console.print(f"{draft.subject}\n{draft.body}", markup=False)


if __name__ == "__main__":
    typer.run(main)
