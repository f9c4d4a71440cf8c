"""The audit trail as a page: found, verified, erased, taken away, and closed to those who may not."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.domain.person import Role
from signoff.services import people
from signoff.web.pages.spreadsheet import cell, rows
from tests.web.desk import SAME_SITE, Browser, Desk
from tests.web.history import Past
from tests.web.html_text import Page
from tests.web.samples import EMAIL


@pytest.fixture
def auditor(past: Past) -> Iterator[Browser]:
    with past.desk.client() as client:
        browser = Browser(client)
        browser.sign_in(past.team.mara.email)
        yield browser


@pytest.fixture
def own(desk: Desk) -> Iterator[Browser]:
    """Ann as auditor of a small desk of her own, which a test may spoil."""
    with desk.begin() as tx:
        people.change_person(tx, desk.ann.id, roles=[Role.AUDITOR, Role.REVIEWER])
    with desk.browser() as browser:
        yield browser


def csrf(browser: Browser, path: str = "/audit") -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', browser.get(path).text)
    assert found is not None
    return found[1]


def taken(browser: Browser, form: str, **fields: str) -> str:
    answer = browser.post("/audit/export", csrf=csrf(browser), format=form, **fields)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].startswith('attachment; filename="audit-20')
    text: str = answer.text
    return text


def test_an_entry_says_who_what_when_on_what_and_why(auditor: Browser) -> None:
    page = Page(auditor.get("/audit?event=vote.cast&rule=flagged-draft").text)
    assert re.search(r"(Ann Keller|Lee Park|Priya Shah) (rejected|requested changes)", page.text)
    assert re.search(r"draft 1 · \d flags? · customer-desk@7\s*[0-9a-f]{12} by page after \d+ s", page.text)
    assert re.search(r"\d+ \d+ \w{3} 20\d\d, \d\d:\d\d:\d\d UTC", page.text)
    assert page.all("span", **{"class": "local"}) == []
    assert any((a["href"] or "").startswith("/reviews/rev_") for a in page.all("a"))


def test_a_reader_of_another_zone_sees_both(own: Browser) -> None:
    own.post("/settings", csrf=csrf(own, "/settings"), zone="Asia/Tokyo", has_keys="1")
    shown = Page(own.get("/audit").text)
    assert re.search(r"\d\d:\d\d:\d\d UTC \d+ \w{3} 20\d\d, \d\d:\d\d JST", shown.text)


def test_an_edit_shows_what_was_changed(auditor: Browser) -> None:
    shown = auditor.get("/audit?event=review.revised_draft").text
    assert "<del>" in shown
    assert "<ins>" in shown
    closed = Page(auditor.get("/audit?event=review.revised").text).text
    assert "closed it: approved with edits Done" in closed


@pytest.mark.parametrize(
    ("query", "among", "never"),
    [
        ("tool=refund", "Refund", "Mail to"),
        ("agent=outbound_copy", "Mail to", "Refund"),
        ("event=action.denied&rule=never-to-rivals", "denied a call", "asked for"),
        ("thread=nowhere", "Nothing in the trail matches.", "UTC"),
        ("since=2999-01-01", "Nothing in the trail matches.", "UTC"),
        ("until=2001-01-01", "Nothing in the trail matches.", "UTC"),
        ("tool=%00", "customer-desk", "Server error"),
    ],
)
def test_filters(auditor: Browser, query: str, among: str, never: str) -> None:
    shown = "".join(Page(auditor.get(f"/audit?{query}").text).texts)
    journal = shown.partition("Find")[2]
    assert among in journal
    assert never not in journal


def test_pages_follow_each_other_without_gap_or_repeat(auditor: Browser, past: Past) -> None:
    seen: list[int] = []
    href = f"/audit?person={past.desk.lee.id}"
    while href:
        text = auditor.get(href).text
        seen += [int(n) for n in re.findall(r'<li id="e(\d+)"', text)]
        following = re.search(r'href="([^"]+)" rel="next"', text)
        href = following[1].replace("&amp;", "&") if following else ""
    assert len(seen) > 50
    assert seen == sorted(set(seen), reverse=True)
    assert auditor.get("/audit?before=x").status_code == 422


def test_verifying_is_noted_and_a_change_is_found(desk: Desk, own: Browser) -> None:
    desk.propose()
    assert "not verified from here yet" in own.get("/audit").text
    assert own.post("/audit/verify", csrf=csrf(own)).status_code == 303
    assert re.search(r"Verified up to entry \d+, just now, by Ann Keller", Page(own.get("/audit").text).text)
    with desk.begin() as tx:
        tx.connection.exec_driver_sql("update audit_entry set actor_name = 'Somebody' where seq = 2")
    own.post("/audit/verify", csrf=csrf(own))
    assert "The chain does not hold: entry 2, the entry was changed." in Page(own.get("/audit").text).text


def test_what_was_erased_says_so_and_still_verifies(desk: Desk, own: Browser) -> None:
    review = desk.propose()
    own.decide(review, "reject", reason="A secret reason.")
    assert "A secret reason." in own.get("/audit").text
    with desk.begin() as tx:
        tx.connection.exec_driver_sql("delete from audit_content")
    shown = own.get("/audit").text
    assert "A secret reason." not in shown
    assert "What it said was erased." in shown
    own.post("/audit/verify", csrf=csrf(own))
    assert "Verified up to entry" in own.get("/audit").text
    for form in ("csv", "jsonl"):
        assert "A secret reason." not in taken(own, form, personal="yes")


def test_an_export_leaves_personal_data_out_unless_it_is_wanted(desk: Desk, own: Browser) -> None:
    review = desk.propose({**EMAIL, "to": "dana.ortiz@harborlight.example"}, thread="dana-private")
    own.decide(review, "reject", reason="Lee Park says: write to dana.ortiz@harborlight.example instead.")
    plain = taken(own, "jsonl")
    for personal in ("dana.ortiz", "Lee Park", "Ann Keller", "ann@example.com", "dana-private"):
        assert personal not in plain, personal
    lines = [json.loads(line) for line in plain.splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    [vote] = [line for line in lines if line["event"] == "vote.cast"]
    assert vote["actor"].startswith("person ")
    assert vote["content"]["vote"] == "reject"
    assert vote["tool"] == "send_email"
    whole = taken(own, "jsonl", personal="yes")
    for personal in ("dana.ortiz", "Lee Park", "Ann Keller", "dana-private"):
        assert personal in whole, personal
    [noted] = [json.loads(line) for line in taken(own, "jsonl", event="audit.exported").splitlines()][-1:]
    assert noted["content"] == {
        "filters": {"event": "audit.exported"}, "format": "jsonl", "with_personal_data": False
    }  # fmt: skip


def test_a_reason_never_becomes_a_formula(desk: Desk, own: Browser) -> None:
    review = desk.propose(thread="=cmd|' /C calc'!A1")
    own.decide(review, "reject", reason="=1+1")
    table = list(csv.DictReader(io.StringIO(taken(own, "csv", personal="yes"))))
    assert {row["thread"] for row in table} == {"", "'=cmd|' /C calc'!A1"}
    assert any(json.loads(row["content"]).get("reason") == "=1+1" for row in table if row["content"])
    assert not any(value.startswith(("=", "+", "-", "@", "\t")) for row in table for value in row.values())


@given(st.text())
def test_no_cell_starts_a_formula_and_every_text_comes_back(text: str) -> None:
    kept = cell(text)
    assert not kept.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert kept in (text, f"'{text}")
    [[read, _]] = csv.reader(io.StringIO(rows([[text, "x"]]), newline=""))
    assert read == kept


def test_only_those_who_may_read_and_take_the_trail_can(past: Past, auditor: Browser) -> None:
    token = csrf(auditor)
    elsewhere = {**SAME_SITE, "Sec-Fetch-Site": "cross-site"}
    for path in ("/audit/verify", "/audit/export"):
        assert auditor.post(path, csrf="wrong", format="csv").status_code == 403
        fields = {"csrf": token, "format": "csv"}
        assert auditor.client.post(path, data=fields, headers=elsewhere).status_code == 403
    assert auditor.post("/audit/export", csrf=token, format="xlsx").status_code == 422
    for person in (past.desk.ann, past.team.priya):
        with past.desk.client() as client:
            browser = Browser(client)
            browser.sign_in(person.email)
            assert browser.get("/audit").status_code == 403
            assert browser.post("/audit/export", csrf="", format="csv").status_code == 403
            assert "/audit" not in browser.get("/reviews").text
