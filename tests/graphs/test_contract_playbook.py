from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.contract_review.checks import Finding, drafted, findings
from graphs.contract_review.clauses import Clause
from graphs.contract_review.laws import laws
from graphs.contract_review.playbook import PLAYBOOK, Entry, PlaybookInvalid, load_playbook
from graphs.contract_review.quantities import Quantity, in_words, number_of, parse, quantities, written
from graphs.contract_review.recognise import kinds_of, missing_kinds
from tests.support.contracts import SAMPLE

BOOK = load_playbook()


@pytest.mark.parametrize(
    ("text", "kind", "amount", "unit"),
    [
        ("thirty (30) days", "period", 30, "day"),
        ("a ninety-day notice", "period", 90, "day"),
        ("one hundred and twenty (120) days", "period", 120, "day"),
        ("twenty-four months", "period", 24, "month"),
        ("two hundred fifty days", "period", 250, "day"),
        ("10 business days", "period", 10, "day"),
        ("One (1) year", "period", 1, "year"),
        ("$1,000,000", "money", 1_000_000, "USD"),
        ("US$ 2.5 million", "money", 2_500_000, "USD"),
        ("10,000 dollars", "money", 10_000, "USD"),
        ("CAD 55", "money", 55, "CAD"),
        ("€3 million", "money", 3_000_000, "EUR"),
        ("1.5% per month", "percent", Decimal("1.5"), "%"),
        ("two percent, or 2 percent", "percent", 2, "%"),
    ],
)
def test_quantities_are_read_as_contracts_write_them(text: str, kind: str, amount: int, unit: str) -> None:
    [place] = quantities(text)
    assert (place.quantity.kind, place.quantity.amount, place.quantity.unit) == (kind, Decimal(amount), unit)
    assert text[place.start : place.end] == place.quote


@pytest.mark.parametrize("text", ["Section 30", "the 4th day", "no number of days", "clause 12.3", "2026"])
def test_other_numbers_are_no_quantities(text: str) -> None:
    assert quantities(text) == []


SHAPES = ("{w} ({n}) {u}", "{n} {u}", "{w} {u}")


@given(st.integers(1, 999), st.sampled_from(["day", "month", "year"]), st.sampled_from(SHAPES))
def test_every_period_that_is_written_is_read_again(number: int, unit: str, shape: str) -> None:
    like = shape.format(w="ninety", n=90, u=f"{unit}s")
    text = written(Quantity("period", Decimal(number), unit), like)
    assert number_of(in_words(number)) == number
    found = parse(text)
    assert found is not None
    assert (int(found.amount), found.unit) == (number, unit)


@pytest.mark.parametrize(
    ("text", "name", "quote"),
    [
        ("governed by the laws of the State of Ohio, without regard", "Ohio", "the State of Ohio"),
        ("GOVERNED BY THE LAWS OF THE STATE OF TEXAS WITHOUT", "Texas", "THE STATE OF TEXAS"),
        ("This agreement is governed by English law.", "England", "English"),
        ("construed under the laws of England and Wales.", "England and Wales", "England and Wales"),
        ("governed by the law of the Republic of Germany", "Germany", "the Republic of Germany"),
        ("Delaware law shall not matter; governed by California law", "California", "California"),
        ("made in the State of Nevada, governed by the laws thereof", "Nevada", "the State of Nevada"),
    ],
)
def test_the_governing_law_is_read_with_its_place(text: str, name: str, quote: str) -> None:
    [place] = laws(text)
    assert (place.name, place.quote) == (name, quote)
    assert text[place.start : place.end] == quote


def test_where_a_company_is_organised_governs_nothing() -> None:
    assert laws("a corporation organized and existing under the laws of the State of Ohio") == []


def one(entry: str, text: str) -> list[tuple[str, str, str | None]]:
    return [(f.code, f.quote, f.instead) for f in findings(entry, BOOK.clauses[entry], text)]


@pytest.mark.parametrize(
    ("days", "code"),
    [(30, None), (60, None), (61, "outside_position"), (90, "outside_position"), (91, "beyond_fallback"),
     (180, "beyond_fallback"), (181, "walk_away")],
)  # fmt: skip
def test_a_limit_is_measured_against_all_three_lines(days: int, code: str | None) -> None:
    text = f"It may renew by agreement unless notice is given at least {days} days prior to its end."
    assert one("renewal_term", text) == ([] if code is None else [(code, f"{days} days", "60 days")])


@given(st.integers(1, 60))
def test_more_months_of_fees_are_never_worse(months: int) -> None:
    def rank(count: int) -> int:
        text = f"Liability shall not exceed the fees paid in the {count} months before. Fraud is unlimited."
        codes = [code for code, _, _ in one("cap_on_liability", text)]
        order = ("", "outside_position", "beyond_fallback", "walk_away")
        return max((order.index(code) for code in codes if code in order), default=0)

    assert rank(months + 1) <= rank(months)


def test_a_law_is_preferred_taken_or_refused() -> None:
    def code(law: str) -> list[str]:
        return [c for c, _, _ in one("governing_law", f"This Agreement is governed by the laws of {law}.")]

    assert code("the State of Delaware") == []
    assert code("England and Wales") == ["outside_position"]
    assert code("the State of Georgia") == ["beyond_fallback"]
    assert code("the People's Republic of China") == ["walk_away"]
    assert [c for c, _, _ in one("governing_law", "Governing law: as the parties agree.")] == ["unmeasured"]


def test_what_is_not_said_is_added_and_what_is_said_is_left() -> None:
    text = "Total liability shall not exceed the fees paid in the twelve (12) months before the claim."
    [(code, quote, sentence)] = one("cap_on_liability", text)
    assert (code, quote) == ("says_too_little", "")
    assert sentence is not None
    assert one("cap_on_liability", f"{text} {sentence}") == []


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (
            "renewal_term",
            "It shall automatically renew unless notice is given at least 120 days prior to its end.",
        ),
        (
            "cap_on_liability",
            "Its total liability shall not exceed the Fees paid in the two (2) months before.",
        ),
        ("governing_law", "This Agreement is governed by the laws of the People's Republic of China."),
        ("audit_rights", "Provider may audit the books and records of Customer at any time."),
    ],
)
def test_the_drafted_clause_has_nothing_left_that_could_be_reworded(kind: str, text: str) -> None:
    found = findings(kind, BOOK.clauses[kind], text)
    assert found
    better = drafted(text, found)
    assert [f for f in findings(kind, BOOK.clauses[kind], better) if f.instead is not None] == []


def test_drafting_writes_in_capitals_where_the_clause_shouts_and_takes_overlaps_once() -> None:
    text = "IT IS GOVERNED BY THE LAWS OF THE STATE OF TEXAS."
    assert drafted(text, findings("x", BOOK.clauses["governing_law"], text)).endswith(
        "OF THE STATE OF DELAWARE."
    )
    lap = [
        Finding("walk_away", "walk_away", "", "", start, end, text[start:end], "x")
        for start, end in ((0, 5), (3, 8))
    ]
    assert drafted(text, lap) == "X" + text[5:]


def test_after_feedback_the_fallback_is_offered() -> None:
    text = "Each invoice is due within five (5) days of receipt of the invoice."
    entry = BOOK.clauses["payment"]
    assert [f.instead for f in findings("x", entry, text)] == ["thirty (30) days"]
    assert [f.instead for f in findings("x", entry, text, "fallback")] == ["twenty (20) days"]


def clause(number: str, heading: str, text: str) -> Clause:
    return Clause(number, number, heading, f"{number} {heading}. {text}", 0, 1)


def test_kinds_are_recognised_by_heading_or_words_with_the_evidence() -> None:
    by_heading = kinds_of(
        BOOK, clause("9", "Governing Law", "The laws of the State of Ohio are applied to this.")
    )
    assert by_heading == {"governing_law": "heading “Governing Law”"}
    by_words = kinds_of(BOOK, clause("9", "General", "This is governed by the laws of the State of Ohio."))
    assert list(by_words) == ["governing_law"]
    assert "governed by the laws of" in by_words["governing_law"]


def test_a_definition_or_a_bare_heading_is_of_no_kind() -> None:
    meaning = '1.2 "Audit" means an audit of the books and records.'
    assert kinds_of(BOOK, Clause("1.2", "1.2", "Audit", meaning, 0, 1)) == {}
    assert kinds_of(BOOK, Clause("4", "4", "INDEMNIFICATION", "4 INDEMNIFICATION", 0, 1)) == {}


def test_a_required_clause_that_is_missing_is_named() -> None:
    assert missing_kinds(BOOK, [{"governing_law": "x"}]) == ["cap_on_liability"]
    [finding] = findings("cap_on_liability", BOOK.clauses["cap_on_liability"], "")
    assert finding.code == "clause_missing"
    assert finding.instead == BOOK.clauses["cap_on_liability"].wording


def test_our_own_wordings_keep_to_our_own_playbook() -> None:
    for name, entry in BOOK.clauses.items():
        if entry.wording:
            assert findings(name, entry, entry.wording) == []


def test_an_entry_survives_its_way_through_json() -> None:
    for entry in BOOK.clauses.values():
        assert Entry.model_validate(entry.model_dump(mode="json")) == entry


def test_what_the_other_side_reads_says_nothing_of_our_lines() -> None:
    for entry in BOOK.clauses.values():
        assert not any(line in entry.explain for line in (entry.position, entry.fallback, entry.walk_away))


RENEWAL, PAY = "position: 60 days, fallback: 90 days", "position: 30 days, fallback: 20 days"
EXCLUSIVE, INTEREST = "position: 6 months, fallback: 12 months", "position: 1 %, fallback: 1.5 %"


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        (RENEWAL, "position: 90 days, fallback: 60 days", "what: Notice to stop a renewal", "must rise"),
        (PAY, "position: 20 days, fallback: 30 days", "what: Time to pay", "must fall"),
        (EXCLUSIVE, "position: soon, fallback: 12 months", "position: soon", "is no quantity"),
        (INTEREST, "position: 1 %, fallback: 15 days", "what: Interest on late", "of one kind"),
        ("kind: law", "kind: lore", "kind: lore", "lore"),
        ("version: 1", "version: one", "version: one", "integer"),
        ("explain: An audit should", "", "title: Audit", "explain: field required"),
        ("refuse: [China, Russia", "refuse: [China, Delaware", "kind: law", "named twice"),
        ("required: true", "required: perhaps", "required: perhaps", "valid boolean"),
        ("find: ['\\btake[- ]or[- ]pay\\b']", "find: ['\\btake[ (']", "take[ (", "no RE2 expression"),
        ("title: Insurance", "title: Insurance\n    title: Cover", "title: Cover", "a second time"),
    ],
)
def test_faults_name_file_line_and_key(tmp_path: Path, old: str, new: str, line: str, message: str) -> None:
    text = PLAYBOOK.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "book.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PlaybookInvalid) as caught:
        load_playbook(path)
    [fault] = caught.value.faults
    where = next(n for n, row in enumerate(path.read_text("utf-8").splitlines(), start=1) if line in row)
    number = int(fault.removeprefix(f"{path}:").partition(":")[0])
    assert message in fault
    assert where - 1 <= number <= where + 3, fault


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"a: [1", "broken YAML"),
        (b"- x", "clauses"),
        (b"\xff", "no UTF-8"),
        (b"#" * 300_000, "the limit is"),
    ],
)
def test_what_is_no_playbook_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "book.yaml").write_bytes(data)
    with pytest.raises(PlaybookInvalid, match=message):
        load_playbook(tmp_path / "book.yaml")
    with pytest.raises(PlaybookInvalid, match="cannot be read"):
        load_playbook(tmp_path / "nowhere.yaml")


def test_no_text_makes_the_patterns_slow() -> None:
    text = "liability " * 20_000
    for name, entry in BOOK.clauses.items():
        findings(name, entry, text[:100_000])


def test_every_flag_of_the_sample_stands_on_its_words() -> None:
    text = SAMPLE.read_text(encoding="utf-8")
    for name, entry in BOOK.clauses.items():
        for finding in findings(name, entry, text):
            assert text[finding.start : finding.end] == finding.quote
            assert finding.message
            assert finding.evidence
