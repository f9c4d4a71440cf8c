"""The fields of an account: when two values mean the same, and what a value must be."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

TERMS = ("Due on receipt", "Net 15", "Net 30", "Net 45", "Net 60")
_SPACES = re.compile(r"\s+")
_DAYS = re.compile(r"(?:net)?(\d+)(?:days?)?")


@dataclass(frozen=True)
class Field:
    """One field of an account.

    Attributes:
        meaning: what of a value counts when two are compared.
        schema: JSON schema of a value that a person may put in place of both.
    """

    name: str
    label: str
    meaning: Callable[[str], str]
    schema: dict[str, Any]

    def same(self, one: str, other: str) -> bool:
        """Whether both mean the same, however they are written."""
        return self.meaning(one) == self.meaning(other)


def _words(text: str) -> str:
    return _SPACES.sub(" ", text.translate(_PUNCTUATION)).strip().casefold()


_PUNCTUATION = str.maketrans({".": " ", ",": " ", ";": " "})


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())


def _letters(text: str) -> str:
    return text.strip().casefold()


def _terms(text: str) -> str:
    """Payment terms by their days: "NET30", "Net 30" and "30 days" are the same."""
    bare = "".join(_words(text).split())
    days = _DAYS.fullmatch(bare)
    return f"net {days[1]}" if days else bare


def _amount(text: str) -> str:
    """An amount by its value: "5,000.00" and "5000" are the same."""
    try:
        return str(Decimal(text.replace(",", "").strip()).normalize())
    except InvalidOperation:
        return text


def _text(description: str, pattern: str, longest: int = 200) -> dict[str, Any]:
    return {"type": "string", "pattern": pattern, "maxLength": longest, "description": description}


_SOMETHING = r"^\S(.*\S)?$"

FIELDS = (
    Field("name", "Name", _words, _text("The company's name.", _SOMETHING)),
    Field("contact", "Contact", _words, _text("First and last name.", _SOMETHING)),
    Field(
        "email", "E-mail", _letters,
        _text("One e-mail address.", r"^[^@\s,;]+@[^@\s,;.]+(\.[^@\s,;.]+)+$", 254),
    ),
    Field("street", "Street", _words, _text("Street, number and suite, without the city.", _SOMETHING)),
    Field("city", "City", _words, _text("The city's name alone.", r"^[^\W\d_]([^\d_]*[^\W\d_.])?\.?$")),
    Field("state", "State", _letters, _text("Two capital letters.", "^[A-Z]{2}$")),
    Field("zip", "Zip code", _digits, _text("Five digits, or five and four.", r"^[0-9]{5}(-[0-9]{4})?$")),
    Field("tax_id", "Tax number", _digits, _text("Like 84-1029384.", "^[0-9]{2}-[0-9]{7}$")),
    Field(
        "payment_terms", "Payment terms", _terms,
        {"type": "string", "enum": list(TERMS), "description": "One of our terms."},
    ),
    Field(
        "credit_limit", "Credit limit", _amount,
        _text("An amount with two decimals, without separators.", r"^(0|[1-9][0-9]{0,8})\.[0-9]{2}$"),
    ),
)  # fmt: skip
BY_NAME = {field.name: field for field in FIELDS}
NAMES = tuple(BY_NAME)
