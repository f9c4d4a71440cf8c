"""`signoff policy diff` and `signoff policy place`: what a policy file says, in words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from signoff.cli.console import JsonOption, examples, note, print_json, print_table, say
from signoff.cli.policy_files import FileArgument, loaded, loaded_cases, shown

if TYPE_CHECKING:
    from signoff.domain.policy import Verdict
    from signoff.services.placing import Placed

DIFF_EPILOG = examples(
    "git show HEAD:policy.yaml > old.yaml && signoff policy diff old.yaml policy.yaml",
    "The cases are those beside NEW, or beside OLD where NEW has none.",
)
PLACE_EPILOG = examples(
    "signoff policy place policy.yaml",
    "Answers stand under the tool, each low, medium or high:",
    "  send_email:",
    "    effect: irreversible",
    "    placement: {latency_tolerance: high, ambiguity: medium, impact_radius: high,",
    "                rework_cost: high, frequency: medium, learning_potential: high}",
)


def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The policy as it was.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The policy as it is to be.")],
    cases: Annotated[Path | None, typer.Option("--cases", help="Cases to try both on.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Say in words what differs between two policies, and which cases end differently."""
    from signoff.policy.cases import cases_beside
    from signoff.policy.compare import changes
    from signoff.services.cases import changed_cases

    before, after = loaded(old), loaded(new)
    found = changes(before.policy, after.policy)
    beside = cases or next((f for f in (cases_beside(new), cases_beside(old)) if f.is_file()), None)
    tried = loaded_cases(beside) if beside else ()
    changed = changed_cases(before, after, tried)
    if as_json:
        print_json({"changes": found, "cases_tried": len(tried), "cases_changed": changed})
        return
    print_table(("about", "change"), ((c.about, c.text) for c in found), "Nothing differs that matters.")
    if beside is None:
        note("No cases stand beside either policy, so none were tried.")
        return
    say(f"{len(changed)} of {len(tried)} cases in {shown(beside)} end differently")
    for one in changed:
        was, now = _said(one.before.verdict), _said(one.after.verdict)
        say(f"  {shown(beside)}:{one.case.line}: {one.case.name}: {was} became {now}")


def _said(verdict: Verdict) -> str:
    stages = " + ".join(stage.name for stage in verdict.stages) if verdict.effect.value == "review" else ""
    return f"{verdict.effect.value} by {verdict.rule or 'no rule'}" + (f" ({stages})" if stages else "")


def place(file: FileArgument, as_json: JsonOption = False) -> None:
    """Say for each tool whether its six placement answers recommend a gate, and whether the rules agree."""
    from signoff.services.placing import placed

    found = placed(loaded(file).policy)
    if as_json:
        print_json(found)
        return
    for one in found:
        _print(one)
    differing = [one.tool for one in found if one.differs]
    unanswered = [one.tool for one in found if one.advice is None and one.effect_class.value != "read"]
    say(f"{shown(file)}: the rules differ from the advice for {', '.join(differing) or 'no tool'}")
    if unanswered:
        note(f"No placement is given for {', '.join(unanswered)}: see signoff policy place --help.")


def _print(one: Placed) -> None:
    advice = {True: "a gate is recommended", False: "no gate is needed", None: "no answers"}[one.advice]
    for_it = sum(answer.speaks_for_a_gate for answer in one.answers)
    say(
        f"{one.tool} ({one.effect_class}): {advice}"
        + (f", {for_it} of 6 speak for one" if one.answers else "")
    )
    for answer in one.answers:
        mark = "+" if answer.speaks_for_a_gate else "-"
        say(f"  {mark} {answer.question.replace('_', ' ')} {answer.level}: {answer.reason}")
    say(f"  now: {one.gating}" + ("   <- differs" if one.differs else ""))
