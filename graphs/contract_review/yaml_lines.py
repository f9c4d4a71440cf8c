"""YAML with the line of every value, for messages that name file and line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Path = tuple[str | int, ...]


@dataclass
class Lined:
    """Plain values and where each stands."""

    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    faults: list[tuple[int, str]] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """The line of `path`, as far as it can be followed; parts not in the file are passed over."""
        here: Path = ()
        for part in path:
            if (*here, part) in self.lines:
                here = (*here, part)
        return self.lines.get(here, 1)


def read_lined(text: str) -> Lined:
    """The one document in `text`; what is broken in it stands in its faults."""
    lined = Lined()
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        lined.faults.append((mark.line + 1 if mark else 1, f"broken YAML: {error.problem or error.context}"))
        return lined
    except (yaml.YAMLError, RecursionError) as error:
        lined.faults.append((1, f"broken YAML: {error}"))
        return lined
    if root is None:
        lined.faults.append((1, "the file is empty"))
    else:
        lined.data = _value(root, (), lined)
    return lined


def _value(node: Node, path: Path, lined: Lined) -> Any:
    lined.lines.setdefault(path, node.start_mark.line + 1)
    match node:
        case MappingNode():
            return _mapping(node, path, lined)
        case SequenceNode():
            return [_value(item, (*path, at), lined) for at, item in enumerate(node.value)]
        case ScalarNode():
            return _scalar(node)
    raise AssertionError(node)


def _mapping(node: MappingNode, path: Path, lined: Lined) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, ScalarNode):
            lined.faults.append((line, "a key must be a plain text"))
        elif key.value in result:
            lined.faults.append((line, f"the key {key.value!r} stands here a second time"))
        else:
            here = (*path, key.value)
            lined.lines[here] = line
            result[key.value] = _value(value, here, lined)
    return result


def _scalar(node: ScalarNode) -> Any:
    """Texts stay texts: only what is written as a number, true or false is taken as one."""
    if node.tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool"):
        return yaml.safe_load(node.value)
    return None if node.tag == "tag:yaml.org,2002:null" else node.value
