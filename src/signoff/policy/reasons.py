"""Which part of a condition did not hold."""

from __future__ import annotations

from collections.abc import Iterator

import cel

from signoff.policy.expression import Binary, Node, parse
from signoff.policy.parts import Names
from signoff.policy.typecheck import check

_AND = "&&"


def first_false(when: str, names: Names, context: cel.Context) -> str:
    """The first of the parts joined by `&&` that is false, as it is written; all of it if it is one part.

    Of a condition that was evaluated to false.
    """
    tree = parse(when)
    parts = list(_parts(when, tree))
    for prefix, text in zip(_prefixes(tree), parts, strict=True):
        if cel.compile(check(prefix, names).text).execute(context) is False:
            return text
    return when.strip()


def _prefixes(tree: Node) -> Iterator[Node]:
    """`a`, `a && b`, `a && b && c`: a part may rely on those before it, as has(x) && x > 1 does."""
    if isinstance(tree, Binary) and tree.operator == _AND:
        yield from _prefixes(tree.left)
    yield tree


def _parts(when: str, tree: Node) -> Iterator[str]:
    cuts = [node.position for node in _prefixes(tree) if isinstance(node, Binary) and node.operator == _AND]
    start = 0
    for cut in cuts:
        yield _whole(when[start:cut].strip())
        start = cut + len(_AND)
    yield _whole(when[start:].strip())


def _whole(text: str) -> str:
    """Without a parenthesis whose other half is in another part."""
    open_ones = text.count("(") - text.count(")")
    return text.removeprefix("(" * open_ones) if open_ones > 0 else text.removesuffix(")" * -open_ones)
