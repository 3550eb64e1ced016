"""Random expressions with nulls: the two conditions, the value and an obvious interpreter say the same."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cep.language.diagnostics import NOWHERE as HERE
from cep.language.resolved import (
    Arithmetic,
    Candidate,
    Coalesce,
    Compare,
    Conditional,
    Constant,
    Expression,
    FieldOf,
    In,
    IsNull,
    ListLiteral,
    Logic,
    Negate,
    Not,
)
from cep.language.types import BOOL, FLOAT, INT, STRING, Kind, Type
from tests.plan.expression_support import Compiled

FIELDS = {"b": BOOL, "nb": BOOL.as_nullable(), "i": INT, "ni": INT.as_nullable()}
FIELDS |= {"s": STRING, "ns": STRING.as_nullable(), "x": FLOAT, "nx": FLOAT.as_nullable()}
LISTS = {"l": Type(Kind.LIST, element=INT), "nl": Type(Kind.LIST, True, element=INT.as_nullable())}
OPS = ("==", "!=", "<", "<=", ">", ">=")
BIG = 2**62
INTS = st.sampled_from([-1, 0, 1, 2, BIG, -BIG])
FLOATS = st.sampled_from([-1.5, 0.0, 0.5, 2.0, 1e308])
STRINGS = st.sampled_from(["", "a", "b"])


def field(name: str) -> FieldOf:
    return FieldOf(Candidate(), "E", (name,), (FIELDS | LISTS)[name], HERE)


def nullable(*items: Expression) -> bool:
    return any(item.type.nullable for item in items)


def typed(base: Type, *items: Expression) -> Type:
    return base.as_nullable(nullable(*items))


def leaves(type_: Type, constants: st.SearchStrategy[Any]) -> st.SearchStrategy[Expression]:
    names = [name for name, declared in FIELDS.items() if declared.kind is type_.kind]
    return st.sampled_from(names).map(field) | constants.map(lambda value: Constant(value, type_, HERE))


def numbers(base: Type, leaf: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    ops = ("+", "-", "*") if base is INT else ("+", "-", "*", "/")

    def extend(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        return (
            st.builds(arithmetic, st.sampled_from(ops), inner, inner)
            | inner.map(lambda a: Negate(a, a.type, HERE))
            | st.builds(coalesce, inner, inner)
        )

    def arithmetic(op: Any, left: Expression, right: Expression) -> Expression:
        return Arithmetic(op, left, right, typed(base, left, right), HERE)

    def coalesce(first: Expression, second: Expression) -> Expression:
        return Coalesce((first, second), base.as_nullable(nullable(first) and nullable(second)), HERE)

    return st.recursive(leaf, extend, max_leaves=4)


INT_EXPRESSIONS = numbers(INT, leaves(INT, INTS))
FLOAT_EXPRESSIONS = numbers(FLOAT, leaves(FLOAT, FLOATS))
STRING_EXPRESSIONS = leaves(STRING, STRINGS)


def compares(operand: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return st.builds(
        lambda op, a, b: Compare(op, a, b, typed(BOOL, a, b), HERE), st.sampled_from(OPS), operand, operand
    )


def between(value: Expression, low: Expression, high: Expression) -> Expression:
    left = Compare(">=", value, low, typed(BOOL, value, low), HERE)
    right = Compare("<=", value, high, typed(BOOL, value, high), HERE)
    return Logic("and", (left, right), typed(BOOL, left, right), HERE)


def literal_list(items: list[Expression]) -> Expression:
    return ListLiteral(tuple(items), Type(Kind.LIST, element=typed(INT, *items)), HERE)


CONTAINERS = st.lists(INT_EXPRESSIONS, max_size=4).map(literal_list) | st.sampled_from(list(LISTS)).map(field)
ATOMS = (
    compares(INT_EXPRESSIONS)
    | compares(FLOAT_EXPRESSIONS)
    | compares(STRING_EXPRESSIONS)
    | st.builds(between, INT_EXPRESSIONS, INT_EXPRESSIONS, INT_EXPRESSIONS)
    | st.builds(lambda a, c: In(a, c, BOOL.as_nullable(), HERE), INT_EXPRESSIONS, CONTAINERS)
    | (INT_EXPRESSIONS | STRING_EXPRESSIONS).map(lambda a: IsNull(a, BOOL, HERE))
    | leaves(BOOL, st.booleans())
)


def logic(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return (
        st.builds(
            lambda op, items: Logic(op, tuple(items), typed(BOOL, *items), HERE),
            st.sampled_from(["and", "or"]),
            st.lists(inner, min_size=2, max_size=3),
        )
        | inner.map(lambda a: Not(a, a.type, HERE))
        | st.builds(lambda c, a, b: Conditional(c, a, b, typed(BOOL, a, b), HERE), inner, inner, inner)
        | st.builds(lambda a, b: Coalesce((a, b), BOOL.as_nullable(nullable(a) and nullable(b)), HERE), inner, inner)
        | st.builds(lambda a, b: Compare("==", a, b, typed(BOOL, a, b), HERE), inner, inner)
    )


EXPRESSIONS = st.recursive(ATOMS, logic, max_leaves=8)
ROWS = st.fixed_dictionaries(
    {"b": st.booleans(), "nb": st.none() | st.booleans(), "i": INTS, "ni": st.none() | INTS}
    | {"s": STRINGS, "ns": st.none() | STRINGS, "x": FLOATS, "nx": st.none() | FLOATS}
    | {"l": st.lists(INTS, max_size=3), "nl": st.none() | st.lists(st.none() | INTS, max_size=3)}
)


def interpret(expression: Expression, row: dict[str, Any]) -> Any:
    """The value, straight from the definitions."""
    match expression:
        case Constant():
            return expression.value
        case FieldOf():
            return row[expression.path[0]]
        case ListLiteral():
            return [interpret(item, row) for item in expression.items]
        case Not():
            inner = interpret(expression.value, row)
            return None if inner is None else not inner
        case Logic():
            items = [interpret(item, row) for item in expression.items]
            decisive = expression.op == "or"
            return decisive if decisive in items else None if None in items else not decisive
        case IsNull():
            return interpret(expression.value, row) is None
        case Coalesce():
            return next((v for v in (interpret(item, row) for item in expression.items) if v is not None), None)
        case Conditional():
            chosen = expression.then if interpret(expression.condition, row) is True else expression.otherwise
            return interpret(chosen, row)
        case In():
            return contained(interpret(expression.value, row), interpret(expression.container, row))
        case Negate():
            return ranged(0 - a if (a := interpret(expression.value, row)) is not None else None)
        case Compare() | Arithmetic():
            return combined(expression.op, interpret(expression.left, row), interpret(expression.right, row))
    raise AssertionError(expression)


def contained(value: Any, container: Any) -> bool | None:
    if value is None or container is None:
        return None
    return True if value in container else None if None in container else False


def combined(op: str, left: Any, right: Any) -> Any:
    if left is None or right is None:
        return None
    if op == "/" and right == 0:
        return None
    result = {
        "==": lambda: left == right,
        "!=": lambda: left != right,
        "<": lambda: left < right,
        "<=": lambda: left <= right,
        ">": lambda: left > right,
        ">=": lambda: left >= right,
        "+": lambda: left + right,
        "-": lambda: left - right,
        "*": lambda: left * right,
        "/": lambda: left / right,
    }[op]()
    return result if isinstance(result, bool) else ranged(result)


def ranged(result: Any) -> Any:
    if isinstance(result, int):
        return result if -(2**63) <= result < 2**63 else None
    return None if result is None or abs(result) == float("inf") else result


@settings(max_examples=1200, deadline=None)
@given(EXPRESSIONS, st.lists(ROWS, min_size=1, max_size=4))
def test_conditions_and_value_agree_with_the_interpreter(expression: Expression, rows: list[dict[str, Any]]) -> None:
    compiled = Compiled(expression)
    for row in rows:
        assert compiled.agree(row) is interpret(expression, row), (compiled.sources, row)


@settings(max_examples=200, deadline=None)
@given(INT_EXPRESSIONS | FLOAT_EXPRESSIONS, ROWS)
def test_numbers_agree_with_the_interpreter(expression: Expression, row: dict[str, Any]) -> None:
    compiled = Compiled(expression)
    expected = interpret(expression, row)
    assert compiled.agree(row) == expected
    assert type(compiled.agree(row)) is type(expected)
