"""Scenarios by name, and the cells that they make with the doors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from signoff.testing.conformance.adapter import Door, Mode, Trait
from signoff.testing.conformance.world import World

BOTH = (Mode.SYNC, Mode.ASYNC)

_WHY_NOT: Mapping[Trait, str] = {
    Trait.EFFECTS: "it only answers a question; what a node then does by itself goes through another door",
    Trait.TOOLS: "it asks questions and knows no tools, arguments or rules",
    Trait.TOGETHER: "the calls of a turn never run side by side in one task here",
    Trait.APART: "all calls of a turn run in one task here",
    Trait.USER_CODE: "the pause does not happen inside a function of the user's",
    Trait.OWN_ROWS: "it writes no request of its own before it pauses",
    Trait.HISTORY: "it does not see what the model is given",
}


@dataclass(frozen=True)
class Scenario:
    """One hazard, played against one guard at a time."""

    id: str
    must: str
    """What has to hold, in one sentence."""
    play: Callable[[World], None]
    needs: frozenset[Trait] = frozenset()
    modes: tuple[Mode, ...] = BOTH
    only_in: str = ""
    """Why it is played in some modes only."""
    not_for: Mapping[str, str] = field(default_factory=dict)
    """Doors, as `family/door`, that it is not applicable to, and why."""

    def why_not(self, door: Door, mode: Mode) -> str | None:
        """Why the scenario is not applicable; None if it is."""
        if mode not in self.modes:
            return self.only_in or f"it is about {' and '.join(self.modes)} runs"
        missing = sorted(self.needs - door.traits, key=list(Trait).index)
        if missing:
            return _WHY_NOT[missing[0]]
        return self.not_for.get(f"{door.family}/{door.door}") or self.not_for.get(door.family)


SCENARIOS: dict[str, Scenario] = {}


def scenario(
    id: str,
    must: str,
    *,
    needs: Iterable[Trait] = (),
    modes: Sequence[Mode] = BOTH,
    only_in: str = "",
    not_for: Mapping[str, str] | None = None,
) -> Callable[[Callable[[World], None]], Callable[[World], None]]:
    """Register the decorated function as the scenario `id`."""

    def register(play: Callable[[World], None]) -> Callable[[World], None]:
        if id in SCENARIOS:
            raise ValueError(f"Two scenarios are called {id}.")
        SCENARIOS[id] = Scenario(
            id=id,
            must=must,
            play=play,
            needs=frozenset(needs),
            modes=tuple(modes),
            only_in=only_in,
            not_for=dict(not_for or {}),
        )
        return play

    return register
