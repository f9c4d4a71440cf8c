"""The language of a page: chosen, or the browser's; its words, its dates, and what stays as it is."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from signoff.domain.errors import FieldsHidden, TooManyAttempts, VoteInvalid
from signoff.domain.sentence import sentence
from signoff.web.pages import refusals, words
from signoff.web.pages.reading import (
    LANGUAGES,
    Reader,
    day,
    first_spoken,
    moment,
    number,
    percent,
    read_by,
    tenths,
)
from signoff.web.pages.reveal import has_hidden
from signoff.web.pages.translate import any_of, gettext, known, ngettext
from signoff.web.pages.words import clock
from tests.web.desk import Browser, Desk
from tests.web.html_text import Page

GERMAN = Reader(language="de", words="de")
NOON = datetime(2026, 3, 29, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en-GB"),
        ("de-DE,de;q=0.9,en;q=0.8", "de"),
        ("de-CH, en", "de-CH"),
        ("en-US,en;q=0.9,de;q=0.8", "en-GB"),
        ("fr,de;q=0.5,en;q=0.7", "en-GB"),
        ("fr,de;q=0.7,en;q=0.5", "de"),
        ("de;q=0", "en-GB"),
        ("de;q=x,*;q=0.1", "en-GB"),
    ],
)
def test_the_browser_says_which_language(accepted: str, language: str) -> None:
    assert first_spoken(accepted) == language


def test_messages_with_parts_and_counts() -> None:
    with read_by(GERMAN):
        assert gettext("late by %(time)s", time="5 min") == "seit 5 min überfällig"
        assert ngettext("%(n)s flag", "%(n)s flags", 1) == "1 Hinweis"
        assert ngettext("%(n)s flag", "%(n)s flags", 2) == "2 Hinweise"
        assert any_of(["Ann", "Lee", "Kim"]) == "Ann, Lee oder Kim"
        assert known("nobody translated this") == "nobody translated this"
    assert any_of(["Ann", "Lee", "Kim"]) == "Ann, Lee or Kim"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_reader_is_used_to_hides_no_kind_of_space(language: str) -> None:
    with read_by(Reader(language=language)):
        said = [moment(NOON), day(NOON), number(1234567.5), percent(0.125, 1), tenths(1234.5), clock(NOON)]
    assert [text for text in said if has_hidden(text)] == []


def test_a_duration_is_declined_after_a_preposition() -> None:
    three = timedelta(days=3)
    assert (words.span(three), words.ago(NOON - three, NOON)) == ("3 days", "3 days ago")
    with read_by(GERMAN):
        assert (words.span(three), words.ago(NOON - three, NOON)) == ("3 Tage", "vor 3 Tagen")


def test_what_a_service_says_is_english_and_a_page_says_it_anew() -> None:
    said = sentence("more than %(most)s flags", most="1,000")
    assert said == "more than 1,000 flags"
    with read_by(GERMAN):
        assert known(said) == "mehr als 1,000 Hinweise"
        assert refusals.told(TooManyAttempts(120)).startswith("Zu viele Versuche")
        assert refusals.told(VoteInvalid("reason", said)) == "reason: mehr als 1,000 Hinweise"
        hidden = refusals.told(FieldsHidden("rev_1", ["/card"], ["Priya Sharma"]))
        assert hidden.endswith("daher können Sie es nicht freigeben. Priya Sharma kann das.")
    assert str(TooManyAttempts(120)) == "Too many attempts for this account. Try again in 2 min."


def test_a_page_is_in_the_language_of_the_browser_until_one_is_chosen(desk: Desk, browser: Browser) -> None:
    review = desk.propose()
    german = {"accept-language": "de-DE,de;q=0.9,en;q=0.5"}
    with desk.client() as stranger:
        door = stranger.get("/sign-in", headers=german).text
        wrong = stranger.post("/sign-in", data={"email": "a@b.c", "password": "x"}, headers=german)
    assert '<html lang="de">' in door
    assert "Anmelden" in Page(door).text
    assert "gehören nicht zusammen" in wrong.text

    page = browser.client.get(f"/reviews/{review.id}", headers=german).text
    assert '<html lang="de">' in page
    text = Page(page).text
    assert "Wenn Sie freigeben" in text
    assert "If you approve" not in text
    assert '<html lang="en">' in browser.get(f"/reviews/{review.id}").text

    csrf = browser.hidden("/settings")["csrf"]
    browser.post("/settings", csrf=csrf, language="de", has_keys="1")
    settings = browser.get("/settings").text
    assert '<html lang="de">' in settings
    assert "Einstellungen" in settings
    browser.post("/settings", csrf=csrf, language="fr", has_keys="1")
    french = browser.client.get("/settings", headers=german).text
    assert '<html lang="en">' in french
    assert re.search(r"\d mars 2026|\d+ \w+\.? 20\d\d à |\d+ \w+\.? 20\d\d, \d\d:\d\d", french)


def test_a_refusal_is_in_the_language_of_its_reader(desk: Desk, browser: Browser) -> None:
    german = {"accept-language": "de"}
    missing = browser.client.get("/reviews/rev_none", headers=german)
    assert (missing.status_code, "Nicht gefunden" in missing.text) == (404, True)
    assert '<html lang="de">' in missing.text
    assert browser.client.get("/api/v1/nowhere", headers=german).json()["title"] == "Not found"


def test_the_script_speaks_the_language_of_its_page(desk: Desk, browser: Browser) -> None:
    review = desk.propose()
    page = f"/reviews/{review.id}"
    assert 'id="words"' not in browser.get(page).text
    german = browser.client.get(page, headers={"accept-language": "de"}).text
    [block] = re.findall(r'<script type="application/json" id="words">(.*?)</script>', german, re.DOTALL)
    said = json.loads(html.unescape(block))
    assert len(said) >= 15
    assert said["Copied"] == "Kopiert"
    assert all(english != text for english, text in said.items() if len(english) > 12)


def test_a_german_page_escapes_what_comes_from_outside(desk: Desk, browser: Browser) -> None:
    review = desk.propose({"to": "<b>x</b>@example.com", "subject": "\u202ea", "body": "Hi"})
    page = browser.client.get(f"/reviews/{review.id}", headers={"accept-language": "de"}).text
    assert "<b>x</b>" not in page
    assert "\u202e" not in page
