"""Types of a condition, and the text that runs.

`check` accepts only conditions of which it can tell that they evaluate to true or false whatever
the typed values are, integer overflow aside; that ends in a review. It prints the tree again for
the engine, with the conversions from int to double that the engine demands.

A condition has at most `expression.MAX_LENGTH` characters, no recursion and no loop but a macro
over one list, which may not hold another macro, and its patterns run in linear time: so its cost is
linear in the values it reads, and no time limit is needed around it.
"""

from __future__ import annotations

from dataclasses import dataclass

from signoff.policy.celtypes import ANY, BOOL, DOUBLE, INT, LARGEST, LARGEST_DOUBLE, STRING, Declared, Type
from signoff.policy.expression import (
    Binary,
    Call,
    Conditional,
    ExpressionFault,
    ListOf,
    Literal,
    Name,
    Node,
    Select,
    Unary,
)
from signoff.policy.grounding import IN_REQUEST, REQUEST
from signoff.policy.parts import (
    COMPOSITE,
    NOTHING,
    PLAIN,
    TEXT_SIZE,
    Names,
    Part,
    Path,
    as_type,
    count,
    divisor,
    grounded,
    literal,
    matched,
    need,
    size,
)

MAX_PATTERN = 200
_OVERFLOW = 1e300
_TEXT_TESTS = ("contains", "startsWith", "endsWith", "matches")
_MACROS = ("exists", "exists_one", "all", "filter", "map")


@dataclass(frozen=True)
class Checked:
    """A condition that may run: the engine's text, the values it reads, the patterns it uses."""

    text: str
    reads: frozenset[Path]
    patterns: tuple[str, ...]
    codes: frozenset[str]
    """Flag codes it compares with."""


def check(node: Node, names: Names) -> Checked:
    """The condition `node`, if it is sound.

    Raises:
        ExpressionFault: for undeclared names, wrong types, unknown functions, unguarded reads of
            optional values, and a result that is not true or false.
    """
    checker = _Checker(names)
    part = checker.visit(node, NOTHING)
    if part.type.kind != "bool":
        raise ExpressionFault(0, f"gives {part.type.named}; a condition is true or false")
    return Checked(part.text, frozenset(checker.reads), tuple(checker.patterns), frozenset(checker.codes))


class _Checker:
    def __init__(self, names: Names) -> None:
        self.names = names
        self.reads: set[Path] = set()
        self.patterns: list[str] = []
        self.codes: set[str] = set()
        self.scope: dict[str, Part] = {}

    def visit(self, node: Node, present: frozenset[Path]) -> Part:
        match node:
            case Literal():
                return literal(node)
            case Name():
                return self._name(node)
            case Select():
                return self._select(node, present)
            case ListOf():
                return self._list(node, present)
            case Unary():
                return self._unary(node, present)
            case Binary():
                return self._binary(node, present)
            case Conditional():
                return self._conditional(node, present)
            case Call():
                return self._call(node, present)

    def _name(self, node: Name) -> Part:
        name = node.name
        if name in self.scope:
            return self.scope[name]
        if name in self.names.variables:
            self.reads.add((name,))
            return Part(self.names.variables[name], name, path=(name,))
        if name in self.names.items:
            self.reads.add((name,))
            return Part(Type("list", Type("object")), name, path=(name,), fields=self.names.items[name])
        if name in self.names.objects:
            raise ExpressionFault(node.position, f"{name} is read by its fields: {name}.something")
        known = sorted({*self.names.variables, *self.names.items, *self.names.objects, *self.scope})
        raise ExpressionFault(node.position, f"unknown name {name!r}; there are {', '.join(known)}")

    def _select(self, node: Select, present: frozenset[Path], *, testing: bool = False) -> Part:
        target = node.target
        if isinstance(target, Name) and target.name not in self.scope and target.name in self.names.objects:
            return self._field(node, target.name, present, testing)
        owner = self.visit(target, present)
        if owner.fields is not None and owner.type.kind == "object":
            if node.field not in owner.fields:
                known = ", ".join(sorted(owner.fields))
                raise ExpressionFault(node.position, f"no field {node.field!r}; there are {known}")
            return Part(owner.fields[node.field], f"{owner.operand}.{node.field}")
        if owner.type.kind == "map" and owner.path is not None:
            declared = Declared(owner.type.element or ANY, optional=True)
            return self._read(node, (*owner.path, node.field), owner.text, declared, present, testing)
        raise ExpressionFault(node.position, f"{owner.type.named} has no field {node.field!r}")

    def _field(self, node: Select, owner: str, present: frozenset[Path], testing: bool) -> Part:
        declared = self.names.objects[owner].get(node.field)
        if declared is None:
            where = self.names.owners.get(owner, owner)
            known = ", ".join(sorted(self.names.objects[owner])) or "none"
            raise ExpressionFault(
                node.position, f"{owner}.{node.field} is not declared under {where}; declared: {known}"
            )
        self.reads.add((owner, node.field))
        return self._read(node, (owner, node.field), owner, declared, present, testing)

    def _read(
        self,
        node: Select,
        path: Path,
        owner: str,
        declared: Declared,
        present: frozenset[Path],
        testing: bool,
    ) -> Part:
        if declared.optional and not testing and path not in present:
            name = ".".join(path)
            raise ExpressionFault(
                node.position, f"{name} may be absent; guard it: has({name}) && ... or !has({name}) || ..."
            )
        bound = float(LARGEST) if declared.type.kind == "int" else LARGEST_DOUBLE
        return Part(declared.type, f"{owner}.{node.field}", bound=bound, path=path)

    def _list(self, node: ListOf, present: frozenset[Path]) -> Part:
        if not node.items:
            raise ExpressionFault(node.position, "an empty list never matches; use size(...) == 0")
        items = [self.visit(item, present) for item in node.items]
        type = items[0].type
        for item, source in zip(items, node.items, strict=True):
            if item.type.kind not in PLAIN:
                raise ExpressionFault(source.position, f"a list holds plain values, not {item.type.named}")
            type = self._unified(source, type, item.type)
        texts = (as_type(item, type).text for item in items)
        return Part(Type("list", type), f"[{', '.join(texts)}]")

    def _unified(self, node: Node, left: Type, right: Type) -> Type:
        """The type of both; an int becomes a double beside one."""
        if left.is_number and right.is_number:
            return INT if left.kind == right.kind == "int" else DOUBLE
        if left.kind != right.kind or left.kind not in PLAIN:
            raise ExpressionFault(node.position, f"{left.named} and {right.named} cannot stand together")
        if left.kind != "string":
            return left
        values = left.values | right.values if left.values is not None and right.values is not None else None
        return Type("string", values=values, closed=values is not None and (left.closed or right.closed))

    def _unary(self, node: Unary, present: frozenset[Path]) -> Part:
        operand = self.visit(node.operand, present)
        if node.operator == "!":
            need(node.operand, operand, "bool", "!")
            return Part(BOOL, f"!{operand.operand}", COMPOSITE, operand.if_false, operand.if_true)
        if not operand.type.is_number:
            raise ExpressionFault(node.position, f"- needs a number, not {operand.type.named}")
        return Part(operand.type, f"-{operand.operand}", COMPOSITE, bound=operand.bound)

    def _binary(self, node: Binary, present: frozenset[Path]) -> Part:
        if node.operator in ("&&", "||"):
            return self._logic(node, present)
        left, right = self.visit(node.left, present), self.visit(node.right, present)
        if node.operator in ("==", "!="):
            return self._equality(node, left, right)
        if node.operator == "in":
            return self._membership(node, left, right)
        if node.operator in ("<", "<=", ">", ">="):
            return self._order(node, left, right)
        return self._arithmetic(node, left, right)

    def _logic(self, node: Binary, present: frozenset[Path]) -> Part:
        both = node.operator == "&&"
        left = self.visit(node.left, present)
        need(node.left, left, "bool", node.operator)
        right = self.visit(node.right, present | (left.if_true if both else left.if_false))
        need(node.right, right, "bool", node.operator)
        meet, join = left.if_true & right.if_true, left.if_true | right.if_true
        not_meet, not_join = left.if_false & right.if_false, left.if_false | right.if_false
        left_text = (
            left.text
            if isinstance(node.left, Binary) and node.left.operator == node.operator
            else left.operand
        )
        text = f"{left_text} {node.operator} {right.operand}"
        if both:
            return Part(BOOL, text, COMPOSITE, join, not_meet)
        return Part(BOOL, text, COMPOSITE, meet, not_join)

    def _equality(self, node: Binary, left: Part, right: Part) -> Part:
        if "any" not in (left.type.kind, right.type.kind):
            self._unified(node, left.type, right.type)
            left, right = matched(left, right)
        self._sensible(node, left.type, right.type)
        self._note_code(node.left, right.type)
        self._note_code(node.right, left.type)
        return Part(BOOL, f"{left.operand} {node.operator} {right.operand}", COMPOSITE)

    def _membership(self, node: Binary, left: Part, right: Part) -> Part:
        if right.type.kind == "map":
            need(node.left, left, "string", "in")
            return Part(BOOL, f"{left.operand} in {right.operand}", COMPOSITE)
        element = right.type.element
        if right.type.kind != "list" or element is None or element.kind == "object":
            raise ExpressionFault(
                node.position, f"`in` needs a list or a map of values, not {right.type.named}"
            )
        if "any" not in (left.type.kind, element.kind):
            self._unified(node, left.type, element)
        self._sensible(node, left.type, element)
        self._note_code(node.left, element)
        return Part(BOOL, f"{left.operand} in {right.operand}", COMPOSITE)

    def _sensible(self, node: Binary, left: Type, right: Type) -> None:
        """Refuse to compare a text of few known values with one that is never among them."""
        for closed, other in ((left, right), (right, left)):
            if not closed.closed or closed.values is None:
                continue
            if other.values is None:
                raise ExpressionFault(node.position, "this text compares with written-out texts only")
            if unknown := sorted(other.values - closed.values):
                known = ", ".join(sorted(closed.values))
                raise ExpressionFault(node.position, f"can never be {unknown[0]!r}; there are {known}")

    def _note_code(self, node: Node, other: Type) -> None:
        if not isinstance(node, Select) or node.field != "code" or not isinstance(node.target, Name):
            return
        if node.target.name in self.scope and other.values:
            self.codes |= other.values

    def _order(self, node: Binary, left: Part, right: Part) -> Part:
        type = self._unified(node, left.type, right.type)
        if type.closed or left.type.closed or right.type.closed:
            raise ExpressionFault(
                node.position, "these texts have no order; write `in [...]` with the ones you mean"
            )
        if not type.is_number and type.kind != "string":
            raise ExpressionFault(node.position, f"{type.named} has no order")
        left, right = matched(left, right)
        return Part(BOOL, f"{left.operand} {node.operator} {right.operand}", COMPOSITE)

    def _arithmetic(self, node: Binary, left: Part, right: Part) -> Part:
        operator = node.operator
        if operator == "+" and left.type.kind == right.type.kind == "string":
            return Part(STRING, f"{left.operand} + {right.operand}", COMPOSITE)
        if not (left.type.is_number and right.type.is_number):
            raise ExpressionFault(
                node.position,
                f"{operator} is not defined for {left.type.named} and {right.type.named}",
            )
        left, right = matched(left, right)
        bound = left.bound * right.bound if operator == "*" else left.bound + right.bound
        if operator in ("/", "%"):
            bound = left.bound / divisor(node, left.type)
        if left.type.kind == "double" and bound > _OVERFLOW:
            raise ExpressionFault(node.position, "the numbers may grow beyond what a double holds")
        return Part(left.type, f"{left.operand} {operator} {right.operand}", COMPOSITE, bound=bound)

    def _conditional(self, node: Conditional, present: frozenset[Path]) -> Part:
        condition = self.visit(node.condition, present)
        need(node.condition, condition, "bool", "?")
        then = self.visit(node.then, present | condition.if_true)
        otherwise = self.visit(node.otherwise, present | condition.if_false)
        for branch, source in ((then, node.then), (otherwise, node.otherwise)):
            if branch.type.kind not in PLAIN:
                raise ExpressionFault(
                    source.position, f"? : chooses between plain values, not {branch.type.named}"
                )
        type = self._unified(node, then.type, otherwise.type)
        then, otherwise = as_type(then, type), as_type(otherwise, type)
        text = f"{condition.operand} ? {then.operand} : {otherwise.operand}"
        return Part(type, text, COMPOSITE, bound=max(then.bound, otherwise.bound))

    def _call(self, node: Call, present: frozenset[Path]) -> Part:
        name = node.function
        if name == "has" and node.target is None:
            return self._has(node, present)
        if name in _MACROS and node.target is not None:
            return self._macro(node, node.target, present)
        values = [self.visit(argument, present) for argument in node.arguments]
        if node.target is not None:
            values.insert(0, self.visit(node.target, present))
        if name == "size":
            return size(node, values)
        if name == "double" and node.target is None:
            count(node, values, 1)
            if not values[0].type.is_number:
                raise ExpressionFault(node.position, f"double() takes a number, not {values[0].type.named}")
            return as_type(values[0], DOUBLE)
        if name == IN_REQUEST and node.target is None:
            self.reads.add(("facts", REQUEST))
            return grounded(node, values, self.names)
        if name in _TEXT_TESTS and node.target is not None:
            return self._text_test(node, values)
        raise ExpressionFault(node.position, f"unknown function {name!r}")

    def _has(self, node: Call, present: frozenset[Path]) -> Part:
        if len(node.arguments) != 1 or not isinstance(node.arguments[0], Select):
            raise ExpressionFault(node.position, "has() takes one field: has(args.x)")
        tested = self._select(node.arguments[0], present, testing=True)
        if tested.path is None:
            raise ExpressionFault(node.position, "has() tests fields of args, facts, run and maps only")
        return Part(BOOL, f"has({tested.text})", if_true=frozenset({tested.path}))

    def _text_test(self, node: Call, values: list[Part]) -> Part:
        count(node, values, 2)
        for value in values:
            need(node, value, "string", f"{node.function}()")
        if node.function == "matches":
            self._pattern(node.arguments[0])
        return Part(BOOL, f"{values[0].operand}.{node.function}({values[1].text})")

    def _pattern(self, node: Node) -> None:
        if not isinstance(node, Literal) or not isinstance(node.value, str):
            raise ExpressionFault(node.position, "the pattern of matches() must be written out")
        if len(node.value) > MAX_PATTERN:
            raise ExpressionFault(node.position, f"the pattern is longer than {MAX_PATTERN} characters")
        self.patterns.append(node.value)

    def _macro(self, node: Call, target: Node, present: frozenset[Path]) -> Part:
        name = node.function
        if self.scope:
            raise ExpressionFault(node.position, "a macro inside another is not supported")
        if len(node.arguments) != 2 or not isinstance(node.arguments[0], Name):
            raise ExpressionFault(
                node.position, f"{name}() takes a name and a condition: flags.{name}(f, ...)"
            )
        source = self.visit(target, present)
        if source.type.kind != "list":
            raise ExpressionFault(node.position, f"{name}() needs a list, not {source.type.named}")
        variable = node.arguments[0].name
        self._free(node.arguments[0])
        element = source.type.element or ANY
        bound = float(LARGEST) if element.kind == "int" else LARGEST_DOUBLE
        self.scope = {variable: Part(element, variable, bound=bound, fields=source.fields)}
        body = self.visit(node.arguments[1], present)
        self.scope = {}
        text = f"{source.operand}.{name}({variable}, {body.text})"
        if name == "map":
            if body.type.kind not in PLAIN:
                raise ExpressionFault(node.position, f"map() gives plain values, not {body.type.named}")
            if body.bound > LARGEST_DOUBLE and body.type.kind == "double":
                raise ExpressionFault(node.position, "the numbers of map() may grow too large")
            return Part(Type("list", body.type), text)
        need(node.arguments[1], body, "bool", f"{name}()")
        return Part(source.type, text, fields=source.fields) if name == "filter" else Part(BOOL, text)

    def _free(self, node: Name) -> None:
        objects = {*self.names.variables, *self.names.items, *self.names.objects}
        taken = objects | {"has", "size", TEXT_SIZE, IN_REQUEST}
        if node.name in taken or node.name.startswith("_"):
            raise ExpressionFault(node.position, f"{node.name!r} cannot name an item; choose another name")
