"""How soon a tab hears that somebody else decided, and what a redline of 20,000 words costs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from playwright.sync_api import Browser, Page

from signoff.domain.review import Review
from signoff.web.pages.marks import segments
from signoff.web.pages.redline import redline
from signoff.web.pages.render import environment
from tests.campaigns.verdict import Findings, progress
from tests.campaigns.web_visit import desk_on, signed_in
from tests.support.chromium import chromium
from tests.web.desk import Desk
from tests.web.samples import EMAIL

WORDS, TIMES = 20_000, 7
EDITS = (10, WORDS // 100)
"""A few words changed, and one word in a hundred."""
RATIO, HEARD = 3.0, 1.0
CLEAN = {**EMAIL, "body": "Hello Dana, your order left today.", "discount_percent": None}


def measure(database_url: str) -> Findings:
    """One tab decides, another one waits for the news; then the redline."""
    found = Findings("Seen at once")
    with desk_on(database_url) as (desk, url), chromium() as browser, progress("news", TIMES) as tell:
        waits = []
        for done in range(1, TIMES + 1):
            waits.append(_wait(browser, desk, url, desk.propose(CLEAN)))
            tell(done)
    slowest = max(waits)
    found.claim(
        "seconds until another tab says that somebody decided, slowest",
        f"{slowest:.2f}",
        holds=slowest <= HEARD,
    )
    rendered = _rendered()
    for edits in EDITS:
        compared = _compared(edits)
        ratio = compared / rendered
        measured = f"{ratio:.2f} ({compared * 1000:.1f} ms ÷ {rendered * 1000:.1f} ms)"
        found.claim(
            f"redline of {WORDS:,} words with {edits} edits ÷ rendering them", measured, holds=ratio <= RATIO
        )
    return found


def _wait(browser: Browser, desk: Desk, url: str, review: Review) -> float:
    """Seconds from a decision's answer in one tab to its notice in the other."""
    address = f"{url}/reviews/{review.id}"
    with signed_in(browser, desk, url) as mine, signed_in(browser, desk, url, desk.lee) as theirs:
        waiting, deciding = mine.new_page(), theirs.new_page()
        waiting.goto(address)
        deciding.goto(address)
        _settled(waiting)
        started = time.perf_counter()
        deciding.keyboard.press("a")
        deciding.keyboard.press("Enter")
        waiting.get_by_text("Approved by Lee Park").first.wait_for()
        return time.perf_counter() - started


def _settled(page: Page) -> None:
    """Until the stream of news is open."""
    page.wait_for_load_state("load")
    page.wait_for_timeout(1_000)


def _median(act: Callable[[], object]) -> float:
    """Seconds of computing that `act` takes at the median of some tries."""
    taken = []
    for _ in range(TIMES):
        started = time.process_time()
        act()
        taken.append(time.process_time() - started)
    return statistics.median(taken)


def _text() -> list[str]:
    return [f"w{n * 7919 % 4001}" + ("\n" if n % 60 == 59 else "") for n in range(WORDS)]


def _compared(edits: int) -> float:
    old = _text()
    new = old.copy()
    for n in (step * 7919 % WORDS for step in range(edits)):
        new[n] = _edited(old[n], n)
    before, after = " ".join(old), " ".join(word for word in new if word)
    return _median(lambda: redline(before, after))


def _edited(word: str, n: int) -> str:
    """Another word, one more, or none, in turn."""
    end = "\n" if word.endswith("\n") else ""
    return (f"changed{n}{end}", f"more{n} {word}", end)[n % 3]


def _rendered() -> float:
    text = " ".join(_text())
    template = environment().from_string('{% from "_text.html" import marked %}{{ marked(body) }}')
    return _median(lambda: template.render(body=segments(text, [])))
