"""The sample requests through the guarded graph: what passes, what waits, what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import ToolMessage

from graphs.refund import FlowSettings, build, load_requests, request_input
from graphs.refund.facts import refund_facts
from graphs.refund.planning import CHANGES
from graphs.refund.settings import HERE
from graphs.refund.system import Shop
from graphs.refund.written import sections_for
from signoff import Call, Desk
from signoff.policy.load import load_policy
from signoff.testing import Answer, Line, ScriptedReviewer
from tests.support.retail import given_data, new_shop

REQUESTS = {request.id: request for request in load_requests()}
WAITS = {
    "large-cancel": "large-refund",
    "adds-up": "refunds-add-up",
    "parcel-elsewhere": "valuable-parcel-elsewhere",
}
REFUSED = {"somebody-elses": "another customer", "wrong-state": "not in a state"}


class Counter:
    """A desk with the flow on it, and one conversation at a time."""

    def __init__(self, folder: Path) -> None:
        policy = load_policy(HERE / "policy.yaml").model_copy(update={"settling": timedelta(0)})
        self.desk = Desk.open(f"sqlite:///{folder / 'signoff.db'}", policy=policy)
        self.shop = Shop(folder / "shop.db")
        self.graph = build(self.desk, FlowSettings(shop=self.shop.path))

    def serve(self, name: str, **changed: Any) -> list[ToolMessage]:
        given = {**request_input(REQUESTS[name]), **changed}
        self.graph.invoke(given, self._config(name), durability="sync")
        return self.answers(name)

    def answers(self, name: str) -> list[ToolMessage]:
        messages = self.graph.get_state(self._config(name)).values["messages"]
        return [message for message in messages if isinstance(message, ToolMessage)]

    def rule_of(self, name: str) -> str | None:
        [review] = self.desk.reviews(name)
        return self.desk.review(review.id).current.verdict.rule

    def _config(self, name: str) -> Any:
        return {"configurable": {"thread_id": name}}


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path)
    yield made
    made.desk.close()


@pytest.fixture(scope="module")
def busy_counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """One that serves all of the sample requests."""
    made = Counter(tmp_path_factory.mktemp("counter"))
    yield made
    made.desk.close()


@pytest.mark.parametrize("name", REQUESTS)
def test_each_request_takes_its_way(busy_counter: Counter, name: str) -> None:
    counter = busy_counter
    answers = counter.serve(name)
    if name in WAITS:
        assert counter.rule_of(name) == WAITS[name]
    else:
        assert counter.desk.reviews(name) == []
        assert len(answers) == len(REQUESTS[name].calls)
    refused = [answer.text for answer in answers if answer.status == "error"]
    assert [REFUSED[name] in text for text in refused] == ([True] if name in REFUSED else [])
    passed = [effect for effect in counter.desk.effects(name) if effect.review_id is None]
    assert {effect.rule for effect in passed} <= {"routine", "hand-over"}
    assert set(counter.shop.requests()) >= {str(effect.id) for effect in passed}


def test_an_approved_cancellation_happens_once_under_the_ledgers_key(counter: Counter) -> None:
    counter.serve("large-cancel")
    assert counter.shop.requests() == {}
    ScriptedReviewer(counter.desk, [Line(Answer.approve())]).carry_through(counter.graph, "large-cancel")
    [effect] = counter.desk.effects("large-cancel")
    assert list(counter.shop.requests()) == [effect.id]
    assert counter.answers("large-cancel")[-1].status == "success"
    with counter.shop.reading() as books:
        order = books.order("#W8955613")
        assert order is not None
        assert order.status == "cancelled"


def test_a_rejected_one_leaves_the_shop_as_it_was(counter: Counter) -> None:
    before = counter.shop.rows()
    counter.serve("large-cancel")
    ScriptedReviewer(counter.desk, [Line(Answer.reject("No."))]).carry_through(counter.graph, "large-cancel")
    assert counter.shop.rows() == before
    assert "rejected this call: No." in counter.answers("large-cancel")[-1].text


def test_what_the_record_no_longer_allows_is_refused_after_the_approval(counter: Counter) -> None:
    counter.serve("large-cancel")
    counter.shop.carry_out("other", "cancel_pending_order", REQUESTS["large-cancel"].calls[-1].arguments)
    before = counter.shop.rows()
    ScriptedReviewer(counter.desk, [Line(Answer.approve())]).carry_through(counter.graph, "large-cancel")
    [effect] = counter.desk.effects("large-cancel")
    assert (effect.state, "is cancelled" in effect.error) == ("failed", True)
    assert counter.shop.rows() == before


def test_nobody_signed_in_means_a_person_looks(counter: Counter) -> None:
    counter.serve("small-return", customer_id="")
    assert counter.rule_of("small-return") == "nobody-signed-in"


def test_a_request_is_started_by_its_name_and_an_unknown_one_is_named(counter: Counter) -> None:
    config: Any = {"configurable": {"thread_id": "t"}}
    counter.graph.invoke({"request": "small-return"}, config, durability="sync")
    assert [effect.tool for effect in counter.desk.effects("t")] == ["return_delivered_order_items"]
    with pytest.raises(ValueError, match="small-return"):
        counter.graph.invoke({"request": "x"}, {"configurable": {"thread_id": "u"}})


def facts_of(shop: Shop, tool: str, signed_in: str = "noah_brown_6181", **arguments: Any) -> dict[str, Any]:
    call = Call(tool=tool, arguments=arguments, state={"customer_id": signed_in}, context=None)
    return refund_facts(shop, None)(call)


def test_facts_come_from_the_record(tmp_path: Path) -> None:
    shop = new_shop(tmp_path)
    facts = facts_of(
        shop, "return_delivered_order_items",
        order_id="#W7678072", item_ids=["2323972008", "3557711149"], payment_method_id="paypal_5727330",
    )  # fmt: skip
    assert (facts["own"], facts["obstacle"], facts["refund"]) == (True, "", Decimal("352.33"))
    assert facts["money_moves_to"] == "paypal paypal_5727330"
    assert facts["order_items"][0] == {"item": "Electric Kettle", "price": Decimal("146.98")}
    nowhere = facts_of(shop, "cancel_pending_order", order_id="#W0", reason="no longer needed")
    assert (nowhere["own"], nowhere["obstacle"], nowhere["refund"]) == (False, "unknown", 0)


@pytest.mark.parametrize(("street", "known"), [("986  sunset drive", True), ("987 Sunset Drive", False)])
def test_the_customers_own_address_is_known(tmp_path: Path, street: str, known: bool) -> None:
    facts = facts_of(
        new_shop(tmp_path), "modify_user_address",
        user_id="noah_brown_6181", address1=street, address2="Suite 259", city="Denver", state="CO",
        country="USA", zip="80279",
    )  # fmt: skip
    assert facts["address_known"] is known


def test_an_address_made_known_a_moment_ago_does_not_count(tmp_path: Path) -> None:
    shop = new_shop(tmp_path)
    address = {
        "address1": "1 New Road", "address2": "", "city": "Denver", "state": "CO", "country": "USA",
        "zip": "80201",
    }  # fmt: skip
    shop.carry_out("k", "modify_user_address", {"user_id": "fatima_muller_6713", **address})
    facts = facts_of(
        shop, "modify_pending_order_address", "fatima_muller_6713", order_id="#W4160705", **address
    )
    assert (facts["address_known"], facts["order_total"]) == (False, Decimal("3895.52"))


def test_the_written_policy_is_quoted_for_every_tool() -> None:
    text = (given_data() / "tau2_retail" / "policy.md").read_text()
    quoted = {tool: sections_for(tool, text) for tool in CHANGES}
    assert all(part in text for section in quoted.values() for part in section.split("\n\n"))
    assert "'delivered'" in quoted["return_delivered_order_items"]
    assert "gift card" in quoted["modify_pending_order_payment"]
    assert sections_for("transfer_to_human_agents", text).startswith("# Retail agent policy")
    assert "## " not in sections_for("transfer_to_human_agents", text)
