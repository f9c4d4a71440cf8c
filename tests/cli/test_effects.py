from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.conftest import ME, Cli, Result
from tests.cli.test_reviews import _only, _resume


@pytest.fixture
def unknown(run_mailer: Callable[..., Result], cli: Cli) -> dict[str, Any]:
    """An effect of which nobody knows whether it happened."""
    run_mailer("crash", thread="t1")
    assert cli("decide", _only(cli)["id"], "approve", "--by", ME, "--yes").code == 0
    _resume(cli)
    [effect] = cli("effects", "list", "--state", "unknown", "--json").json["items"]
    return dict(effect)


def test_effects_are_listed(run_mailer: Callable[..., Result], cli: Cli) -> None:
    assert "No effects yet." in cli("effects").err
    run_mailer("friend", thread="t1")
    listed = cli("effects")
    assert "succeeded" in listed.out
    assert "rule friends" in listed.out


def test_an_effect_of_unknown_outcome_is_settled_by_a_person(unknown: dict[str, Any], cli: Cli) -> None:
    assert "await settlement" in cli("effects").err
    assert unknown["id"] in cli("doctor").err
    settled = cli(
        "effects", "settle", unknown["id"], "did-not-happen", "--by", ME, "--reason", "Outbox is empty"
    )
    assert (settled.code, "failed, did_not_happen" in settled.out) == (0, True), settled.err
    again = cli("effects", "settle", unknown["id"], "happened", "--by", ME)
    assert (again.code, "only an effect of unknown outcome" in again.err) == (1, True)


def test_wrong_use_says_what_is_wrong(unknown: dict[str, Any], cli: Cli) -> None:
    for arguments, message in (
        (["eff_nowhere", "happened", "--by", ME], "No effect 'eff_nowhere'"),
        ([unknown["id"], "perhaps", "--by", ME], "'perhaps'"),
        ([unknown["id"], "happened", "--by", "who@example.com"], "No person"),
    ):
        refused = cli("effects", "settle", *arguments)
        assert (refused.code, message in refused.err) == (2, True), refused.err
