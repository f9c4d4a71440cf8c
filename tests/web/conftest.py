"""A server over a real database, with people, keys and reviews to decide."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from tests.web.desk import Browser, Desk, open_desk
from tests.web.history import POLICY, Past, add_team, seed


@pytest.fixture(scope="session")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    """A desk with a month behind it, for tests that only read."""
    file = tmp_path_factory.mktemp("past") / "signoff.db"
    with open_desk(f"sqlite:///{file}", POLICY) as opened:
        team = add_team(opened)
        seed(opened, team, calls=300)
        yield Past(opened, team)


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[Desk]:
    """A desk on SQLite."""
    with open_desk(sqlite_url) as opened:
        yield opened


@pytest.fixture
def desk_on_both(database_url: str) -> Iterator[Desk]:
    """The same test on SQLite and on PostgreSQL."""
    with open_desk(database_url) as opened:
        yield opened


@pytest.fixture
def client(desk: Desk) -> Iterator[TestClient]:
    with desk.client() as opened:
        yield opened


@pytest.fixture
def browser(desk: Desk) -> Iterator[Browser]:
    """Ann's browser, signed in."""
    with desk.browser() as opened:
        yield opened
