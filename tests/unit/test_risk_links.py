from __future__ import annotations

from typing import Any

import pytest

from signoff.risk.hosts import is_domain_name, owner, target
from tests.support.risk import draft, flags_of, found

SETTINGS: dict[str, Any] = {
    "read": ["subject", "body"],
    "allow_fact": "link_domains",
    "recipient": "to",
    "recipient_allow": ["example.com"],
}
FACTS = {"link_domains": ["harbourpine.example", "acme.com"]}


def check(body: str, facts: dict[str, Any] | None = None, **arguments: Any) -> list[tuple[str, str]]:
    return found(flags_of("links", SETTINGS, draft(body, FACTS if facts is None else facts, **arguments)))


@pytest.mark.parametrize(
    "body",
    [
        "Visit https://harbourpine.example/shop?a=b#c.",
        "Visit https://www.acme.com, or acme.com/offers!",
        "[our shop](https://acme.com/x) and <https://acme.com>",
        "HTTPS://ACME.COM:443/path",
        "https://acme.com./",
        "Write to care@elsewhere.org or call us, e.g. today. Thanks.See you.",
        "See Fig.2, v1.2.3, 10.30 a.m., and/or N/A; Node.js; $1,234.50",
        "Customer data: none. Tel: 555. Sure:/",
    ],
)
def test_listed_domains_and_plain_text_pass(body: str) -> None:
    assert check(body) == []


@pytest.mark.parametrize(
    ("body", "code", "quote"),
    [
        ("Visit https://evil.ru/x.", "link_domain_unknown", "https://evil.ru/x"),
        ("Visit evil.ru/x now", "link_domain_unknown", "evil.ru/x"),
        ("Visit www.evil.ru", "link_domain_unknown", "www.evil.ru"),
        ("acme.com,evil.ru", "link_domain_unknown", "evil.ru"),
        ("https://acme.com.evil.ru/", "link_domain_unknown", "https://acme.com.evil.ru/"),
        ("https://notacme.com.evil.ru/", "link_domain_unknown", "https://notacme.com.evil.ru/"),
        ("http://192.168.0.1/x", "link_domain_unknown", "http://192.168.0.1/x"),
        ("http://2130706433/", "link_domain_unknown", "http://2130706433/"),
        ("//evil.ru/x", "link_domain_unknown", "//evil.ru/x"),
        ("https:evil.ru", "link_domain_unknown", "https:evil.ru"),
        ("https://harbourpine-rewards.example", "link_domain_unknown", "https://harbourpine-rewards.example"),
        ("https://harbourpinne.example", "link_lookalike", "https://harbourpinne.example"),
        ("https://h\u0430rbourpine.example", "link_lookalike", "https://h\u0430rbourpine.example"),
        ("https://xn--hrbourpine-w5h.example", "link_lookalike", "https://xn--hrbourpine-w5h.example"),
        ("javascript:alert(1)", "link_scheme", "javascript:alert"),
        ("ftp://acme.com/x", "link_scheme", "ftp://acme.com/x"),
        ("https://evil\u3002ru/", "link_domain_unknown", "https://evil\u3002ru/"),
        ("https://ev\u200bil.ru/", "link_domain_unknown", "https://ev\u200bil.ru/"),
        ("https:///", "link_unreadable", "https:///"),
    ],
)
def test_other_links_are_flagged(body: str, code: str, quote: str) -> None:
    assert check(body) == [(code, quote)]


def test_a_name_before_an_at_sign_does_not_count() -> None:
    assert check("https://acme.com@evil.ru/login") == [
        ("link_userinfo", "https://acme.com@evil.ru/login"),
        ("link_domain_unknown", "https://acme.com@evil.ru/login"),
    ]
    assert check("https://someone@acme.com/") == [("link_userinfo", "https://someone@acme.com/")]


def test_a_backslash_hides_nothing() -> None:
    codes = [code for code, _ in check(r"https://evil.ru\@acme.com/")]
    assert codes == ["link_ambiguous", "link_domain_unknown"]


def test_a_redirect_inside_a_link_is_seen() -> None:
    assert check("https://acme.com/go?to=https://evil.ru") == [("link_domain_unknown", "https://evil.ru")]


def test_the_evidence_says_whom_the_domain_belongs_to() -> None:
    [flag] = flags_of("links", SETTINGS, draft("https://acme.com.evil.ru/", FACTS))
    assert flag.evidence.startswith("acme.com.evil.ru belongs to evil.ru.")


def test_without_a_list_every_link_is_unknown() -> None:
    assert check("https://acme.com", facts={}) == [("link_domain_unknown", "https://acme.com")]


def test_the_only_listed_domain_is_suggested() -> None:
    facts = {"link_domains": ["acme.com"]}
    [flag] = flags_of("links", SETTINGS, draft("https://evil.ru/x", facts))
    assert flag.suggestion == "https://acme.com"


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("noah@example.com", None),
        ("Noah Brown <noah@example.com>", None),
        ("noah@mail.example.com", None),
        ("noah@elsewhere.org", "recipient_domain_unknown"),
        ("noah@example.com.elsewhere.org", "recipient_domain_unknown"),
        ("noah@exampel.com", "recipient_lookalike"),
        ("noah@ex\u0430mple.com", "recipient_lookalike"),
        ("noah@example.com, eve@example.com", "recipient_several"),
        ("noah@example.com\nBcc: eve@evil.ru", "recipient_unreadable"),
        ("noah", "recipient_unreadable"),
        ("", "recipient_unreadable"),
    ],
)
def test_recipients_are_compared_with_listed_domains(to: str, code: str | None) -> None:
    assert [flag for flag, _ in check("Hello.", to=to)] == ([] if code is None else [code])


def test_a_single_address_can_be_listed_by_the_facts() -> None:
    settings = SETTINGS | {"recipient_allow": [], "recipient_allow_fact": "known"}
    facts = {"known": ["noah@elsewhere.org"]}
    assert flags_of("links", settings, draft("Hi", facts, to="Noah@elsewhere.org")) == ()
    assert len(flags_of("links", settings, draft("Hi", facts, to="eve@elsewhere.org"))) == 1


def test_every_recipient_of_a_list_is_looked_at() -> None:
    [flag] = flags_of("links", SETTINGS, draft("Hi", FACTS, to=["noah@example.com", "eve@evil.ru"]))
    assert (flag.path, flag.quote) == ("/to/1", "eve@evil.ru")


def test_no_network_and_no_cache_is_used_for_suffixes() -> None:
    assert owner("a.b.co.uk") == "b.co.uk"
    assert owner("harbourpine.github.io") == "harbourpine.github.io"
    assert is_domain_name("acme.com")
    assert not is_domain_name("e.g")


@pytest.mark.parametrize(
    ("link", "host"),
    [
        ("https://a:b@ACME.com:8443/x", "acme.com"),
        ("acme.com/x", "acme.com"),
        ("acme.com:8080", "acme.com"),
        ("https://acme%2Ecom/", "acme.com"),
        ("https:/\\/acme.com", "acme.com"),
        ("https://" + "a" * 300 + ".com", ""),
    ],
)
def test_a_link_is_read_as_browsers_do(link: str, host: str) -> None:
    assert target(link).host == host


PAGES = FACTS | {
    "link_pages": ["https://acme.com/boots", "https://acme.com/guides/care", "https://acme.com/"]
}


def pages(body: str) -> list[tuple[str, str, str | None]]:
    settings = SETTINGS | {"pages_fact": "link_pages"}
    return [(f.code, f.quote, f.suggestion) for f in flags_of("links", settings, draft(body, PAGES))]


@pytest.mark.parametrize(
    "link",
    [
        "https://acme.com/boots",
        "acme.com/Boots/?ref=mail#top",
        "https://www.acme.com/guides/care",
        "acme.com",
    ],
)
def test_pages_on_record_pass(link: str) -> None:
    assert pages(f"See {link} today") == []


def test_a_page_that_there_is_not_is_flagged_with_the_nearest() -> None:
    assert pages("See https://acme.com/boot today") == [
        ("link_page_unknown", "https://acme.com/boot", "https://acme.com/boots")
    ]
    assert pages("See acme.com/free-money") == [("link_page_unknown", "acme.com/free-money", None)]


def test_a_page_of_a_foreign_domain_is_about_the_domain() -> None:
    assert [code for code, _, _ in pages("See https://evil.ru/boots")] == ["link_domain_unknown"]


def test_a_record_without_pages_supports_no_link() -> None:
    settings = SETTINGS | {"pages_fact": "link_pages"}
    [flag] = flags_of("links", settings, draft("See acme.com/boots", FACTS))
    assert (flag.code, flag.suggestion) == ("link_page_unknown", None)
