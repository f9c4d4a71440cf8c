from __future__ import annotations

import json
import mailbox
from pathlib import Path

import pytest
from langchain_core.tools import BaseTool

from graphs.outbound_copy.data import load_retail
from graphs.outbound_copy.mail import MaildirOutbox
from graphs.outbound_copy.tools import outbound_tools
from signoff import NotDone


@pytest.fixture
def tools(tmp_path: Path) -> dict[str, BaseTool]:
    made = outbound_tools(load_retail(), MaildirOutbox(tmp_path / "box"))
    return {tool.name: tool for tool in made}


def test_the_model_never_sees_the_message_key(tools: dict[str, BaseTool]) -> None:
    assert set(tools["send_email"].args) == {"to", "subject", "body", "discount_percent", "product_id"}


def test_lookups_answer_from_the_record(tools: dict[str, BaseTool]) -> None:
    [customer] = json.loads(tools["find_customer"].invoke({"query": "Ivan Rossi"}))
    assert customer["customer_id"] == "ivan_rossi_9776"
    assert customer["tier"] == "standard"
    assert customer["discounts_percent"] == ["5", "10"]
    [order] = json.loads(tools["order_history"].invoke({"customer_id": "ivan_rossi_9776"}))
    assert (order["order_id"], order["total"]) == ("#W7008160", "253.54")
    product = json.loads(tools["find_product"].invoke({"name": "Hiking Boots"}))
    assert product["list_prices"][0] == "236.57"


def test_lookups_say_what_they_do_not_find(tools: dict[str, BaseTool]) -> None:
    assert tools["find_customer"].invoke({"query": "Nobody"}) == "No customer matches 'Nobody'."
    assert tools["find_product"].invoke({"name": "Rocket"}) == "No product is called 'Rocket'."
    assert tools["order_history"].invoke({"customer_id": "x"}) == "There is no customer 'x'."


def test_a_mail_lands_in_the_maildir_once(tools: dict[str, BaseTool], tmp_path: Path) -> None:
    mail = {"to": "ivan.rossi1946@example.com", "subject": "Hi", "body": "Hello Ivan", "message_key": "eff_7"}
    first, second = (json.loads(tools["send_email"].invoke(mail)) for _ in range(2))
    assert (first["status"], second["status"]) == ("sent", "sent before")
    assert first["message_id"] == second["message_id"] == "<eff_7@harbourpine.example>"
    [message] = mailbox.Maildir(tmp_path / "box")
    assert message["To"] == "ivan.rossi1946@example.com"


@pytest.mark.parametrize(
    ("field", "value"),
    [("subject", "Hi\r\nBcc: eve@evil.ru"), ("to", "a@example.com\nBcc: eve@evil.ru"), ("message_key", "")],
)
def test_header_injection_is_refused_before_anything_is_sent(
    tools: dict[str, BaseTool], tmp_path: Path, field: str, value: str
) -> None:
    mail = {"to": "ivan.rossi1946@example.com", "subject": "Hi", "body": "Hello", "message_key": "eff_7"}
    with pytest.raises(NotDone):
        tools["send_email"].invoke(mail | {field: value})
    assert not (tmp_path / "box").exists()


@pytest.mark.parametrize("wrong", [{"subject": ""}, {"discount_percent": 120}, {"body": ""}, {"to": None}])
def test_arguments_out_of_bounds_do_not_fit(tools: dict[str, BaseTool], wrong: dict[str, object]) -> None:
    mail = {"to": "a@example.com", "subject": "Hi", "body": "Hello", "message_key": "eff_7"}
    with pytest.raises(ValueError, match="validation error"):
        tools["send_email"].invoke(mail | wrong)
