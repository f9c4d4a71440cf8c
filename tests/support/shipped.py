"""The policies that flows ship, and spoiled copies of them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from signoff.domain.errors import PolicyInvalid
from signoff.domain.policy import Policy
from signoff.policy.cases import Case, cases_beside, load_cases
from signoff.policy.document import Document, _compose, _value
from signoff.policy.load import _Assembly
from signoff.services.judge import Judge

FLOWS = Path(__file__).parents[2] / "graphs"
SHIPPED = sorted(FLOWS.glob("*/policy.yaml"))

Step = str | int
At = tuple[Step, ...]


@dataclass(frozen=True)
class Shipped:
    """One policy with its cases."""

    text: str
    judge: Judge
    cases: tuple[Case, ...]
    root: MappingNode


@cache
def shipped(file: Path) -> Shipped:
    text = file.read_text("utf-8")
    policy, document = _assembled(_root(text), text)
    assert not document.faults
    return Shipped(text, Judge(policy, str(file)), load_cases(cases_beside(file)), _root(text))


def _root(text: str) -> MappingNode:
    root = _compose(text, Document("policy.yaml"))
    assert isinstance(root, MappingNode)
    return root


def _assembled(root: Node, text: str) -> tuple[Policy, Document]:
    """What the loader does after the text is parsed, which takes nine tenths of its time."""
    document = Document("policy.yaml")
    document.data = _value(root, (), document)
    return _Assembly(document).policy(text), document


def reloaded(root: Node, text: str) -> Policy:
    """The policy of a spoiled tree.

    Raises:
        PolicyInvalid: as the loader would.
    """
    policy, document = _assembled(root, text)
    if document.faults:
        raise PolicyInvalid(tuple(document.faults))
    return policy


def places(node: Node, at: At = ()) -> Iterator[tuple[At, Node]]:
    """Every value of the tree with the keys that lead to it."""
    if isinstance(node, MappingNode):
        items: list[tuple[Step, Node]] = [(key.value, value) for key, value in node.value]
    else:
        items = list(enumerate(node.value)) if isinstance(node, SequenceNode) else []
    for step, value in items:
        yield (*at, step), value
        yield from places(value, (*at, step))


def _node(text: str) -> Node:
    node = yaml.compose(text)
    assert node is not None
    return node


def missing_key(_: Node) -> Node | None:
    """The key goes with its value; an item of a list has none."""
    return None


def null(_: Node) -> Node:
    return _node("null")


def wrong_type(value: Node) -> Node:
    wrong: Any = 7 if isinstance(value, ScalarNode) and value.tag.endswith("str") else "nonsense"
    return _node(json.dumps(["nonsense"] if isinstance(value, MappingNode) else wrong))


def unknown_name(_: Node) -> Node:
    return _node('"nonsense"')


MUTATIONS: tuple[Callable[[Node], Node | None], ...] = (missing_key, null, wrong_type, unknown_name)


def spoiled(root: MappingNode, at: At, change: Callable[[Node], Node | None]) -> Node | None:
    """The tree with one value changed, the original left as it is; None where the change does not apply."""
    step, *rest = at
    result = copy.copy(root)
    if isinstance(root, SequenceNode):
        changed = spoiled(root.value[step], tuple(rest), change) if rest else change(root.value[step])
        result.value = [changed if n == step else item for n, item in enumerate(root.value)]
        return None if changed is None else result
    result.value = []
    for key, value in root.value:
        if key.value != step:
            result.value.append((key, value))
        elif not rest:
            changed = change(value)
            result.value += [] if changed is None else [(key, changed)]
        elif (inner := spoiled(value, tuple(rest), change)) is None:
            return None
        else:
            result.value.append((key, inner))
    return result
