"""The picture of an action: its kind's partial prints what it knows how to print, the rest follows.

Every value is handed to a template through here, and counted. What the partial of the kind did not ask
for stands in the list behind it, so that no value that would run is ever left off the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from signoff.domain.page_kind import PageKind
from signoff.web.pages.kinds.contract_clause import ContractClause
from signoff.web.pages.kinds.data_conflict import DataConflict
from signoff.web.pages.kinds.deal import Deal
from signoff.web.pages.kinds.email import Email
from signoff.web.pages.kinds.fields import Fields
from signoff.web.pages.kinds.given import Given, Shape
from signoff.web.pages.kinds.refund import Refund
from signoff.web.pages.leaves import Leaf, facts, leaves, pointer_to
from signoff.web.pages.marks import NumberedFlag
from signoff.web.pages.reveal import Piece

SHAPES: dict[PageKind, type[Shape]] = {
    PageKind.EMAIL: Email,
    PageKind.CONTRACT_CLAUSE: ContractClause,
    PageKind.REFUND: Refund,
    PageKind.DATA_CONFLICT: DataConflict,
    PageKind.DEAL: Deal,
}


class Picture:
    """One action as it is shown, in the shape of its kind where it has that shape."""

    def __init__(self, given: Given, kind: PageKind | None, flags: Sequence[NumberedFlag] = ()) -> None:
        self.shape = _shape(given, kind)
        self.body = given.body
        self._facts = given.facts
        self._leaves = {leaf.pointer: leaf for leaf in leaves(given.arguments, flags)}
        self._printed: set[str] = set()
        self._told: set[str] = set()

    @property
    def template(self) -> str:
        return self.shape.template

    @property
    def values(self) -> tuple[Leaf, ...]:
        """Every value that would run, wherever it is printed."""
        return tuple(self._leaves.values())

    def leaf(self, pointer: str) -> Leaf | None:
        """The value at `pointer`, to be printed now."""
        found = self._leaves.get(pointer)
        if found is not None:
            self._printed.add(pointer)
        return found

    def under(self, pointer: str) -> tuple[Leaf, ...]:
        """The value at `pointer`, or everything below it, to be printed now."""
        below = tuple(
            leaf for at, leaf in self._leaves.items() if at == pointer or at.startswith(pointer + "/")
        )
        self._printed.update(leaf.pointer for leaf in below)
        return below

    def named(self, name: str) -> tuple[Leaf, ...]:
        """The argument called `name`, to be printed now."""
        return self.under(pointer_to(name))

    def told(self, *names: str) -> str:
        """Note that these facts are printed."""
        self._told.update(names)
        return ""

    def rest(self, *except_for: str) -> tuple[Leaf, ...]:
        """Every value that was not printed yet, but for what lies at or under some pointers."""
        left = [
            leaf
            for at, leaf in self._leaves.items()
            if at not in self._printed and not any(f"{at}/".startswith(f"{kept}/") for kept in except_for)
        ]
        self._printed.update(leaf.pointer for leaf in left)
        return tuple(left)

    def record(self, names: Sequence[str]) -> tuple[tuple[str, tuple[Piece, ...]], ...]:
        """Those of the facts called `names` that were not told yet."""
        known: dict[str, Any] = {
            name: self._facts[name] for name in names if name in self._facts and name not in self._told
        }
        return facts(known)


def _shape(given: Given, kind: PageKind | None) -> Shape:
    if kind is not None:
        try:
            return SHAPES[kind].read(given)
        except (TypeError, ValueError):  # another shape than the policy's author thought of
            return Fields.read(given)
    return Fields.read(given)
