"""Three-valued interpreter of resolved expressions: null and unknown are both `None`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

import re2

from cep.language import resolved as r
from cep.language.types import Kind, Type
from tests.oracle.aggregates import aggregate
from tests.oracle.functions import FUNCTIONS
from tests.oracle.places import Bindings, Frame, common_start

EXACT = Context(prec=28, rounding=ROUND_HALF_EVEN)
Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outside:
    """What an expression sees besides events: params and lists by qualified name, Python functions."""

    params: Mapping[str, object]
    lists: Mapping[str, Sequence[object]]
    functions: Mapping[str, Callable[..., object]]


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands. `own`: elements of the own loop before the candidate, as data.

    `with_candidate`: whether aggregates over the own loop count the candidate (in `where` and `having`, not `until`).
    """

    data: Callable[[int], Data]
    bindings: Bindings
    frame: Frame
    key: tuple[object, ...]
    outside: Outside
    candidate: Data | None = None
    own: tuple[Data, ...] = ()
    with_candidate: bool = True
    element: Data | None = None

    def testing(self, candidate: Data, own: tuple[Data, ...], with_candidate: bool = True) -> Scope:
        """The same place with an event under test and the elements of its loop before it."""
        return replace(self, candidate=candidate, own=own, with_candidate=with_candidate)

    def elements(self, step: str) -> list[Data]:
        """The events of a step that a reference from here sees."""
        start = common_start(self.frame, step)
        return [self.data(index) for name, index in self.bindings[start:] if name == step]


def holds(expression: r.Expression | None, scope: Scope) -> bool:
    """Whether a condition is true; unknown is not."""
    return expression is None or evaluate(expression, scope) is True


def evaluate(expression: r.Expression, scope: Scope) -> Any:
    """The value of an expression. Trouble (division by zero, overflow, a function that raises) is unknown."""
    return _EVALUATORS[type(expression)](expression, scope)


# ---------------------------------------------------------------- values


def _constant(x: r.Constant, scope: Scope) -> Any:
    return x.value


def _field(x: r.FieldOf, scope: Scope) -> Any:
    value: Any = _event(x.source, scope)
    for name in x.path:
        if value is None:
            return None
        value = value.get(name)
    return value


def _event(source: r.Source, scope: Scope) -> Data | None:
    match source:
        case r.Candidate():
            return scope.candidate
        case r.Element():
            return scope.element
        case r.Previous(back):
            return scope.own[-back] if 0 < back <= len(scope.own) else None
        case r.Bound(step):
            found = scope.elements(step)
            return found[-1] if found else None


def _key_part(x: r.KeyPart, scope: Scope) -> Any:
    return scope.key[x.index]


def _param(x: r.ParamValue, scope: Scope) -> Any:
    return scope.outside.params[x.name]


def _list_value(x: r.ListValue, scope: Scope) -> Any:
    return list(scope.outside.lists.get(x.name, ()))


def _convert(x: r.Convert, scope: Scope) -> Any:
    value = evaluate(x.value, scope)
    if value is None:
        return None
    return Decimal(value) if x.type.kind is Kind.DECIMAL else float(value)


# ---------------------------------------------------------------- arithmetic


def _negate(x: r.Negate, scope: Scope) -> Any:
    value = evaluate(x.value, scope)
    return None if value is None else bounded(-value, x.type)


def _arithmetic(x: r.Arithmetic, scope: Scope) -> Any:
    left, right = evaluate(x.left, scope), evaluate(x.right, scope)
    if left is None or right is None:
        return None
    try:
        return bounded(_combine(x, left, right), x.type)
    except (ArithmeticError, ValueError):
        return None


def _combine(x: r.Arithmetic, left: Any, right: Any) -> Any:
    kind = x.type.kind
    if kind is Kind.STRING:
        return left + right
    if kind is Kind.DURATION and x.op in "*/":
        return _scaled(x.op, left, right)
    if x.op == "/":
        if kind is Kind.DECIMAL:
            return EXACT.divide(left, right)
        return left / right
    if kind is Kind.DECIMAL:
        return {"+": EXACT.add, "-": EXACT.subtract, "*": EXACT.multiply}[x.op](left, right)
    return left + right if x.op == "+" else left - right if x.op == "-" else left * right


def _scaled(op: str, left: Any, right: Any) -> int:
    exact = [Decimal(v) if not isinstance(v, Decimal) else v for v in (left, right)]
    wide = Context(prec=60, rounding=ROUND_HALF_EVEN)
    value = wide.multiply(*exact) if op == "*" else wide.divide(*exact)
    return int(value.to_integral_value(rounding=ROUND_HALF_EVEN))


def bounded(value: Any, kind: Type) -> Any:
    """The value, or unknown where it leaves the range of its type."""
    if kind.kind in (Kind.INT, Kind.TIMESTAMP, Kind.DURATION):
        return value if -(2**63) <= value < 2**63 else None
    if kind.kind is Kind.FLOAT:
        return value if math.isfinite(value) else None
    return value


# ---------------------------------------------------------------- conditions


def _compare(x: r.Compare, scope: Scope) -> bool | None:
    left, right = evaluate(x.left, scope), evaluate(x.right, scope)
    if left is None or right is None:
        return None
    match x.op:
        case "==":
            return bool(left == right)
        case "!=":
            return bool(left != right)
        case "<":
            return bool(left < right)
        case "<=":
            return bool(left <= right)
        case ">":
            return bool(left > right)
        case ">=":
            return bool(left >= right)


def _logic(x: r.Logic, scope: Scope) -> bool | None:
    values = [evaluate(item, scope) for item in x.items]
    decisive = x.op == "or"
    if decisive in values:
        return decisive
    return None if None in values else not decisive


def _not(x: r.Not, scope: Scope) -> bool | None:
    value = evaluate(x.value, scope)
    return None if value is None else not value


def _in(x: r.In, scope: Scope) -> bool | None:
    value, container = evaluate(x.value, scope), evaluate(x.container, scope)
    if value is None or container is None:
        return None
    if any(item is not None and item == value for item in container):
        return True
    return None if any(item is None for item in container) else False


def _like(x: r.Like, scope: Scope) -> bool | None:
    value = evaluate(x.value, scope)
    if value is None:
        return None
    flags = re.DOTALL | (re.IGNORECASE if x.ignore_case else 0)
    return any(re.fullmatch(_like_regex(p), value, flags) is not None for p in x.patterns)


def _like_regex(pattern: str) -> str:
    return "".join(".*" if c == "%" else "." if c == "_" else re.escape(c) for c in pattern)


def _matches(x: r.Matches, scope: Scope) -> bool | None:
    value = evaluate(x.value, scope)
    if value is None:
        return None
    prefix = "(?i)" if x.ignore_case else ""
    return any(re2.search(prefix + p, value) is not None for p in x.patterns)


def _is_null(x: r.IsNull, scope: Scope) -> bool:
    return evaluate(x.value, scope) is None


def _coalesce(x: r.Coalesce, scope: Scope) -> Any:
    for item in x.items:
        value = evaluate(item, scope)
        if value is not None:
            return value
    return None


def _conditional(x: r.Conditional, scope: Scope) -> Any:
    return evaluate(x.then if holds(x.condition, scope) else x.otherwise, scope)


# ---------------------------------------------------------------- structures and calls


def _item_at(x: r.ItemAt, scope: Scope) -> Any:
    value, index = evaluate(x.value, scope), evaluate(x.index, scope)
    if value is None or index is None:
        return None
    if isinstance(value, Mapping):
        return value.get(index)
    return value[index] if -len(value) <= index < len(value) else None


def _list_literal(x: r.ListLiteral, scope: Scope) -> Any:
    return [evaluate(item, scope) for item in x.items]


def _record_literal(x: r.RecordLiteral, scope: Scope) -> Any:
    return {name: evaluate(item, scope) for name, item in x.items}


def _call(x: r.Call, scope: Scope) -> Any:
    arguments = [evaluate(a, scope) for a in x.arguments]
    if any(a is None for a in arguments):
        return None
    try:
        return bounded(FUNCTIONS[x.function](*arguments), x.type)
    except (ArithmeticError, ValueError):
        return None


def _python_call(x: r.PythonCall, scope: Scope) -> Any:
    arguments = [evaluate(a, scope) for a in x.arguments]
    try:
        return scope.outside.functions[x.name](*arguments)
    except Exception:
        # Whatever a foreign function raises, the language calls the outcome unknown.
        return None


def _aggregate(x: r.Aggregate, scope: Scope) -> Any:
    if x.step is not None:
        elements = scope.elements(x.step)
    else:
        elements = list(scope.own)
        if scope.with_candidate and scope.candidate is not None:
            elements.append(scope.candidate)
    argument = x.argument
    values = elements if argument is None else [evaluate(argument, replace(scope, element=e)) for e in elements]
    try:
        result = aggregate(x.function, values, x.type)
    except (ArithmeticError, ValueError):
        return None
    return None if result is None else bounded(result, x.type)


_EVALUATORS: dict[type, Callable[[Any, Scope], Any]] = {
    r.Constant: _constant,
    r.FieldOf: _field,
    r.KeyPart: _key_part,
    r.ParamValue: _param,
    r.ListValue: _list_value,
    r.Convert: _convert,
    r.Negate: _negate,
    r.Arithmetic: _arithmetic,
    r.Compare: _compare,
    r.Logic: _logic,
    r.Not: _not,
    r.In: _in,
    r.Like: _like,
    r.Matches: _matches,
    r.IsNull: _is_null,
    r.Coalesce: _coalesce,
    r.Conditional: _conditional,
    r.ItemAt: _item_at,
    r.ListLiteral: _list_literal,
    r.RecordLiteral: _record_literal,
    r.Call: _call,
    r.PythonCall: _python_call,
    r.Aggregate: _aggregate,
}
