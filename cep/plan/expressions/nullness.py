"""Which expressions may be null or run into trouble, so that generated code tests only those."""

from __future__ import annotations

from cep.language.resolved import (
    Aggregate,
    Arithmetic,
    Call,
    Coalesce,
    Compare,
    Conditional,
    Constant,
    Convert,
    Expression,
    FieldOf,
    In,
    IsNull,
    ItemAt,
    KeyPart,
    Like,
    ListLiteral,
    ListValue,
    Logic,
    Matches,
    Negate,
    Not,
    ParamValue,
    PythonCall,
    RecordLiteral,
)
from cep.language.types import Kind
from cep.plan.expressions.walk import children

INT_LIMIT = 2**63
"""An int, duration or timestamp beyond this magnitude is overflow."""

_TIMESTAMP_LIMIT = 2**58
"""Greatest magnitude of a timestamp read from data: years 1 to 9999 in microseconds."""
_COUNT_LIMIT = 2**40
_SMALL_RESULTS = {"length", "hour", "minute", "weekday"}
_SAFE_CALLS = {
    *("lower", "upper", "trim", "length", "starts_with", "ends_with", "contains", "substring", "concat"),
    *("seconds", "minutes", "hours", "days", "geo_km", "min", "max", "coalesce", "any_of", "all_of"),
}
"""Functions that give null only for null arguments; casts and mathematics may also run into trouble."""

_THREE_VALUED = {"any_of", "all_of", "contains"}
"""Functions of a list that may be unknown because of a null in it."""


def may_be_null(expression: Expression) -> bool:
    """Whether its value can be None at run time, from null or from trouble such as overflow."""
    match expression:
        case Constant():
            return expression.value is None
        case FieldOf() | KeyPart() | ParamValue():
            return expression.type.nullable
        case ListValue() | ListLiteral() | RecordLiteral() | IsNull():
            return False
        case Aggregate():
            return expression.type.nullable or expression.function in ("sum", "avg")
        case PythonCall() | ItemAt():
            return True
        case In():
            return container_may_decide_nothing(expression.container) or may_be_null(expression.value)
        case Coalesce():
            return all(may_be_null(item) for item in expression.items)
        case Conditional():
            return may_be_null(expression.then) or may_be_null(expression.otherwise)
        case Arithmetic() | Negate():
            return may_fail(expression) or any(may_be_null(child) for child in children(expression))
        case Call():
            return _call_may_be_null(expression)
        case Convert() | Compare() | Logic() | Not() | Like() | Matches():
            return any(may_be_null(child) for child in children(expression))


def _call_may_be_null(call: Call) -> bool:
    if call.function == "coalesce":
        return all(may_be_null(argument) for argument in call.arguments)
    if call.function in _THREE_VALUED and elements_may_be_null(call.arguments[0]):
        return True
    return call.function not in _SAFE_CALLS or any(may_be_null(argument) for argument in call.arguments)


def container_may_decide_nothing(container: Expression) -> bool:
    """Whether `x in container` can be unknown for an x that is not null."""
    return may_be_null(container) or elements_may_be_null(container)


def elements_may_be_null(container: Expression) -> bool:
    """Whether a list can hold nulls."""
    match container:
        case ListLiteral():
            return any(may_be_null(item) for item in container.items)
        case Constant() if isinstance(container.value, list | tuple):
            return any(item is None for item in container.value)
        case _:
            return container.type.element is not None and container.type.element.nullable


def may_fail(expression: Arithmetic | Negate) -> bool:
    """Whether the operation itself can give no result for operands that are not null."""
    kind = expression.type.kind
    if kind is Kind.STRING:
        return False
    if isinstance(expression, Negate):
        return kind not in (Kind.FLOAT, Kind.DECIMAL) and magnitude(expression) >= INT_LIMIT
    if expression.op == "/":
        return not _is_harmless_divisor(expression)
    if kind is Kind.FLOAT:
        return not (expression.op == "*" and (_is_fraction(expression.left) or _is_fraction(expression.right)))
    if kind is Kind.DECIMAL or _scales_duration(expression):
        return True
    return magnitude(expression) >= INT_LIMIT


def magnitude(expression: Expression) -> int:
    """An upper bound for the absolute value of an int, duration or timestamp."""
    match expression:
        case Constant(value=int() as value):
            return abs(value)
        case Negate():
            return magnitude(expression.value)
        case Arithmetic(op="+" | "-"):
            return magnitude(expression.left) + magnitude(expression.right)
        case Arithmetic(op="*") if not _scales_duration(expression):
            return magnitude(expression.left) * magnitude(expression.right)
        case Aggregate(function="count" | "count_distinct"):
            return _COUNT_LIMIT
        case Call() if expression.function in _SMALL_RESULTS:
            return _COUNT_LIMIT
        case _:
            return _TIMESTAMP_LIMIT if expression.type.kind is Kind.TIMESTAMP else INT_LIMIT


def _scales_duration(expression: Arithmetic) -> bool:
    """Whether it is duration times or over a number that is not an int."""
    numbers = (expression.left.type.kind, expression.right.type.kind)
    return expression.type.kind is Kind.DURATION and (Kind.FLOAT in numbers or Kind.DECIMAL in numbers)


def _is_fraction(expression: Expression) -> bool:
    return isinstance(expression, Constant) and isinstance(expression.value, float) and abs(expression.value) <= 1


def _is_harmless_divisor(expression: Arithmetic) -> bool:
    """Whether a quotient that is a float can neither divide by zero nor overflow: a constant of at least 1."""
    divisor = expression.right
    if expression.type.kind is not Kind.FLOAT or not isinstance(divisor, Constant):
        return False
    return isinstance(divisor.value, int | float) and abs(divisor.value) >= 1
