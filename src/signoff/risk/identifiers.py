"""Recognisers of personal identifiers in plain text, by shape and check digit. All are linear."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address

Span = tuple[int, int]

_AT = re.compile("@")
_LOCAL = re.compile(r"[\w.+%'-]")
_DOMAIN = re.compile(r"[^\W_][\w-]{0,62}(?:\.[\w-]{1,63}){0,8}\.[^\W\d_][\w-]{1,62}")
_MAX_LOCAL = 64


def emails(text: str) -> Iterator[Span]:
    """E-mail addresses; what stands before an "@" inside a link is none."""
    for at in _AT.finditer(text):
        start = at.start()
        while start > 0 and at.start() - start < _MAX_LOCAL and _LOCAL.match(text[start - 1]):
            start -= 1
        while start < at.start() and text[start] in ".'-":
            start += 1
        domain = _DOMAIN.match(text, at.end())
        in_link = text[start - 1 : start] in ("/", "\\")
        if domain and start < at.start() and not in_link:
            yield start, domain.end()


_CARD = re.compile(r"(?<!\w)(?<!\d[ .-])\d(?:[ -]?\d){12,18}(?![ -]?\d)(?!\w)")
_CARD_IN_FOURS = re.compile(r"(?<!\d)\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?!\d)")


def cards(text: str) -> Iterator[Span]:
    """Payment card numbers: 13 to 19 digits with an issuer's first digit that pass Luhn's check."""
    seen: set[int] = set()
    for pattern in (_CARD, _CARD_IN_FOURS):
        for found in pattern.finditer(text):
            digits = _digits(found[0])
            if _stands_in_account(text, found.start()):
                continue
            if found.start() not in seen and digits[0] in "23456" and _passes_luhn(digits):
                seen.add(found.start())
                yield found.span()


def _passes_luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (2 if place % 2 else 1)
        total += number - 9 if number > 9 else number
    return total % 10 == 0 and len(set(digits)) > 1


_ACCOUNT_BEFORE = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?:[ -][A-Z0-9]{4}){0,7}[ -]$")


def _stands_in_account(text: str, start: int) -> bool:
    """Whether what stands before makes these figures a part of an account number, right or wrong."""
    return _ACCOUNT_BEFORE.search(text, max(0, start - 42), start) is not None


_IBAN_START = re.compile(r"(?<!\w)([A-Za-z]{2})(\d{2})(?=[ -]?[A-Za-z0-9])")
_IBAN_LENGTHS = {
    country: int(length)
    for country, length in (
        entry.split(":")
        for entry in (
            "AD:24 AE:23 AL:28 AT:20 AZ:28 BA:20 BE:16 BG:22 BH:22 BR:29 BY:28 CH:21 CR:22 CY:28 CZ:24 "
            "DE:22 DK:18 DO:28 EE:20 EG:29 ES:24 FI:18 FO:18 FR:27 GB:22 GE:22 GI:23 GL:18 GR:27 GT:28 "
            "HR:21 HU:28 IE:22 IL:23 IQ:23 IS:26 IT:27 JO:30 KW:30 KZ:20 LB:28 LI:21 LT:20 LU:20 LV:21 "
            "LY:25 MC:27 MD:24 ME:22 MK:19 MR:27 MT:31 MU:30 NL:18 NO:15 PK:24 PL:28 PS:29 PT:25 QA:29 "
            "RO:24 RS:22 SA:24 SC:31 SE:24 SI:19 SK:24 SM:27 ST:25 SV:28 TL:23 TN:24 TR:26 UA:29 VA:22 "
            "VG:24 XK:20"
        ).split()
    )
}


def ibans(text: str) -> Iterator[Span]:
    """Bank account numbers with their country's length that pass the check modulo 97."""
    for found in _IBAN_START.finditer(text):
        length = _IBAN_LENGTHS.get(found[1].upper())
        if length is None:
            continue
        account, end = _account(text, found.start(), length)
        if len(account) == length and not text[end : end + 1].isalnum() and _passes_mod_97(account):
            yield found.start(), end


def _account(text: str, start: int, length: int) -> tuple[str, int]:
    """The next `length` letters and digits from `start`, single spaces and dashes left out."""
    kept: list[str] = []
    end = start
    while len(kept) < length and end < len(text):
        char = text[end]
        if char.isascii() and char.isalnum():
            kept.append(char.upper())
        elif char not in " -" or text[end - 1] in " -":
            break
        end += 1
    return "".join(kept), end


def _passes_mod_97(account: str) -> bool:
    moved = account[4:] + account[:4]
    return int("".join(str(int(char, 36)) for char in moved)) % 97 == 1


_SSN = re.compile(r"(?<![\w-])(\d{3})([- ])(\d{2})\2(\d{4})(?![\w-])")


def social_security_numbers(text: str) -> Iterator[Span]:
    """US social security numbers in the usual 3-2-4 form, impossible ones left out."""
    for found in _SSN.finditer(text):
        area, group, serial = found[1], found[3], found[4]
        if area not in ("000", "666") and area[0] != "9" and group != "00" and serial != "0000":
            yield found.span()


_PHONE = re.compile(r"(?<![\w.,#$/@-])(?:\+ ?)?\(?\d(?:[ ().-]{0,2}\d){7,14}(?![\w@])(?!-\w)")
_NATIONAL = re.compile(r"\(?\d{3}\)?[ .-]{1,2}\d{3}[ .-]\d{4}")
_WITH_TRUNK = re.compile(r"1[ .-]\(?\d{3}\)?[ .-]{1,2}\d{3}[ .-]\d{4}|\(?0\d{2,4}\)?(?:[ -]\d{2,8}){1,4}")


def phones(text: str) -> Iterator[Span]:
    """Phone numbers written as such: with a plus, or grouped as in the US or after a leading zero."""
    for found in _PHONE.finditer(text):
        start, number = found.start(), found[0]
        if number.startswith("(") and ")" not in number:
            start, number = start + 1, number[1:]
        if _SSN.fullmatch(number) or _stands_in_account(text, start):
            continue
        if number.startswith("+") or _NATIONAL.fullmatch(number) or _WITH_TRUNK.fullmatch(number):
            yield start, found.end()


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isdigit())


_IP = re.compile(
    r"(?<![\w.:/-])(?P<six>\[?[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:[0-9.]{7,15})?\]?|\d{1,3}(?:\.\d{1,3}){3})"
    r"(?![\w:]|[.-]\w)"
)
_VERSION_BEFORE = re.compile(
    r"(?:\bv|\b(?:version|release|firmware|build|section|clause|chapter))[ .]?$", re.IGNORECASE
)


def ip_addresses(text: str) -> Iterator[Span]:
    """Addresses of machines on the internet, version 4 and 6; those of no machine in particular are none."""
    for found in _IP.finditer(text):
        try:
            address = ip_address(found[0].strip("[]"))
        except ValueError:
            continue
        is_version = _VERSION_BEFORE.search(text, max(0, found.start() - 12), found.start())
        if not is_version and not (address.is_loopback or address.is_unspecified or address.is_multicast):
            yield found.span()


def comparable(value: str) -> str:
    """Letters and digits only: "+1 (555) 010-9999" and "555-010-9999" are the same number."""
    kept = "".join(char for char in value.casefold() if char.isalnum() or char in "@.")
    if "@" in kept:
        return kept
    kept = kept.replace(".", "")
    return kept[1:] if kept.isdigit() and len(kept) == 11 and kept[0] == "1" else kept
