"""Who may see which value of an action: shown, masked or hidden, by role and group."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from signoff.domain.person import Person, Role
from signoff.domain.sentence import sentence
from signoff.domain.value import Value

FACTS, BOUND = "facts", "bound"
"""What a field's name begins with where it is no argument of the tool."""
_TAIL = 4
"""Characters that a mask leaves readable."""
_SHORTEST_TAIL = 9
"""A value shorter than this is masked whole: its end would tell too much of it."""


class Visibility(StrEnum):
    """How much of a value somebody sees; later ones show more."""

    HIDE = "hide"
    MASK = "mask"
    SHOW = "show"

    @property
    def rank(self) -> int:
        return ("hide", "mask", "show").index(self.value)


class FieldRule(Value):
    """Who sees one field, or every field that a pattern means.

    `field` is a JSON pointer into the arguments ("/card/number"); behind "facts" it points into the
    facts, behind "bound" into the inputs beside the arguments. `*` stands for any one step. A rule
    is about everything below its field, too.
    """

    field: str
    show: tuple[str, ...] = ()
    """Roles, and groups as "group:payments"."""
    mask: tuple[str, ...] = ()
    hide: tuple[str, ...] = ()
    others: Visibility = Visibility.HIDE
    why: str = sentence("not for everybody")
    ask: str = ""
    """Whom to ask, in words."""
    needed: bool = True
    """Whether one must have seen it in full to approve."""


class Viewer(Value):
    """Whoever reads: of several roles and groups, the one that shows most counts."""

    roles: frozenset[Role] = frozenset()
    groups: frozenset[str] = frozenset()
    sees_all: bool = False
    sees_least: bool = False
    """Nobody in particular: sees only what everybody may."""

    def is_among(self, names: Sequence[str]) -> bool:
        return any(
            name.removeprefix("group:") in self.groups if name.startswith("group:") else name in self.roles
            for name in names
        )


EVERYTHING = Viewer(sees_all=True)
NOBODY = Viewer(sees_least=True)


def viewer_of(person: Person) -> Viewer:
    """What `person` may see."""
    return Viewer(roles=person.roles, groups=person.groups)


def visibility(rule: FieldRule, viewer: Viewer) -> Visibility:
    """How much of the rule's field `viewer` sees."""
    if viewer.sees_all:
        return Visibility.SHOW
    named = {Visibility.SHOW: rule.show, Visibility.MASK: rule.mask, Visibility.HIDE: rule.hide}
    if viewer.sees_least:
        given = [level for level, names in named.items() if names]
        return min((*given, rule.others), key=lambda level: level.rank)
    mine = [level for level, names in named.items() if viewer.is_among(names)]
    return max(mine, key=lambda level: level.rank, default=rule.others)


@dataclass(frozen=True)
class Withheld:
    """Stands where a value stood that its reader may not see in full. It can never run: it has no
    canonical form."""

    shown: str = ""
    """The end of the value, where it is masked."""
    why: str = ""
    ask: str = ""

    @property
    def said(self) -> str:
        """The line in its place: never a blank."""
        ask = f" Ask {self.ask}." if self.ask else ""
        return f"{'Partly hidden' if self.shown else 'Hidden'}: {self.why}.{ask}"

    def __str__(self) -> str:
        return f"••••{self.shown}" if self.shown else "[hidden]"

    __repr__ = __str__


class HiddenField(Value):
    """A field of one action that its reader does not see in full."""

    field: str
    needed: bool
    shown_to: tuple[str, ...] = ()
    """Roles and groups that see it in full."""

    @property
    def runs(self) -> bool:
        """Whether the value reaches the tool; facts do not."""
        return not self.field.startswith(FACTS + "/")


@dataclass
class Cover:
    """Takes values out of an action for one viewer, and keeps count of what it took."""

    rules: Sequence[FieldRule]
    viewer: Viewer
    hidden: dict[str, HiddenField] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    """What the values looked like, to find them in texts made of them."""

    def __post_init__(self) -> None:
        levels = [(rule, visibility(rule, self.viewer)) for rule in self.rules]
        self._less = [(rule, level) for rule, level in levels if level is not Visibility.SHOW]

    @property
    def is_needed(self) -> bool:
        """Whether anything at all is kept from this viewer."""
        return bool(self._less)

    def arguments(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        return self._part("", arguments)

    def facts(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        return self._part(FACTS, facts)

    def bound(self, bound: Mapping[str, Any]) -> dict[str, Any]:
        return self._part(BOUND, bound)

    def _part(self, part: str, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self._walk(value, (part, name)) for name, value in values.items()}

    def _walk(self, value: Any, path: tuple[str, ...]) -> Any:
        found = self._strictest(path)
        if found is not None:
            rule, level = found
            name = "/".join(part.replace("~", "~0").replace("/", "~1") for part in path)
            self.hidden[name] = HiddenField(field=name, needed=rule.needed, shown_to=rule.show)
            self.secrets.update(_looks(value))
            shown = _tail(value) if level is Visibility.MASK else ""
            return Withheld(shown, rule.why, rule.ask)
        match value:
            case dict():
                return {key: self._walk(item, (*path, str(key))) for key, item in value.items()}
            case list() | tuple():
                return [self._walk(item, (*path, str(n))) for n, item in enumerate(value)]
        return value

    def _strictest(self, path: tuple[str, ...]) -> tuple[FieldRule, Visibility] | None:
        matching = [(rule, level) for rule, level in self._less if _means(rule.field, path)]
        return min(matching, key=lambda found: found[1].rank, default=None)


def _means(pattern: str, path: tuple[str, ...]) -> bool:
    steps = pattern.split("/")
    return len(steps) == len(path) and all(
        step in ("*", part.replace("~", "~0").replace("/", "~1"))
        for step, part in zip(steps, path, strict=True)
    )


def _tail(value: Any) -> str:
    is_plain = isinstance(value, str | int) and not isinstance(value, bool)
    text = str(value) if is_plain else ""
    return text[-_TAIL:] if len(text) >= _SHORTEST_TAIL else ""


def _looks(value: Any) -> Iterator[str]:
    """How the leaves of `value` may stand in a text."""
    match value:
        case None | bool():
            return
        case dict():
            for item in value.values():
                yield from _looks(item)
        case list() | tuple() | set() | frozenset():
            for item in value:
                yield from _looks(item)
        case str():
            yield value
            yield from (line for line in value.splitlines() if len(line.strip()) > _TAIL)
        case _:
            yield str(value)
            yield from _amounts(value)


def _amounts(value: Any) -> Iterator[str]:
    try:
        yield f"{value:,}"
        yield f"{value:,.2f}"
        yield f"{value:g}"
    except (ValueError, TypeError):
        return


def replaced(value: Any, by: Callable[[Withheld], Any]) -> Any:
    """`value` with something in the place of everything withheld."""
    match value:
        case Withheld():
            return by(value)
        case dict():
            return {key: replaced(item, by) for key, item in value.items()}
        case list() | tuple():
            return [replaced(item, by) for item in value]
    return value


def with_hidden(
    edited: Mapping[str, Any], current: Mapping[str, Any], hidden: Sequence[str]
) -> dict[str, Any]:
    """`edited` with every hidden value as it is in `current`: what one does not see, one does not change.

    Raises:
        LookupError: a list that holds hidden values has another length now; its text names the field.
    """
    result: Any = dict(edited)
    for name in hidden:
        steps = [step.replace("~1", "/").replace("~0", "~") for step in name.split("/")[1:]]
        result = _put_back(result, current, steps, name)
    kept: dict[str, Any] = result
    return kept


def _put_back(edited: Any, current: Any, steps: list[str], name: str) -> Any:
    if not steps:
        return current
    step, *rest = steps
    if isinstance(current, dict):
        base = dict(edited) if isinstance(edited, dict) else {}
        return {**base, step: _put_back(base.get(step), current[step], rest, name)}
    if not isinstance(edited, list | tuple) or len(edited) != len(current):
        raise LookupError(name)
    items = list(edited)
    items[int(step)] = _put_back(items[int(step)], current[int(step)], rest, name)
    return items
