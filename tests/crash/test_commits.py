"""How many commits the guard adds; what it costs in time is `python -m tests.campaigns.bench`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from signoff import Desk
from tests.campaigns import bench, cycles
from tests.campaigns.databases import Kind, database

Commits = dict[str, float]


@pytest.fixture(scope="module", params=[Kind.SQLITE, pytest.param(Kind.POSTGRES, marks=pytest.mark.postgres)])
def commits(request: pytest.FixtureRequest) -> Iterator[Commits]:
    """Commits per cycle, by the name of the cycle."""
    with ExitStack() as stack:
        url, directory = stack.enter_context(database(request.param))
        count = stack.enter_context(bench.commit_counter(url))
        stock = stack.enter_context(cycles.stock_saver(url, directory))
        desk = Desk.open(url, cycles.POLICY)
        stack.callback(desk.close)
        measured: Commits = {}
        for variant in bench.variants_on(desk, stock):
            variant.cycle()
            measured[variant.name] = count(variant.cycle)
        yield measured


def test_a_read_adds_no_commit(commits: Commits) -> None:
    assert commits["read through the guard"] == commits["unguarded read"]


def test_a_passed_call_adds_its_start_and_its_outcome(commits: Commits) -> None:
    assert commits["turn passed by policy"] == commits["unguarded turn"] + 2


def test_a_reviewed_call_adds_review_decision_start_and_outcome(commits: Commits) -> None:
    assert commits["protected cycle"] <= commits["bare cycle"] + 4
    assert commits["gated tool cycle"] <= commits["bare tool cycle"] + 4
