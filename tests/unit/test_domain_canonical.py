from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.domain import canonical
from signoff.domain.errors import NotCanonical, PayloadTooLarge
from signoff.domain.value import Value

_ZONES = st.sampled_from([None, UTC, timezone(timedelta(hours=5, minutes=30)), timezone(-timedelta(hours=3))])
_TAGS = ["$int", "$float", "$decimal", "$bytes", "$date", "$set", "$model", "$enum", "$$int", "$", "fields"]
_KEYS = st.sampled_from(_TAGS) | st.text(max_size=5)
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=2**53 - 3)
    | st.integers(max_value=-(2**53) + 3)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.binary(max_size=12)
    | st.dates()
    | st.datetimes(timezones=_ZONES).map(lambda moment: moment.replace(fold=0))
    | st.times().map(lambda moment: moment.replace(fold=0))
    | st.uuids()
    | st.text(max_size=12)
)
VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=15,
)
LOCAL = datetime(2026, 10, 25, 2, 30)  # noqa: DTZ001 - a time without a zone is the case
_TWINS = st.sampled_from(
    [0, 1, 1.0, -0.0, 0.0, True, False, "1", "1.0", b"1", Decimal(1), Decimal("1.0"), None]
)
LOOKALIKES = st.recursive(
    _TWINS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(_TAGS), inner, max_size=2),
    max_leaves=3,
)


def exactly(value: Any) -> Any:
    """`value` with the type of every part, so that == tells 1, 1.0, True and Decimal(1) apart."""
    if isinstance(value, dict):
        return {key: exactly(item) for key, item in value.items()}
    if isinstance(value, list):
        return [exactly(item) for item in value]
    return type(value).__name__, repr(value)


@given(VALUES)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    assert exactly(canonical.untagged(canonical.tagged(value))) == exactly(value)
    assert exactly(canonical.decode(canonical.encode(value))) == exactly(value)


@given(VALUES)
def test_the_text_of_a_decoded_value_is_the_same_text(value: Any) -> None:
    text = canonical.encode(value)
    assert canonical.encode(canonical.decode(text)) == text


@given(LOOKALIKES, LOOKALIKES)
def test_texts_are_equal_exactly_when_values_are(one: Any, other: Any) -> None:
    assert (canonical.encode(one) == canonical.encode(other)) == (exactly(one) == exactly(other))


@given(st.dictionaries(_KEYS, _SCALARS, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_matter(value: dict[str, Any], chance: Any) -> None:
    items = list(value.items())
    chance.shuffle(items)
    assert canonical.encode(dict(items)) == canonical.encode(value)


@given(st.lists(st.integers() | st.text(max_size=4) | st.dates()))
def test_the_order_of_a_set_does_not_matter(items: list[Any]) -> None:
    text = canonical.encode(set(items))
    backwards = items[::-1]
    assert text == canonical.encode(set(backwards))
    assert canonical.decode(text) == set(items)


def test_sets_of_sets_and_tuples_come_back() -> None:
    value = {frozenset({1, 2}), (1, (2, 3)), "x"}
    assert canonical.decode(canonical.encode(value)) == value


class Colour(Enum):
    RED = "red"


class Level(IntEnum):
    HIGH = 3


class Word(StrEnum):
    RED = "red"


class Card(Value):
    name: str
    price: Decimal


class Note(Value):
    name: str
    price: Decimal


class Fraction(float):
    def __repr__(self) -> str:
        return "a fraction"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (1, Decimal(1)),
        (1.0, Decimal("1.0")),
        (1, True),
        (1, "1"),
        (2**53, float(2**53)),
        (2**60, str(2**60)),
        (Colour.RED, "red"),
        (date(2026, 1, 2), "2026-01-02"),
        (LOCAL, LOCAL.date()),
        (LOCAL, LOCAL.replace(tzinfo=UTC)),
        (time(9), "09:00:00"),
        (b"", ""),
        (UUID(int=1), str(UUID(int=1))),
        ({"$int": "5"}, 5),
        ({"$int": str(2**60)}, 2**60),
        ({1}, [1]),
        (Card(name="a", price=Decimal(1)), {"name": "a", "price": Decimal(1)}),
        (Card(name="a", price=Decimal(1)), Note(name="a", price=Decimal(1))),
        ("é", "e\u0301"),
    ],
    ids=repr,
)
def test_values_that_differ_have_different_digests(one: Any, other: Any) -> None:
    assert canonical.digest("test", one) != canonical.digest("test", other)


def test_a_number_of_a_subclass_is_written_as_the_number() -> None:
    assert canonical.encode(Fraction(0.5)) == canonical.encode(0.5)


def test_an_enum_that_is_a_number_or_a_text_is_written_as_that() -> None:
    assert canonical.encode([Level.HIGH, Word.RED]) == canonical.encode([3, "red"])


def test_the_second_of_two_like_local_times_is_told_by_its_offset() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    summer, winter = (datetime(2026, 10, 25, 2, 30, fold=fold, tzinfo=berlin) for fold in (0, 1))
    assert canonical.encode(summer) == '{"$datetime":"2026-10-25T02:30:00+02:00"}'
    assert canonical.encode(winter) == '{"$datetime":"2026-10-25T02:30:00+01:00"}'


def test_enums_come_back_as_text_and_models_as_dictionaries() -> None:
    value = {"colour": Colour.RED, "card": Card(name="a", price=Decimal("1.50"))}
    assert canonical.decode(canonical.encode(value)) == {
        "colour": "Colour.RED",
        "card": {"name": "a", "price": Decimal("1.50")},
    }


def nested(depth: int) -> Any:
    value: Any = "leaf"
    for _ in range(depth):
        value = [value]
    return value


_REFUSED = {
    "nan": ({"a": [0, {"b": float("nan")}]}, "/a/1/b"),
    "infinity": ({"a": float("inf")}, "/a"),
    "minus infinity": ([float("-inf")], "/0"),
    "decimal nan": ({"a": Decimal("NaN")}, "/a"),
    "decimal infinity": ({"a": Decimal("-Infinity")}, "/a"),
    "surrogate": ({"draft": "cut \ud83d off"}, "/draft"),
    "surrogate in a key": ({"a": {"\udc00": 1}}, "/a"),
    "key of another type": ({"a": {1: "x"}}, "/a"),
    "object": ({"a": object()}, "/a"),
    "duration": ({"a": timedelta(1)}, "/a"),
    "ambiguous time": ({"at": LOCAL.replace(fold=1)}, "/at"),
    "complex": ({"a": 1j}, "/a"),
    "too many digits": ({"a": 10**5000}, "/a"),
    "nan in a set": ({"a": {1.5, float("nan")}}, "/a"),
    "one level too deep": (nested(canonical.MAX_DEPTH + 1), "/0" * (canonical.MAX_DEPTH + 1)),
    "far too deep": (nested(100_000), "/0" * (canonical.MAX_DEPTH + 1)),
}


@pytest.mark.parametrize(("value", "path"), _REFUSED.values(), ids=_REFUSED)
def test_what_cannot_be_written_exactly_is_refused_with_its_path(value: Any, path: str) -> None:
    with pytest.raises(NotCanonical) as refusal:
        canonical.encode(value)
    assert refusal.value.path == path
    assert path in str(refusal.value)


def test_nesting_up_to_the_limit_is_written() -> None:
    value = nested(canonical.MAX_DEPTH)
    assert canonical.decode(canonical.encode(value)) == value


def test_five_megabytes_are_refused_with_size_and_limit() -> None:
    with pytest.raises(PayloadTooLarge, match=r"5,\d{3},\d{3} bytes; the limit is 1,048,576") as refusal:
        canonical.encode({"draft": "x" * 5_242_880})
    assert refusal.value.data["limit"] == canonical.MAX_BYTES
    assert refusal.value.data["size"] > 5_242_880


def test_the_size_limit_counts_bytes_of_the_whole_text() -> None:
    fits = "x" * (canonical.MAX_BYTES - 2)
    assert len(canonical.encode(fits)) == canonical.MAX_BYTES
    with pytest.raises(PayloadTooLarge):
        canonical.encode(fits + "x")
    with pytest.raises(PayloadTooLarge):
        canonical.encode("é" * (canonical.MAX_BYTES // 2))


def test_the_digest_is_sha256_over_domain_and_text() -> None:
    text = b'{"a":[{"$float":"1.5"}],"b":1}'
    expected = hashlib.sha256(b"signoff/action\0" + text).hexdigest()
    assert canonical.digest("action", {"b": 1, "a": [1.5]}) == expected
    assert canonical.digest("audit", {"b": 1, "a": [1.5]}) != expected


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(_JSON)
def test_strict_json_reads_what_json_wrote(value: Any) -> None:
    assert exactly(canonical.parse_strict_json(json.dumps(value))) == exactly(value)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{"to": "a", "to": "b"}', "/to: the key appears twice"),
        ('[{"a": {"x": 1, "x": 1}}]', "/x: the key appears twice"),
        ('{"a": NaN}', "NaN"),
        ("[Infinity]", "Infinity"),
        ("[-Infinity]", "-Infinity"),
        ("1e999", "1e999"),
        ("[-1e999]", "-1e999"),
        ("{'a': 1}", "not valid JSON"),
        ("", "not valid JSON"),
        ("[1] 2", "not valid JSON"),
        (b"\xff", "not valid JSON"),
        ("1" * 5000, "not valid JSON"),
        ("[" * 100_000, "nested deeper"),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_strict_json_refuses_by_name(text: str | bytes, named: str) -> None:
    with pytest.raises(NotCanonical) as refusal:
        canonical.parse_strict_json(text)
    assert named in str(refusal.value)
