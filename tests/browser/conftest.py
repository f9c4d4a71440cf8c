"""A running server and Chromium; without Chromium these tests are skipped and say so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from signoff.domain.person import Person
from signoff.services import people
from signoff.web import WebSettings
from signoff.web.auth import cookie_name
from tests.browser.look import Look, Seen
from tests.support.chromium import CHROMIUM, NAMES
from tests.support.chromium import chromium as open_chromium
from tests.support.serving import free_port, listening
from tests.web.desk import FLAGGING, POLICY, Desk, open_desk

_SLOW = pytest.mark.slow
WIDTHS = [pytest.param(320, marks=_SLOW), 390, pytest.param(1280, marks=_SLOW)]
SCHEMES = ["light", pytest.param("dark", marks=_SLOW)]
"""Every view in each of them is for `make test-browser`; the suite looks at one of each."""

_SEEN = pytest.StashKey[Seen]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_SEEN] = Seen()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Tell what axe judges by itself by now, once every view was looked at in every width and scheme."""
    for view, rule in config.stash[_SEEN].settled(len(WIDTHS) * len(SCHEMES)):
        terminalreporter.write_line(
            f"axe has no doubt about {rule} in the view {view!r} any more: take it out of unjudged.py"
        )


@pytest.fixture
def look(request: pytest.FixtureRequest) -> Look:
    """Looks at pages for one test."""
    return Look(request.config.stash[_SEEN])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here; skip it where there is no Chromium."""
    missing = pytest.mark.skip(reason=f"no Chromium on the PATH (looked for {', '.join(NAMES)})")
    for item in items:
        if "/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(missing)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the tests of a file."""
    with open_chromium() as browser:
        yield browser


@dataclass
class Server:
    """A desk that listens on a port of its own."""

    desk: Desk
    url: str


@contextmanager
def serving(database_url: str, policy: str = POLICY) -> Iterator[Server]:
    """The real server on 127.0.0.1, without a worker."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with open_desk(database_url, policy, WebSettings(base_url=url)) as desk, listening(desk.app, port):
        yield Server(desk, url)


@pytest.fixture
def server(sqlite_url: str) -> Iterator[Server]:
    """A server of the test's own."""
    with serving(sqlite_url) as running:
        yield running


@pytest.fixture(scope="module")
def flagging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the tests of a file, which make reviews of their own: with two high flags as a rule."""
    file = tmp_path_factory.mktemp("desk") / "signoff.db"
    with serving(f"sqlite:///{file}", FLAGGING) as running:
        yield running


class Tab:
    """One signed-in page that remembers what went wrong in it."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page = page
        self.server = server
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))
        page.on("request", self._asked)

    def _heard(self, message: ConsoleMessage) -> None:
        expected = "409" in message.text or "422" in message.text
        if message.type in ("error", "warning") and not expected:
            self.complaints.append(message.text)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith(self.server.url):
            self.foreign.append(request.url)

    def open(self, path: str) -> Page:
        self.page.goto(self.server.url + path)
        return self.page

    def sign_in(self, person: Person) -> None:
        """Give the browser a session, as the sign-in page does."""
        with self.server.desk.begin() as tx:
            session = people.open_session(
                tx, person, lasts=timedelta(hours=1), how="test", zone="Europe/Berlin"
            )
        cookie = cookie_name(self.server.desk.settings)
        self.page.context.add_cookies([{"name": cookie, "value": session.secret, "url": self.server.url}])

    def text(self) -> str:
        return " ".join(self.page.locator("main").inner_text().split())

    def wait_for(self, words: str) -> None:
        self.page.get_by_text(words).first.wait_for()


OpenTab = Callable[..., Tab]


@pytest.fixture
def open_tab(chromium: Browser, server: Server) -> Iterator[OpenTab]:
    """Opens signed-in tabs, each in a browser of its own; afterwards none may have complained."""
    contexts: list[BrowserContext] = []
    tabs: list[Tab] = []

    def open_one(person: Person | None = None, *, locale: str = "en-GB", **options: Any) -> Tab:
        context = chromium.new_context(
            locale=locale,
            timezone_id="Europe/Berlin",
            reduced_motion="reduce",
            **options,
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        tab = Tab(context.new_page(), server)
        tabs.append(tab)
        tab.sign_in(person or server.desk.ann)
        return tab

    yield open_one
    for context in contexts:
        context.close()
    assert [(tab.complaints, tab.foreign) for tab in tabs] == [([], []) for _ in tabs]
