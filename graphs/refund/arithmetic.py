"""Sums for the agent, exact to the cent: numbers, `+ - * /` and parentheses, nothing else."""

from __future__ import annotations

import ast
from decimal import ROUND_HALF_UP, Decimal, DecimalException
from typing import assert_never

MAX_LENGTH = 200
_SIGNS = "0123456789+-*/(). "
_CENT = Decimal("0.01")
_LARGEST = Decimal("1e12")


def calculate(expression: str) -> Decimal:
    """The value of `expression`, rounded half up to two places.

    Raises:
        ValueError: it is no such expression, divides by zero, or leaves the range of amounts.
    """
    if len(expression) > MAX_LENGTH:
        raise ValueError(f"an expression has at most {MAX_LENGTH} characters")
    if not expression.strip() or any(sign not in _SIGNS for sign in expression):
        raise ValueError("an expression takes numbers, + - * / and parentheses only")
    try:
        value = _value(ast.parse(expression.strip(), mode="eval").body, expression.strip())
        if abs(value) > _LARGEST:
            raise ValueError("the result is too large for an amount")
        return value.quantize(_CENT, ROUND_HALF_UP)
    except (SyntaxError, RecursionError) as error:
        raise ValueError(f"{expression!r} is no expression") from error
    except DecimalException as error:
        raise ValueError("it divides by zero, or its result is too large") from error


def _value(node: ast.expr, text: str) -> Decimal:
    match node:
        case ast.Constant(value=int() | float()):
            return Decimal(ast.get_source_segment(text, node) or "")
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, text)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand, text)
        case ast.BinOp(left=left, op=(ast.Add() | ast.Sub() | ast.Mult() | ast.Div()) as sign, right=right):
            return _combined(_value(left, text), sign, _value(right, text))
        case _:
            raise ValueError("an expression takes numbers, + - * / and parentheses only")


def _combined(left: Decimal, sign: ast.Add | ast.Sub | ast.Mult | ast.Div, right: Decimal) -> Decimal:
    match sign:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.Div():
            return left / right
    assert_never(sign)
