"""A checkpoint serializer that rebuilds only types on a list."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import ormsgpack
from langgraph.checkpoint.serde import jsonplus
from langgraph.checkpoint.serde.event_hooks import SerdeEvent, register_serde_event_listener
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from signoff.domain.errors import SerializerUnsafe, TypeNotAllowed

_FORMATS = frozenset({"null", "bytes", "bytearray", "msgpack"})
_BLOCKED_EVENTS = frozenset({"msgpack_blocked", "msgpack_method_blocked"})
_CONSTRUCTORS = (
    jsonplus.EXT_CONSTRUCTOR_SINGLE_ARG,
    jsonplus.EXT_CONSTRUCTOR_POS_ARGS,
    jsonplus.EXT_CONSTRUCTOR_KW_ARGS,
    jsonplus.EXT_METHOD_SINGLE_ARG,
    jsonplus.EXT_PYDANTIC_V1,
    jsonplus.EXT_PYDANTIC_V2,
)

_blocked: ContextVar[list[str] | None] = ContextVar("signoff_blocked_types", default=None)


def _note_blocked(event: SerdeEvent) -> None:
    met = _blocked.get()
    if met is not None and event["kind"] in _BLOCKED_EVENTS:
        met.append(".".join(part for part in (event["module"], event["name"], event.get("method")) if part))


register_serde_event_listener(_note_blocked)


class StrictSerializer(JsonPlusSerializer):
    """LangGraph's serializer with its list of safe types plus `allow`, whatever the environment says.

    LangGraph hands out the raw data of a type that it blocks; here it is an error. A type that could
    not be read back is refused already when it is written. Neither pickle nor the old JSON
    form is read.

    Raises:
        TypeNotAllowed: on writing or reading a type that is not on the list.
    """

    def __init__(self, allow: Iterable[type | tuple[str, str]] = ()) -> None:
        super().__init__(pickle_fallback=False, allowed_msgpack_modules=tuple(allow))
        self._readable: set[tuple[str, str]] = set()

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        typed = super().dumps_typed(obj)
        if typed[0] == "msgpack":
            met = _types_in(typed[1])
            if not met <= self._readable:
                self.loads_typed(typed)
                self._readable |= met
        return typed

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        if data[0] not in _FORMATS:
            raise TypeNotAllowed((f"data in the form {data[0]!r}",))
        met: list[str] = []
        token = _blocked.set(met)
        try:
            value = super().loads_typed(data)
        finally:
            _blocked.reset(token)
        if met:
            raise TypeNotAllowed(tuple(sorted(set(met))))
        return value


def _types_in(data: bytes) -> set[tuple[str, str]]:
    """The types that msgpack `data` would rebuild, found without rebuilding any."""
    found: set[tuple[str, str]] = set()

    def note(code: int, payload: bytes) -> None:
        if code != jsonplus.EXT_NUMPY_ARRAY:
            inner = ormsgpack.unpackb(payload, ext_hook=note, option=ormsgpack.OPT_NON_STR_KEYS)
            if code in _CONSTRUCTORS:
                found.add((inner[0], inner[1]))

    ormsgpack.unpackb(data, ext_hook=note, option=ormsgpack.OPT_NON_STR_KEYS)
    return found


_ran: list[str] = []


class _Canary:
    """Leaves a trace when anything about it runs."""

    def __init__(self, *args: object, **fields: object) -> None:
        _ran.append("constructed")

    @staticmethod
    def called(*_: object, **__: object) -> None:
        _ran.append("called")

    construct = model_construct = called


def prove_harmless(serializer: StrictSerializer) -> None:
    """Feed stored bytes that name a callable to `serializer` and see that nothing runs.

    Raises:
        SerializerUnsafe: something ran, or the bytes were not refused.
    """
    name, arguments = (_Canary.__module__, _Canary.__qualname__), {"a": 1}
    payloads = [
        ("msgpack", ormsgpack.packb(ormsgpack.Ext(code, ormsgpack.packb((*name, arguments, "called")))))
        for code in _CONSTRUCTORS
    ]
    before = len(_ran)
    with _without_warnings():
        for payload in (*payloads, ("pickle", b"N."), ("json", b"{}")):
            try:
                serializer.loads_typed(payload)
            except TypeNotAllowed:
                continue
            raise SerializerUnsafe
    if len(_ran) > before:
        raise SerializerUnsafe


@contextmanager
def _without_warnings() -> Iterator[None]:
    """The canary's own refusals are expected and not worth a line in the log."""

    def is_about_others(record: logging.LogRecord) -> bool:
        return _Canary.__qualname__ not in record.getMessage()

    logger = logging.getLogger(jsonplus.__name__)
    logger.addFilter(is_about_others)
    try:
        yield
    finally:
        logger.removeFilter(is_about_others)
