"""What somebody says they checked and what they were shown: asked for, held against the draft, and kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from signoff.domain.flag import Severity, flag_keys, unchecked
from signoff.domain.person import Scope
from signoff.domain.review import Outcome, Review, ReviewState
from signoff.services import query
from signoff.store.neighbours import first_beside, neighbours
from tests.web.desk import FLAGGING, SAME_SITE, Browser, Desk, open_desk
from tests.web.html_text import Page
from tests.web.samples import BODY, EMAIL, FLAGS


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[Desk]:
    with open_desk(sqlite_url, FLAGGING) as opened:
        yield opened


@pytest.fixture
def desk_on_both(database_url: str) -> Iterator[Desk]:
    with open_desk(database_url, FLAGGING) as opened:
        yield opened


def fields(body: str, **more: str) -> dict[str, str]:
    """The editing form with this body."""
    form = {"arg/to": EMAIL["to"], "arg/subject": EMAIL["subject"], "arg/discount_percent": "35"}
    return {**form, "arg/body": body, **more}


def test_a_flag_keeps_its_name_while_the_text_around_it_moves() -> None:
    moved = tuple(flag.model_copy(update={"start": flag.start + 9, "end": flag.end + 9}) for flag in FLAGS)
    assert flag_keys(moved) == flag_keys(FLAGS)
    twice = flag_keys((FLAGS[1], FLAGS[1]))
    assert len(set(twice)) == 2
    high = [key for key, flag in zip(flag_keys(FLAGS), FLAGS, strict=True) if flag.severity is Severity.HIGH]
    assert list(unchecked(FLAGS, ())) == high
    assert unchecked(FLAGS, high[:1]) == (high[1],)


def test_each_high_flag_must_be_ticked_and_the_ticks_are_kept(desk_on_both: Desk) -> None:
    desk = desk_on_both
    review = desk.propose()
    with desk.browser() as browser:
        first, second = browser.acks(review)
        refused = browser.decide(review, "approve", **{first: "on"})
        assert refused.status_code == 422
        shown = Page(refused.text)
        [link] = [
            a["href"] for a in shown.all("a") if str(a["href"]).startswith("#ack-") and a.get("class") is None
        ][:1]
        assert link == "#ack-" + second.removeprefix("ack/")
        assert shown.all("input", id=str(link)[1:])
        [kept] = shown.all("input", id="ack-" + first.removeprefix("ack/"))
        assert "checked" in kept
        assert desk.file(review).votes == ()

        assert browser.decide(review, "approve", **{first: "on", second: "on"}).status_code == 303
        [vote] = desk.file(review).votes
        assert vote.acknowledged == tuple(name.removeprefix("ack/") for name in (first, second))
        assert vote.seen is not None
        with desk.read() as tx:
            [cast] = [e for e in query.history(tx, review.id) if e.event == "vote.cast"]
        assert cast.content is not None
        assert (cast.content["acknowledged"], cast.content["seen"]) == (list(vote.acknowledged), vote.seen)
        assert "approved, having checked 2 flags" in Page(browser.get(f"/reviews/{review.id}").text).text


def test_the_flags_of_the_edited_draft_are_the_ones_to_tick(desk: Desk, browser: Browser) -> None:
    review = desk.propose()
    calmer = BODY.replace("guaranteed", "known")
    refused = browser.decide(review, "revise", **fields(calmer))
    assert refused.status_code == 422
    shown = Page(refused.text)
    boxes = {str(box["name"]) for box in shown.all("input", type="checkbox")}
    assert len(boxes) == 1
    assert "removed: guaranteed added: known" in shown.text
    assert browser.decide(review, "revise", **fields(calmer), **dict.fromkeys(boxes, "on")).status_code == 303
    assert len(desk.file(review).votes[0].acknowledged) == 1


def test_over_the_api_ticks_may_be_left_out_or_sent(desk: Desk) -> None:
    with desk.client() as client:
        for with_ticks in (False, True):
            review = desk.propose()
            path, key = f"/api/v1/reviews/{review.id}", desk.voter()
            flags = client.get(path, headers=key).json()["current"]["flags"]
            body = {"kind": "approve", "digest": review.digest}
            ticks = [flag["key"] for flag in flags] if with_ticks else []
            answer = client.post(f"{path}/votes", json={**body, "acknowledged": ticks}, headers=key)
            assert answer.status_code == 201, answer.text
            assert answer.json()["vote"]["acknowledged"] == ticks
            assert answer.json()["vote"]["seen"] is None


def test_a_vote_on_another_page_than_the_present_one_is_refused(desk: Desk, browser: Browser) -> None:
    review = desk.propose()
    hidden = browser.hidden(f"/reviews/{review.id}")
    for seen in ("0" * 64, ""):
        answer = browser.decide(review, "reject", {**hidden, "seen": seen}, reason="My reason.")
        assert answer.status_code == 409
        shown = Page(answer.text)
        assert "The draft changed while you were reading." in shown.text
        assert "My reason." in shown.text
        assert shown.all("a", href=f"/reviews/{review.id}")
    assert desk.file(review).votes == ()
    assert browser.decide(review, "reject", hidden, reason="My reason.").status_code == 303
    assert browser.decide(review, "reject", hidden, reason="My reason.").status_code == 303
    assert len(desk.file(review).votes) == 1


def test_a_preview_writes_nothing_and_belongs_to_this_site(desk: Desk, browser: Browser) -> None:
    review = desk.propose()
    before, path = desk.counts(), f"/reviews/{review.id}/preview"
    hidden = browser.hidden(f"/reviews/{review.id}")
    rival = {**fields(BODY.replace("35%", "20%")), "arg/to": "eve@rival.example"}
    shown = Page(browser.post(path, **hidden, **rival).text)
    assert "removed: 35% added: 20%" in shown.text
    assert "The policy denies this. Nothing is ever sent to a rival." in shown.text
    assert "3 flags in your edit" in shown.text
    assert browser.post(path, **{**hidden, "csrf": "x"}, **rival).status_code == 403
    foreign = {**SAME_SITE, "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert browser.client.post(path, data={**hidden, **rival}, headers=foreign).status_code == 403
    assert desk.counts() == before


def test_what_does_not_fit_is_said_while_typing(desk: Desk, browser: Browser) -> None:
    review = desk.propose()
    hidden = browser.hidden(f"/reviews/{review.id}")
    wrong = {**fields(BODY), "arg/discount_percent": "150"}
    shown = Page(browser.post(f"/reviews/{review.id}/preview", **hidden, **wrong).text)
    assert "Some values do not fit yet" in shown.text
    assert "removed: 35 added: 150" in shown.text


def test_safer_wording_is_put_where_its_flag_stands(desk: Desk, browser: Browser) -> None:
    review = desk.propose({**EMAIL, "subject": "guaranteed", "body": "It is guaranteed. SSO is guaranteed!"})
    path = f"/reviews/{review.id}"
    page = browser.get(path).text
    keys = re.findall(r'name="use" value="([^"]*)"', page)
    said = set()
    for key in dict.fromkeys(keys):
        answer = browser.post(f"{path}/edit", **browser.hidden(path), use=key)
        assert answer.status_code == 200
        edited = re.search(r'id="field-body"[^>]*>\n([^<]*)<', answer.text)
        subject = Page(answer.text).all("input", name="arg/subject")[0]["value"]
        said.add((subject, edited[1] if edited else ""))
    assert said == {
        ("known", "It is guaranteed. SSO is guaranteed!"),
        ("guaranteed", "It is known. SSO is guaranteed!"),
        ("guaranteed", "It is guaranteed. SSO is known!"),
    }
    assert desk.file(review).votes == ()


def test_only_the_deciding_voter_ends_the_wait(desk_on_both: Desk) -> None:
    desk = desk_on_both
    review = desk.propose({**EMAIL, "body": "Hi."})
    path = f"/reviews/{review.id}"
    with desk.browser() as ann, desk.browser(desk.lee) as lee:
        assert ann.post(f"{path}/send-now", **ann.hidden(path)).status_code == 422
        assert ann.decide(review, "approve").status_code == 303
        refused = lee.post(f"{path}/send-now", **lee.hidden("/reviews"))
        assert refused.status_code == 403
        assert "Only whoever cast the deciding vote" in Page(refused.text).text
        status = lee.get(f"{path}/status").json()
        assert (status["state"], status["text"][:23]) == ("settling", "Approved by Ann Keller,")
        assert ann.post(f"{path}/send-now", **ann.hidden(path)).status_code == 303
        closed = desk.file(review).review
        assert (closed.state, closed.outcome) == (ReviewState.CLOSED, Outcome.APPROVED)
        assert "sent it without waiting any longer" in Page(ann.get(path).text).text
        assert lee.post(f"{path}/undo", **lee.hidden("/reviews")).status_code == 409


def test_escalating_and_abstaining_leave_it_open(desk: Desk, browser: Browser) -> None:
    review = desk.propose()
    assert browser.decide(review, "escalate").status_code == 422
    assert browser.decide(review, "escalate", reason="Legal should see it.").status_code == 303
    assert browser.decide(review, "abstain").status_code == 303
    file = desk.file(review)
    assert (file.review.state, file.review.escalated_at is not None) == (ReviewState.OPEN, True)
    shown = Page(browser.get(f"/reviews/{review.id}").text).text
    assert "Escalated by Ann Keller. Legal should see it." in shown
    assert "abstained" in shown


def test_where_a_stage_takes_no_abstentions_none_is_offered(sqlite_url: str) -> None:
    policy = FLAGGING.replace(
        "    effect: review\n    summary: A person",
        "    effect: review\n    stages: [{name: lead, may_abstain: false}]\n    summary: A person",
    )
    with open_desk(sqlite_url, policy) as desk, desk.browser() as browser:
        review = desk.propose()
        assert not Page(browser.get(f"/reviews/{review.id}").text).all("button", value="abstain")
        assert browser.decide(review, "abstain").status_code == 422


def test_reviews_stand_in_the_order_of_their_deadlines(desk_on_both: Desk) -> None:
    desk = desk_on_both
    first, second, third = (desk.propose() for _ in range(3))
    with desk.read() as tx:
        assert neighbours(tx, desk.file(second).review) == (first.id, third.id)
        assert neighbours(tx, desk.file(third).review) == (second.id, None)
        assert first_beside(tx, first) == second.id
        without = desk.file(second).review.model_copy(update={"due_at": None})
        assert neighbours(tx, without) == (None, first.id)


def test_a_late_review_says_until_when(desk: Desk, browser: Browser) -> None:
    review = late(desk)
    shown = Page(browser.get(f"/reviews/{review.id}").text).text
    assert re.search(r"Late by 1 h\. ?You may still decide until", shown)


def late(desk: Desk) -> Review:
    from signoff.store import reviews

    review = desk.propose()
    with desk.begin() as tx:
        found = reviews.get(tx, review.id)
        assert found is not None
        assert reviews.change(tx, found, due_at=tx.now - timedelta(hours=1))
    return review


def test_a_key_without_the_scope_cannot_vote(desk: Desk) -> None:
    review = desk.propose()
    with desk.client() as client:
        answer = client.post(
            f"/api/v1/reviews/{review.id}/votes",
            json={"kind": "approve", "digest": review.digest, "acknowledged": ["x"]},
            headers=desk.key(Scope.REVIEWS_READ, person=desk.ann),
        )
    assert answer.status_code == 403
