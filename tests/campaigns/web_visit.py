"""What a first visit to a review costs: bytes, requests, layout shift, and the time to the first paint."""

from __future__ import annotations

import html
import statistics
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse
from starlette.routing import Route

from signoff.domain.person import Person
from signoff.domain.review import Review
from signoff.web import WebSettings
from tests.campaigns.verdict import Findings, progress
from tests.support.chromium import chromium
from tests.support.serving import free_port, listening
from tests.web.desk import PASSWORD, Desk, open_desk

ROUNDS = 9
PAGE_BYTES, VISIT_BYTES, REQUESTS = 25 * 1024, 40 * 1024, 6
SHIFT, PAINT = 0.02, 1.3

_PHONE: ViewportSize = {"width": 390, "height": 844}
_SLOWER = 4
"""Times that the phone's processor is slower than this machine's."""
_SLOW_NET = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 93_750}
"""150 ms round trip and 1.6 Mbit/s down, as the slow phone of Chromium's own audits has them."""
_PAINTED = """() => new Promise((done) => new PerformanceObserver((list) => {
  const paint = list.getEntriesByName("first-contentful-paint")[0];
  if (paint) done(paint.startTime);
}).observe({ type: "paint", buffered: true }))"""
_SHIFTED = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => { for (const shift of list.getEntries()) sum += shift.value; })
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 300);
})"""


@dataclass
class Visit:
    """Bytes of each answer as they came over the wire, headers left out."""

    sizes: dict[str, int]
    shift: float

    def of(self, *suffixes: str) -> int:
        return sum(size for path, size in self.sizes.items() if path.endswith(suffixes))


def measure(database_url: str) -> Findings:
    """Visit one review in fresh browsers."""
    found = Findings("The first visit to a review")
    with desk_on(database_url) as (desk, url), chromium() as browser:
        review = desk.propose()
        visit = _visit(browser, desk, url, review)
        page = visit.of(".css", ".js", review.id)
        found.claim(
            "page, style and script together, gzip", f"{page / 1024:.1f} KB", holds=page <= PAGE_BYTES
        )
        total = sum(visit.sizes.values())
        found.claim("whole visit", f"{total / 1024:.1f} KB", holds=total <= VISIT_BYTES)
        found.claim("requests", len(visit.sizes), holds=len(visit.sizes) <= REQUESTS)
        found.claim("layout shift", f"{visit.shift:.3f}", holds=visit.shift <= SHIFT)
        ours, bare = _paints(browser, desk, url, review)
        ratio = statistics.median(a / b for a, b in zip(ours, bare, strict=True))
        found.count("first paint on the slow phone", f"{statistics.median(ours) / 1000:.2f} s")
        found.count("first paint of a bare page of the same text", f"{statistics.median(bare) / 1000:.2f} s")
        found.claim("first paint ÷ that of the bare page", f"{ratio:.2f}", holds=ratio <= PAINT)
    return found


@contextmanager
def desk_on(database_url: str) -> Iterator[tuple[Desk, str]]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with open_desk(database_url, settings=WebSettings(base_url=url)) as desk, listening(desk.app, port):
        yield desk, url


@contextmanager
def signed_in(
    browser: Browser, desk: Desk, url: str, person: Person | None = None
) -> Iterator[BrowserContext]:
    """A browser with a session, of Ann if of nobody else, and an empty cache."""
    context = browser.new_context(viewport=_PHONE)
    page = context.new_page()
    page.goto(url + "/sign-in")
    page.fill("#email", (person or desk.ann).email)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/reviews")
    session = context.storage_state()
    context.close()
    fresh = browser.new_context(viewport=_PHONE, storage_state=session)
    yield fresh
    fresh.close()


def _visit(browser: Browser, desk: Desk, url: str, review: Review) -> Visit:
    with signed_in(browser, desk, url) as context:
        page = context.new_page()
        sizes: dict[str, int] = {}
        page.on(
            "requestfinished",
            lambda request: sizes.update({request.url: request.sizes()["responseBodySize"]}),
        )
        page.goto(f"{url}/reviews/{review.id}", wait_until="load")
        shift: float = page.evaluate(_SHIFTED)
        return Visit(sizes, shift)


def _paints(browser: Browser, desk: Desk, url: str, review: Review) -> tuple[list[float], list[float]]:
    """Milliseconds to the first paint of the review and of a bare page, in turn."""
    ours: list[float] = []
    bare: list[float] = []
    address = f"{url}/reviews/{review.id}"
    with ExitStack() as stack:
        with signed_in(browser, desk, url) as context:
            page = context.new_page()
            page.goto(address)
            text = page.locator("body").inner_text()
        bare_address = stack.enter_context(_bare_page(text))
        tell = stack.enter_context(progress("slow phone", ROUNDS))
        for done in range(1, ROUNDS + 1):
            with signed_in(browser, desk, url) as context:
                ours.append(_paint(context, address))
            with signed_in(browser, desk, url) as context:
                bare.append(_paint(context, bare_address))
            tell(done)
    return ours, bare


def _paint(context: BrowserContext, address: str) -> float:
    page: Page = context.new_page()
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", _SLOW_NET)
    line.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})
    page.goto(address, wait_until="load")
    painted: float = page.evaluate(_PAINTED)
    return painted


@contextmanager
def _bare_page(text: str) -> Iterator[str]:
    body = f"<!doctype html><meta charset=utf-8><title>Bare</title><pre>{html.escape(text)}</pre>"
    app = Starlette(routes=[Route("/", lambda request: HTMLResponse(body))])
    app.add_middleware(GZipMiddleware)
    port = free_port()
    with listening(app, port):
        yield f"http://127.0.0.1:{port}/"
