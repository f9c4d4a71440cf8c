"""What is shown is what will run: every value stands on the page, whatever its kind makes of the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signoff.domain.page_kind import PageKind
from signoff.web.pages.render import render
from signoff.web.pages.shown import SHAPES
from signoff.web.pages.view import review_view
from tests.web.html_text import Page
from tests.web.samples import FRAME, TOOL, review_file, sources

_RECEIVED = re.compile(r'<details class="facts received">.*?</details>', re.DOTALL)
_WORDS = st.text(st.sampled_from("ab cdéß<>&\"'{}%/~$\n日ñ.-"), max_size=30)
_LEAVES = st.one_of(
    _WORDS, st.booleans(), st.none(), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(allow_nan=False, allow_infinity=False), st.dates(), st.binary(max_size=12),
)  # fmt: skip
_NAMES = st.text(st.sampled_from("abcdeé_/~ "), min_size=1, max_size=8)
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=12,
)
_BASES: dict[PageKind | None, dict[str, Any]] = {
    None: {},
    PageKind.EMAIL: {
        "to": ["a", "b"], "cc": "c", "subject": "s", "body": "<p>t</p>", "attachments": [{"name": "n"}],
    },
    PageKind.CONTRACT_CLAUSE: {
        "clause": "1", "heading": "h", "original": "o", "wording": "w", "comment": "c",
    },
    PageKind.REFUND: {"order_id": "o", "item_ids": ["i"], "payment_method_id": "m", "reason": "r"},
    PageKind.DATA_CONFLICT: {
        "changes": [{"account": "a", "field": "f", "before": "b", "after": "c", "decision": "d"}]
    },
    PageKind.DEAL: {
        "account": "a", "product": "p", "discount_percent": 1.5, "seats": 3, "special_terms": "t",
    },
}  # fmt: skip
_KNOWN = {
    "refund": Decimal(10), "order_total": Decimal(20), "entries": {"e": {"title": "T", "position": "P"}},
}  # fmt: skip
_PARTS = sorted({name for base in _BASES.values() for name in base})


def told_apart(value: Any, numbers: Iterator[int]) -> Any:
    """`value` with each leaf made one of a kind, so that finding it on the page means something."""
    match value:
        case dict():
            return {name: told_apart(item, numbers) for name, item in value.items()}
        case list():
            return [told_apart(item, numbers) for item in value]
        case str():
            return f"{value} §{next(numbers)}§"
        case bool() | None | bytes() | date():
            return value
        case Decimal():
            return Decimal(f"7{next(numbers)}.{abs(hash(value)) % 1000:03}")
        case int():
            return 9_000_000 + next(numbers)
        case _:
            return 8_000_000.5 + next(numbers)


def looks(value: Any) -> Iterator[str]:
    """How each leaf must stand on the page; written without the code under test."""
    match value:
        case dict():
            for item in value.values():
                yield from looks(item)
        case list():
            for item in value:
                yield from looks(item)
        case bool():
            yield "yes" if value else "no"
        case str():
            yield " ".join(value.split())
        case int() | float() | Decimal():
            yield str(value)
        case date():
            yield value.isoformat()


@given(
    kind=st.sampled_from([None, *PageKind]),
    extra=st.dictionaries(_NAMES, _VALUES, max_size=4),
    spoiled=st.dictionaries(st.sampled_from(_PARTS), _VALUES, max_size=2),
    bound=st.dictionaries(_NAMES, _LEAVES, max_size=2),
)  # fmt: skip
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_value_that_would_run_is_on_the_page(
    kind: PageKind | None, extra: dict[str, Any], spoiled: dict[str, Any], bound: dict[str, Any]
) -> None:
    numbers = count(1)
    used = {name: value for name, value in spoiled.items() if name in _BASES[kind]}
    arguments = told_apart({**extra, **_BASES[kind], **used}, numbers)
    inputs = told_apart(bound, numbers)
    file = review_file(arguments, ())
    action = file.action.model_copy(update={"bound": inputs, "context": _KNOWN})
    tool = TOOL.model_copy(update={"page": kind})
    view = review_view(sources(file.model_copy(update={"action": action}), tool=tool, schema={}))
    text = Page(_RECEIVED.sub("", render("review.html", view=view, **FRAME))).text
    for look in [*looks(arguments), *looks(inputs)]:
        assert look in text, (kind, look)


def test_every_kind_has_a_model_and_takes_its_own_shape() -> None:
    assert set(SHAPES) == set(PageKind)
    for kind in PageKind:
        file = review_file(_BASES[kind], ())
        view = review_view(sources(file, tool=TOOL.model_copy(update={"page": kind}), schema={}))
        assert isinstance(view.picture.shape, SHAPES[kind]), kind


def test_padding_pushes_nothing_away() -> None:
    padding = "\n".join(f"line {n}" for n in range(10_000))
    arguments = {"to": padding, "subject": padding, "body": padding}
    for kind in (None, PageKind.EMAIL):
        tool = TOOL.model_copy(update={"page": kind})
        file = review_file(arguments, (), title=padding)
        page = render("review.html", view=review_view(sources(file, tool=tool)), **FRAME)
        html = page[page.index("<body") :]
        end_of_effect = html.index('<div class="desk">')
        assert "It cannot be undone." in html[:end_of_effect]
        assert end_of_effect < 6_000
        assert "line 9999" in html[end_of_effect:]
