"""Checkpoints rebuild only listed types, and nothing that they name ever runs."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ormsgpack
import pytest
from langgraph.checkpoint.serde import jsonplus

from signoff.domain.errors import SerializerUnsafe, TypeNotAllowed
from signoff.langgraph import serializer
from signoff.langgraph.serializer import StrictSerializer, prove_harmless


@dataclass
class Money:
    amount: int
    currency: str


def test_an_allow_list_given_at_compile_time_is_added() -> None:
    strict = StrictSerializer()
    typed = StrictSerializer([Money]).dumps_typed(Money(1, "EUR"))

    wider = strict.with_msgpack_allowlist([Money])

    assert wider.loads_typed(typed) == Money(1, "EUR")
    with pytest.raises(TypeNotAllowed):
        strict.loads_typed(typed)


@pytest.mark.parametrize("code", range(6))
def test_bytes_that_name_a_callable_are_refused_and_do_not_run_it(code: int, tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    call = ormsgpack.packb(("os", "system", f"touch {trace}", "__call__"))

    with pytest.raises(TypeNotAllowed, match=r"os\.system"):
        StrictSerializer().loads_typed(("msgpack", ormsgpack.packb(ormsgpack.Ext(code, call))))

    assert not trace.exists()


def test_pickle_and_old_json_are_not_read(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> Any:
            return os.system, (f"touch {tmp_path / 'ran'}",)

    constructor = b'{"lc": 2, "type": "constructor", "id": ["decimal", "Decimal"], "args": ["1"]}'
    for typed in (("pickle", pickle.dumps(Evil())), ("json", constructor)):
        with pytest.raises(TypeNotAllowed, match=typed[0]):
            StrictSerializer().loads_typed(typed)

    assert not (tmp_path / "ran").exists()


def test_the_environment_does_not_loosen_it(tmp_path: Path) -> None:
    program = (
        "from dataclasses import make_dataclass\n"
        "from signoff.domain.errors import TypeNotAllowed\n"
        "from signoff.langgraph.saver import open_saver\n"
        f"saver = open_saver('sqlite:///{tmp_path}/a.db')\n"
        "try: saver.serde.dumps_typed(make_dataclass('Odd', ['x'])(1))\n"
        "except TypeNotAllowed: print('refused')\n"
    )
    for setting in ("", "false", "true"):
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "LANGGRAPH_STRICT_MSGPACK": setting},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == "refused\n"
        assert "Canary" not in done.stderr


def test_opening_proves_it_with_a_canary(monkeypatch, caplog) -> None:
    prove_harmless(StrictSerializer())
    assert caplog.records == []

    name = (serializer._Canary.__module__, serializer._Canary.__qualname__)
    with pytest.raises(SerializerUnsafe):
        prove_harmless(StrictSerializer([name]))

    monkeypatch.setattr(jsonplus, "emit_serde_event", lambda event: None)
    with pytest.raises(SerializerUnsafe):
        prove_harmless(StrictSerializer())
