"""Checked pieces of a condition: their types, their text for the engine, and what they prove."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from signoff.policy.celtypes import BOOL, DOUBLE, INT, LARGEST, LARGEST_DOUBLE, STRING, Declared, Type
from signoff.policy.expression import Binary, Call, ExpressionFault, Literal, Node
from signoff.policy.grounding import IN_REQUEST, REQUEST

Path = tuple[str, ...]
NOTHING: frozenset[Path] = frozenset()
ATOM, COMPOSITE = 1, 0
PLAIN = ("string", "int", "double", "bool")
TEXT_SIZE = "text_size"
"""Our function for the size of a text: the engine's own counts bytes, CEL's counts characters."""


@dataclass(frozen=True)
class Names:
    """What a condition may read: variables with a type, and objects by their fields."""

    variables: Mapping[str, Type]
    objects: Mapping[str, Mapping[str, Declared]]
    items: Mapping[str, Mapping[str, Type]]
    """Lists of objects, with the fields of one."""
    owners: Mapping[str, str] = field(default_factory=dict)
    """Where an object's fields are declared, for messages."""


@dataclass(frozen=True, slots=True)
class Part:
    """A checked subtree: its type, its text, and which optional values it proves present."""

    type: Type
    text: str
    rank: int = ATOM
    if_true: frozenset[Path] = NOTHING
    if_false: frozenset[Path] = NOTHING
    bound: float = 0.0
    """No number it gives is further from zero."""
    path: Path | None = None
    fields: Mapping[str, Type] | None = None
    """For an object of a list, or a list of them."""

    @property
    def operand(self) -> str:
        return self.text if self.rank == ATOM else f"({self.text})"


def quoted(text: str) -> str:
    """`text` as a CEL literal in plain ASCII."""
    plain = (c if 32 <= ord(c) < 127 and c not in '"\\' else f"\\U{ord(c):08x}" for c in text)
    return f'"{"".join(plain)}"'


def literal(node: Literal) -> Part:
    """The piece of a written-out value."""
    match node.value:
        case bool():
            return Part(BOOL, "true" if node.value else "false")
        case str():
            return Part(Type("string", values=frozenset({node.value})), quoted(node.value))
        case int() | float():
            limit = LARGEST if isinstance(node.value, int) else LARGEST_DOUBLE
            if node.value > limit:
                raise ExpressionFault(node.position, f"the number is beyond {limit:,}")
            type = INT if isinstance(node.value, int) else DOUBLE
            return Part(type, repr(node.value), bound=abs(float(node.value)))


def as_type(part: Part, type: Type) -> Part:
    """`part`, converted where `type` is a double and it gives an int."""
    if type.kind == "double" and part.type.kind == "int":
        return Part(DOUBLE, f"double({part.text})", bound=part.bound, path=part.path)
    return part


def matched(left: Part, right: Part) -> tuple[Part, Part]:
    """Both, with an int beside a double converted."""
    if left.type.is_number and right.type.is_number and left.type.kind != right.type.kind:
        return as_type(left, DOUBLE), as_type(right, DOUBLE)
    return left, right


def need(node: Node, part: Part, kind: str, what: str) -> None:
    """Refuse `part` unless it is of `kind`."""
    if part.type.kind != kind:
        raise ExpressionFault(node.position, f"{what} needs a {kind}, not {part.type.named}")


def count(node: Call, values: list[Part], wanted: int) -> None:
    """Refuse a call with another number of values, its target included."""
    if len(values) != wanted:
        given = len(values) - (node.target is not None)
        raise ExpressionFault(node.position, f"{node.function}() cannot take {given} values")


def divisor(node: Binary, type: Type) -> float:
    """The written-out divisor; dividing doubles by a value could give NaN, which compares false."""
    value = node.right.value if isinstance(node.right, Literal) else 0
    if node.operator == "%" and type.kind == "double":
        raise ExpressionFault(node.position, "% is for integers")
    if isinstance(value, str) or not value:
        raise ExpressionFault(
            node.position, f"{node.operator} needs a written-out divisor other than 0; multiply instead"
        )
    return abs(float(value))


def size(node: Call, values: list[Part]) -> Part:
    """`size(...)` of a text, list or map."""
    count(node, values, 1)
    [value] = values
    if value.type.kind == "string":
        return Part(INT, f"{TEXT_SIZE}({value.text})", bound=float(LARGEST))
    if value.type.kind not in ("list", "map"):
        raise ExpressionFault(node.position, f"size() needs a text, list or map, not {value.type.named}")
    return Part(INT, f"size({value.text})", bound=float(LARGEST))


def grounded(node: Call, values: list[Part], names: Names) -> Part:
    """`in_request(...)` of a text, a number, or a list of them."""
    count(node, values, 1)
    [value] = values
    element = value.type.element
    kind = element.kind if value.type.kind == "list" and element is not None else value.type.kind
    if kind not in ("string", "int", "double"):
        message = f"{IN_REQUEST}() takes a text, a number or a list of them, not {value.type.named}"
        raise ExpressionFault(node.position, message)
    declared = names.objects.get("facts", {}).get(REQUEST)
    if declared != Declared(Type("list", STRING)):
        message = (
            f'{IN_REQUEST}() compares with the requester\'s words: declare the fact "{REQUEST}: list(string)"'
        )
        raise ExpressionFault(node.position, message)
    return Part(BOOL, f"{IN_REQUEST}({value.text}, facts.{REQUEST})")
