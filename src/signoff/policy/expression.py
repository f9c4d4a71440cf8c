"""The part of CEL that conditions may use, as a syntax tree.

The CEL engine exposes neither its tree nor types, so conditions are read here; whatever this
grammar does not know is refused. What runs is printed from the checked tree, not the author's text,
so that the two readings cannot differ.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn

MAX_LENGTH = 2_000
MAX_DEPTH = 30
"""Nesting of parentheses, calls and lists; the engine itself gives up at 96."""
MAX_STEPS = 150
"""Operators, fields and calls together."""


class ExpressionFault(Exception):
    """What is wrong with a condition, and at which character."""

    def __init__(self, position: int, message: str) -> None:
        super().__init__(message)
        self.position, self.message = position, message


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, number or truth value, written out."""

    position: int
    value: str | int | float | bool


@dataclass(frozen=True, slots=True)
class Name:
    """A variable."""

    position: int
    name: str


@dataclass(frozen=True, slots=True)
class Select:
    """A field of something: `args.to`."""

    position: int
    target: Node
    field: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function, method or macro."""

    position: int
    function: str
    target: Node | None
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list, written out."""

    position: int
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Unary:
    """`!x` or `-x`."""

    position: int
    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands and what stands between them."""

    position: int
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Conditional:
    """`condition ? then : otherwise`."""

    position: int
    condition: Node
    then: Node
    otherwise: Node


Node = Literal | Name | Select | Call | ListOf | Unary | Binary | Conditional

_TOKEN = re.compile(
    r"""
      (?P<skip>   [ \t\r\n]+ | //[^\n]* )
    | (?P<double> [0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)? | [0-9]+[eE][+-]?[0-9]+ )
    | (?P<int>    [0-9]+ )
    | (?P<raw>    [rR](?:"[^"\n]*"|'[^'\n]*') )
    | (?P<text>   "(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*' )
    | (?P<name>   [A-Za-z_][A-Za-z0-9_]* )
    | (?P<symbol> && | \|\| | == | != | <= | >= | [-+*/%!<>?:.,()\[\]] )
    """,
    re.VERBOSE | re.ASCII,
)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_SIMPLE_ESCAPES = {
    **{c: c for c in "\\\"'`?"},
    **dict(zip("abfnrtv", "\a\b\f\n\r\t\v", strict=True)),
}
RESERVED = frozenset(
    {
        *("as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in"),
        *("let", "loop", "null", "package", "namespace", "return", "true", "var", "void", "while"),
    }
)
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("||",),
    ("&&",),
    ("==", "!=", "<", "<=", ">", ">=", "in"),
    ("+", "-"),
    ("*", "/", "%"),
)
_RELATIONS = 2


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int


@lru_cache(maxsize=1024)  # the conditions of a policy are read once for each tool
def parse(text: str) -> Node:
    """The tree of `text`.

    Raises:
        ExpressionFault: for anything outside the grammar.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionFault(0, f"the condition has {len(text):,} characters; the limit is {MAX_LENGTH:,}")
    return _Parser(_tokens(text)).whole()


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ExpressionFault(position, f"cannot be read from {text[position : position + 12]!r} on")
        if match.lastgroup != "skip":
            tokens.append(_Token(str(match.lastgroup), match.group(), position))
        position = match.end()
    return [*tokens, _Token("end", "", position)]


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0
        self._steps = 0

    def whole(self) -> Node:
        if self._here.kind == "end":
            raise ExpressionFault(0, "the condition is empty")
        node = self._expression()
        if self._here.kind != "end":
            self._refuse("an operator or the end was expected")
        return node

    @property
    def _here(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._here
        self._next += 1
        return token

    def _accept(self, *symbols: str) -> _Token | None:
        token = self._here
        is_operator = token.kind == "symbol" or token.text == "in"
        return self._take() if is_operator and token.text in symbols else None

    def _expect(self, symbol: str) -> None:
        if not self._accept(symbol):
            self._refuse(f"{symbol!r} was expected")

    def _refuse(self, message: str) -> NoReturn:
        found = repr(self._here.text) if self._here.kind != "end" else "the end"
        raise ExpressionFault(self._here.position, f"{message}, found {found}")

    def _step(self, token: _Token) -> _Token:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise ExpressionFault(
                token.position, f"more than {MAX_STEPS} operators, fields and calls; split the rule"
            )
        return token

    def _expression(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExpressionFault(self._here.position, f"nested deeper than {MAX_DEPTH} levels")
        node = self._binary(0)
        if mark := self._accept("?"):
            then = self._binary(0)
            self._expect(":")
            node = Conditional(mark.position, node, then, self._expression())
        self._depth -= 1
        return node

    def _binary(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._unary()
        left = self._binary(level + 1)
        while token := self._accept(*_LEVELS[level]):
            self._step(token)
            left = Binary(token.position, token.text, left, self._binary(level + 1))
            if level == _RELATIONS and self._here.text in _LEVELS[level]:
                self._refuse("comparisons cannot be chained; write parentheses and &&")
        return left

    def _unary(self) -> Node:
        token = self._accept("!", "-")
        if token is None:
            return self._member()
        if self._here.text in ("!", "-"):
            self._refuse("one sign is enough")
        return Unary(token.position, token.text, self._member())

    def _member(self) -> Node:
        node = self._primary()
        while self._accept("."):
            name = self._step(self._identifier())
            if self._accept("("):
                node = Call(name.position, name.text, node, self._list_until(")"))
            else:
                node = Select(name.position, node, name.text)
        if self._here.text == "[":
            self._refuse("an index is not supported; use a field, `in` or a macro")
        return node

    def _identifier(self) -> _Token:
        if self._here.kind != "name":
            self._refuse("a name was expected")
        if self._here.text in RESERVED:
            self._refuse("a name was expected, not a reserved word")
        return self._take()

    def _primary(self) -> Node:
        token = self._here
        match token.kind:
            case "int" | "double" | "text" | "raw":
                return Literal(token.position, _literal(self._take()))
            case "name" if token.text in ("true", "false"):
                return Literal(token.position, self._take().text == "true")
            case "name":
                name = self._identifier()
                if self._accept("("):
                    return Call(name.position, name.text, None, self._list_until(")"))
                return Name(name.position, name.text)
        if self._accept("("):
            node = self._expression()
            self._expect(")")
            return node
        if not self._accept("["):
            self._refuse("a value was expected")
        return ListOf(token.position, self._list_until("]"))

    def _list_until(self, end: str) -> tuple[Node, ...]:
        items: list[Node] = []
        if self._accept(end):
            return ()
        while True:
            items.append(self._expression())
            if self._accept(end):
                return tuple(items)
            self._expect(",")


def _literal(token: _Token) -> str | int | float:
    match token.kind:
        case "int":
            if (len(token.text) > 1 and token.text[0] == "0") or len(token.text) > 16:
                raise ExpressionFault(
                    token.position, f"{token.text[:20]} is not a number that can be compared"
                )
            return int(token.text)
        case "double":
            return float(token.text)
        case "raw":
            return token.text[2:-1]
        case _:
            return _ESCAPE.sub(lambda found: _unescape(found, token), token.text[1:-1])


def _unescape(found: re.Match[str], token: _Token) -> str:
    digits = found[1] or found[2] or found[3]
    if digits:
        code = int(digits, 16)
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            raise ExpressionFault(token.position, f"{found[0]} is no character")
        return chr(code)
    simple = _SIMPLE_ESCAPES.get(found[4])
    if simple is None:
        raise ExpressionFault(
            token.position, f'unknown escape {found[0]!r}; for a pattern write r"..." or double the backslash'
        )
    return simple
