"""Grounding of retail drafts: which planted faults are flagged, and what else is.

The detectors run with the settings of the flow `outbound_copy` and the facts that it looks up; only
dates are added, which the retail record does not have. `tests.campaigns.tune_grounding` shows single
drafts, of the templates for tuning only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from graphs.outbound_copy.data import Retail, load_retail
from graphs.outbound_copy.facts import outbound_facts
from graphs.outbound_copy.settings import HERE as FLOW
from signoff import Call
from signoff.domain.action import Action
from signoff.domain.flag import RiskFlag
from signoff.policy.load import load_policy
from signoff.risk.detector import Detector
from signoff.risk.registry import build_detectors, run_detectors
from tests.campaigns.figures import Figure, Part, at_least, shown
from tests.campaigns.planted.engine import Place, Templates, Written, clean_drafts, faulty_drafts
from tests.campaigns.verdict import progress
from tests.support.risk import draft

CLEAN, EACH, SEED = 900, 60, 20270104
DETECTORS = ("grounding", "links", "personal_data")
PRECISION_BAR, RECALL_BAR = 0.95, 0.90


@dataclass
class Tally:
    """What was counted over drafts, false and true ones."""

    planted: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    found: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    groups: dict[str, str] = field(default_factory=dict)
    right: int = 0
    """Flags on a fault or on what a fault contradicts."""
    wrong: int = 0
    clean: int = 0
    clean_flagged: int = 0

    @property
    def precision(self) -> float:
        return _share(self.right, self.right + self.wrong)

    def recall(self, group: str | None = None) -> float:
        names = [name for name in self.planted if group in (None, self.groups[name])]
        return _share(sum(self.found[n] for n in names), sum(self.planted[n] for n in names))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def tally(
    drafts: Iterable[Written],
    detectors: tuple[Detector, ...],
    done: Callable[[int], None] = lambda _: None,
    look: Callable[[Written, tuple[RiskFlag, ...], list[bool]], None] = lambda *_: None,
) -> Tally:
    """Count what `detectors` flag in `drafts`; `look` sees each draft, its flags and which are right."""
    counted = Tally()
    for number, written in enumerate(drafts, start=1):
        flags, errors = run_detectors(detectors, action_of(written))
        if errors:
            raise RuntimeError(f"a detector failed on {written.body!r}: {errors}")
        right = [is_right(flag, written) for flag in flags]
        counted.right += sum(right)
        counted.wrong += len(right) - sum(right)
        if written.fault is None:
            counted.clean += 1
            counted.clean_flagged += bool(flags)
        else:
            name = written.fault.name
            counted.groups[name] = written.fault.group
            counted.planted[name] += 1
            counted.found[name] += hits(flags, written)
        look(written, flags, right)
        done(number)
    return counted


def hits(flags: tuple[RiskFlag, ...], written: Written) -> bool:
    """Whether any flag stands on the planted fault."""
    return any(_overlaps(flag, place) for flag in flags for place in written.wrong)


def is_right(flag: RiskFlag, written: Written) -> bool:
    """Whether the flag points at the fault or at what it contradicts."""
    if flag.path == "/discount_percent":
        return written.fault is not None and written.fault.slots == ("percent",)
    return any(_overlaps(flag, place) for place in (*written.wrong, *written.contradicted))


def _overlaps(flag: RiskFlag, place: Place) -> bool:
    name, start, end = place
    return flag.path == f"/{name}" and flag.start < end and start < flag.end


def action_of(written: Written) -> Action:
    """The mail that the draft would be, with the facts that the flow looks up for it."""
    at = written.situation
    offer: dict[str, Any] = {} if written.offer is None else {"discount_percent": written.offer}
    action = draft(written.body, to=at.customer.email, subject=written.subject, **offer)
    call = Call(tool=action.tool, arguments=action.arguments, state={}, context=None)
    return action.model_copy(update={"context": outbound_facts(at.retail)(call) | {"dates": at.dates}})


def flow_detectors(names: tuple[str, ...] = DETECTORS) -> tuple[Detector, ...]:
    """The flow's detectors of these names, with its settings."""
    settings = load_policy(FLOW / "policy.yaml").flags
    return build_detectors({name: settings[name] for name in names})


def drafts_of(retail: Retail, templates: str, clean: int, each: int, seed: int) -> Iterator[Written]:
    """True drafts, then `each` of every class of faults."""
    chosen = Templates.read(templates)
    yield from clean_drafts(retail, chosen, clean, seed)
    yield from faulty_drafts(retail, chosen, each, seed)


def measure(data: Path) -> Iterator[Figure]:
    retail = load_retail(data)
    counted = _counted(retail, "frozen.yaml")
    yield from _held_to_bars(counted, "")
    for name, planted in counted.planted.items():
        yield shown(f"{counted.groups[name]}: {name}", f"{counted.found[name]} of {planted}")
    for figure in _held_to_bars(_counted(retail, "late.yaml"), ", late templates"):
        yield replace(figure, split="12 templates written last")


def _counted(retail: Retail, templates: str) -> Tally:
    drafts = list(drafts_of(retail, templates, CLEAN, EACH, SEED))
    with progress(f"drafts of {templates}", total=len(drafts)) as done:
        return tally(drafts, flow_detectors(), done)


def _held_to_bars(counted: Tally, which: str) -> Iterator[Figure]:
    yield at_least(f"precision of flags{which}", counted.precision, PRECISION_BAR)
    yield at_least(f"recall{which}", counted.recall(), RECALL_BAR)
    for group in ("numeric", "name", "link"):
        yield at_least(f"recall, {group} faults{which}", counted.recall(group), RECALL_BAR)
    yield shown(f"true drafts with a false alarm{which}", f"{counted.clean_flagged} of {counted.clean}")
    yield shown(f"false alarms{which}", f"{counted.wrong} of {counted.right + counted.wrong} flags")


PART = Part(
    "grounding",
    data=f"whole tau2 retail, {CLEAN} + {EACH} a fault",
    split="30 frozen templates, tuned on 45",
    measure=measure,
    needs=("tau2_retail/db.json",),
)
