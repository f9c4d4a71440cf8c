"""What a thread held when it was last driven, in plain values, for pages that load no graph library."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from signoff.domain.value import Value

_SECRET = re.compile(
    r"(?:^|_)(?:pass(?:word|wd|phrase)?|pwd|secret|token|api_?key|access_?key|private_?key|credentials?"
    r"|authorization|cookie)(?:_(?:id|value|hash))?$"
)
_JOINTS = re.compile(r"[\s.\-]+|(?<=[a-z0-9])(?=[A-Z])")


def looks_secret(name: str) -> bool:
    """Whether a value of this name is a password, a key or a token, going by the name."""
    return _SECRET.search(_JOINTS.sub("_", name).lower()) is not None


class StateNode(Value):
    """A value of the state by name: a leaf has `text`, a group has `items`."""

    name: str
    kind: str
    """Its type, as Python calls it."""
    text: str | None = None
    items: tuple[StateNode, ...] = ()
    note: str = ""
    """Why something is missing, where it is: "hidden", "cut"."""


class PendingTask(Value):
    """A step that the thread has not finished."""

    node: str
    """As the drawing of the graph spells it, subgraphs before a colon."""
    is_done: bool
    """Its result is kept, so it does not run again."""
    error: str = ""
    interrupts: tuple[StateNode, ...] = ()


class CheckpointNote(Value):
    """One checkpoint, and what was written to reach it."""

    id: str
    step: int | None
    source: str
    """ "input", "loop", "update" or "fork"."""
    at: datetime | None
    next: tuple[str, ...]
    wrote: tuple[str, ...]
    """The nodes whose results it holds beyond the one before."""


class RunSnapshot(Value):
    """A thread as its runner left it."""

    state: tuple[StateNode, ...] = ()
    tasks: tuple[PendingTask, ...] = ()
    checkpoints: tuple[CheckpointNote, ...] = ()
    """The newest first."""
    has_older: bool = False
    """Whether there are more checkpoints than these."""
    trace: str = ""
    """Where in the code it failed."""

    @property
    def waiting(self) -> tuple[str, ...]:
        """The nodes that run next, each once."""
        return tuple(dict.fromkeys(task.node for task in self.tasks if not task.is_done))


def found_in(nodes: tuple[StateNode, ...], words: str) -> tuple[StateNode, ...]:
    """The branches in which `words` occurs in a name or a value, whatever its case."""
    return tuple(_found(nodes, words.casefold()))


def _found(nodes: tuple[StateNode, ...], words: str) -> Iterator[StateNode]:
    for node in nodes:
        if words in node.name.casefold() or (node.text is not None and words in node.text.casefold()):
            yield node
        elif inner := tuple(_found(node.items, words)):
            yield node.model_copy(update={"items": inner})
