"""A few races on SQLite; the whole campaign is `python -m tests.campaigns.race`."""

from __future__ import annotations

from tests.campaigns.databases import Kind
from tests.campaigns.race import race_deciders, race_resumes


def test_racing_deciders_have_one_winner_each() -> None:
    found = race_deciders(Kind.SQLITE, reviews=12, deciders=8)
    assert found.failures == []


def test_racing_resumes_run_each_effect_once() -> None:
    found = race_resumes(Kind.SQLITE, threads=10, resumes=4, raw_every=2)
    assert found.failures == []
