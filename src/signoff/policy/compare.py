"""What differs between two policies, in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel

from signoff.domain.policy import Policy, Rule
from signoff.domain.shadow import day
from signoff.domain.value import Value

_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")
_RULE_PARTS = ("effect", "tools", "stages", "settling", "expires_after", "summary")
_CLOCKS = (
    "settling",
    "due_after",
    "expires_after",
    "valid_for",
    "stop_open_reviews",
    "stages",
    "questions",
    "working_hours",
)


class Change(Value):
    """One difference: what it is about ("rule discounts"), and what happened to it."""

    about: str
    text: str


def changes(old: Policy, new: Policy) -> tuple[Change, ...]:
    """Every difference that can change a verdict, a review or what a reviewer reads."""
    return (
        *_parts("policy", old, new, ("name", "version", "summary")),
        *_tools(old, new),
        *_named("fact", old.facts, new.facts),
        *_named("detector", old.flags, new.flags),
        *_parts("every review", old, new, _CLOCKS),
        *_rules(old, new),
    )


def _tools(old: Policy, new: Policy) -> Iterator[Change]:
    yield from _come_and_gone("tool", old.tools, new.tools)
    for name in old.tools:
        if name in new.tools:
            before, after = old.tools[name], new.tools[name]
            yield from _parts(f"tool {name}", before, after, type(before).model_fields)


def _rules(old: Policy, new: Policy) -> Iterator[Change]:
    before, after = {r.id: r for r in old.rules}, {r.id: r for r in new.rules}
    yield from _come_and_gone(
        "rule",
        {id: _said(rule) for id, rule in before.items()},
        {id: _said(rule) for id, rule in after.items()},
    )
    yield from _order([id for id in before if id in after], [id for id in after if id in before])
    for id, rule in before.items():
        if id in after:
            yield from _condition(rule, after[id])
            yield from _parts(f"rule {id}", rule, after[id], _RULE_PARTS)


def _order(before: list[str], after: list[str]) -> Iterator[Change]:
    if before != after:
        text = (
            f"asked in another order: {', '.join(before)} became {', '.join(after)}; the first match counts"
        )
        yield Change(about="rules", text=text)


def _condition(before: Rule, after: Rule) -> Iterator[Change]:
    old, new = before.when or "always", after.when or "always"
    if " ".join(old.split()) == " ".join(new.split()):
        return
    about = f"rule {before.id}"
    if _NUMBER.sub("#", old) == _NUMBER.sub("#", new):
        for was, now in zip(_NUMBER.findall(old), _NUMBER.findall(new), strict=True):
            if was != now:
                yield Change(about=about, text=f"threshold {was} became {now} in: {new.strip()}")
    else:
        yield Change(about=about, text=f"condition was: {old.strip()}")
        yield Change(about=about, text=f"condition is: {new.strip()}")


def _named(kind: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    yield from _come_and_gone(kind, old, new)
    for name, was in old.items():
        if name not in new or new[name] == was:
            continue
        if isinstance(was, Mapping) and isinstance(new[name], Mapping):
            for key in sorted({*was, *new[name]}):
                if was.get(key) != new[name].get(key):
                    yield _became(f"{kind} {name}", key, was.get(key), new[name].get(key))
        else:
            yield Change(about=f"{kind} {name}", text=f"{_words(was)} became {_words(new[name])}")


def _come_and_gone(kind: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name in old:
        if name not in new:
            yield Change(about=f"{kind} {name}", text="removed")
    for name, value in new.items():
        if name not in old:
            text = value if isinstance(value, str) else _words(value)
            yield Change(about=f"{kind} {name}", text=f"new: {text}")


def _said(rule: Rule) -> str:
    of = f" of {', '.join(rule.tools)}" if rule.tools else ""
    return f"{rule.effect.value}{of} when {(rule.when or 'always').strip()}"


def _parts(about: str, old: BaseModel, new: BaseModel, names: Iterable[str]) -> Iterator[Change]:
    for name in names:
        was, now = getattr(old, name), getattr(new, name)
        if was != now:
            yield _became(about, name, was, now)


def _became(about: str, name: str, was: Any, now: Any) -> Change:
    spaced = name.replace("_", " ")
    return Change(about=about, text=f"{spaced} {_words(was)} became {_words(now)}")


def _words(value: Any) -> str:
    match value:
        case None | "" | () | []:
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case datetime():
            return day(value)
        case timedelta():
            return str(value)
        case BaseModel():
            given = (
                (name, getattr(value, name)) for name in type(value).model_fields if _differs(value, name)
            )
            return ", ".join(f"{name.replace('_', ' ')} {_words(held)}" for name, held in given)
        case Mapping():
            return ", ".join(f"{name}: {_words(held)}" for name, held in value.items()) or "nothing"
        case list() | tuple():
            return " + ".join(_words(item) for item in value)
    return str(value)


def _differs(value: BaseModel, name: str) -> bool:
    """Whether a field was given: its default needs no words."""
    field = type(value).model_fields[name]
    return field.is_required() or bool(getattr(value, name) != field.get_default(call_default_factory=True))
