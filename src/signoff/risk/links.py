"""Links and recipients whose domain nobody listed, and addresses made to look like another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from email.errors import HeaderParseError
from email.headerregistry import HeaderRegistry
from typing import Literal, get_args

from pydantic import field_validator
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from signoff.domain.action import Action
from signoff.domain.flag import RiskFlag, Severity
from signoff.risk.finding import TOO_MANY, Marker, Settings, fact_strings, listed, texts
from signoff.risk.hosts import MAX_HOST, belongs_to, is_domain_name, owner, readable_host, resembles, target
from signoff.risk.text import Plain, leaves

NAME, VERSION = "links", "2"
Code = Literal[
    "link_scheme",
    "link_unreadable",
    "link_userinfo",
    "link_ambiguous",
    "link_lookalike",
    "link_domain_unknown",
    "link_page_unknown",
    "recipient_several",
    "recipient_unreadable",
    "recipient_lookalike",
    "recipient_domain_unknown",
]
CODES: frozenset[str] = frozenset((*get_args(Code), TOO_MANY))

_TOKEN = re.compile(r"[^\s<>\"'()\[\]{}|`]++")
_HAS_SCHEME = re.compile(r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,30}:[/\\]", re.IGNORECASE)
_BARE_SCHEME = re.compile(
    r"(?<![a-z0-9+.-])(?:https?|ftps?|javascript|vbscript|data|file|blob|tel|sms|mailto):", re.IGNORECASE
)
_HOST_WORD = re.compile(r"[\w.-]++")
_MAX_LINK = 2048
_MAX_ADDRESSES = 1000
_HEADERS = HeaderRegistry()
_CLOSING = ".,;:!?*_~"
_WEB = ("http", "https")
_NEAR_PAGE = 0.8


class LinksSettings(Settings):
    """Which domains links may lead to, and which recipients may be written to."""

    allow: tuple[str, ...] = ()
    """Domains that links may lead to, subdomains included."""
    allow_fact: str | None = None
    """Fact: a list of more such domains."""
    pages_fact: str | None = None
    """Fact: a list of the pages that there are, as links; other pages of listed domains are flagged."""
    recipient: str | None = None
    """Argument that holds the recipient's address, or a list of them."""
    recipient_allow: tuple[str, ...] = ()
    """Domains that may be written to."""
    recipient_allow_fact: str | None = None
    """Fact: a list of more domains and single addresses that may be written to."""

    @field_validator("allow", "recipient_allow")
    @classmethod
    def _are_domains(cls, domains: tuple[str, ...]) -> tuple[str, ...]:
        for domain in domains:
            if not is_domain_name(readable_host(domain)):
                raise ValueError(f'{domain!r} is no domain; write for example "example.com"')
        return domains


class Links:
    """Compares the domains in a draft with the listed ones. With no list, every link is unknown."""

    name = NAME
    version = VERSION
    codes = CODES

    def __init__(self, settings: LinksSettings) -> None:
        self._settings = settings
        self.reads = settings.facts
        self._mark = Marker[Code](NAME, VERSION)

    def detect(self, action: Action) -> Sequence[RiskFlag]:
        return self._mark.collected(self._flags(action))

    def _flags(self, action: Action) -> Iterator[RiskFlag]:
        settings = self._settings
        if settings.tools and action.tool not in settings.tools:
            return
        yield from self._recipient_flags(action)
        known = _domains(settings.allow, fact_strings(action, settings.allow_fact))
        pages = fact_strings(action, settings.pages_fact) if settings.pages_fact else None
        for path, text in texts(action, settings):
            if path.split("/")[1] == settings.recipient:
                continue
            plain = Plain(text)
            for start, end in _links(plain.text, known):
                yield from self._link_flags(path, plain, start, end, known)
                if pages is not None:
                    yield from self._page_flags(path, plain, start, end, known, pages)

    def _link_flags(
        self, path: str, plain: Plain, start: int, end: int, known: frozenset[str]
    ) -> Iterator[RiskFlag]:
        link = plain.text[start:end]
        to = target(link)
        if to.scheme in ("mailto", "tel", "sms"):
            return
        found: list[tuple[Code, Severity, str, str]] = []
        if to.scheme and to.scheme not in _WEB:
            found.append(
                ("link_scheme", Severity.HIGH, f"A {to.scheme}: link is no web address.", "Web links only.")
            )
        elif not to.host:
            found.append(
                ("link_unreadable", Severity.HIGH, "Where this link leads cannot be read.", _known(known))
            )
        else:
            if to.user:
                message = f"The link shows {to.user[:80]!r} but leads to {to.host}."
                evidence = 'Browsers ignore what stands before the "@".'
                found.append(("link_userinfo", Severity.HIGH, message, evidence))
            if to.is_ambiguous:
                message = "Programs disagree about where this link leads."
                evidence = "It has backslashes or escapes in its address."
                found.append(("link_ambiguous", Severity.HIGH, message, evidence))
            if not belongs_to(to.host, known):
                found.append(_unknown(to.host, known))
        start, end = plain.span(start, end)
        for code, severity, message, evidence in found:
            yield self._mark.flag(
                code,
                severity,
                message,
                path=path,
                text=plain.original,
                start=start,
                end=end,
                evidence=evidence,
                suggestion=_safer(link, known),
            )

    def _page_flags(
        self,
        path: str,
        plain: Plain,
        start: int,
        end: int,
        known: frozenset[str],
        pages: tuple[str, ...],
    ) -> Iterator[RiskFlag]:
        to = target(plain.text[start:end])
        listed_pages = {_page(page): page for page in pages}
        if not to.host or not belongs_to(to.host, known) or _page(plain.text[start:end]) in listed_pages:
            return
        near = process.extractOne(
            _page(plain.text[start:end]),
            listed_pages.keys(),
            scorer=Levenshtein.normalized_similarity,
            score_cutoff=_NEAR_PAGE,
        )
        start, end = plain.span(start, end)
        yield self._mark.flag(
            "link_page_unknown",
            Severity.MEDIUM,
            "The record has no such page.",
            path=path,
            text=plain.original,
            start=start,
            end=end,
            evidence=f"Compared with {len(pages)} pages on record.",
            suggestion=listed_pages[near[0]] if pages and near else None,
        )

    def _recipient_flags(self, action: Action) -> Iterator[RiskFlag]:
        settings = self._settings
        if settings.recipient is None or settings.recipient not in action.arguments:
            return
        listed_facts = fact_strings(action, settings.recipient_allow_fact)
        domains = _domains(settings.recipient_allow, tuple(f for f in listed_facts if "@" not in f))
        addresses = frozenset(fact.lower() for fact in listed_facts if "@" in fact)
        value = action.arguments[settings.recipient]
        for path, text in leaves({settings.recipient: value}):
            for code, message, evidence, suggestion in _recipient_faults(text, domains, addresses):
                yield self._mark.flag(
                    code,
                    Severity.HIGH,
                    message,
                    path=path,
                    text=text,
                    start=0,
                    end=len(text),
                    evidence=evidence,
                    suggestion=suggestion,
                )


def _page(link: str) -> str:
    """Host and path without what does not choose the page; the front page is its host."""
    to = target(link)
    rest = link.partition("://")[2] or link
    path = re.split(r"[?#]", rest, maxsplit=1)[0].partition("/")[2]
    return f"{to.host.removeprefix('www.')}/{path.strip('/').lower()}"


def _domains(fixed: tuple[str, ...], more: tuple[str, ...]) -> frozenset[str]:
    return frozenset(readable_host(domain) for domain in (*fixed, *more))


def link_spans(text: str) -> Iterator[tuple[int, int]]:
    """Offsets of everything in a plain text that is a link, or might become one."""
    return _links(text, frozenset())


def _links(text: str, known: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Offsets of what a reader's program turns into a link, or might."""
    for token in _TOKEN.finditer(text):
        word = token[0]
        if "." not in word and ":" not in word and "\\" not in word and "//" not in word:
            continue
        offset = token.start()
        length = len(word.rstrip(_CLOSING))
        schemes = [*_HAS_SCHEME.finditer(word, 0, length)] or [*_BARE_SCHEME.finditer(word, 0, length)]
        starts = [found.start() for found in schemes if found.end() < length]
        if not starts and word.startswith(("//", "\\\\")):
            starts = [0]
        for start in starts:
            yield offset + start, offset + min(length, start + _MAX_LINK)
        if not starts:
            for begin, end in _bare_hosts(word[:length], known):
                yield offset + begin, offset + end


def _bare_hosts(word: str, known: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Hosts without a scheme: "www.acme.com", "acme.com/offer"; mail addresses are none."""
    for found in _HOST_WORD.finditer(word):
        start, end = found.span()
        if end - start > MAX_HOST:
            continue
        if word[start - 1 : start] == "@" or (word[end : end + 1] == "@"):
            continue
        host = readable_host(found[0].strip(".-_"))
        if "." not in host or host.rpartition(".")[2].isdigit():
            continue
        if belongs_to(host, known) or is_domain_name(host):
            has_path = word[end : end + 1] in ("/", ":", "?", "#")
            yield start, min(len(word), start + _MAX_LINK) if has_path else end


def _unknown(host: str, known: frozenset[str]) -> tuple[Code, Severity, str, str]:
    registered = owner(host)
    belongs = f"{host[:120]} belongs to {registered[:80]}. " if registered != host else ""
    likeness = resembles(host, known)
    if likeness and likeness[0] != "contains the name of":
        message = f"The domain {registered[:80]} {likeness[0]} {likeness[1]}, but is another."
        return "link_lookalike", Severity.HIGH, message, belongs + _known(known)
    message = f"The domain {registered[:80]} is not on the list."
    if likeness:
        message = f"The domain {registered[:80]} {likeness[0]} {likeness[1]}, but is not on the list."
    return "link_domain_unknown", Severity.HIGH, message, belongs + _known(known)


def _known(known: frozenset[str]) -> str:
    if not known:
        return "No domain is listed."
    return f"Links may lead to {listed(sorted(known))}."


def _safer(link: str, known: frozenset[str]) -> str | None:
    if len(known) != 1:
        return None
    [domain] = known
    return f"https://{domain}" if ":" in link else domain


_Fault = tuple[Code, str, str, str | None]
"""Code, message, evidence, suggestion."""


def _recipient_faults(text: str, domains: frozenset[str], addresses: frozenset[str]) -> Iterator[_Fault]:
    parsed = _addresses(text)
    if len(parsed) > 1:
        message = "The address names more than one recipient."
        yield "recipient_several", message, "One mail, one recipient.", None
    if not parsed:
        yield (
            "recipient_unreadable",
            "This is no mail address.",
            "It cannot be compared with the record.",
            None,
        )
    for address, domain in parsed:
        if address not in addresses and not belongs_to(domain, domains):
            yield _unknown_recipient(address, domain, domains)


def _addresses(text: str) -> list[tuple[str, str]]:
    """Each address in a header's value with its domain, lower case; empty when any is unreadable."""
    if len(text) > _MAX_ADDRESSES or not text.isprintable():
        return []
    try:
        header = _HEADERS("To", text)
    except (HeaderParseError, ValueError, IndexError, AttributeError):
        return []
    found = [
        (f"{one.username}@{one.domain}".lower(), readable_host(one.domain))
        for one in getattr(header, "addresses", ())
    ]
    is_whole = not header.defects and all("." in domain and address[0] != "@" for address, domain in found)
    return found if is_whole else []


def _unknown_recipient(address: str, domain: str, domains: frozenset[str]) -> _Fault:
    evidence = f"Mail goes to {listed(sorted(domains))}." if domains else "No recipient domain is listed."
    likeness = resembles(domain, domains)
    if likeness and likeness[0] != "contains the name of":
        message = f"{domain} {likeness[0]} {likeness[1]}, but is another domain."
        return "recipient_lookalike", message, evidence, f"{address.rpartition('@')[0]}@{likeness[1]}"
    return "recipient_domain_unknown", f"Nobody listed the recipient's domain {domain}.", evidence, None
