"""The playbook: what we want of each kind of clause, what we still take, and where we walk away."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import re2  # type: ignore[import-untyped]  # ships neither stubs nor py.typed
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationError,
    model_validator,
)

from graphs.contract_review.quantities import PATTERNS, Quantity, parse
from graphs.contract_review.yaml_lines import read_lined

PLAYBOOK = Path(__file__).with_name("playbook.yaml")
MAX_BYTES = 256 * 1024
VALUE = "value"
"""The group that a `{period}`, `{money}` or `{percent}` of a pattern is found in. A pattern for phrases may
name a part of itself so: `audit[^.]*(?P<value>at any time)` is about the last words alone."""


class PlaybookInvalid(ValueError):
    """The playbook has faults: one line each, with file and line."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class Part(BaseModel):
    """A part of the file; a key it does not know is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@lru_cache(maxsize=2000)
def compiled(pattern: str) -> Any:
    """A playbook's pattern in RE2, which no text can make slow; letters count in any case.

    Raises:
        ValueError: it is no RE2 expression, or holds more than one placeholder.
    """
    placeholders = [name for name in PATTERNS if f"{{{name}}}" in pattern]
    if len(placeholders) > 1 or any(pattern.count(f"{{{name}}}") > 1 for name in placeholders):
        raise ValueError(f"{pattern!r} holds more than one placeholder")
    for name in placeholders:
        pattern = pattern.replace(f"{{{name}}}", f"(?P<{VALUE}>{PATTERNS[name]})")
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.dot_nl = True
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else error
        raise ValueError(f"{pattern!r} is no RE2 expression: {reason}") from error


def _checked(pattern: Any) -> str:
    if not isinstance(pattern, str) or not pattern.strip():
        raise ValueError("must be a pattern")
    compiled(pattern)
    return pattern


def _with_value(pattern: Any) -> str:
    if VALUE not in compiled(_checked(pattern)).groupindex:
        raise ValueError(f"{pattern!r} must hold one of {', '.join(f'{{{name}}}' for name in PATTERNS)}")
    return str(pattern)


def _quantity(given: Any) -> Quantity:
    if isinstance(given, Quantity):
        return given
    found = parse(given) if isinstance(given, str) else None
    if found is None:
        raise ValueError(f'{given!r} is no quantity; write "60 days", "12 months", "1.5 %" or "USD 10,000"')
    return found


Pattern = Annotated[str, PlainValidator(_checked)]
ValuePattern = Annotated[str, PlainValidator(_with_value)]
Limit = Annotated[Quantity, PlainValidator(_quantity), PlainSerializer(str)]
Text = Annotated[str, Field(min_length=1, max_length=4000)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Level = Literal["position", "fallback", "walk_away"]
"""Which line a finding oversteps: what we want, what we still take, or what we never sign."""


class Bounds(Part):
    """Three lines, from what we want to where we walk away."""

    position: Limit
    fallback: Limit
    walk_away: Limit


class LimitCheck(Part):
    """Measures a quantity in a clause."""

    kind: Literal["limit"]
    what: Text
    """What is measured, in words: "Notice to stop a renewal"."""
    find: Annotated[tuple[ValuePattern, ...], Field(min_length=1)]
    at_most: Bounds | None = None
    at_least: Bounds | None = None
    why: str = ""

    @model_validator(mode="after")
    def _is_one_way(self) -> Self:
        bounds = self.at_most or self.at_least
        if bounds is None or (self.at_most and self.at_least):
            raise ValueError('needs either "at_most" or "at_least"')
        values = (bounds.position, bounds.fallback, bounds.walk_away)
        if not all(value.is_like(values[0]) for value in values):
            raise ValueError("position, fallback and walk_away must be of one kind and currency")
        sizes = [value.size for value in values]
        if sizes != sorted(sizes, reverse=self.at_least is not None):
            word = "rise" if self.at_most else "fall"
            raise ValueError(f"position, fallback and walk_away must {word} in this order")
        return self

    @property
    def bounds(self) -> Bounds:
        bounds = self.at_most or self.at_least
        assert bounds is not None  # noqa: S101 - the validator above
        return bounds


class LawCheck(Part):
    """Which law governs."""

    kind: Literal["law"]
    prefer: Annotated[tuple[Text, ...], Field(min_length=1)]
    accept: tuple[Text, ...] = ()
    refuse: tuple[Text, ...] = ()
    instead: Text
    """What to write in its place: "the State of Delaware"."""
    why: str = ""

    @model_validator(mode="after")
    def _is_disjoint(self) -> Self:
        names = [name.casefold() for name in (*self.prefer, *self.accept, *self.refuse)]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise ValueError(f"{twice!r} is named twice")
        return self


class PhraseCheck(Part):
    """Words that should not be there."""

    kind: Literal["phrase"]
    find: Annotated[tuple[Pattern, ...], Field(min_length=1)]
    unless: tuple[Pattern, ...] = ()
    """Words anywhere in the clause that make the phrase harmless."""
    oversteps: Level
    what: Text
    instead: str | None = None
    """What to write in place of the words found; empty strikes them out; without it a person finds words."""
    whole_sentence: bool = False
    """Whether the sentence around the words is replaced, not the words alone."""


class SaysCheck(Part):
    """Words that should be there."""

    kind: Literal["says"]
    find: Annotated[tuple[Pattern, ...], Field(min_length=1)]
    oversteps: Level
    what: Text
    add: Text
    """The sentence to add."""


Check = Annotated[LimitCheck | LawCheck | PhraseCheck | SaysCheck, Field(discriminator="kind")]


class Recognise(Part):
    """How a clause of this kind is recognised: by its heading, or by words in it."""

    heading: tuple[Pattern, ...] = ()
    text: tuple[Pattern, ...] = ()

    @model_validator(mode="after")
    def _is_something(self) -> Self:
        if not self.heading and not self.text:
            raise ValueError('needs "heading" or "text"')
        return self


class Entry(Part):
    """What the playbook says about one kind of clause."""

    title: Text
    position: Text
    """What we want, in a lawyer's words."""
    fallback: Text
    walk_away: Text
    explain: Text
    """Why we change it, for the other side to read: it goes into the comment of the redline."""
    recognise: Recognise
    required: bool = False
    """Whether every contract must have such a clause."""
    wording: str = ""
    """A whole clause of ours, for where it is missing."""
    checks: Annotated[tuple[Check, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _can_be_added(self) -> Self:
        if self.required and not self.wording.strip():
            raise ValueError('a required clause needs a "wording" to add')
        return self


class Playbook(Part):
    """One version of the playbook."""

    name: Text
    version: int = Field(ge=1)
    author: Text
    """In whose name changes are tracked."""
    summary: Text
    clauses: Annotated[dict[Name, Entry], Field(min_length=1)]
    digest: str = ""
    """Of the file's text; kept with every decision."""

    @cached_property
    def label(self) -> str:
        return f"{self.name} {self.version}"


def load_playbook(path: Path = PLAYBOOK) -> Playbook:
    """The playbook in a file.

    Raises:
        PlaybookInvalid: naming file, line and key of every fault.
    """
    try:
        data = path.read_bytes()
        if len(data) > MAX_BYTES:
            raise PlaybookInvalid((f"{path}: {len(data):,} bytes; the limit is {MAX_BYTES:,}",))
        text = data.decode()
    except OSError as error:
        raise PlaybookInvalid((f"{path}: cannot be read: {error.strerror}",)) from error
    except UnicodeDecodeError as error:
        raise PlaybookInvalid((f"{path}: is no UTF-8: {error.reason} at byte {error.start}",)) from error
    lined = read_lined(text)
    faults = [(line, message) for line, message in lined.faults]
    if not faults:
        try:
            return Playbook.model_validate(
                {**_mapping(lined.data), "digest": hashlib.sha256(data).hexdigest()}
            )
        except ValidationError as error:
            faults = [(lined.line(fault["loc"]), _message(fault)) for fault in _own_faults(error.errors())]
    raise PlaybookInvalid(tuple(f"{path}:{line}: {message}" for line, message in sorted(faults)))


def _mapping(data: Any) -> dict[str, Any]:
    return data if isinstance(data, dict) else {"clauses": data}


def _own_faults(faults: Sequence[Any]) -> list[Any]:
    """Without lists that are too short only because what is in them has faults."""
    places = [fault["loc"] for fault in faults]
    return [
        fault
        for fault in faults
        if fault["type"] != "too_short"
        or not any(place[: len(fault["loc"])] == fault["loc"] != place for place in places)
    ]


def _message(fault: Any) -> str:
    key = ".".join(str(part) for part in fault["loc"])
    message = fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "extra_forbidden":
        message = "there is no such key"
    return f"{key}: {message[:1].lower()}{message[1:]}"
