"""The pieces that the page of a review is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from signoff.domain.effect import Settlement
from signoff.domain.flag import Severity
from signoff.domain.review import ReviewFile
from signoff.domain.stage import ApprovalReason, StageSpec
from signoff.domain.tally import Standing, live_votes
from signoff.services.ballots import choices_of, other_of
from signoff.web.pages import words
from signoff.web.pages.form import Field, fields
from signoff.web.pages.leaves import Leaf, at_pointer, leaves
from signoff.web.pages.marks import NumberedFlag, segments
from signoff.web.pages.redline import Change, shortened_redline
from signoff.web.pages.reveal import Piece, reveal
from signoff.web.pages.story import vote_word
from signoff.web.pages.translate import gettext, ngettext

OTHER = "other"
"""What the form calls an answer beside the choices."""


@dataclass(frozen=True)
class FlagCard:
    """A flag in the margin."""

    flag: NumberedFlag
    title: str
    where: str
    message: tuple[Piece, ...]
    quote: tuple[Piece, ...]
    evidence: tuple[Piece, ...]
    suggestion: tuple[Piece, ...]

    @property
    def number(self) -> int:
        return self.flag.number

    @property
    def severity(self) -> str:
        return self.flag.severity.value

    @property
    def key(self) -> str:
        return self.flag.key

    @property
    def is_high(self) -> bool:
        """Whether an approval needs it to be checked."""
        return self.flag.severity is Severity.HIGH

    @property
    def has_wording(self) -> bool:
        """Whether safer wording can take the place of the words it is about."""
        return bool(self.suggestion and self.flag.flag.quote)


@dataclass(frozen=True)
class StageLine:
    """A step of the review and how it stands."""

    number: int
    name: str
    status: str
    word: str
    needs: str
    voters: tuple[str, ...]


@dataclass(frozen=True)
class Choice:
    """One answer that is offered."""

    value: str
    label: tuple[Piece, ...]


def shortened(title: str, limit: int = 160) -> str:
    """On one line, and no longer than `limit`."""
    line = " ".join(title.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def target(arguments: Mapping[str, Any], flags: Sequence[NumberedFlag]) -> tuple[Leaf, ...]:
    """What is said of an action before all else: whom it reaches. Long values are cut; they stand below."""
    return tuple(_cut(leaf) for leaf in leaves(arguments, flags))


def _cut(leaf: Leaf, limit: int = 160) -> Leaf:
    text = "".join(piece.text for segment in leaf.segments for piece in segment.pieces)
    if len(text) <= limit and "\n" not in text:
        return leaf
    start = shortened(text, limit)
    return replace(leaf, segments=segments(start, ()), flags=(), note=gettext("in full below"))


def counts(flags: Sequence[NumberedFlag]) -> tuple[tuple[str, str, int, int], ...]:
    """For each severity: its name, its word, how many, and the number of the first."""
    result = []
    for severity in (Severity.HIGH, Severity.MEDIUM, Severity.LOW):
        numbers = [f.number for f in flags if f.severity is severity]
        if numbers:
            result.append((severity.value, words.risk_within(severity), len(numbers), numbers[0]))
    return tuple(result)


def card(numbered_flag: NumberedFlag) -> FlagCard:
    """The flag as it stands in the margin."""
    flag = numbered_flag.flag
    return FlagCard(
        flag=numbered_flag,
        title=words.titled(flag.code),
        where=" / ".join(words.spaced(part) for part in flag.path.split("/")[1:]),
        message=reveal(flag.message),
        quote=reveal(shortened(flag.quote, 120)),
        evidence=reveal(flag.evidence),
        suggestion=reveal(flag.suggestion or ""),
    )


def stage_lines(file: ReviewFile, standing: Standing) -> tuple[StageLine, ...]:
    """The steps with who voted how."""
    live = live_votes(file.votes)
    lines = []
    for stage, status in zip(file.stages, standing.statuses, strict=False):
        voters = tuple(f"{v.person_name}: {vote_word(v.kind)}" for v in live if v.stage == stage.number)
        name = words.titled(stage.spec.name)
        needs = who_decides(stage.spec)
        lines.append(StageLine(stage.number, name, status.value, words.stage(status), needs, voters))
    return tuple(lines)


def who_decides(spec: StageSpec) -> str:
    """How many people a step takes, and which."""
    named = ", ".join(c.removeprefix("group:") for c in spec.candidates)
    needs = (
        ngettext("one person of %(named)s", "%(n)s persons of %(named)s", spec.quorum, named=named)
        if named
        else ngettext("one person", "%(n)s persons", spec.quorum)
    )
    if spec.four_eyes:
        needs = gettext("%(people)s, not the requester and not the author", people=needs)
    match spec.approval_reason:
        case ApprovalReason.NEVER:
            return needs
        case ApprovalReason.HIGH_RISK:
            return gettext("%(people)s, with a reason where the risk is high", people=needs)
        case ApprovalReason.ALWAYS:
            return gettext("%(people)s, with a reason", people=needs)


def choices(file: ReviewFile) -> tuple[Choice, ...] | None:
    """The answers on offer; None where any words will do."""
    offered = choices_of(file)
    if not offered:
        return None
    return tuple(Choice(str(n), choice_label(value)) for n, value in enumerate(offered))


def choice_label(value: Any) -> tuple[Piece, ...]:
    """An answer in words."""
    if isinstance(value, dict):
        return reveal(", ".join(f"{_named(str(key))}: {item}" for key, item in value.items()))
    try:
        return reveal(words.settlement(Settlement(value)))
    except ValueError:
        return reveal(str(value))


def _named(key: str) -> str:
    """A key as words; one that is words already stays as it is."""
    return key if " " in key else words.spaced(key)


def other_field(file: ReviewFile) -> Field | None:
    """The input for an answer beside the choices, if there may be one."""
    schema = other_of(file)
    if schema is None:
        return None
    [field] = fields({"properties": {OTHER: schema}, "required": [OTHER]}, {})
    return replace(field, label=gettext("Your own value"))


def other_title(file: ReviewFile) -> str:
    """What an answer beside the choices is called."""
    title = (other_of(file) or {}).get("title")
    return gettext("Another answer") if title is None else str(title)


def edits(file: ReviewFile) -> tuple[tuple[str, tuple[Change, ...]], ...]:
    """What people changed in the agent's arguments: label and redline."""
    return differences(file.original.arguments, file.current.arguments)


def differences(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[tuple[str, tuple[Change, ...]], ...]:
    """Every value that differs, with its label and redline."""
    changed = []
    for pointer in dict.fromkeys(leaf.pointer for side in (before, after) for leaf in leaves(side)):
        old, new = text_at(before, pointer), text_at(after, pointer)
        if old != new:
            label = words.titled(" / ".join(pointer.split("/")[1:]))
            changed.append((label, shortened_redline(old, new)))
    return tuple(changed)


def text_at(arguments: Mapping[str, Any], pointer: str) -> str:
    """The value at a JSON pointer as text; none where there is no value."""
    try:
        return str(at_pointer(arguments, pointer))
    except LookupError:
        return ""
