"""What a page says, read with a parser, so that escaping faults show."""

from __future__ import annotations

from html.parser import HTMLParser

_VOID = {"meta", "link", "input", "hr", "br", "img", "base"}


class Page(HTMLParser):
    """Visible text, elements and attributes of a page."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.marks: list[tuple[str, str]] = []
        self._open: list[tuple[str, str]] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.elements.append((tag, attributes))
        if tag not in _VOID:
            self._open.append((tag, attributes.get("class") or ""))
        if tag == "mark":
            self.marks.append((attributes.get("class") or "", ""))

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        opened, _ = self._open.pop()
        assert opened == tag, f"</{tag}> closes <{opened}>"

    def handle_data(self, data: str) -> None:
        if any(tag in ("style", "script", "title") for tag, _ in self._open):
            return
        self.texts.append(data)
        if any(tag == "mark" for tag, _ in self._open):
            kind, words = self.marks[-1]
            self.marks[-1] = (kind, words + data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())

    def all(self, tag: str, **attributes: str) -> list[dict[str, str | None]]:
        """Attributes of each such element."""
        return [
            found
            for name, found in self.elements
            if name == tag and all(found.get(key) == value for key, value in attributes.items())
        ]
