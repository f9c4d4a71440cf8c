"""The run view: list, page, retry and settlement, and who may see and do what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import quote

import pytest

from signoff.domain.effect import EffectState, Settlement
from signoff.domain.errors import NotRetryable
from signoff.domain.ids import ThreadId, WorkspaceId
from signoff.domain.person import Person, Role, as_actor
from signoff.domain.review import ReviewKind
from signoff.domain.run import RunStatus
from signoff.services import people, query, runs
from signoff.services.retry import retry_run
from signoff.store import people as accounts
from signoff.store import reviews, snapshots
from signoff.store import runs as run_rows
from signoff.store.runs import RunFilter
from signoff.web import WebSettings
from tests.web.desk import Browser, Desk, cheap_hash, open_desk
from tests.web.html_text import Page
from tests.web.run_samples import sample, snapshot_of

ODD = "a/b ?x=1&y#/ü/retry"


def person(desk: Desk, *roles: Role) -> Person:
    with desk.begin() as tx:
        added = people.add_person(tx, email=f"{roles[0]}@example.com", name=f"{roles[0]}", roles=roles)
        accounts.set_password_hash(tx, added.id, cheap_hash())
    return added


@pytest.fixture
def admin(desk: Desk) -> Iterator[Browser]:
    with desk.browser(person(desk, Role.ADMIN)) as opened:
        yield opened


def href(thread: str) -> str:
    return "/runs/" + quote(thread, safe="")


def status_of(desk: Desk, thread: str) -> RunStatus:
    with desk.read() as tx:
        return runs.get_run(tx, ThreadId(thread)).status


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found
    return found[1]


def test_runs_are_listed_and_narrowed_by_the_address(desk: Desk, admin: Browser) -> None:
    sample(desk, "t1", RunStatus.FAILED, error="ValueError: away")
    sample(desk, "t2", RunStatus.FINISHED)
    desk.propose(thread="t3")
    page = Page(admin.get("/runs").text)
    assert "ValueError: away" in page.text
    assert "Run by its caller" in page.text
    assert page.all("a", href="/runs/t3#reviews")
    narrowed = Page(admin.get("/runs?status=failed&graph=outbound_copy").text)
    assert narrowed.all("a", href="/runs/t1")
    assert not narrowed.all("a", href="/runs/t2")
    assert "No run matches" in Page(admin.get("/runs?thread=none").text).text
    assert admin.get("/runs?status=nonsense&after=%00").status_code == 422


def test_the_list_goes_on_page_by_page(desk: Desk, admin: Browser) -> None:
    for number in range(27):
        sample(desk, f"t{number}", RunStatus.FINISHED)
    first = admin.get("/runs?status=finished")
    [following] = Page(first.text).all("a", rel="next")
    second = Page(admin.get(str(following["href"])).text)
    assert second.all("a", href="/runs/t0")
    assert second.all("a", href="/runs/t1")
    assert not second.all("a", href="/runs/t2")
    assert not second.all("a", rel="next")


@pytest.mark.parametrize("thread", [ODD, "..", ".", "\u202e<b>", "run_1"])
def test_threads_of_any_name_have_a_page(desk: Desk, admin: Browser, thread: str) -> None:
    sample(desk, thread, RunStatus.PAUSED)
    [link] = [
        a for a in Page(admin.get("/runs").text).all("a") if str(a.get("href", "")).startswith("/runs/")
    ]
    answer = admin.get(str(link["href"]))
    assert answer.status_code == 200
    assert "\u202e" not in answer.text
    assert "<b>" not in answer.text
    assert "paused at review" in Page(answer.text).text


def test_the_page_tells_where_the_run_stands_and_what_it_holds(desk: Desk, admin: Browser) -> None:
    review = desk.propose(thread="t1")
    sample(desk, "t1", RunStatus.PAUSED)
    answer = admin.get("/runs/t1")
    page = Page(answer.text)
    assert 'class="node marked pause"' in answer.text
    assert "paused here" in page.text
    assert "Runs again, from its first line: review." in page.text
    assert "Checkpoint 1 after draft; next review" in page.text
    assert "Rule read_it asked for a review" in page.text
    assert "<script>alert(1)" not in answer.text
    assert "<script>alert(1)</script> w⟨U+200B" in page.text
    assert page.all("a", href=f"/reviews/{review.id}")
    assert "'thread_id'" not in page.text
    assert '{"configurable": {"thread_id": \'t1\'}}' in page.text
    assert not page.all("form", action="/runs/t1/retry")
    before = desk.counts()
    admin.get("/runs/t1?find=x")
    assert desk.counts() == before


def test_the_state_is_searched_without_a_script(desk: Desk, admin: Browser) -> None:
    sample(desk, "t1", RunStatus.FINISHED)
    found = Page(admin.get("/runs/t1?find=HARBOR").text)
    assert "dana@harborlight.example" in found.text
    assert "gold" not in found.text
    assert "Nothing in it matches" in Page(admin.get("/runs/t1?find=absent").text).text


def test_the_settings_can_keep_state_to_themselves(sqlite_url: str) -> None:
    settings = WebSettings(base_url="http://testserver", show_state=False)
    with open_desk(sqlite_url, settings=settings) as desk:
        sample(desk, "t1", RunStatus.FAILED, error="away")
        with desk.browser(person(desk, Role.ADMIN)) as browser:
            page = Page(browser.get("/runs/t1?find=dana").text)
    assert "dana@" not in page.text
    assert "Traceback" not in page.text
    assert "keep the values of state" in page.text


def test_a_run_that_its_own_program_drives_says_that_nothing_is_known(desk: Desk, admin: Browser) -> None:
    desk.propose(thread="t1")
    page = Page(admin.get("/runs/t1").text)
    assert "Its own program drives this run (graph.invoke)" in page.text
    assert "There is no picture" in page.text
    assert not page.all("form", action="/runs/t1/retry")


def test_a_failed_run_is_retried_by_a_job_once(desk: Desk, admin: Browser) -> None:
    sample(desk, ODD, RunStatus.FAILED, error="ValueError: away")
    answer = admin.get(href(ODD))
    page = Page(answer.text)
    assert "ValueError: away" in page.text
    assert "Traceback: here" in page.text
    assert "Runs again, from its first line: draft." in page.text
    assert page.all("form", action=f"{href(ODD)}/retry", method="post")
    jobs = desk.counts()["job"]
    token = csrf(answer.text)
    sent = admin.post(f"{href(ODD)}/retry", csrf=token)
    assert (sent.status_code, sent.headers["location"]) == (303, href(ODD))
    assert status_of(desk, ODD) is RunStatus.DUE
    assert desk.counts()["job"] == jobs + 1
    again = admin.post(f"{href(ODD)}/retry", csrf=token)
    assert again.status_code == 409
    assert "a wake-up is queued already" in Page(again.text).text
    assert desk.counts()["job"] == jobs + 1
    with desk.read() as tx:
        [entry] = [e for e in query.thread_history(tx, ThreadId(ODD)) if e.event == "run.retried"]
    assert (entry.actor.name, entry.channel) == ("admin", "page")
    assert "asked for a retry" in Page(admin.get(href(ODD)).text).text


def test_a_retry_needs_a_form_of_this_session(desk: Desk, admin: Browser) -> None:
    sample(desk, "t1", RunStatus.FAILED)
    token = csrf(admin.get("/runs/t1").text)
    assert admin.post("/runs/t1/retry", csrf="made up").status_code == 403
    foreign = admin.client.post(
        "/runs/t1/retry", data={"csrf": token}, headers={"Origin": "https://evil.example"}
    )
    assert foreign.status_code == 403
    assert admin.get("/runs/t1/retry").status_code == 404
    assert status_of(desk, "t1") is RunStatus.FAILED


def test_only_runs_that_failed_or_lost_their_driver_are_retried(desk_on_both: Desk) -> None:
    desk = desk_on_both
    for status in set(RunStatus) - {RunStatus.FAILED}:
        sample(desk, "t1", status)
        with pytest.raises(NotRetryable) as refusal, desk.begin() as tx:
            retry_run(tx, desk.core, ThreadId("t1"), as_actor(desk.ann), "page")
        assert refusal.value.status == status
    for lease, allowed in ((timedelta(minutes=1), False), (timedelta(minutes=-1), True)):
        with desk.begin() as tx:
            run_rows.set_status(tx, ThreadId("t1"), RunStatus.RUNNING, lease_until=tx.now + lease)
        if allowed:
            with desk.begin() as tx:
                assert retry_run(tx, desk.core, ThreadId("t1"), as_actor(desk.ann), "page").status == "due"
        else:
            with pytest.raises(NotRetryable, match="driven right now"), desk.begin() as tx:
                retry_run(tx, desk.core, ThreadId("t1"), as_actor(desk.ann), "page")


def test_snapshots_are_replaced_and_stay_in_their_workspace(desk_on_both: Desk) -> None:
    desk = desk_on_both
    thread = ThreadId("t1")
    with desk.begin() as tx:
        snapshots.keep(tx, thread, snapshot_of(RunStatus.PAUSED, tx.now))
        snapshots.keep(tx, thread, snapshot_of(RunStatus.FAILED, tx.now))
        huge = snapshot_of(RunStatus.PAUSED, tx.now)
        blown = huge.state[0].model_copy(update={"text": "x" * 300_000})
        snapshots.keep(tx, ThreadId("t2"), huge.model_copy(update={"state": (blown,)}))
    with desk.read() as tx:
        kept, cut = snapshots.get(tx, thread), snapshots.get(tx, ThreadId("t2"))
    assert kept is not None
    assert kept.snapshot.waiting == ("draft",)
    assert kept.snapshot.trace == "Traceback: here"
    assert cut is not None
    assert cut.snapshot.state == ()
    assert cut.snapshot.waiting == ("review",)
    with desk.core.database.read(WorkspaceId("elsewhere")) as tx:
        assert snapshots.get(tx, thread) is None


def test_runs_are_filtered_and_counted_on_both_databases(desk_on_both: Desk) -> None:
    desk = desk_on_both
    for thread in ("t1", "t2"):
        desk.propose(thread=thread)
    desk.propose(thread="t2")
    sample(desk, "t3", RunStatus.FAILED)
    with desk.read() as tx:
        assert [run.thread for run in runs.list_runs(tx, RunFilter(status=RunStatus.FAILED)).items] == ["t3"]
        assert [run.thread for run in runs.list_runs(tx, RunFilter(thread="t2")).items] == ["t2"]
        assert len(runs.list_runs(tx, RunFilter(graph="outbound_copy")).items) == 3
        counted = reviews.count_live_by_thread(tx, [ThreadId("t1"), ThreadId("t2"), ThreadId("t3")])
    assert counted == {"t1": 1, "t2": 2}


def unknown_effect(desk: Desk, thread: str = "t1") -> str:
    """An effect of unknown outcome with the question that its loss opened."""
    review = desk.propose(thread=thread)
    with desk.browser() as browser:
        browser.decide(review, "approve")
    desk.close(review)
    desk.run_effect(review, EffectState.UNKNOWN, "The line went dead.")
    with desk.read() as tx:
        [effect] = query.list_effects(tx, EffectState.UNKNOWN, unsettled=True).items
    return effect.id


def test_an_unknown_effect_leads_to_its_question(desk: Desk, admin: Browser) -> None:
    effect = unknown_effect(desk)
    with desk.read() as tx:
        question = reviews.live_settlement(tx, effect)  # type: ignore[arg-type]
    assert question is not None
    assert question.kind is ReviewKind.SETTLEMENT
    for path in ("/effects", "/runs/t1"):
        page = Page(admin.get(path).text)
        assert page.all("a", href=f"/reviews/{question.id}")
        assert "The line went dead." in page.text
    assert not Page(admin.get("/effects").text).all("form", action=f"/effects/{effect}/settle")
    token = csrf(admin.get("/effects").text)
    refused = admin.post(
        f"/effects/{effect}/settle", csrf=token, settlement="happened", reason="It is in the outbox."
    )
    assert refused.status_code == 409
    assert question.id in Page(refused.text).text


def test_an_effect_about_which_nobody_is_asked_is_settled_by_an_administrator(
    desk: Desk, admin: Browser
) -> None:
    effect = unknown_effect(desk)
    with desk.begin() as tx:
        tx.connection.exec_driver_sql("update review set state = 'closed' where kind = 'settlement'")
    answer = admin.get("/effects")
    assert Page(answer.text).all("form", action=f"/effects/{effect}/settle", method="post")
    token = csrf(answer.text)
    for fields in ({"settlement": "happened"}, {"settlement": "nonsense", "reason": "x"}):
        assert admin.post(f"/effects/{effect}/settle", csrf=token, **fields).status_code == 422
    done = admin.post(
        f"/effects/{effect}/settle", csrf=token, settlement="happened", reason="It is in the outbox."
    )
    assert done.status_code == 303
    assert "Nothing is unknown" in Page(admin.get("/effects").text).text
    with desk.read() as tx:
        [settled] = query.effects_of_thread(tx, ThreadId("t1"))
    assert (settled.state, settled.settlement) == (EffectState.SUCCEEDED, Settlement.HAPPENED)
    again = admin.post(f"/effects/{effect}/settle", csrf=token, settlement="abandon", reason="x")
    assert again.status_code == 409


@pytest.mark.parametrize("role", list(Role))
def test_who_may_read_and_retry(desk: Desk, role: Role) -> None:
    sample(desk, "t1", RunStatus.FAILED)
    effect = unknown_effect(desk, "t2")
    with desk.browser(person(desk, role)) as browser:
        reads = 403 if role is Role.REVIEWER else 200
        assert {browser.get(path).status_code for path in ("/runs", "/runs/t1", "/effects")} == {reads}
        token = csrf(browser.get("/reviews").text)
        retried = browser.post("/runs/t1/retry", csrf=token)
        settled = browser.post(f"/effects/{effect}/settle", csrf=token, settlement="happened", reason="x")
        assert (retried.status_code, settled.status_code) == (
            (303, 409) if role is Role.ADMIN else (403, 403)
        )
        assert ("Retry…" in browser.get("/runs/t1").text) is False
        assert (">Runs</a>" in browser.get("/reviews").text) is (role is not Role.REVIEWER)


def test_nothing_of_it_is_shown_to_strangers(desk: Desk) -> None:
    sample(desk, ODD, RunStatus.FAILED)
    with desk.client() as client:
        for path in ("/runs", href(ODD), "/effects"):
            assert client.get(path).status_code == 303
        assert client.post(f"{href(ODD)}/retry").status_code == 303
    assert status_of(desk, ODD) is RunStatus.FAILED


def test_a_review_shows_where_its_run_stands_and_what_each_answer_leads_to(
    desk: Desk, browser: Browser
) -> None:
    review = desk.propose(thread="t1")
    other = desk.propose(thread="t1")
    sample(desk, "t1", RunStatus.PAUSED)
    answer = browser.get(f"/reviews/{review.id}")
    page = Page(answer.text)
    assert "Where the run stands" in page.text
    assert "The run is paused at review. It goes on once another review is decided as well." in page.text
    assert "its redraft comes back as a new review" in page.text
    assert 'class="node marked pause"' in answer.text
    assert not page.all("a", href="/runs/t1")  # a reviewer may not open it
    browser.decide(other, "reject", reason="No.")
    desk.close(other)
    closed = Page(browser.get(f"/reviews/{other.id}").text)
    assert "The run goes on at review." in closed.text
    assert "its redraft comes back" not in closed.text
