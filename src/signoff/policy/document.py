"""YAML read for a policy: plain values with the line of each, nothing clever.

Aliases, tags, several documents and duplicate keys are refused. Only `true` and `false` are
booleans, and no text turns into a date or a number of minutes.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.composer import Composer
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.parser import Parser
from yaml.reader import Reader, ReaderError
from yaml.resolver import BaseResolver
from yaml.scanner import Scanner

from signoff.domain.errors import PolicyFault

MAX_BYTES = 256 * 1024
MAX_DEPTH = 24

Path = tuple[str | int, ...]


@dataclass
class Document:
    """The values of a file, and where they stand. With faults, `data` holds what could be read."""

    file: str
    data: dict[str, Any] = field(default_factory=dict)
    faults: list[PolicyFault] = field(default_factory=list)
    lines: dict[Path, int] = field(default_factory=dict)
    texts: dict[Path, str] = field(default_factory=dict)
    """Scalars as they were written."""
    blocks: set[Path] = field(default_factory=set)
    """Texts whose lines are lines of the file, the first one below the key's."""

    def line(self, path: Path) -> int:
        """The line of `path`, or of the nearest thing around it that is there."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def line_in_text(self, path: Path, position: int) -> int:
        """The line of the character at `position` of the text at `path`."""
        text = self.texts.get(path, "")
        inside = 1 + text.count("\n", 0, position) if path in self.blocks else 0
        return self.line(path) + inside

    def fault(self, path: Path, message: str, rule: str | None = None) -> None:
        """Note a fault of what stands at `path`."""
        self.add(self.line(path), message, rule)

    def add(self, line: int, message: str, rule: str | None = None) -> None:
        self.faults.append(PolicyFault(self.file, line, message, rule))


class _Refused(Exception):
    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line, self.message = line, message


class _Loader(Reader, Scanner, Parser, Composer, BaseResolver):
    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        BaseResolver.__init__(self)
        self._depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]  # types-PyYAML leaves it bare
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _Refused(line, "anchors and aliases (& and *) are not supported; write the value out")
        if getattr(event, "tag", None):
            raise _Refused(line, f"the tag {event.tag!r} is not supported")
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _Refused(line, f"nested deeper than {MAX_DEPTH} levels")
        node: Node | None = super().compose_node(parent, index)
        self._depth -= 1
        if isinstance(node, ScalarNode) and any("\ud800" <= c <= "\udfff" for c in node.value):
            raise _Refused(line, "a text holds half a surrogate pair, which is no character")
        return node


def read(text: str, file: str) -> Document:
    """The document in `text`; what is wrong with it stands in its `faults`."""
    document = Document(file)
    size = len(text.encode(errors="replace"))
    if size > MAX_BYTES:
        document.fault((), f"the file has {size:,} bytes; the limit is {MAX_BYTES:,}")
        return document
    root = _compose(text, document)
    if root is None:
        if not document.faults:
            document.fault((), "the file is empty; a policy needs name, version, tools and rules")
    elif not isinstance(root, MappingNode):
        document.fault((), "a policy is a mapping with name, version, tools and rules")
    else:
        document.data = _value(root, (), document)
    return document


def _compose(text: str, document: Document) -> Node | None:
    try:
        root: Node | None = _Loader(text).get_single_node()
        return root
    except _Refused as refused:
        line, message = refused.line, refused.message
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = f"the character U+{ord(text[error.position]):04X} may not stand in YAML"
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        message = f"broken YAML: {error.problem or error.context}{_began(error)}"
    except RecursionError:
        line, message = 1, "nested too deep"
    document.add(line, message)
    return None


def _began(error: yaml.MarkedYAMLError) -> str:
    """Where what is broken began, since a quote that is never closed is noticed at the end only."""
    if not (error.context and error.problem and error.context_mark):
        return ""
    return f" {error.context} that begins on line {error.context_mark.line + 1}"


def _value(node: Node, path: Path, document: Document) -> Any:
    document.lines.setdefault(path, node.start_mark.line + 1)
    match node:
        case MappingNode():
            return _mapping(node, path, document)
        case SequenceNode():
            return [_value(item, (*path, n), document) for n, item in enumerate(node.value)]
        case ScalarNode():
            document.texts[path] = node.value
            if node.style == "|":
                document.blocks.add(path)
            return _scalar(node, path, document)
    raise AssertionError(node)


def _mapping(node: MappingNode, path: Path, document: Document) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, ScalarNode):
            document.add(line, "a key must be a plain text")
            continue
        if key.value in result:
            message = f"the key {key.value!r} stands here a second time"
            document.add(line, message)
            continue
        here = (*path, key.value)
        document.lines[here] = line
        result[key.value] = _value(value, here, document)
    return result


_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+([eE][-+]?[0-9]+)?")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


def _scalar(node: ScalarNode, path: Path, document: Document) -> Any:
    text: str = node.value
    if node.style is not None:
        return text
    if text in _WORDS:
        if _WORDS[text] is None:
            document.fault(path, f"{_last(path)} has no value; write one, or leave the key out")
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        if math.isfinite(float(text)):
            return float(text)
        document.fault(path, f"{text} is too large")
    return text


def _last(path: Path) -> str:
    name = path[-1] if path else "the file"
    return f"item {name + 1}" if isinstance(name, int) else repr(name)
