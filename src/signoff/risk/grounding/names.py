"""Names of people, products and places: known ones in the wrong text, and almost known ones.

There is no model that tells a name from a word. What is compared: the name in a salutation, every word
with a capital that resembles a name on record, and products that the text says were bought.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

from rapidfuzz import process
from rapidfuzz.distance import OSA

from signoff.domain.action import Action
from signoff.domain.flag import Severity
from signoff.risk.finding import fact_records, listed
from signoff.risk.grounding.draft import Draft, Finding, Mention, lowered
from signoff.risk.grounding.money_record import Record
from signoff.risk.grounding.settings import GroundingSettings
from signoff.risk.text import as_latin

Code = Literal["name_unsupported", "name_near", "name_unverified", "purchase_unsupported"]
CODES: frozenset[str] = frozenset(get_args(Code))

Kind = Literal["person", "product", "place", "brand"]
_KINDS: frozenset[str] = frozenset(get_args(Kind))

_CAPITAL = r"[^\W\d_a-z][^\W\d_]*(?:['-][^\W\d_]+)*"
_SALUTATION = re.compile(
    r"^[ \t>]*(?:hi|hello|hey|dear|good[ ](?:morning|afternoon|evening|day)|greetings)(?:[ ]there)?"
    r",?[ ]{1,2}"
    rf"(?:(?:Mrs?|Ms|Mx|Dr|Prof)\.?[ ])?(?P<name>(?-i:{_CAPITAL})(?:[ ](?-i:{_CAPITAL})){{0,3}})"
    r"(?=[ ]?(?:[,!:;.\n-]|$))",
    re.IGNORECASE | re.MULTILINE,
)
_NOBODY = frozenset(
    "all everyone everybody there team customer customers friend friends sir madam folks neighbour "
    "neighbours neighbor neighbors member members guest guests subscriber reader readers both and".split()
)
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_BOUGHT = re.compile(
    r"\b(?:bought|order(?:ed)?|purchased?|paid|charged|billed|packed|packing|parcel|box|shipp?\w*|"
    r"deliver\w*|arriv\w*|on (?:its|the) way|warehouse|received?|return(?:ed)?|refund\w*|invoice|receipt|"
    r"like|enjoy\w*|left|contains?)\b",
    re.IGNORECASE,
)
_OFFERED = re.compile(
    r"\b(?:next|new|another|second|offer\w*|% off|off|discount\w*|stock|from|starting|starts?|try|"
    r"range|models?|available|looking for|sale)\b",
    re.IGNORECASE,
)
_YOUR = re.compile(r"\byour[ ]$", re.IGNORECASE)
_THE = re.compile(r"\bthe[ ]$", re.IGNORECASE)


@dataclass(frozen=True)
class Name:
    """One name on record."""

    name: str
    kind: Kind
    own: bool
    """Whether it may stand in this text."""
    of: str
    """The order that holds this product; empty for a product that is not known to be bought."""


@dataclass(frozen=True)
class Names:
    """The names on record."""

    all: tuple[Name, ...]

    def of_kind(self, *kinds: Kind) -> list[Name]:
        return [one for one in self.all if one.kind in kinds]

    @cached_property
    def fine_words(self) -> frozenset[str]:
        """Every single word of a name that may stand here, in lower case."""
        return frozenset(word for one in self.all if one.own for word in _words(one.name))

    @cached_property
    def misspelled_from(self) -> dict[str, str]:
        """Words that a misspelled one may have been, in lower case, as the record writes them."""
        kept = [one for one in self.of_kind("person", "place", "brand") if one.own]
        return {word.lower(): word for one in kept for word in _WORD.findall(one.name) if len(word) >= 4}

    @cached_property
    def foreign(self) -> dict[str, Name]:
        """Names that do not belong here, in lower case."""
        mine = {one.name.lower() for one in self.all if one.own}
        return {one.name.lower(): one for one in self.all if not one.own and one.name.lower() not in mine}

    @cached_property
    def purchases(self) -> dict[str, frozenset[str]]:
        """The orders of each product that was bought."""
        found: dict[str, set[str]] = {}
        for one in self.all:
            if one.of:
                found.setdefault(one.name, set()).add(one.of)
        return {name: frozenset(orders) for name, orders in found.items()}

    @cached_property
    def products(self) -> dict[str, str]:
        """Products by lower-case name."""
        return {lowered(one.name): one.name for one in self.of_kind("product")}

    @cached_property
    def products_by_size(self) -> dict[int, dict[str, str]]:
        """Products by their number of words, then as above."""
        found: dict[int, dict[str, str]] = {}
        for lower, name in self.products.items():
            found.setdefault(len(_words(name)), {})[lower] = name
        return found


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]


def read(action: Action, settings: GroundingSettings) -> Names | None:
    """The names on record; None where the facts have no such list.

    Raises:
        ValueError: an entry is not of the expected shape.
    """
    records = fact_records(action, settings.names)
    return None if records is None else Names(tuple(one for record in records for one in _names(record)))


def _names(record: dict[str, Any]) -> Iterator[Name]:
    given, kind = record.get("name"), record.get("kind")
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, (list, tuple)) or not all(isinstance(one, str) and one.strip() for one in names):
        raise ValueError(f"name is {given!r}, no text and no list of texts")
    if kind not in _KINDS:
        raise ValueError(f"kind is {kind!r}; there are {listed(sorted(_KINDS))}")
    own = record.get("own", True)
    if not isinstance(own, bool):
        raise ValueError(f"own is {own!r}, neither true nor false")
    for one in names:
        yield Name(one.strip(), kind, own, str(record.get("of") or ""))


def findings(
    draft: Draft, known: Names | None, money: Record, settings: GroundingSettings
) -> Iterator[Finding]:
    """What is wrong with the names of a draft."""
    if known is None:
        for found in _SALUTATION.finditer(draft.text):
            if not set(_words(found["name"])) <= _NOBODY:
                missing = f"The facts hold no list {settings.names!r}."
                message = "There is no record of names to compare this with."
                yield Finding(
                    draft, *found.span("name"), "name_unverified", Severity.MEDIUM, message, missing
                )
        return
    greeted = list(_greeted(draft, known))
    yield from greeted
    taken = [(one.start, one.end) for one in greeted]
    yield from (one for one in _words_found(draft, known) if not _overlaps(one, taken))
    yield from (_near(draft, (one.start, one.end), one.name) for one in draft.nearly)
    yield from _purchases_found(draft, known, money)


def _overlaps(finding: Finding, taken: Sequence[tuple[int, int]]) -> bool:
    return any(finding.start < end and start < finding.end for start, end in taken)


def _greeted(draft: Draft, known: Names) -> Iterator[Finding]:
    """Words of a salutation that are not in the reader's name."""
    for found in _SALUTATION.finditer(draft.text):
        for word in _WORD.finditer(draft.text, *found.span("name")):
            if word[0].lower() not in _NOBODY and not _is_fine(word[0], known):
                yield _other_reader(draft, word, known)


def _other_reader(draft: Draft, word: re.Match[str], known: Names) -> Finding:
    people = [one.name for one in known.of_kind("person") if one.own]
    if not people:
        message, evidence = "The record does not say who reads this.", "It names nobody here."
        return Finding(draft, *word.span(), "name_unverified", Severity.MEDIUM, message, evidence)
    evidence = f"On record: {listed(people)}."
    right = _resembled(word[0], known.misspelled_from, reach=2)
    if right:
        return Finding(draft, *word.span(), "name_near", Severity.HIGH, f'Almost "{right}".', evidence, right)
    message = "The reader has another name."
    return Finding(draft, *word.span(), "name_unsupported", Severity.HIGH, message, evidence)


def _words_found(draft: Draft, known: Names) -> Iterator[Finding]:
    """Words with a capital that are, or resemble, a name."""
    words = list(_WORD.finditer(draft.text))
    for number, word in enumerate(words):
        if not word[0][0].isupper():
            continue
        following = words[number + 1] if number + 1 < len(words) else None
        foreign = _foreign(draft.text, word, following, known)
        if foreign:
            yield Finding(
                draft,
                *foreign,
                "name_unsupported",
                Severity.MEDIUM,
                "The record knows this name, but not in this case.",
                _own_like(draft.text[slice(*foreign)], known),
            )
            continue
        if _is_fine(word[0], known) or _opens_sentence(draft, word):
            continue
        right = _resembled(_without_s(word[0]), known.misspelled_from, reach=1)
        if right:
            yield _near(draft, word.span(), right)


def _is_fine(word: str, known: Names) -> bool:
    """Whether it is a word of a name that may stand here; letters of other alphabets are told elsewhere."""
    return not known.fine_words.isdisjoint({word.lower(), as_latin(word).lower()})


def _foreign(
    text: str, word: re.Match[str], following: re.Match[str] | None, known: Names
) -> tuple[int, int] | None:
    """The place of a name that does not belong here, if it starts with this word."""
    if following and following.start() == word.end() + 1:
        both = text[word.start() : following.end()].lower()
        if both in known.foreign:
            return word.start(), following.end()
    one = _without_s(word[0])
    if one.lower() in known.foreign and one.lower() not in known.fine_words:
        return word.start(), word.start() + len(one)
    return None


def _own_like(said: str, known: Names) -> str:
    kind = known.foreign[said.lower()].kind
    fine = [one.name for one in known.of_kind(kind) if one.own]
    return f"On record here: {listed(fine)}." if fine else f"The record has no {kind} here."


def _opens_sentence(draft: Draft, word: re.Match[str]) -> bool:
    """Whether the capital may come from the place alone; a word before a comma speaks to somebody."""
    start, _ = draft.sentence(word.start())
    line = draft.text.rfind("\n", start, word.start()) + 1
    is_first = not draft.text[max(start, line) : word.start()].strip(" \t\"'")
    return is_first and draft.text[word.end() : word.end() + 1] != ","


def _resembled(word: str, names: dict[str, str], reach: int) -> str | None:
    """The one name that `word` is a misspelling of."""
    lower = as_latin(word).lower()
    if len(lower) < 4 or not names:
        return None
    allowed = min(reach, 1 if len(lower) < 7 else 2)
    close = process.extract(lower, names.keys(), scorer=OSA.distance, score_cutoff=allowed, limit=2)
    if not close or (len(close) == 2 and close[0][1] == close[1][1]):
        return None
    return names[close[0][0]] if close[0][1] else None


def _without_s(word: str) -> str:
    return word.removesuffix("'s")


def _near(draft: Draft, span: tuple[int, int], right: str) -> Finding:
    message, evidence = f'Almost "{right}", which is on record.', f"On record: {right}."
    return Finding(draft, *span, "name_near", Severity.MEDIUM, message, evidence, right)


def misspelled_products(draft: Draft, known: Names) -> Iterator[Mention]:
    """Words that are almost a product, none inside a thing that the draft names."""
    named = [(one.start, one.end) for one in draft.mentions if lowered(one.name) in known.products]
    for size, products in sorted(known.products_by_size.items()):
        windows = _windows(draft, size, named)
        for said, spans in windows.items():
            right = _product_like(said, products)
            if right:
                yield from (Mention(*span, right) for span in spans)


def _windows(draft: Draft, size: int, named: list[tuple[int, int]]) -> dict[str, list[tuple[int, int]]]:
    """Runs of so many words outside `named`, in lower case; a single one must have a capital."""
    words = list(_WORD.finditer(draft.text))
    found: dict[str, list[tuple[int, int]]] = {}
    place = 0
    for number in range(len(words) - size + 1):
        start, end = words[number].start(), words[number + size - 1].end()
        while place < len(named) and named[place][1] <= start:
            place += 1
        is_named = place < len(named) and named[place][0] < end
        gaps = (draft.text[words[n].end() : words[n + 1].start()] for n in range(number, number + size - 1))
        if is_named or not all(gap in (" ", "-") for gap in gaps):
            continue
        if size == 1 and (not words[number][0][0].isupper() or _opens_sentence(draft, words[number])):
            continue
        found.setdefault(lowered(draft.text[start:end]), []).append((start, end))
    return found


def _product_like(said: str, products: dict[str, str]) -> str | None:
    if len(said) < 5:
        return None
    allowed = 1 if len(said) < 9 else 2
    close = process.extractOne(said, products.keys(), scorer=OSA.distance, score_cutoff=allowed)
    if close is None or said.rstrip("s") == close[0].rstrip("s"):
        return None
    return products[close[0]]


def _purchases_found(draft: Draft, known: Names, money: Record) -> Iterator[Finding]:
    """Products that the text says were bought, and the record does not."""
    if not known.purchases:
        return
    known_orders = frozenset(order for held in known.purchases.values() for order in held)
    orders = draft.names & known_orders
    for one in draft.mentions:
        if lowered(one.name) not in known.products or not _is_said_bought(draft, one, orders, money):
            continue
        start, end = draft.sentence(one.start)
        here = frozenset(other.name for other in draft.within(start, end)) & known_orders
        meant = here or orders
        held = known.purchases.get(one.name, frozenset())
        if held and (len(meant) != 1 or held & meant):
            continue
        which = f"order {next(iter(meant))}" if len(meant) == 1 else "any order here"
        bought = [name for name, held in known.purchases.items() if len(meant) != 1 or held & meant]
        yield Finding(
            draft,
            one.start,
            one.end,
            "purchase_unsupported",
            Severity.HIGH,
            f"The record has no {one.name} in {which}.",
            f"On record: {listed(bought)}.",
        )


def _is_said_bought(draft: Draft, one: Mention, orders: frozenset[str], money: Record) -> bool:
    """Whether the reader is told that they bought it: "the lamp" and "your lamp" are particular ones."""
    if _YOUR.search(draft.text, max(0, one.start - 12), one.start):
        return True
    sentence = draft.sentence_text(one.start)
    if _OFFERED.search(sentence) or _is_priced_as_offered(draft, one, money):
        return False
    is_line = bool(orders) and re.match(r"[ ]?[:(-]", draft.text[one.end : one.end + 2]) is not None
    is_particular = _THE.search(draft.text, max(0, one.start - 12), one.start) is not None
    return is_line or is_particular or _BOUGHT.search(sentence) is not None


def _is_priced_as_offered(draft: Draft, one: Mention, money: Record) -> bool:
    """Whether its sentence states a list price of it."""
    prices = {
        entry.amount for entry in money.amounts or () if entry.kind == "list" and entry.about == one.name
    }
    return any(claim.value in prices for claim in draft.money_between(*draft.sentence(one.start)))
