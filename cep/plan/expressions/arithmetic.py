"""Arithmetic by type. Overflow and division by zero give null and are counted by the functions called."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from cep.language.resolved import Arithmetic, Constant, Convert, Expression, Negate
from cep.language.types import Kind
from cep.plan.expressions.code import Binding, Code, call, choice
from cep.plan.expressions.nullness import may_fail

if TYPE_CHECKING:
    from cep.plan.expressions.writer import Writer

_DECIMAL = {"+": "add_decimal", "-": "subtract_decimal", "*": "multiply_decimal", "/": "divide_decimal"}
_BINDING = {"+": Binding.SUM, "-": Binding.SUM, "*": Binding.PRODUCT, "/": Binding.PRODUCT}


def convert(writer: Writer, expression: Convert) -> Code:
    """int to decimal or float; a constant is converted here."""
    target: type[float] | type[Decimal] = float if expression.type.kind is Kind.FLOAT else Decimal
    value = expression.value
    if isinstance(value, Constant) and isinstance(value.value, int):
        return writer.value(Constant(target(value.value), expression.type, value.span))
    return writer.lifted([value], lambda parts: call(target.__name__, *parts))


def negate(writer: Writer, expression: Negate) -> Code:
    """Arithmetic minus."""

    def build(parts: list[Code]) -> Code:
        if expression.type.kind is Kind.DECIMAL:
            return Code(f"{parts[0].inside(Binding.ATOM)}.copy_negate()")
        minus = Code(f"-{parts[0].inside(Binding.UNARY)}", Binding.UNARY)
        return checked(writer, minus, "INT") if may_fail(expression) else minus

    return writer.lifted([expression.value], build)


def operate(writer: Writer, expression: Arithmetic) -> Code:
    """`left op right`, null if either side is."""
    return writer.lifted([expression.left, expression.right], lambda parts: _operation(writer, expression, *parts))


def _operation(writer: Writer, expression: Arithmetic, left: Code, right: Code) -> Code:
    kind = expression.type.kind
    if kind is Kind.DECIMAL:
        return call(_DECIMAL[expression.op], left, right)
    if kind is Kind.DURATION and (expression.op == "/" or _number_kind(expression) is not Kind.INT):
        return _scaled(expression, left, right)
    if expression.op == "/":
        return call("divide_float", left, right) if may_fail(expression) else plain(left, "/", right)
    result = plain(left, expression.op, right)
    if not may_fail(expression):
        return result
    return checked(writer, result, "FLOAT" if kind is Kind.FLOAT else "INT")


def _scaled(expression: Arithmetic, left: Code, right: Code) -> Code:
    """Duration times or over a number."""
    if expression.op == "/":
        return call("divide_duration", left, right)
    if expression.left.type.kind is Kind.DURATION:
        return call("scale_duration", left, right)
    return call("scale_duration", right, left)


def _number_kind(expression: Arithmetic) -> Kind:
    """The kind of the number a duration is multiplied by; int where there is none, as in a sum of durations."""
    sides: tuple[Expression, ...] = (expression.left, expression.right)
    return next((side.type.kind for side in sides if side.type.kind in (Kind.FLOAT, Kind.DECIMAL)), Kind.INT)


def plain(left: Code, op: str, right: Code) -> Code:
    """The bare Python operation."""
    binding = _BINDING[op]
    # Python groups to the left, and floats do not add or multiply alike in another grouping.
    return Code(f"{left.inside(binding)} {op} {right.inside(Binding(binding + 1))}", binding)


def checked(writer: Writer, result: Code, range_name: str) -> Code:
    """`result` if it lies in the type's range, else null and one more trouble. Infinities and NaN lie outside."""
    name = Code(writer.scope.fresh())
    test = f"{range_name}_MIN <= ({name.text} := {result.text}) <= {range_name}_MAX"
    return choice(Code(test, Binding.COMPARE), name, Code("trouble()"))
