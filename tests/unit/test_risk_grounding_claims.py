"""Dates, counts, addresses, references, names and arithmetic: each compared with its own list of facts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signoff.domain.flag import RiskFlag
from signoff.risk.registry import build_detectors, run_detectors
from tests.support.risk import assert_anchored, draft, flags_of, found

FACTS: dict[str, Any] = {
    "amounts": [
        {"kind": "list", "about": "Grill", "amount": "1031.00"},
        {"kind": "paid", "about": "#W7678072", "amount": "514.48"},
        {"kind": "paid", "about": "Tea Kettle", "amount": "98.25", "of": "#W7678072"},
        {"kind": "paid", "about": "Backpack", "amount": "205.35", "of": "#W7678072"},
    ],
    "discounts": [{"percent": "10", "about": None}],
    "dates": [{"date": "2027-03-31", "about": "#W7678072"}, {"date": "2027-06-01", "about": "offer"}],
    "counts": [
        {"count": 3, "what": ["item", "article"], "about": "#W7678072"},
        {"count": 4, "what": "item", "about": "#W1111111"},
        {"count": 2, "what": "order"},
    ],
    "addresses": [{"street": "772 Hickory Lane", "city": "Dallas", "state": "TX", "postcode": "75255"}],
    "references": [{"kind": "order", "id": "#W7678072"}, {"kind": "order", "id": "#W1111111"}],
    "names": [
        {"kind": "person", "name": "Noah Brown"},
        {"kind": "place", "name": "Dallas"},
        {"kind": "brand", "name": "Harbour & Pine"},
        {"kind": "product", "name": ["Grill", "Tea Kettle", "Pet Bed", "Backpack", "Tablet"]},
        {"kind": "product", "name": ["Tea Kettle", "Backpack"], "of": "#W7678072"},
        {"kind": "person", "name": "Sophia", "own": False},
        {"kind": "place", "name": "San Antonio", "own": False},
    ],
}


def flags(body: str, facts: dict[str, Any] = FACTS, **arguments: Any) -> tuple[RiskFlag, ...]:
    return flags_of("grounding", {"read": ["subject", "body"]}, draft(body, facts, **arguments))


def check(body: str, facts: dict[str, Any] = FACTS) -> list[tuple[str, str]]:
    return found(flags(body, facts))


def suggested(body: str) -> list[str | None]:
    return [flag.suggestion for flag in flags(body)]


@pytest.mark.parametrize(
    "words",
    [
        "March 31", "31 March 2027", "March 31st, 2027", "Wednesday, March 31", "the 31st of March",
        "2027-03-31", "3/31/2027", "31.03.2027", "31 Mar", "Wed 31 March", "June 1", "Jun. 1, 2027",
    ],
)  # fmt: skip
def test_a_date_on_record_passes_however_it_is_written(words: str) -> None:
    assert check(f"It comes on {words}.") == []


@pytest.mark.parametrize(
    ("words", "instead"),
    [
        ("March 30, 2027", "March 31, 2027"),
        ("30 Mar 2027", "31 Mar 2027"),
        ("March 22nd", "March 31st"),
        ("2027-03-30", "2027-03-31"),
        ("Thursday, March 31", "Wednesday, March 31"),
        ("March 31, 2028", "March 31, 2027"),
        ("30/03/2027", None),
    ],
)
def test_a_date_off_by_a_little_is_flagged_with_the_right_one(words: str, instead: str | None) -> None:
    [flag] = flags(f"It comes on {words}.")
    assert (flag.code, flag.quote, flag.suggestion) == ("date_unsupported", words, instead)
    assert "2027-03-31" in flag.evidence


@pytest.mark.parametrize(
    "text", ["You may 3 times.", "we march 31 miles", "open 24/7", "from 9 to 5", "1.2.3"]
)
def test_words_and_figures_that_are_no_dates(text: str) -> None:
    assert check(text) == []


@pytest.mark.parametrize(
    "body",
    [
        "There are 3 items in #W7678072.",
        "#W7678072 has three articles.",
        "#W1111111 holds 4 different items.",
        "You placed two orders.",
        "Three tips, five minutes, one item at a time.",
        "We reply within 3 days.",
    ],
)
def test_counts_on_record_and_counts_of_nothing_on_record_pass(body: str) -> None:
    assert check(body) == []


@pytest.mark.parametrize(
    ("body", "quote", "instead"),
    [
        ("There are 4 items in #W7678072.", "4 items", "3 items"),
        ("#W1111111 holds three items.", "three items", "4 items"),
        ("You placed twelve orders.", "twelve orders", "2 orders"),
    ],
)
def test_a_count_that_differs_is_flagged(body: str, quote: str, instead: str) -> None:
    [flag] = flags(body)
    assert (flag.code, flag.quote, flag.suggestion) == ("count_unsupported", quote, instead)


@pytest.mark.parametrize(
    "body", ["Enjoy a 3-year warranty.", "Return it within 30 days.", "5000 customers agree."]
)
def test_a_number_that_nobody_counts_is_unverified(body: str) -> None:
    assert [code for code, _ in check(body)] == ["count_unverified"]


@pytest.mark.parametrize(
    "place",
    ["772 Hickory Lane", "772 Hickory Ln", "772 Hickory Lane, Dallas", "772 Hickory Lane\nDallas, TX 75255"],
)
def test_the_address_on_record_passes(place: str) -> None:
    assert check(f"It goes to {place}") == []


@pytest.mark.parametrize(
    ("place", "quote", "instead"),
    [
        ("727 Hickory Lane", "727 Hickory Lane", "772 Hickory Lane"),
        ("772 Hickory Road, Dallas", "772 Hickory Road", "772 Hickory Lane"),
        ("772 Hickory Lane in Houston", "Houston", "Dallas"),
        ("TX 75225", "TX 75225", "TX 75255"),
    ],
)
def test_a_wrong_part_of_an_address_is_flagged(place: str, quote: str, instead: str) -> None:
    [flag] = flags(f"It goes to {place}.")
    assert (flag.code, flag.quote, flag.suggestion) == ("address_unsupported", quote, instead)


def test_a_reference_with_a_slip_is_flagged_with_the_nearest() -> None:
    [flag] = flags("Thank you for #W7678027.")
    assert (flag.code, flag.suggestion) == ("reference_unsupported", "#W7678072")
    assert check("Thank you for w7678072.") == []
    assert check("Thank you for order 99887766.") == [("reference_unsupported", "99887766")]


@pytest.mark.parametrize(
    ("body", "code", "quote", "instead"),
    [
        ("Hi Sophia,", "name_unsupported", "Sophia", None),
        ("Dear Noah Green,", "name_unsupported", "Green", None),
        ("Hello Noha!", "name_near", "Noha", "Noah"),
        ("Good morning Mr. Browne,", "name_near", "Browne", "Brown"),
        ("We miss you in San Antonio.", "name_unsupported", "San Antonio", None),
        ("Greetings to all from Harbuor & Pine", "name_near", "Harbuor", "Harbour"),
        ("We packed the Tea Ketle.", "name_near", "Tea Ketle", "Tea Kettle"),
    ],
)
def test_names_that_do_not_belong_here(body: str, code: str, quote: str, instead: str | None) -> None:
    [flag] = flags(body)
    assert (flag.code, flag.quote, flag.suggestion) == (code, quote, instead)


@pytest.mark.parametrize(
    "body",
    [
        "Hi Noah,\n\nhow is Dallas?",
        "Dear customer,",
        "Hi there, Noah!",
        "Noah's tea kettles and backpacks",
        "A table for a Tablet.",
        "Our Grills are new.",
    ],
)
def test_names_that_belong_here_pass(body: str) -> None:
    assert check(body) == []


@pytest.mark.parametrize(
    ("body", "quote"),
    [
        ("How do you like your Pet Bed?", "Pet Bed"),
        ("#W7678072 left with the Tablet.", "Tablet"),
        ("We shipped the Pet Bed yesterday.", "Pet Bed"),
    ],
)
def test_a_purchase_that_is_not_on_record_is_flagged(body: str, quote: str) -> None:
    assert check(body) == [("purchase_unsupported", quote)]


@pytest.mark.parametrize(
    "body", ["Your next Pet Bed?", "The Grill is now $1,031.00.", "Look at our new Tablet."]
)
def test_an_offer_is_no_purchase(body: str) -> None:
    assert check(body) == []


@pytest.mark.parametrize(
    "body",
    [
        "The Tea Kettle was $98.25 and the Backpack $205.35, together $303.60.",
        "You spent $303.60: a Tea Kettle for $98.25 and a Backpack for $205.35.",
        "The Tea Kettle and the Backpack made $303.60 together.",
        "At $98.25 against $205.35 they differ by $107.10.",
    ],
)
def test_sums_and_differences_of_amounts_on_record_pass(body: str) -> None:
    assert check(body) == []


def test_a_wrong_sum_is_flagged_with_the_right_one() -> None:
    [flag] = flags("The Tea Kettle was $98.25 and the Backpack $205.35, in total $313.60.")
    assert (flag.code, flag.quote, flag.suggestion) == ("arithmetic_wrong", "$313.60", "$303.60")


def test_wrong_figures_do_not_vouch_for_each_other() -> None:
    assert check("The Grill is now $500.00 instead of $1,031.00, you save $531.00.") == [
        ("price_unsupported", "$500.00"),
        ("amount_unsupported", "$531.00"),
    ]


def test_swapped_amounts_are_flagged_on_both_and_name_their_owner() -> None:
    body = "We charged $205.35 for the Tea Kettle."
    assert check(body) == [("amount_unsupported", "$205.35"), ("amount_of_another", "Tea Kettle")]
    assert suggested(body) == ["$98.25", "Backpack"]


@pytest.mark.parametrize(
    "words", ["five hundred and fourteen dollars and forty-eight cents", "514.48 US dollars"]
)
def test_amounts_in_words_are_compared_too(words: str) -> None:
    assert check(f"You paid {words} for #W7678072.") == []
    assert (
        len(check(f"You paid {words.replace('14', '15').replace('fourteen', 'fifteen')} for #W7678072.")) == 1
    )


UNVERIFIED = {
    "amounts": ("It was $5.", "price_unverified"),
    "discounts": ("Save 10 %.", "discount_unverified"),
    "dates": ("It comes on March 31.", "date_unverified"),
    "counts": ("It has 3 items.", "count_unverified"),
    "addresses": ("It goes to 772 Hickory Lane.", "address_unverified"),
    "references": ("Thank you for #W7678072.", "reference_unverified"),
    "names": ("Hi Noah,", "name_unverified"),
}


@pytest.mark.parametrize("missing", UNVERIFIED)
def test_a_missing_list_is_a_flag_not_silence(missing: str) -> None:
    body, code = UNVERIFIED[missing]
    facts = {name: value for name, value in FACTS.items() if name != missing}
    assert code in [flag.code for flag in flags(body, facts)]
    assert code not in [flag.code for flag in flags(body)]


def test_kinds_of_claims_can_be_left_out() -> None:
    settings = {"claims": ["amounts"]}
    assert flags_of("grounding", settings, draft("Hi Sophia, it comes on March 3 for 99 items.", FACTS)) == ()


@pytest.mark.parametrize(
    "facts",
    [
        {"dates": [{"date": 20270331}]},
        {"dates": [{"date": "31 March"}]},
        {"counts": [{"count": "3", "what": "item"}]},
        {"counts": [{"count": 3, "what": []}]},
        {"addresses": [{"street": 7}]},
        {"references": [{"id": ""}]},
        {"names": [{"kind": "pet", "name": "Rex"}]},
        {"names": [{"kind": "person", "name": "Noah", "own": "yes"}]},
    ],
)
def test_facts_of_another_shape_are_an_error_and_never_silence(facts: dict[str, Any]) -> None:
    found, errors = run_detectors(build_detectors({"grounding": {}}), draft("Hello", facts))
    assert found == ()
    assert len(errors) == 1


def test_overlapping_flags_keep_their_own_spans() -> None:
    both = build_detectors({"grounding": {}, "personal_data": {"others_fact": "others"}})
    action = draft(
        "Hi Sophia Garcia,", FACTS | {"others": [{"kind": "name", "value": "Sophia Garcia"}]}, subject="Hello"
    )
    found, errors = run_detectors(both, action)
    assert errors == ()
    spans = [(flag.code, flag.start, flag.end) for flag in found if flag.path == "/body"]
    assert spans == [
        ("name_unsupported", 3, 9),
        ("name_unsupported", 10, 16),
        ("personal_other_customer", 3, 16),
    ]


PIECES = st.sampled_from(
    "Hi Noah,|Dear Noha|March 31|2027-03-30|Wed 31 March|3 items|four orders|772 Hickory Lane|in Houston|"
    "TX 75255|#W7678072|w7678027|Tea Ketle|your Pet Bed|$98.25|$205.35 together|a difference of $107.10|"
    "10 % off|\u0130|\u200b|five hundred dollars and two cents|San Antonio|\n|\n\n- |; |. |(|)|,|Noah's|"
    "30 days return|1/2/27".split("|")
)


@settings(max_examples=300)
@given(st.lists(st.one_of(PIECES, st.text(max_size=4)), max_size=14).map(" ".join))
def test_any_mixture_of_claims_is_read_and_every_flag_quotes_the_text(body: str) -> None:
    action = draft(body, FACTS)
    found, errors = run_detectors(build_detectors({"grounding": {}}), action)
    assert errors == ()
    for flag in found:
        assert_anchored(flag, action)


@given(st.decimals("0.01", "9999", places=2), st.decimals("0.01", "9999", places=2))
def test_any_two_amounts_on_record_may_be_added_and_compared(one: Any, other: Any) -> None:
    amounts = [
        {"kind": "paid", "about": "Tea Kettle", "amount": str(one)},
        {"kind": "paid", "about": "Backpack", "amount": str(other)},
    ]
    body = (
        f"The Tea Kettle was ${one:,}, the Backpack ${other:,}: ${one + other:,} in total, "
        f"a difference of ${abs(one - other):,}."
    )
    facts = FACTS | {"amounts": amounts}
    assert [flag for flag in flags(body, facts) if "unsupported" in flag.code or "wrong" in flag.code] == []
