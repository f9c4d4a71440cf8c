from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import docx
import pytest

from examples import contract_review
from graphs.contract_review.facts import contract_facts
from graphs.contract_review.hints import NoClassifier
from graphs.contract_review.ooxml import paragraphs, text_of
from graphs.contract_review.paper import read_paper, typeset
from graphs.contract_review.playbook import load_playbook
from graphs.contract_review.progress import settled
from graphs.contract_review.reading import read_clauses
from graphs.contract_review.shelf import NotOnShelf, Shelf
from signoff import Call, SignoffError
from signoff.risk.registry import build_detectors, run_detectors
from signoff.services import query
from tests.support.contract_desk import THEM, ContractDesk
from tests.support.contracts import SAMPLE, SHORT, accepted, as_docx, rejected
from tests.support.risk import draft, flags_of

FLAGGED = {"1", "2", "3"}
FLAGGED_IN_SAMPLE = {"3.2", "4.1", "4.2", "6.1", "6.2", "7.2", "7.3"}


@pytest.fixture
def desk(sqlite_url: str, tmp_path: Path) -> Iterator[ContractDesk]:
    made = ContractDesk(sqlite_url, tmp_path)
    yield made
    made.desk.close()


def redline_of(desk: ContractDesk, thread: str = "c1") -> Any:
    return docx.Document(io.BytesIO(desk.shelf.read(desk.values(thread)["redline"]["document"])))


def test_flagged_clauses_wait_together_and_the_pause_holds_until_the_last(desk: ContractDesk) -> None:
    waiting = desk.start(SAMPLE)
    assert set(waiting) == FLAGGED_IN_SAMPLE
    for review in list(waiting.values())[:-1]:
        desk.vote(review)
    desk.go_on()
    assert "redline" not in desk.values()
    desk.approve_rest()
    desk.go_on()
    assert set(desk.waiting()) == {"send_redline"}


def test_flags_are_anchored_in_the_clause_and_carry_evidence_and_safer_wording(desk: ContractDesk) -> None:
    file = desk.desk.review(desk.start(SAMPLE)["3.2"].id)
    for flag in file.current.flags:
        assert flag.path == "/original"
        assert file.current.arguments["original"][flag.start : flag.end] == flag.quote
        assert flag.evidence
        assert flag.suggestion
    assert file.current.flags[0].suggestion in file.current.arguments["wording"]
    assert {flag.code for flag in file.current.flags} == {"outside_position", "beyond_fallback"}


def test_clean_clauses_pass_by_a_named_rule(desk: ContractDesk) -> None:
    desk.start()
    desk.approve_rest()
    desk.go_on()
    with desk.desk.read() as tx:
        effects = query.list_effects(tx, None, after=None, limit=100).items
    by_rule = [
        (e.rule, e.arguments.get("clause") or e.arguments["clauses"]) for e in effects if not e.review_id
    ]
    assert sorted(by_rule) == [("clean-clause", "4"), ("outside-playbook", ["5"])]


def test_accepted_edited_and_rejected_wordings_make_the_redline(desk: ContractDesk, tmp_path: Path) -> None:
    contract = as_docx(desk.short, tmp_path)
    waiting = desk.start(contract)
    edited = desk.arguments(waiting["2"])["original"].replace("one hundred (100)", "ten (10)")
    desk.edit(waiting["2"], wording=edited)
    desk.vote(waiting["3"], "reject", reason="We live with theirs.")
    desk.approve_rest()
    desk.go_on()
    document = redline_of(desk)
    came_in = [text_of(p) for p in paragraphs(docx.Document(str(contract)))]
    assert rejected(document) == came_in
    read = accepted(document)
    assert edited in read
    assert next(text for text in came_in if text.startswith("3.")) in read
    assert any("within thirty (30) days" in text for text in read)
    made = desk.values()["redline"]
    assert made["changed"] == ["1", "2"]
    assert made["open"] == ["3"]
    assert len(list(document.comments)) == len(made["changed"])


def test_bold_headings_stay_bold_in_the_redline(desk: ContractDesk, tmp_path: Path) -> None:
    desk.start(as_docx(desk.short, tmp_path))
    desk.approve_rest()
    desk.go_on()
    law = next(p for p in redline_of(desk).paragraphs if "Governing" in p.text)
    assert [(run.text, run.bold) for run in law.runs][:2] == [
        ("3. ", True),
        ("Governing Law. This Agreement is governed by the laws of the ", None),
    ]


def test_nothing_of_our_lines_leaves_the_house(desk: ContractDesk) -> None:
    desk.start()
    desk.approve_rest()
    desk.go_on()
    letter = desk.arguments(desk.waiting()["send_redline"])["body"]
    said = letter + "".join(comment.text for comment in redline_of(desk).comments)
    book = load_playbook()
    for entry in book.clauses.values():
        for line in (entry.position, entry.fallback, entry.walk_away):
            assert line not in said
    assert "walk away" not in said.lower()
    assert all(book.clauses[kind].explain in said for kind in ("governing_law", "payment", "renewal_term"))


def test_the_redline_is_sent_once_to_the_other_side_with_its_document(desk: ContractDesk) -> None:
    desk.start()
    desk.approve_rest()
    desk.go_on()
    assert desk.mails() == []
    desk.approve_rest()
    assert desk.go_on() == "finished"
    desk.go_on()
    [mail] = desk.mails()
    message: Any = message_from_bytes(mail.read_bytes(), policy=policy.default)
    [attachment] = message.iter_attachments()
    assert message["To"] == THEM
    assert attachment.get_content() == desk.shelf.read(desk.values()["redline"]["document"])
    assert attachment.get_filename() == "short (from txt) - redline.docx"
    assert mail.name in message["Message-ID"]


def test_requested_changes_bring_the_fallback_in_a_review_that_follows(desk: ContractDesk) -> None:
    waiting = desk.start()
    desk.vote(waiting["1"], "request_changes", reason="They will not take thirty.")
    desk.vote(waiting["2"], "request_changes", reason="Nor sixty.")
    desk.approve_rest()
    desk.go_on()
    again = desk.waiting()
    assert {clause: review.follows for clause, review in again.items()} == {
        "1": waiting["1"].id,
        "2": waiting["2"].id,
    }
    assert "twenty (20) days" in desk.arguments(again["1"])["wording"]
    desk.vote(again["1"], "request_changes", reason="Less still.")
    desk.approve_rest()
    desk.go_on()
    states = settled(desk.values()["messages"])
    assert (states["1"].outcome, states["2"].outcome) == ("changes_requested", "agreed")
    assert "1" not in desk.values()["redline"]["changed"]


def test_what_we_never_sign_needs_a_second_lawyer(desk: ContractDesk) -> None:
    waiting = desk.start()
    review = waiting["3"]
    bad = "3. Governing Law. This Agreement is governed by the laws of China."
    desk.edit(review, wording=bad)
    file = desk.desk.review(review.id)
    assert file.current.verdict.rule == "walk-away"
    assert {flag.path for flag in file.current.flags if flag.code == "walk_away"} == {"/original", "/wording"}
    assert file.review.is_live
    with pytest.raises(SignoffError, match="waits for other people"):
        desk.vote(desk.waiting()["3"], by=desk.mia)
    with pytest.raises(SignoffError, match="waits for other people"):
        desk.vote(desk.waiting()["3"], "reject", by=desk.ana, reason="no")
    desk.vote(desk.waiting()["3"], by=desk.bea)
    assert "3" not in desk.waiting()
    desk.approve_rest()
    desk.go_on()
    send = desk.desk.review(desk.waiting()["send_redline"].id)
    assert desk.values()["redline"]["open"] == ["3"]
    assert send.current.verdict.rule == "walk-away-left"
    assert len(send.stages) == 2


def test_others_than_lawyers_decide_nothing(desk: ContractDesk) -> None:
    review = desk.start()["1"]
    with pytest.raises(SignoffError, match="waits for other people"):
        desk.vote(review, by=desk.mia)


def test_an_edit_that_puts_words_into_the_contract_does_not_run(desk: ContractDesk) -> None:
    waiting = desk.start()
    desk.edit(waiting["1"], original="1. Payment. Ninety days.")
    desk.approve_rest()
    desk.go_on()
    answer = settled(desk.values()["messages"])["1"].answer
    assert answer is not None
    assert "The contract does not say this" in answer.text
    assert "1" not in desk.values()["redline"]["changed"]


def test_another_recipient_and_another_document_are_denied(desk: ContractDesk) -> None:
    desk.start()
    desk.approve_rest()
    desk.go_on()
    other = desk.shelf.put(b"another", ".docx")
    desk.edit(desk.waiting()["send_redline"], document=other)
    desk.go_on()
    assert desk.mails() == []
    assert "not the redline that was agreed" in desk.values()["messages"][-1].text


def test_a_document_that_was_changed_on_the_shelf_is_not_sent(desk: ContractDesk) -> None:
    desk.start()
    desk.approve_rest()
    desk.go_on()
    name = desk.values()["redline"]["document"]
    (desk.settings.folder / name).write_bytes(b"swapped")
    desk.approve_rest()
    desk.go_on()
    assert desk.mails() == []
    assert "was changed" in desk.values()["messages"][-1].text


def test_without_the_other_side_s_address_the_redline_is_made_and_stays(desk: ContractDesk) -> None:
    desk.start(to="")
    desk.approve_rest()
    assert desk.go_on() == "finished"
    assert desk.values()["redline"]["changed"]
    assert desk.mails() == []


def test_a_clean_contract_passes_without_a_person(desk: ContractDesk, tmp_path: Path) -> None:
    book = load_playbook()
    clean = tmp_path / "clean.txt"
    parts = [
        f"{n}. {entry.wording}" for n, entry in enumerate(book.clauses.values(), start=1) if entry.wording
    ]
    clean.write_text("AGREEMENT\n\n" + "\n\n".join(parts))
    assert desk.start(clean) == {}
    assert desk.values()["redline"]["changed"] == []
    assert desk.mails() == []


def test_a_missing_clause_is_proposed_before_the_signatures(desk: ContractDesk, tmp_path: Path) -> None:
    short = tmp_path / "short.txt"
    law = "Governing Law. This is governed by the laws of the State of Delaware."
    short.write_text(f"1. Fees. None.\n\n2. {law}\n\nIN WITNESS WHEREOF, signed.\n")
    [name] = desk.start(short)
    assert name == "new:cap_on_liability"
    desk.approve_rest()
    desk.go_on()
    read = accepted(redline_of(desk))
    assert read[-1].startswith("IN WITNESS")
    assert read[-2] == load_playbook().clauses["cap_on_liability"].wording


def test_a_proposal_of_all_wordings_lies_ready_before_anybody_decides(desk: ContractDesk) -> None:
    desk.start()
    proposal = desk.values()["proposal"]
    assert set(proposal["changed"]) == FLAGGED
    read = accepted(docx.Document(io.BytesIO(desk.shelf.read(proposal["document"]))))
    assert any("State of Delaware" in text for text in read)


@pytest.mark.parametrize("facts", [{}, {"entries": None}, {"entries": {"payment": {"title": 3}}}])
def test_facts_that_the_detector_cannot_read_end_in_a_review(facts: dict[str, Any]) -> None:
    action = draft("", facts, original="x", wording="x").model_copy(update={"tool": "settle_clause"})
    flags, errors = run_detectors(build_detectors({"playbook": {}}), action)
    assert flags == ()
    assert "playbook 1 failed" in errors[0]


def test_flags_stand_on_both_texts_of_an_edited_clause() -> None:
    entry = load_playbook().clauses["payment"].model_dump(mode="json")
    text = "Each invoice is due within {} days of receipt of the invoice."
    texts = {"original": text.format(5), "wording": text.format(25)}
    action = draft("", {"entries": {"payment": entry}}, **texts).model_copy(update={"tool": "settle_clause"})
    found = {(flag.path, flag.code, flag.quote) for flag in flags_of("playbook", {}, action)}
    assert found == {("/original", "walk_away", "5 days"), ("/wording", "outside_position", "25 days")}


def test_the_shelf_gives_what_it_took_and_nothing_else(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    name = shelf.put(b"text", ".TXT")
    assert shelf.put(b"text", ".txt") == name
    assert shelf.read(name) == b"text"
    assert shelf.copy(name, "a/b: c.txt").name == "a_b_ c.txt"
    for wrong in ("../secret.txt", "0" * 64 + ".txt", "plain.txt"):
        with pytest.raises(NotOnShelf):
            shelf.read(wrong)


def test_a_chat_model_takes_the_place_of_the_stand_in(sqlite_url: str, tmp_path: Path) -> None:
    desk = ContractDesk(sqlite_url, tmp_path, model="tests.graphs.test_contract_flow:shouting_model")
    waiting = desk.start()
    assert desk.arguments(waiting["1"])["wording"] == "OUR WORDING"
    desk.desk.close()


def shouting_model() -> Any:
    from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
    from langchain_core.messages import AIMessage

    return GenericFakeChatModel(messages=iter([AIMessage("OUR WORDING")] * 50))


def test_reading_alone_needs_no_desk() -> None:
    clauses = read_clauses(read_paper(SAMPLE).document, load_playbook(), NoClassifier())
    assert {c["id"] for c in clauses if c["kinds"]} >= FLAGGED_IN_SAMPLE


@pytest.mark.parametrize("clauses", [["1"], ["5", "4"], ["5", "nowhere"], ["new:cap_on_liability"]])
def test_clauses_that_somebody_has_to_look_at_do_not_pass_together(clauses: list[str]) -> None:
    state = {"clauses": read_clauses(read_paper_of(SHORT), load_playbook(), NoClassifier())}
    facts = contract_facts(load_playbook())
    call = Call(tool="pass_clauses", arguments={"clauses": clauses}, state=state, context=None)
    assert facts(call) == {"may_pass": False}
    assert facts(replace(call, arguments={"clauses": ["5"]})) == {"may_pass": True}


def test_a_clause_with_hidden_characters_goes_to_a_lawyer(desk: ContractDesk, tmp_path: Path) -> None:
    odd = tmp_path / "odd.txt"
    odd.write_text(SHORT.replace("The goods are blue", "The goods\u200b are\u202e blue"), encoding="utf-8")
    review = desk.desk.review(desk.start(odd)["5"].id)
    assert {flag.path for flag in review.current.flags} == {"/original", "/wording"}


def read_paper_of(text: str) -> Any:
    return typeset(text.strip().split("\n\n"))


def test_the_example_reaches_a_sent_redline(capsys: pytest.CaptureFixture[str]) -> None:
    path = contract_review.main()
    told = capsys.readouterr().out
    assert "Changed: 3.2, 4.1, 4.2, 6.2, 7.2, 7.3. Still open: 6.1." in told
    assert "Sent: 1 mail." in told
    assert any("forty-five (45) days" in text for text in accepted(docx.Document(str(path))))
