from __future__ import annotations

from typing import Any

import pytest

from signoff.domain.action import Action, EffectClass
from signoff.domain.ids import ThreadId, WorkspaceId

SEND = Action(
    workspace=WorkspaceId("default"),
    thread=ThreadId("t1"),
    key="call:m1/c1",
    pause="m1",
    tool="send_email",
    fingerprint="f" * 64,
    effect_class=EffectClass.IRREVERSIBLE,
    arguments={"to": "ann@example.com", "discount": 1},
    bound={"state.customer": "c1"},
    context={"tier": "gold"},
)

OUTSIDE_THE_DIGEST = {"pause", "effect_class", "context"}
"""The effect class is part of the fingerprint; the rest does not change what runs."""

CHANGES: dict[str, Any] = {
    "workspace": "other",
    "thread": "t2",
    "key": "call:m1/c2",
    "pause": "m2",
    "tool": "delete_account",
    "fingerprint": "e" * 64,
    "effect_class": EffectClass.READ,
    "arguments": {"to": "ann@example.com", "discount": 1.0},
    "bound": {"state.customer": "c2"},
    "context": {"tier": "none"},
}


@pytest.mark.parametrize("field", sorted(Action.model_fields))
def test_the_digest_covers_all_that_decides_what_runs(field: str) -> None:
    changed = SEND.model_copy(update={field: CHANGES[field]})
    assert (changed.digest == SEND.digest) == (field in OUTSIDE_THE_DIGEST)


def test_a_revision_has_another_digest_and_the_same_revision_the_same() -> None:
    revised = SEND.revised({"to": "bob@example.com", "discount": 1})
    assert revised.digest != SEND.digest
    assert revised.revised(SEND.arguments).digest == SEND.digest
    assert SEND.arguments == {"to": "ann@example.com", "discount": 1}


def test_an_action_survives_being_stored() -> None:
    assert Action.model_validate_json(SEND.model_dump_json()).digest == SEND.digest
