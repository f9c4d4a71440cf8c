"""The dashboard: its numbers are those of the lists that they lead to."""

from __future__ import annotations

import html
import re

from signoff.domain.person import Person
from tests.web.desk import Browser, Desk
from tests.web.history import Past
from tests.web.html_text import Page

_LINK = re.compile(r'<a href="(/(?:dashboard/reviews|audit)\?[^"]+)">([\d,]+)</a>')


def signed_in(browser: Browser, person: Person) -> Browser:
    assert browser.sign_in(person.email).status_code == 303
    return browser


def length(browser: Browser, href: str) -> int:
    """Entries of a list, all of its pages."""
    count = 0
    while href:
        shown = browser.get(href).text
        count += len(re.findall(r'<tr><th scope="row"|<li id="e\d', shown))
        following = re.search(r'href="([^"]+)" rel="next"', shown)
        href = html.unescape(following[1]) if following else ""
    return count


def test_every_number_leads_to_as_many_as_it_says(past: Past) -> None:
    with past.desk.client() as client:
        browser = signed_in(Browser(client), past.team.mara)
        shown = browser.get("/dashboard?days=30").text
        links = {html.unescape(href): int(said.replace(",", "")) for href, said in _LINK.findall(shown)}
        assert len(links) > 25
        wrong = {
            href: (said, found) for href, said in links.items() if (found := length(browser, href)) != said
        }
    assert wrong == {}


def test_it_can_be_narrowed_to_a_tool_and_a_period(past: Past) -> None:
    with past.desk.client() as client:
        browser = signed_in(Browser(client), past.team.priya)
        page = Page(browser.get("/dashboard?days=7&tool=refund").text)
        assert "large-refund" in page.text
        assert "flagged-draft" not in page.text
        [chosen] = [option for option in page.all("option") if "selected" in option]
        assert chosen["value"] == "refund"
        assert browser.get("/dashboard?days=8").status_code == 422
        assert browser.get("/dashboard?tool=%00").status_code == 422
        assert "Nothing was closed in this period." in Page(browser.get("/dashboard?tool=nothing").text).text


def test_hints_and_shares_stand_on_enough_decisions(past: Past) -> None:
    with past.desk.client() as client:
        text = Page(signed_in(Browser(client), past.team.mara).get("/dashboard").text).text
    assert re.search(r"Rule large-refund held \d+ calls; all were approved unchanged", text)
    assert re.search(r"too few to say \(\d+ of 30\)", text)


def test_only_those_who_may_read_figures_see_it(past: Past) -> None:
    with past.desk.client() as client:
        reviewer = signed_in(Browser(client), past.desk.ann)
        assert reviewer.get("/dashboard").status_code == 403
        assert "Dashboard" not in reviewer.get("/reviews").text
        lead = signed_in(Browser(client), past.team.priya)
        assert "/audit" not in lead.get("/dashboard").text


def test_an_empty_desk_says_so(desk: Desk, browser: Browser) -> None:
    with desk.begin() as tx:
        from signoff.domain.person import Role
        from signoff.services import people

        people.change_person(tx, desk.ann.id, roles=[Role.LEAD])
    assert "Nothing was closed in this period." in Page(browser.get("/dashboard").text).text


def test_a_list_that_a_number_led_to_says_what_it_shows(past: Past) -> None:
    with past.desk.client() as client:
        browser, path = signed_in(Browser(client), past.team.mara), "/dashboard/reviews?tab=decided"
        shown = Page(browser.get(f"{path}&rule=large-refund&objected=1&since=2026-01-01").text)
        wanted = "closed, held by rule large-refund, changed or rejected, closed since 2026-01-01 (UTC)"
        assert wanted in shown.text
        assert "since" not in Page(browser.get(f"{path}&since=nonsense").text).text
