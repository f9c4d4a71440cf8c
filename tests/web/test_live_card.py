"""The card with buttons: its forms mean what the page's mean, and after a decision the graph goes on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graphs.outbound_copy import FlowSettings, brief_input, build, load_briefs
from graphs.outbound_copy.settings import HERE
from signoff.app import Desk as PublicDesk
from signoff.domain.errors import NotFound
from signoff.domain.person import Person, Role
from signoff.domain.review import Outcome, Review, ReviewKind, ReviewState
from signoff.domain.run import RunStatus
from signoff.domain.vote import VoteKind
from signoff.notebook import card
from signoff.policy.load import parse_policy
from signoff.services import people
from tests.web.cells import Cell
from tests.web.desk import FLAGGING, POLICY, Desk, open_desk
from tests.web.samples import BODY, EMAIL

WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def flagging(sqlite_url: str) -> Iterator[Desk]:
    with open_desk(sqlite_url, FLAGGING) as opened:
        yield opened


# Deciding in it


def test_it_approves_what_was_checked_and_says_which_card_it_was(flagging: Desk) -> None:
    cell = Cell(flagging, flagging.propose(), flagging.ann)
    refused = cell.decide("approve")
    assert "Not recorded yet." in refused.text
    assert flagging.file(cell.review).votes == ()
    cell.decide("approve", **cell.acks)
    [vote] = flagging.file(cell.review).votes
    assert (vote.kind, vote.person, vote.channel) == (VoteKind.APPROVE, flagging.ann.id, "notebook")
    assert len(vote.acknowledged) == 2
    assert vote.seen is not None
    assert "Until then you can take it back." in cell.page.text


def test_an_edit_is_previewed_checked_and_then_decided(flagging: Desk) -> None:
    cell = Cell(flagging, flagging.propose(), flagging.ann)
    cell.post("?edit=1")
    body = BODY.replace("guaranteed", "known")
    answer = cell.post("/preview", **{**cell.hidden, "arg/body": body})
    assert '<del><span class="sr"> removed: </span>guaranteed' in answer["html"]
    assert "guaranteed" not in str(flagging.file(cell.review).revisions[1:])
    flag = next(ack for ack in cell.acks if "guaranteed" in flagging_text(cell, ack))
    used = cell.post("/preview", **{**cell.hidden, "arg/body": BODY, "use": flag.removeprefix("ack/")})
    assert "known" in used["html"]
    page = cell.decide("revise", **{"arg/body": body, **cell.acks})
    assert "with edits" in page.text.lower() or "edited" in page.text.lower()
    assert flagging.file(cell.review).current.arguments == {**EMAIL, "body": body}
    assert flagging.file(cell.review).current.author.id == flagging.ann.id


def flagging_text(cell: Cell, ack: str) -> str:
    """What stands in the flag that `ack` belongs to."""
    return next(part for part in cell.widget.html.split("<article")[1:] if ack in part)


@pytest.mark.parametrize(
    ("choice", "fields", "said", "kept"),
    [
        ("reject", {"reason": "  "}, "needs a reason", "ask-reject"),
        ("revise", {"arg/discount_percent": "a lot"}, "not a number", "a lot"),
        (
            "revise",
            {"arg/to": "x@rival.example", "reason": "Because."},
            "Nothing is ever sent to a rival",
            "Because.",
        ),
    ],
)
def test_what_is_refused_is_said_in_the_card_and_nothing_typed_is_lost(
    desk: Desk, choice: str, fields: dict[str, str], said: str, kept: str
) -> None:
    cell = Cell(desk, desk.propose(), desk.ann)
    page = cell.decide(choice, **fields)
    assert said in page.text
    assert kept in cell.widget.html
    assert desk.file(cell.review).votes == ()


def test_who_comes_second_reads_who_was_first_and_keeps_the_words(desk: Desk) -> None:
    review = desk.propose()
    mine, theirs = Cell(desk, review, desk.ann), Cell(desk, review, desk.lee)
    theirs.decide("reject", reason="Not this one.")
    desk.close(review)
    page = mine.decide("request_changes", reason="Shorter, please.")
    assert "Somebody was faster." in page.text
    assert "Shorter, please." in page.text
    assert desk.file(review).review.outcome is Outcome.REJECTED


def test_a_draft_that_changed_is_not_approved_unread(desk: Desk) -> None:
    review = desk.propose()
    mine, theirs = Cell(desk, review, desk.ann), Cell(desk, review, desk.lee)
    theirs.decide("revise", **{"arg/subject": "Another subject"})
    theirs.post("/undo")
    assert "The draft changed while you were reading." in mine.decide("approve").text


def test_settling_can_be_undone_prolonged_and_ended(desk: Desk) -> None:
    cell = Cell(desk, desk.propose(), desk.ann)
    cell.decide("approve")
    before = cell.card.review.settles_at
    cell.post("/more-time")
    after = cell.card.review.settles_at
    assert before is not None
    assert after is not None
    assert after > before
    cell.post("/undo")
    assert desk.file(cell.review).review.state is ReviewState.OPEN
    cell.decide("approve")
    cell.post("/send-now")
    assert cell.state is ReviewState.CLOSED
    assert "Approved by Ann Keller" in cell.page.text
    cell.post("/undo")
    assert "Too late for that." in cell.page.text


def test_a_question_is_answered(desk: Desk) -> None:
    asked = {"text": "Which address?", "choices": ["3 Mill Lane", "12 Hill Rd"], "details": ""}
    review = desk.propose(asked, tool="question", kind=ReviewKind.QUESTION, schema={})
    cell = Cell(desk, review, desk.ann)
    assert "Choose one of the answers." in cell.decide("answer", answer="").text
    cell.decide("answer", answer="1")
    assert desk.file(review).votes[-1].answer == "12 Hill Rd"


# Who


def test_rights_hold_as_on_the_page(desk: Desk) -> None:
    with desk.begin() as tx:
        reader = people.add_person(tx, email="rae@example.com", name="Rae", roles=[Role.AUDITOR])
    cell = Cell(desk, desk.propose(), reader)
    assert "You can read this, not decide it." in cell.page.text
    assert not cell.page.all("button", name="choice")
    assert "You may not decide this." in cell.decide("approve", digest=cell.review.digest, seen="x").text
    assert desk.file(cell.review).votes == ()


def test_rights_are_looked_up_anew_each_time(desk: Desk) -> None:
    cell = Cell(desk, desk.propose(), desk.ann)
    hidden = cell.hidden
    with desk.begin() as tx:
        people.change_person(tx, desk.ann.id, roles=[Role.AUDITOR])
    cell.decide("approve", **hidden)
    assert desk.file(cell.review).votes == ()


def test_each_sees_what_they_may_and_what_is_saved_shows_what_anybody_may(sqlite_url: str) -> None:
    private = '    binds: []\n    visible: {/subject: {show: ["group:press"], why: personal, ask: press}}\n'
    with open_desk(sqlite_url, POLICY.replace("    binds: []\n", private)) as desk:
        with desk.begin() as tx:
            people.change_person(tx, desk.ann.id, groups=["press"])
            ann = people.get_person(tx, desk.ann.id)
        review = desk.propose()
        assert EMAIL["subject"] in Cell(desk, review, ann).page.text
        other = Cell(desk, review, desk.lee)
        assert EMAIL["subject"] not in other.widget.html
        assert "You cannot approve this." in other.page.text
        assert EMAIL["subject"] not in Cell(desk, review, ann).card._repr_html_()


def test_a_card_for_nobody_of_the_desk_is_refused(desk: Desk) -> None:
    with pytest.raises(NotFound):
        card(PublicDesk(desk.core), desk.propose(), by="per_nobody")


def test_keys_and_zone_are_those_that_the_person_chose(desk: Desk) -> None:
    from signoff.domain.preferences import Preferences
    from signoff.services.preferences import choose

    with desk.begin() as tx:
        choose(tx, desk.ann, Preferences(zone="Europe/Lisbon", has_keys=False))
    cell = Cell(desk, desk.propose(), desk.ann)
    assert 'data-keys="false"' in cell.widget.html
    assert " WET)" in cell.page.text or " WEST)" in cell.page.text


# What it is made of


def test_nothing_in_it_leads_to_a_page(desk: Desk) -> None:
    review = desk.propose()
    with desk.begin() as tx:
        people.change_person(tx, desk.ann.id, roles=[Role.REVIEWER, Role.ADMIN])
        ann = people.get_person(tx, desk.ann.id)
    cell = Cell(desk, review, ann)
    cell.decide("request_changes", reason="Again.")
    own = f"/reviews/{review.id}"
    for step in ("", "?edit=1", "/undo", "?edit=1", "/send-now"):
        cell.post(step)
        links = [str(found["href"]) for found in cell.page.all("a")]
        assert [link for link in links if not link.startswith(("#", own))] == []
        assert not cell.page.all("input", name="csrf")
        assert not cell.page.all("script")


def test_a_message_that_cannot_be_read_is_answered(desk: Desk) -> None:
    cell = Cell(desk, desk.propose(), desk.ann)
    before = cell.widget.html
    assert "null character" in cell.post("/decide", choice="reject", reason="a\0b")["error"]
    assert cell.widget.html == before


def test_without_a_person_or_the_extra_it_is_still_and_says_how_to_decide(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    review, public = desk.propose(), PublicDesk(desk.core)
    still = card(public, review)
    assert still._repr_mimebundle_() == {}
    assert "card(desk, review, by=person.id) puts buttons into this card." in still._repr_html_()
    live = card(public, review, by=desk.ann.id)
    assert set(live._repr_mimebundle_()) == {WIDGET}
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "signoff.notebook.widget")
    bare = card(public, review, by=desk.ann.id)
    assert bare._repr_mimebundle_() == {}
    assert "pip install &#34;signoff[notebook]&#34;" in bare._repr_html_()
    assert "desk.vote(review.id, &#34;approve&#34;" in bare._repr_html_()


# What follows


@pytest.fixture
def flow(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Flow]:
    yield from open_flow(tmp_path, "0s")


class Flow:
    """A mail that waits in a thread of a real graph."""

    def __init__(self, desk: PublicDesk, folder: Path) -> None:
        self.desk = desk
        self.maildir = folder / "maildir"
        self.graph = build(desk, FlowSettings(maildir=self.maildir))
        self.mia = desk.add_person("mia@example.com", "Mia")
        brief = next(brief for brief in load_briefs() if brief.id == "dumbbell-promise")
        config: Any = {"configurable": {"thread_id": "t1"}}
        self.graph.invoke(brief_input(brief), config, durability="sync")

    @property
    def review(self) -> Review:
        [review] = self.desk.reviews(thread_id="t1")
        return review

    def cell(self, by: Person | None = None) -> Cell:
        return Cell(self.desk, self.review, by or self.mia, self.graph)

    def sent(self) -> int:
        return len(list(self.maildir.glob("new/*")))


def open_flow(folder: Path, settling: str) -> Iterator[Flow]:
    source = (HERE / "policy.yaml").read_text()
    assert "settling: 10s" in source
    policy = parse_policy(source.replace("settling: 10s", f"settling: {settling}"), "policy.yaml")
    desk = PublicDesk.open(f"sqlite:///{folder / 'signoff.db'}", policy=policy)
    yield Flow(desk, folder)
    desk.close()


def test_a_final_decision_drives_the_graph_on_and_the_next_cell_reads_its_end(flow: Flow) -> None:
    cell = flow.cell()
    assert cell.result() is None
    cell.decide("approve", **cell.acks)
    assert cell.result()["messages"][-1].text.endswith("The mail is sent.")
    assert flow.sent() == 1
    assert flow.desk.run("t1").status is RunStatus.FINISHED
    assert "Done. It ran once and reported success." in cell.page.text


def test_the_settling_window_ends_by_itself_and_then_the_graph_goes_on(tmp_path: Path) -> None:
    for flow in open_flow(tmp_path, "1s"):
        cell = flow.cell()
        cell.decide("approve", **cell.acks)
        assert cell.state is ReviewState.SETTLING
        assert cell.result() is None
        assert flow.sent() == 0
        window = cell.card._onward._window
        assert window is not None
        window.join()
        assert cell.result() is not None
        assert flow.sent() == 1


def test_an_undone_decision_is_not_carried_out(tmp_path: Path) -> None:
    for flow in open_flow(tmp_path, "1s"):
        cell = flow.cell()
        cell.decide("approve", **cell.acks)
        window = cell.card._onward._window
        assert window is not None
        cell.post("/undo")
        window.join()
        assert cell.card._onward._window is None
        assert (cell.state, flow.sent()) == (ReviewState.OPEN, 0)


def test_requested_changes_bring_a_redraft_and_no_result_yet(flow: Flow) -> None:
    cell = flow.cell()
    cell.decide("request_changes", reason="Promise less.")
    assert cell.result() is None
    assert flow.review.follows == cell.review.id
    assert "Where the run stands The run is paused" in cell.page.text


def test_a_graph_that_fails_is_said_in_the_card(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = flow.cell()

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no more memory")

    monkeypatch.setattr(type(flow.graph), "ainvoke", fail)
    cell.decide("approve", **cell.acks)
    assert cell.result() is None
    assert "The decision is safe; the run is not." in cell.page.text


def test_shown_again_it_knows_of_a_decision_by_a_call(flow: Flow) -> None:
    cell = flow.cell()
    flow.desk.vote(cell.review.id, "reject", by=flow.mia.id, digest=cell.review.digest, reason="No.")
    flow.desk.resume_due(flow.graph)
    assert "Rejected" not in cell.page.text
    cell.card._repr_mimebundle_()
    assert "Rejected by Mia" in cell.page.text
    assert cell.result() is not None
