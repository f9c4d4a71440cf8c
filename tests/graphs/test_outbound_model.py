from __future__ import annotations

from pathlib import Path

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage

from graphs.chat_model import ModelMissing, open_model
from graphs.outbound_copy.briefs import brief_input, brief_text, load_briefs
from graphs.outbound_copy.model import ScriptedCopywriter, load_script
from tests.support.outbound import BRIEFS, Conversation

CHANGES = "Not run. ann@example.com requested changes: Please mend the marked words.\nMake the changes."


def test_every_brief_has_a_script_and_a_customer_on_record(tmp_path: Path) -> None:
    assert set(load_script()) == set(BRIEFS)
    assert len(BRIEFS) == 13
    retail = Conversation(BRIEFS["thank-you"], tmp_path).retail
    for brief in BRIEFS.values():
        assert brief.customer_id in retail.customers
        assert brief.product is None or retail.find_product(brief.product)


def test_a_brief_becomes_plain_input() -> None:
    brief = BRIEFS["boot-offer"]
    given = brief_input(brief)
    assert given["messages"] == [{"role": "user", "content": brief_text(brief)}]
    assert (given["customer_id"], given["brief"]) == ("ivan_rossi_9776", "boot-offer")
    assert brief.shows not in brief_text(brief)


def test_a_brief_that_stands_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "briefs.yaml"
    one = "- {id: a, customer_id: b, title: c, ask: d, shows: e}\n"
    path.write_text(one * 2, encoding="utf-8")
    with pytest.raises(ValueError, match="stands twice"):
        load_briefs(path)


def test_the_stand_in_looks_up_before_it_writes(tmp_path: Path) -> None:
    conversation = Conversation(BRIEFS["boot-offer"], tmp_path / "box")
    call = conversation.until_mail()
    assert call is not None
    names = [c["name"] for m in conversation.messages if isinstance(m, AIMessage) for c in m.tool_calls]
    assert names == ["find_customer", "order_history", "find_product", "send_email"]
    assert call["args"]["to"] == "ivan.rossi1946@example.com"
    assert call["args"]["discount_percent"] == 10.0
    assert "10% off" in call["args"]["body"]
    assert "from $212.91 instead of $236.57" in call["args"]["body"]


def test_the_same_brief_gives_the_same_words(tmp_path: Path) -> None:
    calls = [Conversation(BRIEFS["thank-you"], tmp_path / str(n)).until_mail() for n in range(2)]
    assert calls[0] == calls[1]
    assert calls[0] is not None


@pytest.mark.parametrize("name", BRIEFS)
def test_drafts_have_no_place_left_open(name: str, tmp_path: Path) -> None:
    brief = BRIEFS[name]
    conversation = Conversation(brief, tmp_path)
    greeting = f"Hi {conversation.retail.customers[brief.customer_id].first_name},"
    first = conversation.until_mail()
    assert first is not None
    conversation.refuse(first, CHANGES)
    second = conversation.until_mail()
    assert second is not None
    assert first["args"] != second["args"]
    for call in (first, second):
        assert not {"{", "}"} & set(call["args"]["subject"] + call["args"]["body"])
        assert call["args"]["body"].startswith(greeting)


def test_after_sending_it_stops_and_says_what_it_is(tmp_path: Path) -> None:
    conversation = Conversation(BRIEFS["thank-you"], tmp_path / "box")
    call = conversation.until_mail()
    assert call is not None
    conversation.send(call)
    assert conversation.until_mail() is None
    assert conversation.messages[-1].content == "[scripted stand-in, no language model] The mail is sent."


def test_an_edit_is_acknowledged_and_left_alone(tmp_path: Path) -> None:
    conversation = Conversation(BRIEFS["thank-you"], tmp_path / "box")
    call = conversation.until_mail()
    assert call is not None
    message = conversation.send(call)
    note = "[ann@example.com edited the arguments before this ran. It ran with: {}.]"
    conversation.messages[-1] = message.model_copy(update={"content": f"{message.content}\n{note}"})
    assert conversation.until_mail() is None
    assert "edited" in str(conversation.messages[-1].content)


@pytest.mark.parametrize(
    "answer",
    [
        "Not run. ann@example.com rejected this call: No.\nDo not call it again for this purpose.",
        "Not run. Nobody decided in time, so the call expired. Do not repeat it by yourself.",
        "Not run. The brief is about another customer.",
    ],
)
def test_after_a_refusal_it_stops(tmp_path: Path, answer: str) -> None:
    conversation = Conversation(BRIEFS["chair-price"], tmp_path)
    call = conversation.until_mail()
    assert call is not None
    conversation.refuse(call, answer)
    assert conversation.until_mail() is None
    assert "I stop here" in str(conversation.messages[-1].content)


def test_it_does_not_redraft_for_ever(tmp_path: Path) -> None:
    conversation = Conversation(BRIEFS["strategic-check-in"], tmp_path)
    drafts = []
    while (call := conversation.until_mail()) is not None:
        drafts.append(call["args"]["body"])
        conversation.refuse(call, CHANGES)
    assert len(drafts) == len(set(drafts)) == 3


def test_a_second_brief_on_the_same_thread_starts_over(tmp_path: Path) -> None:
    conversation = Conversation(BRIEFS["thank-you"], tmp_path / "box")
    call = conversation.until_mail()
    assert call is not None
    conversation.send(call)
    conversation.messages.append(HumanMessage(brief_text(BRIEFS["thermostat-tips"])))
    second = conversation.until_mail()
    assert second is not None
    assert second["args"]["to"] == "raj.anderson6756@example.com"


def test_what_it_does_not_know_it_says() -> None:
    answer = ScriptedCopywriter().invoke("Write a poem")
    assert "I know only the briefs" in str(answer.content)


def test_the_model_is_chosen_by_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert open_model(None, ScriptedCopywriter)._llm_type == "scripted-stand-in"
    (tmp_path / "own_models.py").write_text(
        "from graphs.outbound_copy.model import ScriptedCopywriter\n"
        "def good(): return ScriptedCopywriter()\n"
        "def wrong(): return 'text'\n"
        "def broken(): raise RuntimeError('no key')\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert isinstance(open_model("own_models:good", ScriptedCopywriter), BaseChatModel)
    with pytest.raises(ModelMissing, match="made a str, which is no chat model"):
        open_model("own_models:wrong", ScriptedCopywriter)
    with pytest.raises(ModelMissing, match="RuntimeError: no key"):
        open_model("own_models:broken", ScriptedCopywriter)


def test_an_unknown_provider_is_named() -> None:
    with pytest.raises(ModelMissing, match="SIGNOFF_MODEL=nosuchprovider:some-model"):
        open_model("nosuchprovider:some-model", ScriptedCopywriter)
