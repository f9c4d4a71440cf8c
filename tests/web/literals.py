"""What a template says that no catalogue could change: its text, and the attributes that people read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from jinja2 import Environment, nodes

READ = frozenset({"aria-label", "title", "placeholder", "alt", "data-fill"})
_TRANSLATED = frozenset({"_", "gettext", "ngettext", "pgettext"})
_MUTE = frozenset({"code", "kbd", "script", "style"})
_VALUE = "\ue000"
"""Stands where a template prints something."""
_WORD = re.compile(r"[^\W\d_]{2,}")
_SENTENCE = re.compile(r"[A-Z][a-z]|\w+ \w+ \w+")
_ATTRIBUTE = re.compile(r'[a-z-]+="[^"]*"( autofocus)?')
"""What a macro prints inside a tag."""


def literals(env: Environment, source: str) -> list[str]:
    """Every text of a template that is read by people and is not a message."""
    tree = env.parse(source)
    reading = _Reading()
    reading.feed("".join(_printed(tree)))
    reading.close()
    return reading.found + list(_handed_on(tree))


def _printed(node: nodes.Node) -> Iterator[str]:
    """The page as it would be printed with every branch taken, values as marks."""
    if isinstance(node, nodes.TemplateData):
        yield node.data
    elif isinstance(node, nodes.Expr):
        yield from _said_by(node)
    elif isinstance(node, nodes.Output):
        for child in node.nodes:
            yield from _printed(child)
    elif not isinstance(node, nodes.AssignBlock):
        for inner in node.iter_child_nodes(exclude=("test", "iter", "target", "args", "defaults", "call")):
            if not isinstance(inner, nodes.Expr):
                yield from _printed(inner)


def _said_by(expression: nodes.Expr) -> Iterator[str]:
    match expression:
        case nodes.Const(value=str() as text):
            yield text
        case nodes.CondExpr(expr1=first, expr2=second):
            yield from _said_by(first)
            if second is not None:
                yield from _said_by(second)
        case nodes.Or(left=first, right=second) | nodes.Add(left=first, right=second):
            yield from _said_by(first)
            yield from _said_by(second)
        case nodes.Concat(nodes=parts):
            for part in parts:
                yield from _said_by(part)
        case nodes.Filter(node=inner) if inner is not None:
            yield from _said_by(inner)
        case _:
            yield _VALUE


def _handed_on(tree: nodes.Template) -> Iterator[str]:
    """Sentences that a macro or a loop is given instead of messages."""
    messages = {
        id(given)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in _TRANSLATED
        for given in call.find_all(nodes.Const)
    }
    for found in tree.find_all(nodes.Const):
        if id(found) not in messages and isinstance(found.value, str) and _SENTENCE.match(found.value):
            yield found.value


class _Reading(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._mute = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._mute += tag in _MUTE
        self.found += [value for name, value in attrs if name in READ and value and _WORD.search(value)]

    def handle_endtag(self, tag: str) -> None:
        self._mute -= tag in _MUTE

    def handle_data(self, data: str) -> None:
        if not self._mute and _WORD.search(_ATTRIBUTE.sub("", data)):
            self.found.append(" ".join(data.split()))
