"""From two systems that disagree to two that agree, each value by somebody's answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import SchemaError
from langgraph.graph import START, StateGraph

from graphs.data_sync import FlowSettings, build
from graphs.data_sync.conflicts import compare
from graphs.data_sync.settings import HERE
from graphs.data_sync.state import SyncState
from graphs.data_sync.systems import Edit, KeyReused, Stale, System, open_system
from graphs.data_sync.tools import writing_tools
from signoff import Desk, Question, Review
from signoff.domain.errors import VoteInvalid
from signoff.policy.load import load_policy
from signoff.testing import Answer, Line, ScriptedReviewer

CONFIG: Any = {"configurable": {"thread_id": "sync"}}
TAX = Line(Answer.answer("74-5112999"), title="Tax number*")


class Sync:
    """A desk with the flow on it, and the two systems."""

    def __init__(self, folder: Path) -> None:
        policy = load_policy(HERE / "policy.yaml").model_copy(update={"settling": timedelta(0)})
        self.desk = Desk.open(f"sqlite:///{folder / 'signoff.db'}", policy=policy)
        self.graph = build(self.desk, FlowSettings(folder / "crm.db", folder / "erp.db"))
        self.crm = System("CRM", folder / "crm.db")
        self.erp = System("ERP", folder / "erp.db")
        self.me = self.desk.add_person("ana@example.com", "Ana")

    def start(self) -> list[Review]:
        self.graph.invoke({}, CONFIG, durability="sync")
        return self.desk.reviews("sync")

    def answer(self, *lines: Line) -> None:
        ScriptedReviewer(self.desk, lines, self.me).decide("sync")
        self.desk.resume_due(self.graph)

    def values(self) -> Any:
        return self.graph.get_state(CONFIG).values


@pytest.fixture
def sync(tmp_path: Path) -> Iterator[Sync]:
    made = Sync(tmp_path)
    yield made
    made.desk.close()


def use(system: str, sync: Sync, review: Review) -> Line:
    choices = sync.desk.review(review.id).original.arguments["choices"]
    [choice] = [choice for choice in choices if f"Use {system}" in choice]
    return Line(Answer.answer(choice), title=review.title)


def test_all_questions_are_open_at_once_and_nothing_is_written_before(sync: Sync) -> None:
    before = (sync.crm.accounts(), sync.erp.accounts())
    reviews = sync.start()
    assert len(reviews) == len({review.title for review in reviews}) == 10
    first = reviews[0]
    choices = sync.desk.review(first.id).original.arguments["choices"]
    sync.desk.vote(first.id, "answer", by=sync.me.id, digest=first.digest, answer=choices[0])
    sync.desk.resume_due(sync.graph)
    assert (sync.crm.accounts(), sync.erp.accounts()) == before
    assert len(sync.desk.reviews("sync")) == 9
    assert sync.desk.effects("sync") == []


def test_using_one_system_throughout_makes_both_agree(sync: Sync) -> None:
    crm = sync.crm.accounts()
    sync.answer(*(use("CRM", sync, review) for review in sync.start()))
    assert sync.crm.accounts() == crm
    found = compare(sync.crm.accounts(), sync.erp.accounts())
    assert (found.conflicts, found.alike) == ((), 4)
    [effect] = sync.desk.effects("sync")
    assert (effect.tool, effect.rule, effect.state) == ("update_erp", "decided", "succeeded")
    assert sync.values()["results"] == ["erp: 15 values changed in ERP."]


def test_each_value_is_traced_to_the_answer_that_chose_it(sync: Sync) -> None:
    reviews = sync.start()
    sync.answer(TAX, *(use("ERP", sync, review) for review in reviews))
    effects = {effect.tool: effect.arguments["changes"] for effect in sync.desk.effects("sync")}
    assert {tool: len(changes) for tool, changes in effects.items()} == {"update_crm": 15, "update_erp": 1}
    titles = {str(review.id): review.title for review in reviews}
    terms = [c for c in effects["update_crm"] if titles[c["decision"]].startswith("Payment terms of 4")]
    assert [c["account"] for c in terms] == ["A-1002", "A-1004", "A-1007", "A-1011"]
    assert len({c["decision"] for c in terms}) == 1
    for change in (*effects["update_crm"], *effects["update_erp"]):
        file = sync.desk.review(change["decision"])
        assert (file.review.outcome, file.review.decided_by) == ("answered", "Ana")
        assert change["account"] in file.original.arguments["details"]
    for system in (sync.crm, sync.erp):
        assert system.accounts()["A-1010"]["tax_id"] == "74-5112999"
    assert sync.desk.verify_audit() > 20


def test_a_custom_value_that_does_not_fit_is_refused(sync: Sync) -> None:
    [tax] = [review for review in sync.start() if review.title.startswith("Tax")]
    for answer in ("745112999", "", {"Use CRM": "74-5112999"}, 745112999):
        with pytest.raises(VoteInvalid):
            sync.desk.vote(tax.id, "answer", by=sync.me.id, digest=tax.digest, answer=answer)
    assert tax.id in {review.id for review in sync.desk.reviews("sync")}


def test_what_nobody_decides_stays_as_it_is(sync: Sync) -> None:
    before = (sync.crm.accounts(), sync.erp.accounts())
    sync.start()
    sync.answer(Line(Answer.reject("Ask them.")))
    assert (sync.crm.accounts(), sync.erp.accounts()) == before
    assert len(sync.values()["undecided"]) == 10
    assert sync.desk.effects("sync") == []


def test_a_record_that_changed_meanwhile_is_not_overwritten(sync: Sync) -> None:
    reviews = sync.start()
    sync.erp.carry_out("other", [Edit("A-1003", "payment_terms", "Net 30", "Net 15", "")])
    before = sync.erp.accounts()
    sync.answer(TAX, *(use("CRM", sync, review) for review in reviews))
    assert sync.erp.accounts() == before
    states = {effect.tool: (effect.state, effect.error) for effect in sync.desk.effects("sync")}
    assert states["update_crm"][0] == "succeeded"
    assert states["update_erp"][0] == "failed"
    assert "no longer says what was decided about" in states["update_erp"][1]


@pytest.mark.parametrize(
    "forged",
    [
        {"after": "Net 15"},
        {"account": "A-1001", "before": "NET30"},
        {"decision": "rev_unknown"},
        {"decision": "other"},
    ],
)
def test_a_write_that_its_answers_do_not_cover_waits(
    sync: Sync, forged: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    reviews = sync.start()
    other = next(review.id for review in reviews if review.title.startswith("City"))
    forged = {key: other if value == "other" else value for key, value in forged.items()}
    import graphs.data_sync.graph as flow

    real = flow._edits

    def with_one_forged(*given: Any) -> Any:
        edits = real(*given)
        [first, *rest] = sorted(edits["erp"], key=lambda edit: edit["field"] != "payment_terms")
        return {**edits, "erp": [{**first, **forged}, *rest]}

    monkeypatch.setattr(flow, "_edits", with_one_forged)
    before = sync.erp.accounts()
    sync.answer(*(use("CRM", sync, review) for review in reviews))
    [waiting] = sync.desk.reviews("sync")
    assert (waiting.tool, sync.desk.review(waiting.id).current.verdict.rule) == ("update_erp", "not-decided")
    assert sync.erp.accounts() == before


def test_answers_of_another_run_are_no_authority(sync: Sync, monkeypatch: pytest.MonkeyPatch) -> None:
    reviews = sync.start()
    import graphs.data_sync.graph as flow

    sync.graph.invoke({}, {"configurable": {"thread_id": "second"}}, durability="sync")
    ids = {review.title: review.id for review in sync.desk.reviews("second")}
    titles = {str(review.id): review.title for review in reviews}
    real = flow._edits

    def borrowed(*given: Any) -> Any:
        edits = real(*given)
        return {
            system: [{**edit, "decision": ids[titles[edit["decision"]]]} for edit in listed]
            for system, listed in edits.items()
        }

    ScriptedReviewer(sync.desk, [use("CRM", sync, review) for review in reviews], sync.me).decide()
    monkeypatch.setattr(flow, "_edits", borrowed)
    sync.desk.resume(sync.graph, "sync")
    [waiting] = sync.desk.reviews("sync")
    assert sync.desk.review(waiting.id).current.verdict.rule == "not-decided"


def test_systems_that_agree_need_nobody(sync: Sync) -> None:
    sync.answer(*(use("CRM", sync, review) for review in sync.start()))
    sync.graph.invoke({}, {"configurable": {"thread_id": "again"}}, durability="sync")
    assert sync.desk.reviews("again") == []
    assert sync.graph.get_state({"configurable": {"thread_id": "again"}}).values["conflicts"] == []


def test_a_question_with_a_broken_schema_is_never_asked(sync: Sync) -> None:
    def ask(state: SyncState) -> SyncState:
        sync.desk.ask(Question("Which?", other={"type": "nonsense"}), key="q")
        return {}

    builder = StateGraph(SyncState)
    builder.add_node("ask", ask)
    builder.add_edge(START, "ask")
    graph = builder.compile(checkpointer=sync.desk.saver())
    with pytest.raises(SchemaError, match="nonsense"):
        graph.invoke({}, {"configurable": {"thread_id": "broken"}})
    assert sync.desk.reviews("broken") == []


def test_a_batch_is_made_once_whole_or_not_at_all(tmp_path: Path) -> None:
    erp = open_system("ERP", tmp_path / "erp.db", HERE / "sample" / "erp.yaml")
    good = Edit("A-1003", "city", "New York", "Albany", "rev_1")
    before = erp.accounts()
    for wrong in (
        Edit("A-1004", "city", "Denver", "Boulder", "rev_1"),
        Edit("A-0000", "city", "Denver", "Boulder", "rev_1"),
        Edit("A-1004", "city = 'x' --", "Indianapolis", "Boulder", "rev_1"),
    ):
        with pytest.raises(Stale):
            erp.carry_out("k", [good, wrong])
        assert erp.accounts() == before
    assert erp.carry_out("k", [good]) == erp.carry_out("k", [good]) == "1 values changed in ERP."
    assert erp.accounts()["A-1003"]["city"] == "Albany"
    assert (erp.was_carried_out("k", {}), erp.was_carried_out("l", {})) == (True, False)
    with pytest.raises(KeyReused):
        erp.carry_out("k", [Edit("A-1003", "city", "Albany", "Troy", "rev_1")])


def test_the_tools_take_changes_and_hide_the_key(tmp_path: Path) -> None:
    crm = open_system("CRM", tmp_path / "crm.db", HERE / "sample" / "crm.yaml")
    update_crm, _ = writing_tools(crm, crm)
    schema: Any = update_crm.tool_call_schema
    assert list(schema.model_json_schema()["properties"]) == ["changes"]
    with pytest.raises(ValueError, match="at least 1"):
        update_crm.invoke({"changes": [], "request_key": "k"})


def test_a_sample_that_does_not_fit_makes_no_system(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("A-1: {name: Elm}\n")
    with pytest.raises(ValueError, match="A-1 must have"):
        open_system("CRM", tmp_path / "crm.db", tmp_path / "bad.yaml")
    assert not (tmp_path / "crm.db").exists()
