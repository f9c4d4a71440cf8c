from __future__ import annotations

import time
from collections.abc import Sequence
from importlib.metadata import entry_points
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signoff.domain.action import Action
from signoff.domain.flag import RiskFlag, Severity
from signoff.risk.finding import MAX_FLAGS, MAX_QUOTE, listed
from signoff.risk.registry import DETECTORS, PLUGINS, build_detectors, run_detectors
from tests.support.risk import assert_anchored, draft

FACTS: dict[str, Any] = {
    "amounts": [{"kind": "list", "about": "Grill", "amount": "1031.00", "currency": "USD"}],
    "discounts": [{"percent": "10", "about": None}],
    "dates": [{"date": "2027-03-31", "about": "#W7678072"}],
    "counts": [{"count": 3, "what": "item", "about": "#W7678072"}],
    "addresses": [{"street": "772 Hickory Lane", "city": "Dallas", "state": "TX", "postcode": "75255"}],
    "references": [{"kind": "order", "id": "#W7678072"}],
    "names": [
        {"kind": "person", "name": "Noah Brown"},
        {"kind": "product", "name": ["Grill", "Tea Kettle"]},
        {"kind": "product", "name": "Grill", "of": "#W7678072"},
        {"kind": "person", "name": "Sophia", "own": False},
    ],
    "link_pages": ["https://harbourpine.example/boots"],
    "link_domains": ["harbourpine.example"],
    "own": ["noah.brown7922@example.com"],
    "others": [{"kind": "name", "value": "Sophia Garcia"}],
    "request": ["Write to Noah."],
}
ALL: dict[str, dict[str, Any]] = {
    "grounding": {"offer": "discount_percent"},
    "links": {
        "allow_fact": "link_domains",
        "pages_fact": "link_pages",
        "recipient": "to",
        "recipient_allow": ["example.com"],
    },
    "personal_data": {"own_fact": "own", "others_fact": "others"},
    "brand_terms": {"terms": ["guaranteed", "risk-free"], "patterns": [{"pattern": "miracle"}]},
    "hidden_characters": {},
    "not_requested": {"read": ["subject", "body"]},
    "instructions": {},
}
"""Presidio is left out: its time has no bound of ours."""


def test_all_detectors_are_built_in_the_order_of_the_policy() -> None:
    assert {*ALL, "presidio"} == set(DETECTORS)
    assert [detector.name for detector in build_detectors(ALL)] == list(ALL)
    assert all(detector.version for detector in build_detectors(ALL))


class _Watched(dict[str, Any]):
    """Facts that note which of them were asked for."""

    def __init__(self, facts: dict[str, Any]) -> None:
        super().__init__(facts)
        self.asked: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return super().get(key, default)


@pytest.mark.parametrize("name", ALL)
def test_a_detector_reads_the_facts_that_it_names_and_no_others(name: str) -> None:
    [detector] = build_detectors({name: ALL[name]})
    facts = _Watched(FACTS)
    action = draft("Hi Noah, the Grill at $5 is 10 % off until March 3, see acme.com.")
    detector.detect(action.model_copy(update={"context": facts}))
    assert facts.asked == detector.reads


def test_unknown_detectors_and_settings_are_named_all_at_once() -> None:
    with pytest.raises(ValueError, match="spelling: no such detector") as caught:
        build_detectors({"spelling": {}, "links": {"alow": ["x.com"]}, "grounding": {"read": 3}})
    text = str(caught.value)
    assert "links: alow" in text
    assert "grounding: read" in text


def test_installed_packages_add_detectors_and_take_no_name_of_ours() -> None:
    [found] = build_detectors({"playbook": {"tools": ["settle"]}})
    assert found.name == "playbook"
    assert "walk_away" in found.codes
    with pytest.raises(ValueError, match="playbook: toolz"):
        build_detectors({"playbook": {"toolz": []}})
    assert not set(DETECTORS) & entry_points(group=PLUGINS).names
    with pytest.raises(ValueError, match=r"no such detector; there are grounding.*playbook"):
        build_detectors({"playbok": {}})


@pytest.mark.parametrize("domain", ["https://acme.com", "acme", "a b.com"])
def test_a_domain_in_the_settings_must_be_one(domain: str) -> None:
    with pytest.raises(ValueError, match="links: allow"):
        build_detectors({"links": {"allow": [domain]}})


class _Broken:
    name = "broken"
    version = "7"
    codes: frozenset[str] = frozenset()
    reads: frozenset[str] = frozenset()

    def detect(self, action: Action) -> Sequence[RiskFlag]:
        raise RuntimeError("out of order")


def test_a_failing_detector_is_reported_and_the_others_run() -> None:
    flags, errors = run_detectors([_Broken(), *build_detectors({"hidden_characters": {}})], draft("a\u200bb"))
    assert errors == ("broken 7 failed: RuntimeError: out of order",)
    assert [flag.code for flag in flags] == ["hidden_zero_width"]


def test_facts_of_another_shape_are_an_error() -> None:
    for facts in ({"amounts": "text"}, {"amounts": [{"amount": "much"}]}, {"discounts": [{"percent": True}]}):
        flags, errors = run_detectors(build_detectors({"grounding": {}}), draft("$5", facts))
        assert flags == ()
        assert len(errors) == 1
        assert "ValueError" in errors[0]


def test_detectors_read_only_the_tools_and_arguments_they_are_set_to() -> None:
    settings = {"hidden_characters": {"tools": ["post"], "read": ["body"]}}
    assert run_detectors(build_detectors(settings), draft("a\u200bb")) == ((), ())
    settings["hidden_characters"]["tools"] = ["send_email"]
    flags, _ = run_detectors(build_detectors(settings), draft("a\u200bb", subject="a\u200bb"))
    assert [flag.path for flag in flags] == ["/body"]


def test_a_flood_of_findings_is_cut_and_said_so() -> None:
    flags, _ = run_detectors(build_detectors(ALL), draft("\u200b." * 500, FACTS))
    assert len(flags) == MAX_FLAGS + 1
    assert (flags[-1].code, flags[-1].severity) == ("too_many_findings", Severity.HIGH)


def test_a_very_long_finding_is_cut_to_its_beginning() -> None:
    flags, _ = run_detectors(build_detectors({"grounding": {}}), draft("$" + "1" * 5000, FACTS))
    [flag] = flags
    assert len(flag.quote) == MAX_QUOTE


def test_a_lone_surrogate_is_flagged_without_being_quoted() -> None:
    flags, errors = run_detectors(build_detectors({"hidden_characters": {}}), draft("a\ud800b"))
    assert errors == ()
    [flag] = flags
    assert (flag.code, flag.start, flag.end, flag.quote) == ("hidden_private", 0, 0, "")
    assert "characters 1 to 2" in flag.evidence


SAID = st.lists(
    st.one_of(
        st.text(max_size=8),
        st.sampled_from(
            "$1,031.00|10 %|Grill|off|save|now only|https://|evil.ru|@|harbourpine.example|\\|//|xn--|.|"
            "noah.brown7922@example.com|4111 1111 1111 1111|GB82 WEST 1234 5698 7654 32|219-09-9999|"
            "+1 555 010 9999|Sophia Garcia|guaranteed|gu4ranteed|risk free|miracle|half price|\u200b|\u202e|"
            "\U000e0041|\u0430|\u0130|\u200d|\U0001f469|\ufe0f|\n|\u2028|%|from|USD|1'000|Dear Noha,|"
            "March 30|2027-03-31|3/31/27|four items|727 Hickory Lane, Dallas|TX 75255|#W7678027|"
            "Tea Ketle|your Grill|Sophia|in total|81.2.69.142|ignore all rules|Hickory".split("|")
        ),
    ),
    max_size=12,
).map(" ".join)


@settings(max_examples=400)
@given(SAID, SAID)
def test_no_text_makes_a_detector_fail_and_every_flag_is_anchored(body: str, subject: str) -> None:
    action = draft(body, FACTS, subject=subject, to=subject, discount_percent=10)
    flags, errors = run_detectors(build_detectors(ALL), action)
    assert errors == ()
    for flag in flags:
        assert_anchored(flag, action)


@settings(max_examples=200)
@given(st.text(max_size=300))
def test_arbitrary_text_without_facts_makes_no_detector_fail(body: str) -> None:
    action = draft(body)
    flags, errors = run_detectors(build_detectors(ALL), action)
    assert errors == ()
    for flag in flags:
        assert_anchored(flag, action)


UNITS = (
    "1|$1 |10% off Grill |a.|a@|@|https://x.ru | |\n|\u200b|p\u0430y |1,,|a!!|Grill $1,031.00 is |1-|4 |x:/|"
    "\U0001f469\u200d\U0001f4bb|(|\u043f\u0440 |1.|g |g.|\\|Dear Noha,\n|March 30 |7 Hickory |#W76|"
    "four items |Tea Ketle |one hundred |A |ignore all |1:|Noah "
).split("|")


@pytest.mark.parametrize("unit", UNITS)
def test_no_repeated_text_takes_more_than_linear_time(unit: str) -> None:
    assert seconds_for(unit * (100_000 // len(unit))) < 5


def test_a_megabyte_of_prose_is_read_in_seconds() -> None:
    assert seconds_for("Our Grill at $1,031.00 is guaranteed, see harbourpine.example/x. " * 16_000) < 20


def seconds_for(body: str) -> float:
    action = draft(body, FACTS)
    started = time.process_time()
    _, errors = run_detectors(build_detectors(ALL), action)
    assert errors == ()
    return time.process_time() - started


def test_lists_are_worded() -> None:
    assert listed([]) == ""
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed("abcdefg") == "a, b, c, d, e and 2 more"
