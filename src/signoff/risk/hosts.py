"""Where an address leads: the host of a link as a browser reads it, and whom it belongs to."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal
from urllib.parse import unquote

import tldextract
from rapidfuzz.distance import DamerauLevenshtein

from signoff.risk.text import as_latin

_RESERVED_SUFFIXES = frozenset({"example", "test", "invalid", "localhost", "local", "onion"})
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,30}:", re.IGNORECASE)
_LABEL = re.compile(r"[\w-]{1,63}")
_OTHER_DOTS = str.maketrans("。．｡", "...")
_MIN_LOOKALIKE = 5
MAX_HOST = 253
"""Characters that the name of a host has at most."""

# No suffix list is fetched and no cache is written: the list inside the package is used.
_split = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


@dataclass(frozen=True)
class Target:
    """The parts of a link that say where it leads."""

    scheme: str
    """Lower case; empty where the text has none."""
    user: str
    """What stands before an "@" in front of the host."""
    host: str
    """Lower case, with international names decoded; empty when no name can be read from it."""
    is_ambiguous: bool
    """Whether programs disagree about the host: backslashes, or escapes inside it."""


def target(link: str) -> Target:
    """Read a link as browsers do; a link without a scheme starts at its host."""
    scheme, rest = "", link
    found = _SCHEME.match(link)
    if found and (link[found.end() : found.end() + 1] in ("/", "\\") or "." not in found[0]):
        scheme, rest = found[0][:-1].lower(), link[found.end() :]
    authority = re.split(r"[/\\?#]", rest.lstrip("/\\"), maxsplit=1)[0]
    user, _, address = authority.rpartition("@")
    address = re.sub(r":\d*$", "", address)
    is_ambiguous = "\\" in link[:200] or "%" in address
    host = readable_host(unquote(address)) if len(address) <= MAX_HOST else ""
    return Target(scheme, user, host, is_ambiguous)


def readable_host(host: str) -> str:
    """Lower case, compatibility characters resolved, punycode decoded, no closing dot."""
    host = unicodedata.normalize("NFKC", host.translate(_OTHER_DOTS)).strip().rstrip(".").lower()
    return ".".join(_decoded(label) for label in host.split("."))


def _decoded(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


@lru_cache(maxsize=4096)
def owner(host: str) -> str:
    """The registered domain: "evil.ru" of "acme.com.evil.ru"; the host itself if it has none."""
    parts = _split.extract_str(host)
    if parts.suffix and parts.domain:
        return f"{parts.domain}.{parts.suffix}"
    labels = host.split(".")
    return ".".join(labels[-2:]) if labels[-1] in _RESERVED_SUFFIXES else host


def is_domain_name(host: str) -> bool:
    """Whether a word with dots can be a host on the internet: its last part is a known suffix."""
    labels = host.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        return False
    return labels[-1] in _RESERVED_SUFFIXES or bool(_split.extract_str(host).suffix)


def belongs_to(host: str, domains: frozenset[str]) -> bool:
    """Whether `host` is one of `domains` or below one."""
    labels = host.split(".")
    return any(".".join(labels[n:]) in domains for n in range(len(labels)))


Likeness = Literal["reads like", "is spelled almost like", "contains the name of"]


def resembles(host: str, domains: frozenset[str]) -> tuple[Likeness, str] | None:
    """How an unknown host resembles a known domain, and which; None when it does not."""
    registered = owner(host)
    latin = as_latin(registered)
    for known in sorted(domains):
        if latin != registered and latin == known:
            return "reads like", known
    for known in sorted(domains):
        if len(known) >= _MIN_LOOKALIKE and registered != known:
            allowed = 1 if len(known) < 12 else 2
            if DamerauLevenshtein.distance(latin, known, score_cutoff=allowed) <= allowed:
                return "is spelled almost like", known
    for known in sorted(domains):
        name = owner(known).split(".")[0]
        if len(name) >= _MIN_LOOKALIKE and name in as_latin(host):
            return "contains the name of", known
    return None
