from __future__ import annotations

import pytest

from signoff.domain.ids import DEFAULT_WORKSPACE, PersonId
from signoff.domain.person import ActorKind, Person, as_actor

ANN = Person(
    id=PersonId("p1"),
    workspace=DEFAULT_WORKSPACE,
    email="ann@example.com",
    name="Ann",
    groups=frozenset({"legal", "emea"}),
)


@pytest.mark.parametrize(
    "wanted",
    [
        ("ann@example.com",),
        ("Ann@Example.COM",),
        ("group:legal",),
        ("group:sales", "bob@example.com", "group:emea"),
    ],
)
def test_a_person_is_meant_by_mail_or_group(wanted: tuple[str, ...]) -> None:
    assert ANN.matches(wanted)


@pytest.mark.parametrize(
    "wanted",
    [
        (),
        ("",),
        ("legal",),
        ("group:",),
        ("group:leg",),
        ("group:Legal",),
        ("group:ann@example.com",),
        ("p1",),
        ("Ann",),
        ("joann@example.com",),
        ("ann@example.com.evil.org",),
    ],
)
def test_and_by_nothing_else(wanted: tuple[str, ...]) -> None:
    assert not ANN.matches(wanted)


def test_an_actor_keeps_the_name_of_the_time() -> None:
    actor = as_actor(ANN)
    assert (actor.kind, actor.id, actor.name) == (ActorKind.PERSON, "p1", "Ann")
