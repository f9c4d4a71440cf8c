"""The shop's own database: filled from the record, changed once per key, whole or not at all."""

from __future__ import annotations

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest

from graphs.refund.books import amount, cents
from graphs.refund.reads import reading_tools
from graphs.refund.rules import Refused
from graphs.refund.shop import plain
from graphs.refund.system import KeyReused, Shop, open_shop
from graphs.retail import SAMPLE, DataMissing
from tests.support.retail import new_shop

CANCEL = ("cancel_pending_order", {"order_id": "#W8306539", "reason": "no longer needed"})


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return new_shop(tmp_path)


def test_the_record_is_in_it_to_the_cent(shop: Shop) -> None:
    raw = json.loads(SAMPLE.read_text(), parse_float=Decimal)
    with shop.reading() as books:
        for order_id, there in raw["orders"].items():
            order = books.order(order_id)
            assert order is not None
            assert [(i.item_id, i.price, i.options) for i in order.items] == [
                (i["item_id"], i["price"], i["options"]) for i in there["items"]
            ]
            assert [(p.kind, p.amount, p.method_id) for p in order.payments] == [
                (p["transaction_type"], p["amount"], p["payment_method_id"]) for p in there["payment_history"]
            ]
            assert (order.status, vars(order.address)) == (there["status"], there["address"])
        for user_id, there in raw["users"].items():
            owner = books.customer(user_id)
            assert owner is not None
            assert {m.id: m.balance for m in owner.methods} == {
                key: method.get("balance") for key, method in there["payment_methods"].items()
            }
            assert set(owner.orders) == set(there["orders"])


def test_the_same_key_is_the_same_request(shop: Shop) -> None:
    first = shop.carry_out("k1", *CANCEL)
    after = shop.rows()
    assert shop.carry_out("k1", *CANCEL) == first
    assert shop.rows() == after
    assert json.loads(first)["status"] == "cancelled"
    assert (shop.was_carried_out("k1", {}), shop.was_carried_out("k2", {})) == (True, False)
    with pytest.raises(KeyReused):
        shop.carry_out("k1", "cancel_pending_order", {**CANCEL[1], "reason": "ordered by mistake"})
    assert shop.rows() == after


def test_what_is_refused_changes_nothing_and_uses_no_key(shop: Shop) -> None:
    shop.carry_out("k1", *CANCEL)
    before = shop.rows()
    with pytest.raises(Refused, match="is cancelled"):
        shop.carry_out("k2", *CANCEL)
    assert shop.rows() == before
    assert list(shop.requests()) == ["k1"]


def test_of_two_requests_at_once_one_is_refused(shop: Shop) -> None:
    def cancel(key: str) -> bool:
        try:
            shop.carry_out(key, *CANCEL)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(cancel, "abcd")) == [False, False, False, True]
    with shop.reading() as books:
        owner = books.customer("daiki_jackson_4362")
        assert owner is not None
        assert [m.balance for m in owner.methods] == [Decimal("215.17")]


def test_refunds_of_the_last_thirty_days_count(shop: Shop) -> None:
    shop.carry_out("k1", *CANCEL)
    assert shop.refunded_lately("daiki_jackson_4362") == Decimal("154.17")
    assert shop.refunded_lately("noah_brown_6181") == 0
    connection = sqlite3.connect(shop.path)
    with connection:
        connection.execute("UPDATE requests SET at = datetime('now', '-31 days')")
    connection.close()
    assert shop.refunded_lately("daiki_jackson_4362") == 0


def test_looking_cannot_change_anything(shop: Shop) -> None:
    with shop.reading() as books:
        order = books.order("#W8306539")
        assert order is not None
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            books._update("orders", {"id": order.id, "status": "lost"}, ("id",))


def test_a_shop_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    shop = new_shop(tmp_path)
    shop.carry_out("k1", *CANCEL)
    assert open_shop(shop.path, None).rows() == shop.rows()
    assert open_shop(shop.path, None).was_carried_out("k1", {})


@pytest.mark.parametrize("content", ["", "[]", '{"users": {"a": {}}, "orders": {}, "products": {}}'])
def test_a_record_of_another_shape_makes_no_shop(tmp_path: Path, content: str) -> None:
    data = tmp_path / "data"
    (data / "tau2_retail").mkdir(parents=True)
    (data / "tau2_retail" / "db.json").write_text(content)
    with pytest.raises(DataMissing, match="no retail record"):
        open_shop(tmp_path / "shop.db", data)
    assert not (tmp_path / "shop.db").exists()


def test_look_ups_answer_or_say_what_is_missing(shop: Shop) -> None:
    tools = {tool.name: tool for tool in reading_tools(shop)}

    def ask(name: str, **arguments: str) -> tuple[str, str]:
        answer = tools[name].invoke({"name": name, "args": arguments, "id": "c", "type": "tool_call"})
        return answer.status, answer.text

    assert ask("find_user_id_by_email", email="NOAH.brown7922@example.com") == ("success", "noah_brown_6181")
    by_name = {"first_name": "noah", "last_name": "Brown", "zip": "80279"}
    assert ask("find_user_id_by_name_zip", **by_name) == ("success", "noah_brown_6181")
    assert ask("calculate", expression="1 + 1") == ("success", "2.00")
    with shop.reading() as books:
        assert json.loads(ask("get_order_details", order_id="#W7678072")[1]) == plain(
            books.order("#W7678072")
        )
        assert json.loads(ask("get_item_details", item_id="2323972008")[1])["name"] == "Electric Kettle"
        [kettle] = [
            v for k, v in json.loads(ask("list_all_product_types")[1]).items() if k == "Electric Kettle"
        ]
        assert json.loads(ask("get_product_details", product_id=kettle)[1])["name"] == "Electric Kettle"
    assert json.loads(ask("get_user_details", user_id="noah_brown_6181")[1])["orders"] == ["#W7678072"]
    for name, arguments in {
        "find_user_id_by_email": {"email": "nobody@example.com"},
        "find_user_id_by_name_zip": {**by_name, "zip": "1"},
        "get_user_details": {"user_id": "x"},
        "get_order_details": {"order_id": "W7678072"},
        "get_product_details": {"product_id": "x"},
        "get_item_details": {"item_id": "x"},
        "calculate": {"expression": "1 / 0"},
    }.items():
        status, text = ask(name, **arguments)
        assert (status, text.startswith(("There is no", "Cannot be"))) == ("error", True), name


def test_cents_are_exact() -> None:
    assert (cents(Decimal("12.30")), amount(1230)) == (1230, Decimal("12.30"))
    with pytest.raises(ValueError, match="cents"):
        cents(Decimal("0.005"))
