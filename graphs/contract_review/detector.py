"""The playbook as a detector: flags on the clause as it came in, and on what would stand in its place.

The entries that it compares with are facts of the call, so they are kept with the review, and a
wording that a lawyer edits is compared with the very same ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, get_args

from pydantic import BaseModel, ConfigDict

from graphs.contract_review.checks import Code, Finding, findings
from graphs.contract_review.hints import HINT, Hint
from graphs.contract_review.playbook import Entry, Level
from signoff import RiskFlag, Severity

VERSION = "1"
ORIGINAL, WORDING = "original", "wording"
_SEVERITY: dict[Level, Severity] = {
    "position": Severity.MEDIUM,
    "fallback": Severity.HIGH,
    "walk_away": Severity.HIGH,
}


class Settings(BaseModel):
    """Settings in the policy."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tools: tuple[str, ...] = ("settle_clause",)
    """Tools whose calls settle a clause: with the arguments `original` and `wording`."""


class Action(Protocol):
    """What a detector reads of an action."""

    @property
    def tool(self) -> str: ...

    @property
    def arguments(self) -> dict[str, Any]: ...

    @property
    def context(self) -> dict[str, Any]: ...


class PlaybookDetector:
    """Compares both texts of a clause with the playbook's entries among the facts."""

    name = "playbook"
    version = VERSION
    codes = frozenset({*get_args(Code), HINT})

    def __init__(self, settings: Settings) -> None:
        self._tools = settings.tools

    def detect(self, action: Action) -> Sequence[RiskFlag]:
        if action.tool not in self._tools:
            return ()
        original = str(action.arguments.get(ORIGINAL, ""))
        wording = str(action.arguments.get(WORDING, ""))
        entries = {name: Entry.model_validate(entry) for name, entry in action.context["entries"].items()}
        found = [flag for name, entry in entries.items() for flag in _flags(name, entry, original, ORIGINAL)]
        if wording != original:
            found += [
                flag for name, entry in entries.items() for flag in _flags(name, entry, wording, WORDING)
            ]
        found += [hint.flag(f"/{ORIGINAL}") for hint in Hint.of(action.context.get("hints", ()))]
        return found


def _flags(name: str, entry: Entry, text: str, argument: str) -> Iterator[RiskFlag]:
    for finding in findings(name, entry, text):
        yield _flag(name, finding, argument)


def _flag(name: str, finding: Finding, argument: str) -> RiskFlag:
    is_doubt = finding.code == "unmeasured"
    return RiskFlag(
        code=finding.code,
        severity=Severity.LOW if is_doubt else _SEVERITY[finding.oversteps],
        message=finding.message,
        detector="playbook",
        detector_version=f"{VERSION}/{name}",
        path=f"/{argument}",
        start=finding.start,
        end=finding.end,
        quote=finding.quote,
        evidence=finding.evidence,
        suggestion=finding.instead,
    )


def make(settings: Mapping[str, Any]) -> PlaybookDetector:
    """The detector with the settings of a policy."""
    return PlaybookDetector(Settings.model_validate(settings))
