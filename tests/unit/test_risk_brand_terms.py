from __future__ import annotations

from typing import Any

import pytest

from signoff.domain.flag import Severity
from signoff.risk.registry import build_detectors
from tests.support.risk import draft, flags_of, found

SETTINGS: dict[str, Any] = {
    "read": ["subject", "body"],
    "terms": [
        {"term": "guaranteed", "suggestion": "made to last", "reason": "No promises.", "severity": "high"},
        {"term": "risk-free", "suggestion": "easy"},
        {"term": "best on the market", "unless": ["best in the market"]},
        "cheap",
        "warranty",
    ],
    "patterns": [{"pattern": r"\b\d+ ?% natural", "suggestion": "made with care"}],
}


def check(body: str) -> list[tuple[str, str]]:
    return found(flags_of("brand_terms", SETTINGS, draft(body)))


@pytest.mark.parametrize(
    ("body", "quote"),
    [
        ("It is guaranteed.", "guaranteed"),
        ("GUARANTEED!", "GUARANTEED"),
        ("A risk-free trial", "risk-free"),
        ("A risk free trial", "risk free"),
        ("A Risk\nFree trial", "Risk\nFree"),
        ("A riskfree trial", "riskfree"),
        ("the best  on the market, yes", "best  on the market"),
        ("so cheap", "cheap"),
    ],
)
def test_terms_are_found_as_whole_words_in_any_case(body: str, quote: str) -> None:
    assert check(body) == [("brand_term", quote)]


@pytest.mark.parametrize(
    "body",
    [
        "She cheaply cheapened the cheapness.",
        "We take the risk. Free delivery is on us.",
        "the best item we have on the market",
        "best in the market",
        "A granted wish, garnered with care.",
    ],
)
def test_other_words_pass(body: str) -> None:
    assert check(body) == []


@pytest.mark.parametrize(
    ("body", "quote"),
    [
        ("gu\u200baranteed", "gu\u200baranteed"),
        ("gu\u0430ranteed", "gu\u0430ranteed"),
        ("guar4nteed", "guar4nteed"),
        ("gu@ranteed", "gu@ranteed"),
        ("g u a r a n t e e d", "g u a r a n t e e d"),
        ("g.u.a.r.a.n.t.e.e.d", "g.u.a.r.a.n.t.e.e.d"),
        ("r1sk-free", "r1sk-free"),
        (
            "\U0001d420\U0001d42e\U0001d41a\U0001d42b\U0001d41a\U0001d427\U0001d42d\U0001d41e\U0001d41e\U0001d41d",
            None,
        ),
    ],
)
def test_disguised_terms_are_read_and_severe(body: str, quote: str | None) -> None:
    [flag] = flags_of("brand_terms", SETTINGS, draft(f"It is {body} here."))
    assert flag.quote == (quote or body)
    if quote is not None:
        assert (flag.code, flag.severity) == ("brand_term_disguised", Severity.HIGH)


@pytest.mark.parametrize("word", ["guarantied", "garanteed", "warrenty", "best on the marked"])
def test_near_misses_are_flagged_as_such(word: str) -> None:
    assert check(f"It has {word} inside") == [("brand_term_near", word)]


def test_short_terms_have_no_near_misses() -> None:
    assert check("A cheat sheet and a cheep chirp") == []


def test_flags_carry_reason_and_wording() -> None:
    [flag] = flags_of("brand_terms", SETTINGS, draft("Guaranteed to please."))
    assert flag.evidence == 'The list names "guaranteed". No promises.'
    assert flag.suggestion == "Made to last"


def test_patterns_run_on_re2_with_offsets_in_code_points() -> None:
    assert check("\U0001f33f \u00e9 100% NATURAL oils") == [("brand_pattern", "100% NATURAL")]


def test_overlapping_terms_keep_their_own_spans() -> None:
    settings = {"terms": ["risk-free", "free trial"]}
    flags = flags_of("brand_terms", settings, draft("A risk-free trial"))
    assert [flag.quote for flag in flags] == ["risk-free", "free trial"]


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"terms": [{"term": "!!"}]}, "terms.0.term"),
        ({"terms": [{"term": "free", "colour": "red"}]}, "terms.0.colour"),
        ({"patterns": [{"pattern": "(a+)+\\1"}]}, "patterns.0.pattern"),
        ({"patterns": [{"pattern": "(?=x)"}]}, "patterns.0.pattern"),
        ({"patterns": [{"pattern": "x*"}]}, "patterns.0.pattern"),
        ({"terms": "free"}, "terms"),
    ],
)
def test_bad_settings_are_named(settings: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=f"brand_terms: {named}"):
        build_detectors({"brand_terms": settings})
