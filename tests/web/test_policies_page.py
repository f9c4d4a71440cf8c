"""Policies as pages: what a version says, what changed, and what it would do with the record."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from signoff.policy.load import parse_policy
from signoff.services.judge import Judge
from signoff.web.pages.policy_view import changed_lines
from tests.web.desk import Browser, Desk, open_desk
from tests.web.history import EARLIER, POLICY, Past, add_team, seed
from tests.web.html_text import Page

LATER = POLICY.replace("version: 7", "version: 8").replace("args.discount > 20", "args.discount > 60")
NOW, BEFORE, NEXT = (parse_policy(text).content_hash for text in (POLICY, EARLIER, LATER))


@pytest.fixture
def reader(past: Past) -> Iterator[Browser]:
    with past.desk.client() as client:
        browser = Browser(client)
        browser.sign_in(past.desk.ann.email)
        yield browser


@pytest.fixture(scope="module")
def two_versions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk that judged by one version and now has the next."""
    file = tmp_path_factory.mktemp("policies") / "signoff.db"
    with open_desk(f"sqlite:///{file}", EARLIER) as earlier:
        seed(earlier, add_team(earlier), calls=150)
        core = earlier.core
        object.__setattr__(core, "judge", Judge(parse_policy(LATER)))
        yield earlier


def test_a_version_is_told_in_words(reader: Browser) -> None:
    text = Page(reader.get(f"/policies/{NOW}").text).text
    for said in (
        "customer-desk, version 7",
        "In force. 300 calls judged.",
        "Nothing is ever sent to a rival.",
        "has(args.discount) && args.discount > 20",
        "1. Sales lead: one person of leads, due in 2 h",
        "2. Legal: one person of legal, not the requester and not the author",
        "It cannot be undone. Sends this e-mail from the company's address.",
        "A gate is recommended: 4 of 6 answers speak for one",
        "Can the process wait? high",
        "Never matched in that time: huge-refund.",
        "within 4 h",
        "30 s in which a decision can be taken back",
        "3 terms",
        "Update recordrecord-change",
        "in shadow mode until 2999-01-01",
    ):
        assert said in text, said


def test_the_text_stands_below_with_its_lines(reader: Browser) -> None:
    page = Page(reader.get(f"/policies/{NOW}").text)
    assert len([li for li in page.all("li") if (li.get("id") or "").startswith("L")]) == len(
        POLICY.splitlines()
    )
    assert page.all("a", href="#L46")


def test_unknown_versions_are_not_found(reader: Browser) -> None:
    for path in ("", "/changes", "/backtest"):
        assert reader.get(f"/policies/{'0' * 64}{path}").status_code == 404
    assert reader.get(f"/policies/{NOW}/changes?since={'0' * 64}").status_code == 404


def test_a_change_is_told_by_its_meaning_and_its_text(two_versions: Desk) -> None:
    with two_versions.browser() as browser:
        listed = Page(browser.get("/policies").text).text
        assert "Version 8" in listed
        assert "in force 0not yet" in listed
        for path in (f"/policies/{NEXT}/changes", f"/policies/{NEXT}/changes?since={BEFORE}"):
            page = Page(browser.get(path).text)
            assert "from version 6 to 8" in page.text
            assert "threshold 15 became 60 in: has(args.discount)" in page.text
            assert "removed: when: has(args.discount) && args.discount > 15" in page.text
        assert "from version 8 to 6" in Page(browser.get(f"/policies/{BEFORE}/changes").text).text


def test_the_record_speaks_only_with_enough_decisions(two_versions: Desk) -> None:
    with two_versions.browser() as browser:
        text = Page(browser.get(f"/policies/{NEXT}/backtest").text).text
        assert "59 decisions are the least to say anything." in text
        assert "Would pass now, though a person had changed or rejected it" in text
        assert browser.get(f"/policies/{NEXT}/backtest?last=100000").status_code == 422


def test_the_record_is_bounded_by_the_newest_decisions(reader: Browser) -> None:
    assert "100 calls, " in Page(reader.get(f"/policies/{NOW}/backtest").text).text


def test_a_policy_of_another_workspace_is_not_shown(desk: Desk) -> None:
    """Texts are kept once for all workspaces, by their hash."""
    other = parse_policy(POLICY)
    with desk.core.database.begin() as tx:
        from signoff.store import catalog

        catalog.keep_policy(tx, other)
    with desk.browser() as browser:
        assert browser.get(f"/policies/{other.content_hash}").status_code == 404


def test_changed_lines_leave_out_what_stayed_far_away() -> None:
    before = "\n".join(f"line {n}" for n in range(40))
    lines = changed_lines(before, before.replace("line 20", "line twenty"))
    assert [line.kind for line in lines] == ["gap", *["same"] * 3, "removed", "added", *["same"] * 3]
    assert changed_lines(before, before) == ()
