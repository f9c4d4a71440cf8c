"""Writes drafts from templates over the record, true ones and ones with one fault planted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random  # noqa: TID251 - seeded, so that every run plants the same faults
from typing import Any

import yaml

from graphs.outbound_copy.data import Retail
from tests.campaigns.planted.faults import CONSEQUENCES, FAULTS, Fault
from tests.campaigns.planted.situation import Situation, situations
from tests.campaigns.planted.wording import Hand, Styles

HERE = Path(__file__).parent
_SLOT = re.compile(r"\{(\w+)(:words)?\}")
_TRIES = 400

Place = tuple[str, int, int]
"""A field ("subject" or "body") with offsets into it."""


@dataclass(frozen=True)
class Written:
    """One draft; a true one has no fault."""

    situation: Situation
    subject: str
    body: str
    fault: Fault | None = None
    wrong: tuple[Place, ...] = ()
    """Where the fault stands; a flag on one of these finds it."""
    contradicted: tuple[Place, ...] = ()
    """Where a flag is right, but not asked for."""
    offer: float | None = None
    """The discount that the call declares; under a percentage fault it is the false one."""


@dataclass(frozen=True)
class Templates:
    """One set of templates with its ways of writing."""

    styles: Styles
    texts: tuple[dict[str, str], ...]

    @classmethod
    def read(cls, name: str) -> Templates:
        raw = yaml.safe_load((HERE / name).read_text(encoding="utf-8"))
        return cls(Styles.model_validate(raw["styles"]), tuple(raw["templates"]))


def clean_drafts(retail: Retail, templates: Templates, count: int, seed: int) -> Iterator[Written]:
    """Drafts in which every sentence is true, each template in turn."""
    chance = Random(seed)
    for n, at in enumerate(situations(retail, chance, count)):
        text = templates.texts[n % len(templates.texts)]
        yield _written(at, text, Hand.of(templates.styles, chance))


def faulty_drafts(retail: Retail, templates: Templates, each: int, seed: int) -> Iterator[Written]:
    """`each` drafts of every class of faults, with exactly one fault each."""
    for number, fault in enumerate(FAULTS):
        chance = Random(seed * 1000 + number)
        made = 0
        for at in situations(retail, chance, _TRIES):
            draft = _planted(at, fault, templates, chance)
            if draft is not None:
                made += 1
                yield draft
            if made == each:
                break


def _planted(at: Situation, fault: Fault, templates: Templates, chance: Random) -> Written | None:
    fitting = [(text, place) for text in templates.texts for place in _places(text, fault)]
    if not fitting:
        return None
    text, (field, nth) = chance.choice(fitting)
    slot = list(_SLOT.finditer(text[field]))[nth][1]
    value = fault.change(at, slot, chance)
    if value is None:
        return None
    hand = Hand.of(templates.styles, chance)
    return _written(at, text, hand, fault, (field, nth, slot, value))


def _places(text: dict[str, str], fault: Fault) -> list[tuple[str, int]]:
    """Field and number of every slot of the template that the fault can change."""
    return [
        (field, nth)
        for field, template in text.items()
        for nth, found in enumerate(_SLOT.finditer(template))
        if found[1] in fault.slots and (fault.in_words is None or fault.in_words == bool(found[2]))
    ]


def _written(
    at: Situation,
    text: dict[str, str],
    hand: Hand,
    fault: Fault | None = None,
    change: tuple[str, int, str, Any] | None = None,
) -> Written:
    wrong: list[Place] = []
    contradicted: list[Place] = []
    fields: dict[str, str] = {}
    for field, template in text.items():
        parts: list[str] = []
        length = end = 0
        for nth, found in enumerate(_SLOT.finditer(template)):
            slot, in_words = found[1], bool(found[2])
            shown = hand.write(slot, at.values[slot], in_words)
            if change and fault and (field, nth) == change[:2]:
                shown = change[3] if fault.is_raw else hand.write(slot, change[3], in_words)
            gap = template[end : found.start()]
            start = length + len(gap)
            parts += [gap, shown]
            length, end = start + len(shown), found.end()
            if change and (field, nth) == change[:2]:
                wrong.append((field, start, length))
            elif change and (slot == change[2] or slot in CONSEQUENCES.get(change[2], ())):
                contradicted.append((field, start, length))
        fields[field] = "".join([*parts, template[end:]])
    return Written(
        situation=at,
        subject=fields["subject"],
        body=fields["body"],
        fault=fault,
        wrong=tuple(wrong),
        contradicted=tuple(contradicted),
        offer=_declared(at, text, change),
    )


def _declared(at: Situation, text: dict[str, str], change: tuple[str, int, str, Any] | None) -> float | None:
    if "{percent" not in text["subject"] + text["body"]:
        return None
    is_false = change is not None and change[2] == "percent" and not isinstance(change[3], str)
    return float(change[3] if change and is_false else at.values["percent"])
