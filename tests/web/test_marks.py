"""Flags are tied to exactly their words, also when they overlap or the text has emoji."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from signoff.domain.flag import RiskFlag, Severity
from signoff.web.pages.marks import numbered, segments, span_of


def flag(start: int, end: int, text: str, severity: Severity = Severity.LOW) -> RiskFlag:
    return RiskFlag(
        code=f"c{start}", severity=severity, message="m", detector="d", detector_version="1", path="/body",
        start=start, end=end, quote=text[start:end],
    )  # fmt: skip


def covered(text: str, flags: list[RiskFlag]) -> dict[int, str]:
    """The words under each number, as the page would show them."""
    found: dict[int, str] = {}
    for segment in segments(text, numbered(flags)):
        shown = "".join(piece.text for piece in segment.pieces)
        for one in segment.flags:
            found[one.number] = found.get(one.number, "") + shown
    return found


def test_numbers_go_by_severity_then_place() -> None:
    text = "one two three"
    flags = [flag(0, 3, text), flag(8, 13, text, Severity.HIGH), flag(4, 7, text, Severity.HIGH)]
    assert [(f.number, f.flag.quote) for f in numbered(flags)] == [(1, "two"), (2, "three"), (3, "one")]


def test_overlapping_flags_are_split_at_all_edges() -> None:
    text = "guaranteed 35% off"
    flags = [flag(0, 14, text, Severity.HIGH), flag(11, 18, text, Severity.MEDIUM)]
    found = segments(text, numbered(flags))
    assert ["".join(p.text for p in s.pieces) for s in found] == ["guaranteed ", "35%", " off"]
    assert [s.severity for s in found] == [Severity.HIGH, Severity.HIGH, Severity.MEDIUM]
    assert [[f.number for f in s.ends] for s in found] == [[], [1], [2]]
    assert covered(text, flags) == {1: "guaranteed 35%", 2: "35% off"}


def test_offsets_count_code_points() -> None:
    text = "🎉🎉 free for all"
    assert covered(text, [flag(3, 7, text)]) == {1: "free"}


def test_a_flag_whose_offsets_are_off_finds_its_quote() -> None:
    moved = flag(4, 7, "one two").model_copy(update={"start": 0, "end": 3})
    assert span_of(moved, "one two") == (4, 7)
    assert span_of(moved, "something else") is None


def test_a_flag_about_the_whole_value_marks_no_words() -> None:
    assert span_of(flag(0, 0, "text"), "text") is None


@given(st.text("ab🎉 \u200b", min_size=1, max_size=30), st.data())
def test_segments_hold_the_whole_text_once(text: str, data: st.DataObject) -> None:
    bounds = st.integers(0, len(text))
    spans = data.draw(st.lists(st.tuples(bounds, bounds), max_size=4))
    flags = [flag(min(s), max(s), text) for s in spans if s[0] != s[1]]
    found = segments(text, numbered(flags))
    visible = "".join(p.text for s in found for p in s.pieces if p.label is None)
    assert visible == text.replace("\u200b", "")
    assert sum(len(s.ends) for s in found) == len(flags)
