"""The deal desk: its automated path, its two stages, and the way back to sales."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from graphs.deal_desk import trigger
from graphs.deal_desk.crm import LocalCrm
from signoff import EffectState, Outcome
from signoff.domain.errors import AlreadyDecided, NotEligible
from signoff.domain.run import RunStatus
from tests.support.deals import DealDesk

STANDARD, DISCOUNT, STRATEGIC, WORDING, EARLY = (f"D-100{n}" for n in range(1, 6))
STEPS = ["create_contract", "send_contract", "update_deal"]


@pytest.fixture
def deals(sqlite_url: str, tmp_path: Path) -> Iterator[DealDesk]:
    made = DealDesk(sqlite_url, tmp_path)
    yield made
    made.desk.close()


def test_a_standard_deal_is_contracted_by_named_rules_alone(deals: DealDesk) -> None:
    assert deals.run(STANDARD) is None
    effects = deals.effects(STANDARD)
    assert [effect.tool for effect in effects] == STEPS
    assert [effect.rule for effect in effects] == [
        "standard-pricing",
        "send-what-was-agreed",
        "note-what-happened",
    ]
    assert {effect.state for effect in effects} == {EffectState.SUCCEEDED}
    contract = deals.systems.contracts.of_deal(STANDARD, 1)
    assert contract is not None
    assert contract.key == effects[0].id
    assert str(contract.total) == "17664.00"  # 80 seats at 240.00, less 8 %
    [mail] = deals.mails()
    assert (mail["To"], mail["Subject"]) == (
        "ines.duarte@kestrel.example",
        f"For your signature: contract {contract.id}",
    )
    assert "17,664.00 USD" in mail.as_string()
    deal = deals.systems.crm.deal(STANDARD)
    assert (deal.stage, deal.contract_id) == ("signing", contract.id)
    assert deals.messages(STANDARD)[-1].text == f"Contract {contract.id} is out for signature."


@pytest.mark.parametrize(
    ("deal_id", "rule", "flags"),
    [
        (DISCOUNT, "exception-discount", 0),
        (STRATEGIC, "strategic-account", 0),
        (WORDING, "exception-terms", 3),
    ],
)
def test_exceptions_and_strategic_accounts_wait_for_two_stages(
    deals: DealDesk, deal_id: str, rule: str, flags: int
) -> None:
    review = deals.run(deal_id)
    assert review is not None
    file = deals.desk.review(review.id)
    assert file.current.verdict.rule == rule
    assert [stage.spec.name for stage in file.stages] == ["sales lead", "legal"]
    assert len(file.current.flags) == flags
    assert deals.effects(deal_id) == []
    assert deals.systems.contracts.of_deal(deal_id, 1) is None


def test_a_deal_that_is_not_in_contracting_does_nothing(deals: DealDesk) -> None:
    assert deals.run(EARLY) is None
    assert deals.effects(EARLY) == []
    assert deals.messages(EARLY)[-1].text == f"{EARLY} is in negotiation; there is nothing to contract."


def test_sales_lead_then_legal_and_three_effects_follow(deals: DealDesk) -> None:
    review = deals.run(STRATEGIC)
    assert review is not None
    with pytest.raises(NotEligible, match="waits for other people"):
        deals.vote(review, "approve", deals.nora)
    assert deals.vote(review, "approve", deals.lea).stage == 2
    deals.go_on()
    assert deals.effects(STRATEGIC) == []
    with pytest.raises(NotEligible, match="waits for other people"):
        deals.vote(review, "approve", deals.lea, client_token="second-stage")
    assert deals.vote(review, "approve", deals.nora).outcome is Outcome.APPROVED
    deals.go_on()
    effects = deals.effects(STRATEGIC)
    assert [effect.tool for effect in effects] == STEPS
    assert [effect.review_id for effect in effects] == [review.id, None, None]
    assert all(effect.rule for effect in effects[1:])
    assert deals.systems.crm.deal(STRATEGIC).stage == "signing"
    assert len(deals.mails()) == 1
    assert deals.desk.verify_audit() > 0


@pytest.mark.parametrize("group", ["sales-leads", "legal"])
def test_four_eyes_whoever_asks_does_not_sign(deals: DealDesk, group: str) -> None:
    owner = deals.systems.crm.deal(DISCOUNT).owner
    requester = deals.desk.add_person(owner.upper(), "Omar", groups=[group])
    review = deals.run(DISCOUNT)
    assert review is not None
    if group == "legal":
        deals.vote(review, "approve", deals.lea)
    with pytest.raises(NotEligible, match="Four eyes"):
        deals.vote(review, "approve", requester)


def test_four_eyes_whoever_edits_the_terms_does_not_sign_them_too(deals: DealDesk) -> None:
    review = deals.run(DISCOUNT)
    assert review is not None
    terms = deals.desk.review(review.id).current.arguments | {"discount_percent": 18.0}
    deals.vote(review, "revise", deals.both, arguments=terms)
    now = deals.desk.review(review.id).review
    with pytest.raises(NotEligible, match="you wrote this revision"):
        deals.vote(now, "approve", deals.both, client_token="again")
    deals.vote(now, "approve", deals.lea)
    with pytest.raises(NotEligible, match="you wrote this revision"):
        deals.vote(now, "approve", deals.both, client_token="and again")
    assert deals.vote(now, "approve", deals.nora).outcome is Outcome.REVISED
    deals.go_on()
    contract = deals.systems.contracts.of_deal(DISCOUNT, 1)
    assert contract is not None
    assert contract.terms.discount_percent == 18
    assert "edited the arguments" in next(m.text for m in deals.messages(DISCOUNT) if m.type == "tool")


def test_an_edit_to_another_account_makes_no_contract(deals: DealDesk) -> None:
    review = deals.run(DISCOUNT)
    assert review is not None
    elsewhere = deals.desk.review(review.id).current.arguments | {"account": "Somebody Else"}
    deals.vote(review, "revise", deals.lea, arguments=elsewhere)
    deals.vote(review, "approve", deals.both)
    deals.vote(review, "approve", deals.nora)
    deals.go_on()
    assert "The policy denies the edited call" in deals.systems.crm.deal(DISCOUNT).note
    assert deals.systems.contracts.of_deal(DISCOUNT, 1) is None
    assert deals.mails() == []


def test_one_lawyer_of_three_cannot_end_it_and_the_general_counsel_can(deals: DealDesk) -> None:
    review = deals.run(DISCOUNT)
    assert review is not None
    deals.vote(review, "approve", deals.lea)
    assert deals.vote(review, "reject", deals.nora, reason="Not my taste.").outcome is None
    vetoed = deals.vote(review, "reject", deals.counsel, reason="We do not sell below cost.")
    assert vetoed.outcome is Outcome.REJECTED
    deals.go_on()
    deal = deals.systems.crm.deal(DISCOUNT)
    assert (deal.stage, deal.note) == ("declined", "Greta: We do not sell below cost.")
    assert [effect.tool for effect in deals.effects(DISCOUNT)] == ["update_deal"]


def test_requested_changes_go_to_sales_and_the_changed_deal_follows(deals: DealDesk) -> None:
    first = deals.run(WORDING)
    assert first is not None
    deals.vote(first, "approve", deals.lea)
    deals.vote(first, "request_changes", deals.nora, reason="No unlimited liability.\nNet 30.")
    deals.go_on()
    deal = deals.systems.crm.deal(WORDING)
    assert (deal.stage, deal.note) == ("negotiation", "Nora: No unlimited liability.\nNet 30.")
    assert deals.status(WORDING) is RunStatus.FINISHED
    assert [(e.tool, e.rule) for e in deals.effects(WORDING)] == [("update_deal", "note-what-happened")]

    assert deals.run(WORDING) is None  # the same version again: nothing starts
    deals.systems.crm.submit(WORDING, payment_days=30, special_terms="")
    second = deals.run(WORDING)
    assert second is not None  # standard by now, and still back to the people who asked
    assert second.follows == first.id
    assert second.stages_total == 2
    deals.vote(second, "approve", deals.lea)
    deals.vote(second, "approve", deals.nora)
    deals.go_on()
    deal = deals.systems.crm.deal(WORDING)
    assert (deal.stage, deal.contract_id) == ("signing", f"{WORDING}-2")
    assert len(deals.mails()) == 1


def test_a_repeated_trigger_of_the_changed_deal_leaves_its_review_alone(deals: DealDesk) -> None:
    deals.run(DISCOUNT)
    deals.systems.crm.submit(DISCOUNT, discount_percent="25")
    second = deals.run(DISCOUNT)
    assert second is not None
    trigger(deals.desk, deals.systems.crm, DISCOUNT)
    deals.desk.resume(deals.graph, f"deal-{DISCOUNT}")
    assert deals.waiting(DISCOUNT) == second


def test_a_deal_changed_under_review_takes_the_old_review_away(deals: DealDesk) -> None:
    first = deals.run(DISCOUNT)
    assert first is not None
    deals.systems.crm.submit(DISCOUNT, discount_percent="9")
    deals.run(DISCOUNT)
    assert deals.desk.review(first.id).review.outcome is Outcome.SUPERSEDED
    with pytest.raises(AlreadyDecided):
        deals.vote(first, "approve", deals.lea)
    contract = deals.systems.contracts.of_deal(DISCOUNT, 2)
    assert contract is not None
    assert contract.terms.discount_percent == 9


def test_changes_to_a_deal_that_sales_changed_meanwhile_leave_the_new_version_alone(deals: DealDesk) -> None:
    review = deals.run(DISCOUNT)
    assert review is not None
    deals.systems.crm.submit(DISCOUNT, discount_percent="9")
    deals.vote(review, "request_changes", deals.lea, reason="Lower.")
    deals.go_on()
    deal = deals.systems.crm.deal(DISCOUNT)
    assert (deal.stage, deal.version, deal.note) == ("contracting", 2, "")
    assert deals.effects(DISCOUNT) == []


def test_an_approval_of_terms_that_sales_changed_meanwhile_contracts_nothing_new(deals: DealDesk) -> None:
    review = deals.run(DISCOUNT)
    assert review is not None
    deals.vote(review, "approve", deals.lea)
    deals.systems.crm.submit(DISCOUNT, discount_percent="9")
    deals.vote(review, "approve", deals.nora)
    deals.go_on()
    assert deals.systems.contracts.of_deal(DISCOUNT, 2) is None
    assert deals.mails() == []


def test_a_step_that_fails_asks_a_person_and_repeats_nothing_that_was_done(
    deals: DealDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(LocalCrm, "note", unreachable)
        question = deals.run(STANDARD)
    assert question is not None
    assert "CRM cannot be reached" in deals.desk.review(question.id).current.arguments["details"]
    assert deals.systems.crm.deal(STANDARD).stage == "contracting"
    deals.vote(question, "answer", deals.lea, answer="try again")
    deals.go_on()
    assert deals.systems.crm.deal(STANDARD).stage == "signing"
    assert [(effect.tool, effect.state.value) for effect in deals.effects(STANDARD)] == [
        ("create_contract", "succeeded"),
        ("send_contract", "succeeded"),
        ("update_deal", "failed"),
        ("update_deal", "succeeded"),
    ]
    assert len(deals.mails()) == 1


def test_a_failed_step_may_be_left_as_it_is(deals: DealDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LocalCrm, "note", unreachable)
    question = deals.run(STANDARD)
    assert question is not None
    deals.vote(question, "answer", deals.lea, answer="leave it")
    deals.go_on()
    assert deals.status(STANDARD) is RunStatus.FINISHED
    assert deals.waiting(STANDARD) is None


def unreachable(*_: object, **__: object) -> bool:
    raise OSError("The CRM cannot be reached.")
