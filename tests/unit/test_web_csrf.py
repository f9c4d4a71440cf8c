"""The masked token of forms."""

from hypothesis import given
from hypothesis import strategies as st

from signoff.web.csrf import masked, unmasked


@given(st.text(alphabet="abcXYZ019-_", max_size=60))
def test_it_comes_back(token: str) -> None:
    assert unmasked(masked(token)) == token


def test_it_never_looks_the_same() -> None:
    assert len({masked("a-token") for _ in range(50)}) == 50


@given(st.text(max_size=60))
def test_any_other_text_is_no_token_and_no_fault(text: str) -> None:
    assert isinstance(unmasked(text), str)
