"""Patterned personal data: which planted identifiers are flagged as what, and what else is.

The texts are generated: identifiers with right check digits in the ways people write them, and figures
that resemble them but are none. Everything is made up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random  # noqa: TID251 - seeded, so that every run measures the same texts

from signoff.risk.registry import build_detectors, run_detectors
from tests.campaigns.figures import Figure, Part, at_least, shown
from tests.support.risk import draft

EACH, SEED = 200, 20270105
BAR, PHONE_BAR = 0.97, 0.90


@dataclass(frozen=True)
class Labelled:
    """A text with one identifier, or with a figure that is none (`code` is empty)."""

    text: str
    code: str
    start: int
    end: int


_AROUND = (
    "Please note: {}.",
    "You can use {} from now on",
    "We found {} in our files, is it yours?",
    "({})",
    "- {}\n- and nothing else",
    "Reference: {}; thank you",
    "It was {}, I believe.",
)


def _digits(chance: Random, count: int) -> str:
    return "".join(chance.choice("0123456789") for _ in range(count))


def _luhn(body: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(body)):
        number = int(digit) * (1 if place % 2 else 2)
        total += number - 9 if number > 9 else number
    return body + str(-total % 10)


def _grouped(figures: str, sizes: tuple[int, ...], by: str) -> str:
    parts, place = [], 0
    for size in sizes:
        parts.append(figures[place : place + size])
        place += size
    return by.join(part for part in [*parts, figures[place:]] if part)


def _card(chance: Random) -> str:
    prefix, length = chance.choice([("4", 16), ("51", 16), ("55", 16), ("34", 15), ("6011", 16)])
    number = _luhn(prefix + _digits(chance, length - len(prefix) - 1))
    sizes = (4, 6) if length == 15 else (4, 4, 4)
    return chance.choice([number, _grouped(number, sizes, " "), _grouped(number, sizes, "-")])


def _no_card(chance: Random) -> str:
    number = _card(chance)
    last = number[-1]
    return number[:-1] + chance.choice([digit for digit in "0123456789" if digit != last])


_IBANS = {
    "DE": (0, 18),
    "GB": (4, 14),
    "FR": (0, 23),
    "NL": (4, 10),
    "ES": (0, 20),
    "AT": (0, 16),
    "CH": (0, 17),
}
"""Letters and figures after the check digits, by country."""


def _iban_body(country: str, chance: Random) -> str:
    letters, figures = _IBANS[country]
    return "".join(chance.choice("ABCDEFGHKLMN") for _ in range(letters)) + _digits(chance, figures)


def _iban(chance: Random) -> str:
    country = chance.choice(sorted(_IBANS))
    body = _iban_body(country, chance)
    value = int("".join(str(int(char, 36)) for char in f"{body}{country}00"))
    number = f"{country}{98 - value % 97:02d}{body}"
    return chance.choice([number, _grouped(number, (4,) * (len(number) // 4), " ")])


def _no_iban(chance: Random) -> str:
    number = _iban(chance)
    check = f"{(int(number[2:4]) + chance.randrange(1, 90)) % 97 + 2:02d}"
    return number[:2] + ("00" if check == number[2:4] else check) + number[4:]


def _ssn(chance: Random) -> str:
    area = chance.choice([n for n in range(1, 900) if n != 666])
    by = chance.choice("-- ")
    return f"{area:03d}{by}{chance.randrange(1, 100):02d}{by}{chance.randrange(1, 10000):04d}"


def _no_ssn(chance: Random) -> str:
    area, group, serial = chance.choice([("000", "12", "3456"), ("666", "45", "6789"), ("912", "34", "5678")])
    return chance.choice([f"{area}-{group}-{serial}", f"{chance.randrange(100, 600)}-00-{serial}"])


def _email(chance: Random) -> str:
    first = chance.choice("ana.lopez j-smith mei_lin o'neil karl+shop x99 t.van.der.berg".split())
    domain = chance.choice("example.com mail.example.org firma.de uni.ac.uk".split())
    return f"{first}{_digits(chance, 2)}@{domain}"


def _no_email(chance: Random) -> str:
    return chance.choice(["@harbourpine", "5 @ 3 dollars", "user@", "a@b", "meet @ noon. Then"])


def _phone(chance: Random) -> str:
    area, first, last = chance.randrange(201, 990), chance.randrange(200, 999), chance.randrange(1000, 9999)
    return chance.choice(
        [
            f"({area}) {first}-{last}",
            f"{area}-{first}-{last}",
            f"{area}.{first}.{last}",
            f"+1 {area} {first} {last}",
            f"1-{area}-{first}-{last}",
            f"+44 20 7{_digits(chance, 3)} {_digits(chance, 4)}",
            f"020 7{_digits(chance, 3)} {_digits(chance, 4)}",
            f"+49 30 {_digits(chance, 7)}",
            f"+33 1 {_digits(chance, 2)} {_digits(chance, 2)} {_digits(chance, 2)} {_digits(chance, 2)}",
            f"0171 {_digits(chance, 7)}",
        ]
    )


def _no_phone(chance: Random) -> str:
    return chance.choice(
        [
            f"#W{_digits(chance, 7)}",
            f"item 6{_digits(chance, 9)}",
            f"${chance.randrange(1, 9)},{_digits(chance, 3)}.{_digits(chance, 2)}",
            f"2027-0{chance.randrange(1, 9)}-1{_digits(chance, 1)}",
            f"ISBN 978-3-16-{_digits(chance, 6)}-0",
            f"room {_digits(chance, 4)}",
        ]
    )


def _ip(chance: Random) -> str:
    four = ".".join(str(n) for n in (chance.randrange(1, 223), *(chance.randrange(256) for _ in range(3))))
    six = ":".join(f"{chance.randrange(65536):x}" for _ in range(8))
    short = f"2001:db8::{chance.randrange(1, 65536):x}"
    return chance.choice([four.replace("127.", "128.", 1), six, short])


def _no_ip(chance: Random) -> str:
    return chance.choice(["version 1.2.3.4", "300.1.2.3", "1.2.3", "10:30:45", "v2.10.0.1", "127.0.0.1"])


KINDS: dict[str, tuple[Callable[[Random], str], Callable[[Random], str]]] = {
    "personal_card": (_card, _no_card),
    "personal_iban": (_iban, _no_iban),
    "personal_ssn": (_ssn, _no_ssn),
    "personal_email": (_email, _no_email),
    "personal_phone": (_phone, _no_phone),
    "personal_ip": (_ip, _no_ip),
}


def labelled(each: int, seed: int) -> Iterator[Labelled]:
    """`each` texts of every kind that hold one, and as many that hold a figure like it."""
    chance = Random(seed)
    for code, makers in KINDS.items():
        for make, label in zip(makers, (code, ""), strict=True):
            for _ in range(each):
                said = make(chance)
                before, after = chance.choice(_AROUND).split("{}")
                yield Labelled(f"{before}{said}{after}", label, len(before), len(before) + len(said))


def measure(data: Path) -> Iterator[Figure]:
    yield from _figures("personal_data", {code: code for code in KINDS})
    names = ("card", "iban", "ssn", "email", "phone", "ip")
    entities = ("credit_card", "iban_code", "us_ssn", "email_address", "phone_number", "ip_address")
    of_presidio = {f"personal_{n}": f"pii_{entity}" for n, entity in zip(names, entities, strict=True)}
    for figure in _figures("presidio", of_presidio):
        yield shown(f"presidio, {figure.what}", figure.value)


def _figures(name: str, codes: dict[str, str]) -> Iterator[Figure]:
    """Precision and recall of one detector by kind; `codes` says what it calls each kind."""
    [detector] = build_detectors({name: {"read": ["body"]}})
    planted, found, given = Counter[str](), Counter[str](), Counter[str]()
    for one in labelled(EACH, SEED):
        flags, errors = run_detectors([detector], draft(one.text))
        if errors:
            raise RuntimeError(f"{name} failed on {one.text!r}: {errors}")
        given.update(flag.code for flag in flags)
        if one.code:
            planted[one.code] += 1
            wanted = codes[one.code]
            found[wanted] += any(f.code == wanted and (f.start, f.end) == (one.start, one.end) for f in flags)
    for kind, code in codes.items():
        bar = PHONE_BAR if kind == "personal_phone" else BAR
        what = kind.removeprefix("personal_")
        yield at_least(f"{what}, precision", found[code] / max(1, given[code]), bar)
        yield at_least(f"{what}, recall", found[code] / planted[kind], bar)


PART = Part(
    "personal",
    data=f"made up, {EACH} a kind + {EACH} likes",
    split="all, recognisers mended on such",
    measure=measure,
)
