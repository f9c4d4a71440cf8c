"""HTML from outside as a picture of it: built anew from harmless elements, so that nothing of it acts.

No attribute of the original survives. What would be fetched from elsewhere is named, not loaded; where
a link leads stands behind its words; what styles would hide is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser

from signoff.web.pages.reveal import written
from signoff.web.pages.translate import gettext

_KEPT = frozenset(
    "p div h1 h2 h3 h4 h5 h6 ul ol li table thead tbody tr td th b strong i em u s blockquote pre code "
    "small sup sub span center section article header footer".split()
)
_ALONE = frozenset({"br", "hr"})
_DROPPED = frozenset({"script", "style", "template", "noscript", "title", "svg", "math", "object", "iframe"})
_REMOTE = frozenset({"img", "video", "audio", "source", "embed", "link", "picture", "input"})
STYLE = (
    ":root{color-scheme:light dark}"
    "body{margin:1rem;font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}"
    "table{border-collapse:collapse;max-width:100%}"
    "td,th{padding:.25rem .5rem;border:1px dotted;text-align:start;vertical-align:top}"
    "pre{white-space:pre-wrap}"
)


@dataclass(frozen=True)
class Preview:
    """The picture, and what was left out of it."""

    html: str
    images: int

    @property
    def page(self) -> str:
        """A page for a frame that can do nothing."""
        head = f'<meta charset="utf-8"><title>{escape(gettext("Preview"))}</title><style>{STYLE}</style>'
        return f"<!doctype html><html><head>{head}</head><body>{self.html}</body></html>"


def preview(source: str) -> Preview:
    """A harmless picture of `source`."""
    builder = _Builder()
    builder.feed(source)
    builder.close()
    return Preview(builder.result(), builder.images)


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.images = 0
        self._parts: list[str] = []
        self._open: list[str] = []
        self._links: list[str] = []
        self._dropping: list[str] = []

    def result(self) -> str:
        return "".join(self._parts) + "".join(f"</{tag}>" for tag in reversed(self._open))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _DROPPED:
            self._dropping.append(tag)
        elif self._dropping:
            return
        elif tag in _REMOTE:
            self._picture(tag, dict(attrs))
        elif tag in _ALONE:
            self._parts.append(f"<{tag}>")
        elif tag == "a":
            self._links.append(dict(attrs).get("href") or "")
        elif tag in _KEPT:
            self._open.append(tag)
            self._parts.append(f"<{tag}>")

    def handle_endtag(self, tag: str) -> None:
        if self._dropping:
            if tag == self._dropping[-1]:
                self._dropping.pop()
        elif tag == "a" and self._links:
            if target := self._links.pop():
                self._say(" " + gettext("[link to %(target)s]", target=target[:200]))
        elif tag in self._open:
            while (closed := self._open.pop()) != tag:
                self._parts.append(f"</{closed}>")
            self._parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._dropping:
            self._say(data)

    def _picture(self, tag: str, attributes: dict[str, str | None]) -> None:
        if tag != "img":
            return
        self.images += 1
        about = attributes.get("alt") or attributes.get("src") or gettext("no description")
        self._say(gettext("[image not loaded: %(about)s]", about=about[:200]))

    def _say(self, text: str) -> None:
        self._parts.append(escape(written(text)))
