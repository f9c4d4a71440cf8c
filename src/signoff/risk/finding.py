"""What the detectors share: their settings, the texts they read and the flags they write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from signoff.domain.action import Action
from signoff.domain.flag import RiskFlag, Severity
from signoff.risk.text import leaves

MAX_FLAGS = 100
"""Flags that one detector reports for one action; reaching it is a flag of its own."""

MAX_QUOTE = 200
"""Code points that one flag spans at most."""


class DetectorUnavailable(ValueError):
    """A detector cannot be built here; the message says what is missing."""


class Settings(BaseModel):
    """Settings that every detector takes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tools: tuple[str, ...] = ()
    """Tools whose calls are read; empty means all."""
    read: tuple[str, ...] | None = None
    """Arguments that are read; None means all. Their strings are read at any depth."""

    @property
    def facts(self) -> frozenset[str]:
        """The facts that these settings name: the values of all settings that end in `_fact`."""
        named = (getattr(self, name) for name in type(self).model_fields if name.endswith("_fact"))
        return frozenset(path for path in named if path is not None)


def texts(action: Action, settings: Settings) -> Iterator[tuple[str, str]]:
    """The strings that a detector with these settings reads, each with its JSON pointer."""
    if settings.tools and action.tool not in settings.tools:
        return
    for name, value in action.arguments.items():
        if settings.read is None or name in settings.read:
            yield from leaves({name: value})


_MISSING = object()


def fact(action: Action, path: str | None) -> Any:
    """The fact at a dotted path; None when it is absent."""
    if path is None:
        return None
    value: Any = action.context
    for step in path.split("."):
        value = value.get(step, _MISSING) if isinstance(value, dict) else _MISSING
        if value is _MISSING:
            return None
    return value


def fact_strings(action: Action, path: str | None) -> tuple[str, ...]:
    """The fact at a dotted path as a list of strings; empty when it is absent.

    Raises:
        ValueError: it is something else.
    """
    value = fact(action, path)
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,) if value else ()
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"the fact {path!r} is no list of strings")
    return tuple(value)


def fact_records(action: Action, path: str | None) -> tuple[dict[str, Any], ...] | None:
    """The fact at a dotted path as a list of records; None when it is absent.

    Raises:
        ValueError: it is something else.
    """
    value = fact(action, path)
    if value is None:
        return None
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, dict) for item in value):
        raise ValueError(f"the fact {path!r} is no list of records")
    return tuple(value)


TooMany = Literal["too_many_findings"]
TOO_MANY: TooMany = "too_many_findings"
"""The code of the flag that says that there are more; every detector can give it."""

Code = TypeVar("Code", bound=str)


class Marker(Generic[Code]):
    """Writes the flags of one detector; `Code` is the `Literal` of its codes."""

    def __init__(self, detector: str, version: str) -> None:
        self._detector, self._version = detector, version

    def flag(
        self,
        code: Code | TooMany,
        severity: Severity,
        message: str,
        *,
        path: str,
        text: str = "",
        start: int = 0,
        end: int = 0,
        evidence: str = "",
        suggestion: str | None = None,
    ) -> RiskFlag:
        """A flag on `text[start:end]`, cut to `MAX_QUOTE`; without a text on the whole argument."""
        end = min(end, start + MAX_QUOTE)
        quote = text[start:end]
        if not _is_whole_unicode(quote):
            evidence = f"{evidence} At characters {start} to {end}.".strip()
            start = end = 0
            quote = ""
        return RiskFlag(
            code=code,
            severity=severity,
            message=message,
            detector=self._detector,
            detector_version=self._version,
            path=path,
            start=start,
            end=end,
            quote=quote,
            evidence=evidence,
            suggestion=suggestion,
        )

    def collected(self, flags: Iterable[RiskFlag]) -> tuple[RiskFlag, ...]:
        """The first `MAX_FLAGS` of `flags` by place; where there are more, a last one says so."""
        found = list(islice(flags, MAX_FLAGS + 1))
        if len(found) <= MAX_FLAGS:
            return tuple(sorted(found, key=_place))
        more = self.flag(
            TOO_MANY,
            Severity.HIGH,
            f"More than {MAX_FLAGS} findings of this kind; only the first {MAX_FLAGS} are listed.",
            path=found[-1].path,
        )
        return (*sorted(found[:MAX_FLAGS], key=_place), more)


def _place(flag: RiskFlag) -> tuple[str, int]:
    return flag.path, flag.start


def _is_whole_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def listed(items: Iterable[str], limit: int = 5) -> str:
    """The first `limit` of `items` in words: "a, b and 3 more"."""
    names = list(items)
    if len(names) > limit:
        return f"{', '.join(names[:limit])} and {len(names) - limit} more"
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
