"""What a browser calls itself, in words that its owner recognises."""

from __future__ import annotations

from signoff.web.pages.translate import gettext

# The first that occurs: every browser also claims to be the ones behind it.
_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)  # fmt: skip


def browser_words(agent: str) -> str:
    """For example "Firefox on Windows"."""
    browser = next((word for mark, word in _BROWSERS if mark in agent), gettext("A browser"))
    system = next((word for mark, word in _SYSTEMS if mark in agent), "")
    return gettext("%(browser)s on %(system)s", browser=browser, system=system) if system else browser
