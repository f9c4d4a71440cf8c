"""The shape of a policy file: which keys there are and what they hold."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from string import Formatter
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from signoff.domain.action import EffectClass
from signoff.domain.duration import Duration, parse_duration
from signoff.domain.instant import parse_instant
from signoff.domain.page_kind import PageKind
from signoff.domain.person import Role
from signoff.domain.placement import Placement
from signoff.domain.policy import OTHERS, OnChanges, RuleEffect
from signoff.domain.stage import StageSpec
from signoff.domain.visibility import BOUND, FACTS, Visibility
from signoff.policy.celtypes import parse_type

ALWAYS = "always"


def _positive(value: timedelta) -> timedelta:
    if value <= timedelta(0):
        raise ValueError("must be longer than 0")
    return value


def _reasonable(value: timedelta) -> timedelta:
    if value > timedelta(days=3660):
        raise ValueError("must not be longer than 3660d")
    return value


def _or_never(value: Any) -> Any:
    return None if value == "never" else parse_duration(value)


def _type(text: str) -> str:
    parse_type(text)
    return text


def _title(text: str) -> str:
    """Only plain `{argument}` fields: attributes, indexes and formats could reach into objects."""
    for _, name, spec, conversion in Formatter().parse(text):
        if name is not None and (not name.isidentifier() or spec or conversion):
            raise ValueError(f"a title takes plain {{argument}} fields only, not {{{name}}}")
    return text


def _place(text: str) -> str:
    name = text.removeprefix("group:")
    if not name.strip() or (name == text and "@" not in text):
        raise ValueError(f'{text!r} is neither a person\'s e-mail nor "group:" and a name')
    return text


def _whose(text: str) -> str:
    if text != OTHERS and not (text.startswith("group:") and text.removeprefix("group:").strip()):
        raise ValueError(f'{text!r} is neither "group:" and a name nor "{OTHERS}"')
    return text


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f'{name!r} is no time zone; write for example "Europe/Berlin"')
    return name


def _unstopped(text: str) -> str:
    return text.rstrip(".")


def _who(text: str) -> str:
    roles = [role.value for role in Role]
    is_group = text.startswith("group:") and text.removeprefix("group:").strip()
    if text not in roles and not is_group:
        raise ValueError(f'{text!r} is neither a role ({", ".join(roles)}) nor "group:" and a name')
    return text


def _field_name(text: str) -> str:
    """A JSON pointer with `*` for any step, into the arguments or what "facts" or "bound" names."""
    part, slash, rest = text.partition("/")
    if part not in ("", FACTS, BOUND) or not slash or "" in rest.split("/"):
        raise ValueError(
            f'{text!r} is no field: write "/name" for an argument, "facts/name" for a fact, '
            '"bound/name" for an input beside the arguments'
        )
    return text


Window = Annotated[Duration, AfterValidator(_reasonable)]
Span = Annotated[Window, AfterValidator(_positive)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100)]
Sentence = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_unstopped)
]
Who = Annotated[str, AfterValidator(_who)]
FieldName = Annotated[str, AfterValidator(_field_name)]
Place = Annotated[str, AfterValidator(_place)]
Whose = Annotated[str, AfterValidator(_whose)]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
TypeText = Annotated[str, AfterValidator(_type)]


class In(BaseModel):
    """A part of the file; a key it does not know is a fault."""

    model_config = ConfigDict(extra="forbid")


class WorkingHoursIn(In):
    """When a group works, by its own clock."""

    zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    days: Annotated[tuple[Weekday, ...], Field(min_length=1)] = ("mon", "tue", "wed", "thu", "fri")
    begins: time = time(9)
    ends: time = time(17)
    holidays: tuple[date, ...] = ()

    @model_validator(mode="after")
    def _is_some_time(self) -> WorkingHoursIn:
        if self.begins >= self.ends:
            raise ValueError("the hours must end later than they begin, on the same day")
        return self


class DefaultsIn(In):
    """The clocks of every review; only those that are written count."""

    settling: Window = timedelta(0)
    due_after: Annotated[Span | None, BeforeValidator(_or_never)] = None
    expires_after: Span = timedelta(0)
    valid_for: Span = timedelta(0)


class VisibleIn(In):
    """Who sees one field; everybody who is not named sees it as `others` says."""

    show: tuple[Who, ...] = ()
    mask: tuple[Who, ...] = ()
    hide: tuple[Who, ...] = ()
    others: Visibility = Visibility.HIDE
    why: Sentence = "not for everybody"
    ask: Sentence = ""
    needed: bool = True

    @model_validator(mode="after")
    def _names_once(self) -> VisibleIn:
        named = (*self.show, *self.mask, *self.hide)
        if repeated := sorted({name for name in named if named.count(name) > 1}):
            raise ValueError(f'"{repeated[0]}" is named twice')
        return self


class QuestionsIn(In):
    """What holds for every question that is asked with `desk.ask`."""

    visible: dict[FieldName, VisibleIn] = Field(default_factory=dict)


class HeadIn(In):
    """Everything but tools, stages and rules."""

    name: Id
    version: Text
    summary: str = ""
    defaults: DefaultsIn = DefaultsIn()
    stop_open_reviews: bool = False
    facts: dict[str, TypeText] = Field(default_factory=dict)
    flags: dict[str, dict[str, Any]] = Field(default_factory=dict)
    questions: QuestionsIn = QuestionsIn()
    working_hours: dict[Whose, WorkingHoursIn] = Field(default_factory=dict)


class IdempotencyIn(In):
    """How the tool takes the effect id."""

    argument: Text


class ShadowIn(In):
    """How long a tool's gate only watches."""

    until: Annotated[datetime, BeforeValidator(parse_instant)]
    acknowledge_irreversible: bool = False


class ToolIn(In):
    """An entry under `tools`."""

    effect: EffectClass
    summary: str = ""
    title: Annotated[str, AfterValidator(_title)] = ""
    approve_label: Text = "Approve"
    body: Text | None = None
    page: PageKind | None = None
    shows: tuple[Text, ...] = ()
    visible: dict[FieldName, VisibleIn] = Field(default_factory=dict)
    idempotency: IdempotencyIn | None = None
    binds: tuple[Text, ...] | None = None
    definite_errors: tuple[Annotated[str, StringConstraints(pattern=r"^\w+(\.\w+)+$")], ...] = ()
    arguments: dict[str, TypeText] = Field(default_factory=dict)
    on_changes: OnChanges = OnChanges.RETURN
    shadow: ShadowIn | None = None
    placement: Placement | None = None

    @model_validator(mode="after")
    def _shadow_is_meant(self) -> ToolIn:
        if self.shadow is None:
            return self
        if self.effect is EffectClass.READ:
            raise ValueError("a read passes anyway and takes no shadow mode")
        if self.effect is EffectClass.IRREVERSIBLE and not self.shadow.acknowledge_irreversible:
            raise ValueError(
                "in shadow mode nobody stops a call that cannot be undone; "
                'if that is meant, write "acknowledge_irreversible: true" under shadow'
            )
        return self


class StageIn(StageSpec):
    """A stage, with its persons and durations checked."""

    name: Text = "review"
    candidates: tuple[Place, ...] = ()
    excluded: tuple[Place, ...] = ()
    veto: tuple[Place, ...] = ()
    due_after: Span | None = None
    claim_after: Span | None = None


class RuleIn(In):
    """An entry of `rules`. `tools` and `when` must be written, so that a lost line cannot widen a rule."""

    id: Id
    tools: Annotated[tuple[Text, ...], Field(min_length=1)] | None = None
    when: Text
    effect: RuleEffect
    summary: Text
    stages: Annotated[tuple[StageIn, ...], Field(min_length=1)] | None = None
    settling: Window | None = None
    expires_after: Span | None = None


SECTIONS = ("tools", "stages", "rules")
"""Top-level keys that are read entry by entry."""
