"""A clause against the playbook: what oversteps which line, on which words, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, assert_never

from graphs.contract_review.laws import bare_name, laws
from graphs.contract_review.playbook import (
    VALUE,
    Check,
    Entry,
    LawCheck,
    Level,
    LimitCheck,
    PhraseCheck,
    SaysCheck,
    compiled,
)
from graphs.contract_review.quantities import Place, Quantity, parse, sentences, written

Code = Literal[
    "outside_position", "beyond_fallback", "walk_away", "says_too_little", "unmeasured", "clause_missing"
]
CODES: dict[Level, Code] = {
    "position": "outside_position",
    "fallback": "beyond_fallback",
    "walk_away": "walk_away",
}
"""The code of a finding by the line that it oversteps."""


@dataclass(frozen=True)
class Finding:
    """Something in a clause that the playbook does not want."""

    code: Code
    oversteps: Level
    message: str
    evidence: str
    start: int = 0
    end: int = 0
    quote: str = ""
    """The words it is about; empty where it is about what the clause does not say."""
    instead: str | None = None
    """What to write in place of the quote, or at the end of the clause where there is no quote."""


Offer = Literal["position", "fallback"]
"""What is written in place of what we do not want: what we want, or what we still take."""


def findings(name: str, entry: Entry, text: str, offer: Offer = "position") -> list[Finding]:
    """What the playbook's entry finds in the text of a clause, in the order of the text."""
    if not text.strip():
        return [_missing(name, entry)]
    found = [finding for check in entry.checks for finding in _found(entry, check, text, offer)]
    return sorted(found, key=lambda finding: (finding.start, finding.end))


def _missing(name: str, entry: Entry) -> Finding:
    return Finding(
        code="clause_missing",
        oversteps="fallback",
        message=f"The contract has no clause on {entry.title.lower()}.",
        evidence=f"The playbook requires one ({name}). {entry.position}",
        instead=entry.wording,
    )


def _found(entry: Entry, check: Check, text: str, offer: Offer) -> Iterator[Finding]:
    match check:
        case LimitCheck():
            return _limits(entry, check, text, offer)
        case LawCheck():
            return _laws(entry, check, text, offer)
        case PhraseCheck():
            return _phrases(entry, check, text)
        case SaysCheck():
            return _says(entry, check, text)
        case _:
            assert_never(check)


def _limits(entry: Entry, check: LimitCheck, text: str, offer: Offer) -> Iterator[Finding]:
    seen: set[int] = set()
    for pattern in map(compiled, check.find):
        for match in pattern.finditer(text):
            start, end = match.span(pattern.groupindex[VALUE])
            quantity = parse(text[start:end])
            if start in seen or quantity is None:
                continue
            seen.add(start)
            yield from _measured(entry, check, Place(quantity, start, end, text[start:end]), offer)


def _measured(entry: Entry, check: LimitCheck, place: Place, offer: Offer) -> Iterator[Finding]:
    bounds, quantity = check.bounds, place.quantity
    if not quantity.is_like(bounds.position):
        yield Finding(
            "unmeasured", "position", f"{check.what}: {quantity} cannot be compared with {bounds.position}.",
            entry.position, place.start, place.end, place.quote,
        )  # fmt: skip
        return
    oversteps = _overstepped(check, quantity)
    if oversteps is None:
        return
    word = "at most" if check.at_most else "at least"
    yield Finding(
        code=CODES[oversteps],
        oversteps=oversteps,
        message=f"{check.what}: {quantity}; {_line(check, oversteps)}.",
        evidence=(
            f"Position {word} {bounds.position}, fallback {word} {bounds.fallback}, "
            f"walk away {_BEYOND[word]} {bounds.walk_away}. {check.why}".rstrip()
        ),
        start=place.start,
        end=place.end,
        quote=place.quote,
        instead=written(bounds.position if offer == "position" else bounds.fallback, place.quote),
    )


_BEYOND = {"at most": "over", "at least": "under"}


def _line(check: LimitCheck | LawCheck, oversteps: Level) -> str:
    """Which line it oversteps, in words."""
    if oversteps == "position":
        return "not what we want, but within the fallback"
    if oversteps == "walk_away":
        return "we do not sign this"
    if isinstance(check, LawCheck):
        return "not a law that we take"
    return "more than we take" if check.at_most else "less than we take"


def _overstepped(check: LimitCheck, quantity: Quantity) -> Level | None:
    def is_beyond(limit: Quantity) -> bool:
        return quantity.size > limit.size if check.at_most else quantity.size < limit.size

    bounds = check.bounds
    if is_beyond(bounds.walk_away):
        return "walk_away"
    if is_beyond(bounds.fallback):
        return "fallback"
    return "position" if is_beyond(bounds.position) else None


def _laws(entry: Entry, check: LawCheck, text: str, offer: Offer) -> Iterator[Finding]:
    places = laws(text)
    if not places:
        yield Finding(
            "unmeasured", "position", f"{entry.title}: no law could be read from this clause.", entry.position
        )
    prefer, accept, refuse = (
        {bare_name(name).casefold() for name in names} for names in (check.prefer, check.accept, check.refuse)
    )
    instead = check.accept[0] if offer == "fallback" and check.accept else check.instead
    for place in places:
        name = place.name.casefold()
        if name in prefer:
            continue
        oversteps: Level = "position" if name in accept else "walk_away" if name in refuse else "fallback"
        yield Finding(
            code=CODES[oversteps],
            oversteps=oversteps,
            message=f"{entry.title}: {place.name}; {_line(check, oversteps)}.",
            evidence=f"We want {_either(check.prefer)}; we take {_either(check.accept)}. {check.why}".strip(),
            start=place.start,
            end=place.end,
            quote=place.quote,
            instead=instead,
        )


def _either(names: tuple[str, ...]) -> str:
    return " or ".join(names) if names else "no other"


def _phrases(entry: Entry, check: PhraseCheck, text: str) -> Iterator[Finding]:
    if any(compiled(pattern).search(text) for pattern in check.unless):
        return
    spans = sorted(
        {
            match.span(pattern.groupindex.get(VALUE, 0))
            for pattern in map(compiled, check.find)
            for match in pattern.finditer(text)
        }
    )
    last = -1
    for start, end in spans:
        if start < last or start == end:
            continue
        if check.whole_sentence:
            start, end = _sentence_around(text, start)  # noqa: PLW2901 - the finding is about the sentence
        last = end
        yield Finding(
            code=CODES[check.oversteps],
            oversteps=check.oversteps,
            message=f"{entry.title}: {check.what}",
            evidence=_position(entry, check.oversteps),
            start=start,
            end=end,
            quote=text[start:end],
            instead=check.instead,
        )


def _sentence_around(text: str, place: int) -> tuple[int, int]:
    return next(((start, end) for start, end in sentences(text) if start <= place < end), (0, len(text)))


def _position(entry: Entry, oversteps: Level) -> str:
    lines: dict[Level, str] = {
        "position": f"Position: {entry.position} Fallback: {entry.fallback}",
        "fallback": f"Position: {entry.position} Fallback: {entry.fallback}",
        "walk_away": f"Walk away: {entry.walk_away} Position: {entry.position}",
    }
    return lines[oversteps]


def _says(entry: Entry, check: SaysCheck, text: str) -> Iterator[Finding]:
    if any(compiled(pattern).search(text) for pattern in check.find):
        return
    yield Finding(
        code="walk_away" if check.oversteps == "walk_away" else "says_too_little",
        oversteps=check.oversteps,
        message=f"{entry.title}: {check.what}",
        evidence=_position(entry, check.oversteps),
        instead=check.add,
    )


def drafted(text: str, found: list[Finding]) -> str:
    """The clause with all that the findings propose written into it; of overlapping ones the longest."""
    behind = [finding.instead.strip() for finding in found if finding.instead and not finding.quote]
    placed: list[Finding] = []
    for finding in sorted(found, key=lambda f: (f.start - f.end, f.start)):
        is_free = all(finding.end <= other.start or other.end <= finding.start for other in placed)
        if finding.instead is not None and finding.quote and is_free:
            placed.append(finding)
    made = text
    for finding in sorted(placed, key=lambda f: f.start, reverse=True):
        made = made[: finding.start] + _in_its_case(finding) + made[finding.end :]
    return " ".join([made.rstrip(), *behind]).strip() if behind else made


def _in_its_case(finding: Finding) -> str:
    """What is written instead, in capitals where the quote is."""
    instead = finding.instead or ""
    letters = [char for char in finding.quote if char.isalpha()]
    return instead.upper() if len(letters) > 3 and all(char.isupper() for char in letters) else instead
