"""Which law a clause says governs, and where it says so."""

from __future__ import annotations

import re
from dataclasses import dataclass

_STATES = (
    "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|"
    "Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|"
    "Mississippi|Missouri|Montana|Nebraska|Nevada|New Hampshire|New Jersey|New Mexico|New York|"
    "North Carolina|North Dakota|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode Island|South Carolina|South Dakota|"
    "Tennessee|Texas|Utah|Vermont|Virginia|Washington|West Virginia|Wisconsin|Wyoming|District of Columbia|"
    "Puerto Rico"
)
_COUNTRIES = (
    "England and Wales|England|Scotland|Northern Ireland|Ireland|the United Kingdom|Canada|Ontario|"
    "British Columbia|Alberta|Quebec|Manitoba|Germany|France|Switzerland|Italy|Spain|the Netherlands|Belgium|"
    "Luxembourg|Austria|Sweden|Norway|Denmark|Finland|Poland|Israel|Japan|Korea|Singapore|Hong Kong|Taiwan|"
    "India|Australia|New South Wales|Victoria|New Zealand|Brazil|Mexico|Bermuda|the Cayman Islands|Cyprus|"
    "Greece|Turkey|Russia|Ukraine|South Africa|the People's Republic of China|China|"
    "the United States of America|the United States"
)
_SMALL = frozenset("of the and in by to laws law shall be is state".split())
_ADJECTIVES = {
    "English": "England", "Scottish": "Scotland", "Irish": "Ireland", "German": "Germany", "French": "France",
    "Swiss": "Switzerland", "Italian": "Italy", "Spanish": "Spain", "Dutch": "the Netherlands",
    "Swedish": "Sweden",
    "Danish": "Denmark", "Norwegian": "Norway", "Japanese": "Japan", "Chinese": "China", "PRC": "China",
    "Israeli": "Israel", "Canadian": "Canada", "Australian": "Australia", "Indian": "India",
    "Korean": "Korea",
}  # fmt: skip
_SAME = {
    "PRC": "China", "P.R.C": "China", "People's Republic of China": "China",
    "United States of America": "United States",
    "Federal Republic of Germany": "Germany", "England & Wales": "England and Wales",
}  # fmt: skip
_OF = (
    r"(?:(?i:the)\s+)?(?i:Federal\s+Republic|People['’]s\s+Republic|State|Commonwealth|Province|Republic|Kingdom|Territory|Canton"
    r"|Emirate)s?\s+(?i:of)\s+(?:(?i:the)\s+)?"
)
_CAPITAL = r"[A-Z][A-Za-z'’.-]+(?:\s+(?:of\s+|and\s+|&\s+)?[A-Z][A-Za-z'’-]+){0,3}"
_KNOWN = rf"(?:(?i:{_STATES}|{_COUNTRIES})\b|PRC|P\.R\.C)"
_NAME = rf"(?:{_OF}(?:{_KNOWN}|{_CAPITAL})|(?:(?i:the)\s+)?{_KNOWN}|{_CAPITAL})"
_CLOSE = r"(?:[^.;]|\.(?=\d|[a-z])|(?<=[A-Z])\.){0,300}?"
_GOVERNS = (
    r"\b(?i:govern(?:ed|s|ing)?|constru(?:ed|e)|interpret(?:ed|ation)?|enforced|controlled|applicable|subject\s+to"
    r"|appl(?:y|ies))\b"
)
_LAWS_OF = re.compile(
    rf"{_GOVERNS}{_CLOSE}\b(?i:laws?)(?i:\s*,[^.;]{{0,80}},|\s+and\s+[a-z ]{{3,30}})?"
    r"\s+(?i:in\s+(?:force|effect)\s+in|of|in)\s+"
    rf"(?:(?i:the\s+United\s+States(?:\s+of\s+America)?\s+and\s+(?:of\s+)?))?(?P<name>{_NAME})"
)
_NAME_LAW = re.compile(
    rf"{_GOVERNS}{_CLOSE}\b(?P<name>(?:{_OF})?(?:{_KNOWN}|{'|'.join(_ADJECTIVES)}))(?:\s+(?i:state))?(?:'s|’s)?"
    r"\s+(?i:(?:substantive|internal|common)\s+)?(?i:laws?)\b"
)
_LAW_FIRST = re.compile(
    rf"\b(?i:laws?|legislation)\s+(?i:of)\s+(?P<name>{_NAME})[^.;]{{0,80}}?\b(?i:govern|appl|control)"
)
_THAT_STATE = re.compile(
    rf"\b(?i:in|by|of)\s+(?P<name>(?:{_OF})?{_KNOWN})\b{_CLOSE}\b(?i:laws?\s+(?:thereof|of\s+(?:that|said|such)\s+(?:state|country)))"
)
_PREFIX = re.compile(rf"^(?:{_OF}|[Tt]he\s+)")
_TAIL = re.compile(
    r"\.?\s+(?:without|excluding|and the|as applied|applicable|USA|U\.S\.A\.?|The)\b.*$", re.IGNORECASE
)


@dataclass(frozen=True)
class LawPlace:
    """A governing law and where it stands, in code points."""

    name: str
    """Bare: "Delaware", "England and Wales"."""
    start: int
    end: int
    quote: str


def laws(text: str) -> list[LawPlace]:
    """The laws that a text says govern, in order; where a company is organised does not count."""
    found: dict[int, LawPlace] = {}
    plain = _same_case(text)
    for pattern in (_LAWS_OF, _NAME_LAW, _LAW_FIRST, _THAT_STATE):
        for match in pattern.finditer(plain):
            start, end = match.span("name")
            quote = _TAIL.sub("", text[start:end].rstrip(" .,"))
            name = bare_name(plain[start : start + len(quote)])
            if name and start not in found and not _is_origin(text[max(0, start - 60) : start]):
                found[start] = LawPlace(name, start, start + len(quote), quote)
    return sorted(found.values(), key=lambda place: place.start)


def _same_case(text: str) -> str:
    """A clause shouted in capitals, word by word in the usual case, at the same places."""
    letters = [char for char in text if char.isalpha()]
    if not letters or sum(char.isupper() for char in letters) < 0.7 * len(letters):
        return text
    return re.sub(r"[A-Za-z]+", lambda m: m[0].lower() if m[0].lower() in _SMALL else m[0].capitalize(), text)


def _is_origin(before: str) -> bool:
    return bool(
        re.search(
            r"organi[sz]ed|existing|incorporated|formed|corporation\b[^.]{0,30}$", before, re.IGNORECASE
        )
    )


def bare_name(text: str) -> str:
    """The name that a law goes by: "the State of Delaware" is Delaware, "English" is England."""
    name = " ".join(text.split()).strip(" .,;")
    while name not in _SAME and _PREFIX.match(name):
        name = _PREFIX.sub("", name, count=1)
    name = _SAME.get(name, _ADJECTIVES.get(name, name))
    return _PREFIX.sub("", name)
