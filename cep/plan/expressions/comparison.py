"""Comparisons. With operands that cannot be null they are the bare Python comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cep.language.resolved import Compare, Constant, Expression
from cep.plan.expressions.code import NONE, Binding, Code, choice, conjunction
from cep.plan.expressions.nullness import may_be_null

if TYPE_CHECKING:
    from cep.plan.expressions.writer import Writer

_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
"""Exact opposites, since no value is NaN."""


def value(writer: Writer, expression: Compare) -> Code:
    """True, False or None."""
    return _valued(writer, expression, expression.op)


def opposite(writer: Writer, expression: Compare) -> Code:
    """The value of `not`: True, False or None."""
    return _valued(writer, expression, _OPPOSITE[expression.op])


def true(writer: Writer, expression: Compare) -> Code:
    """Holds when the comparison is true."""
    return _holds(writer, expression, expression.op)


def false(writer: Writer, expression: Compare) -> Code:
    """Holds when the comparison is false: the opposite one is true."""
    return _holds(writer, expression, _OPPOSITE[expression.op])


def compared(left: Code, op: str, right: Code) -> Code:
    """`left op right`."""
    return Code(f"{left.inside(Binding.SUM)} {op} {right.inside(Binding.SUM)}", Binding.COMPARE)


def _valued(writer: Writer, expression: Compare, op: str) -> Code:
    tests, condition = _tested(writer, expression, op)
    return choice(conjunction(tests), condition, NONE) if tests else condition


def _holds(writer: Writer, expression: Compare, op: str) -> Code:
    if op == "==" and _null_is_never_equal(expression):
        return compared(writer.value(expression.left), op, writer.value(expression.right))
    tests, condition = _tested(writer, expression, op)
    return conjunction([*tests, condition])


def _tested(writer: Writer, expression: Compare, op: str) -> tuple[list[Code], Code]:
    tests, (left, right) = writer.operands([expression.left, expression.right])
    return tests, compared(left, op, right)


def _null_is_never_equal(expression: Compare) -> bool:
    """Whether at most one side may be null: None equals no other value, so that `==` needs no test."""
    return not (may_be_null(expression.left) and may_be_null(expression.right)) and not _is_null_literal(
        expression.left, expression.right
    )


def _is_null_literal(*expressions: Expression) -> bool:
    return any(isinstance(expression, Constant) and expression.value is None for expression in expressions)
