"""`+ - * /` and the minus sign, with the rules for numbers, text, points and lengths of time."""

from __future__ import annotations

from decimal import Decimal, DivisionByZero, InvalidOperation, localcontext
from typing import Literal as OneOf

from cep.language import ast
from cep.language.check.builtins import NUMBERS
from cep.language.check.constants import INT_RANGE
from cep.language.check.dispatch import resolve, resolve_all, resolves
from cep.language.check.operands import as_text, common_number, convert, described, is_null, unlike
from cep.language.check.scope import Scope
from cep.language.diagnostics import Span
from cep.language.resolved import Arithmetic, Constant, Expression, Negate
from cep.language.types import DURATION, FLOAT, STRING, TIMESTAMP, Kind, Type

Op = OneOf["+", "-", "*", "/"]

TIMES: dict[tuple[Kind, str, Kind], Type] = {
    (Kind.TIMESTAMP, "-", Kind.TIMESTAMP): DURATION,
    (Kind.TIMESTAMP, "+", Kind.DURATION): TIMESTAMP,
    (Kind.TIMESTAMP, "-", Kind.DURATION): TIMESTAMP,
    (Kind.DURATION, "+", Kind.TIMESTAMP): TIMESTAMP,
    (Kind.DURATION, "+", Kind.DURATION): DURATION,
    (Kind.DURATION, "-", Kind.DURATION): DURATION,
    (Kind.DURATION, "/", Kind.DURATION): FLOAT,
    **{(Kind.DURATION, op, kind): DURATION for op in "*/" for kind in NUMBERS},
    **{(kind, "*", Kind.DURATION): DURATION for kind in NUMBERS},
}
"""What arithmetic with time gives; combinations that are not listed are errors."""


@resolves(ast.Arithmetic)
def resolve_arithmetic(node: ast.Arithmetic, scope: Scope) -> Expression:
    """`left op right`."""
    left, right = resolve_all((node.left, node.right), scope)
    if is_null(left) or is_null(right):
        raise scope.error("E0302", "arithmetic with `null` is always null", node.span, "leave it out, or use `??`")
    kinds = (left.type.kind, node.op, right.type.kind)
    nullable = left.type.nullable or right.type.nullable
    if kinds[0] in NUMBERS and kinds[2] in NUMBERS:
        return _numbers(node.op, left, right, node.span, scope)
    result = TIMES.get(kinds)
    if result is not None:
        return _folded(Arithmetic(node.op, left, right, result.as_nullable(nullable), node.span))
    if node.op == "+" and {kinds[0], kinds[2]} <= {Kind.STRING, Kind.ENUM}:
        left, right = as_text(left), as_text(right)
        return _folded(Arithmetic("+", left, right, STRING.as_nullable(nullable), node.span))
    raise _refused(node.op, left, right, node.span, scope)


@resolves(ast.Negative)
def resolve_negative(node: ast.Negative, scope: Scope) -> Expression:
    """`-operand`."""
    operand = resolve(node.operand, scope)
    if operand.type.kind not in (*NUMBERS, Kind.DURATION):
        fix = "take the minus sign away"
        raise scope.error("E0302", f"{described(operand)} and has no negative", node.span, fix)
    if isinstance(operand, Constant) and isinstance(operand.value, int | float | Decimal):
        return Constant(-operand.value, operand.type, node.span)
    return Negate(operand, operand.type, node.span)


def _numbers(op: Op, left: Expression, right: Expression, span: Span, scope: Scope) -> Expression:
    left, right = common_number((left, right), scope, span)
    nullable = left.type.nullable or right.type.nullable
    if op == "/" and left.type.kind is Kind.INT:
        left, right = convert(left, Kind.FLOAT), convert(right, Kind.FLOAT)
    kind = left.type.kind
    if op == "/" and isinstance(right, Constant) and not right.value:
        raise scope.error("E0302", "this divides by zero", span, "divide by something else")
    return _folded(Arithmetic(op, left, right, Type(kind, nullable), span))


def _folded(node: Arithmetic) -> Expression:
    """Arithmetic of two literals as one literal, so that it takes the type of its neighbour as well."""
    if not (isinstance(node.left, Constant) and isinstance(node.right, Constant)):
        return node
    value = _computed(node.op, node.left.value, node.right.value)
    if value is None or (isinstance(value, int) and value not in INT_RANGE):
        return node
    if node.type.kind in (Kind.DURATION, Kind.TIMESTAMP) and not isinstance(value, int):
        return node
    return Constant(value, node.type, node.span)


def _computed(op: Op, left: object, right: object) -> object:
    with localcontext() as context:
        context.prec = 28
        try:
            match left, right, op:
                case str(), str(), "+":
                    return left + right
                case (int(), int(), _) | (float(), float(), _) | (Decimal(), Decimal(), _):
                    return _calculated(op, left, right)
                case _:
                    return None
        except (ArithmeticError, InvalidOperation, DivisionByZero):
            return None


def _calculated(op: Op, left, right):  # type: ignore[no-untyped-def]
    match op:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case _:
            return left / right


def _refused(op: Op, left: Expression, right: Expression, span: Span, scope: Scope) -> Exception:
    verbs = {"+": "be added", "-": "be subtracted", "*": "be multiplied", "/": "be divided"}
    if left.type.kind is right.type.kind:
        fix = "use `timestamp - timestamp` for the time between" if left.type.kind is Kind.TIMESTAMP else "use numbers"
        return scope.error("E0302", f"two values of type {left.type} cannot {verbs[op]}", span, fix)
    return unlike(left, right, scope, span, "E0302")
