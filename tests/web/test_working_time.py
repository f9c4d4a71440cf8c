"""A deadline in working time says so, and the policy's page says whose hours."""

from __future__ import annotations

from datetime import timedelta

from tests.web.desk import POLICY, Desk, open_desk
from tests.web.html_text import Page

ALWAYS = 'others: {days: [mon, tue, wed, thu, fri, sat, sun], begins: "00:00", ends: "12:00"}'
WORKING = POLICY.replace("flags:\n", f"working_hours: {{{ALWAYS}}}\nflags:\n").replace(
    "due_after: 8h", "due_after: 24h"
)


def test_the_page_counts_in_working_time(database_url: str) -> None:
    with open_desk(database_url, WORKING) as desk, desk.browser() as ann:
        review = desk.propose()
        assert review.due_at is not None
        assert review.due_at - review.opened_at >= timedelta(hours=36)
        text = Page(ann.get(f"/reviews/{review.id}").text).text
        assert "of working time" in text
        policy = desk.core.judge.policy.content_hash
        told = Page(ann.get(f"/policies/{policy}").text).text
    assert "Working hours of othersMon, Tue, Wed, Thu, Fri, Sat, Sun, 00:00 to 12:00, UTC" in told


def test_without_hours_the_clock_counts(desk: Desk) -> None:
    review = desk.propose()
    assert review.due_at == review.opened_at + timedelta(hours=8)
