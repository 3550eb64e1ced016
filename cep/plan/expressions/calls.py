"""Built-in functions, Python functions and indexing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cep.language.resolved import Call, Constant, Expression, In, ItemAt, ListLiteral, PythonCall
from cep.language.types import BOOL, Kind
from cep.plan.expressions.arithmetic import plain
from cep.plan.expressions.code import Binding, Code, call
from cep.plan.functions.network import network_test
from cep.plan.names import global_name, readable

if TYPE_CHECKING:
    from cep.plan.expressions.writer import Writer

_METHODS = {"lower": "lower", "upper": "upper", "trim": "strip", "starts_with": "startswith", "ends_with": "endswith"}
_UNITS = {"seconds": "1_000_000", "minutes": "60_000_000", "hours": "3_600_000_000", "days": "86_400_000_000"}
_BY_KIND = {"abs", "round", "floor", "ceil", "mod", "sqrt", "pow"}
"""Functions with one implementation for each kind of number: `round_decimal`, `mod_int`."""
_CASTS = {"string", "int", "float", "decimal"}
_SAME = {
    ("string", Kind.STRING), ("string", Kind.ENUM), ("int", Kind.INT), ("float", Kind.FLOAT), ("decimal", Kind.DECIMAL),
    ("round", Kind.INT), ("floor", Kind.INT), ("ceil", Kind.INT),
}  # fmt: skip
"""Calls that give their argument back."""


def built_in(writer: Writer, expression: Call) -> Code:
    """A built-in function; null if an argument is null, but for `coalesce`, `any_of` and `all_of`."""
    name, arguments = expression.function, expression.arguments
    if name == "coalesce":
        return writer.first_not_null(arguments)
    if name == "contains" and arguments[0].type.kind is Kind.LIST:
        return writer.value(In(arguments[1], arguments[0], BOOL, expression.span))
    if name == "ip_in" and (networks := _constant_texts(arguments[1:])) is not None:
        test = writer.constants.add(network_test(networks), "NET_" + readable(networks[0]))
        return writer.lifted(arguments[:1], lambda parts: call("ip_inside", parts[0], Code(test)))
    if name in ("hour", "minute", "weekday", "date") and isinstance(arguments[1], Constant):
        zone = str(arguments[1].value)
        zone_name = Code(writer.constants.add(ZoneInfo(zone), "Z_" + readable(zone)))
        return writer.lifted(arguments[:1], lambda parts: call(f"{name}_in_zone", parts[0], zone_name))
    return writer.lifted(arguments, _builder(expression))


def python(writer: Writer, expression: PythonCall) -> Code:
    """A declared Python function; its wrapper deals with nulls, exceptions and results of a wrong type."""
    return call(global_name("F", expression.name), *(writer.value(argument) for argument in expression.arguments))


def item(writer: Writer, expression: ItemAt) -> Code:
    """`list[index]` or `map[key]`; null where there is none."""

    def build(parts: list[Code]) -> Code:
        if expression.value.type.kind is Kind.MAP:
            return Code(f"{parts[0].inside(Binding.ATOM)}.get({parts[1].text})")
        return call("item_at", *parts)

    return writer.lifted([expression.value, expression.index], build)


def _builder(expression: Call) -> Callable[[list[Code]], Code]:
    name = expression.function
    kind = expression.arguments[0].type.kind
    if (name, kind) in _SAME and len(expression.arguments) == 1:
        return lambda parts: parts[0]
    if name in _METHODS:
        method = _METHODS[name]
        return lambda parts: call(f"{parts[0].inside(Binding.ATOM)}.{method}", *parts[1:])
    if name in _UNITS:
        return lambda parts: plain(parts[0], "/", Code(_UNITS[name]))
    if name == "length":
        return lambda parts: call("len", *parts)
    if name == "contains":
        return lambda parts: Code(f"{parts[1].inside(Binding.SUM)} in {parts[0].inside(Binding.SUM)}", Binding.COMPARE)
    if name == "concat":
        return lambda parts: Code(" + ".join(part.inside(Binding.SUM) for part in parts), Binding.SUM)
    if name in ("min", "max") and len(expression.arguments) == 2:
        return lambda parts: call(name, *parts)
    if name == "abs" and kind is Kind.FLOAT:
        return lambda parts: call("abs", *parts)
    return lambda parts: call(_runtime_name(expression), *parts)


def _runtime_name(expression: Call) -> str:
    """The name in the run-time library: functions of numbers by the kind of the first argument."""
    name, kind = expression.function, expression.arguments[0].type.kind
    if name in _CASTS:
        return f"{name}_from_{kind.value}"
    if name in _BY_KIND:
        exact = Kind.INT if kind is Kind.DURATION else kind
        return f"{name}_{exact.value}"
    return name


def _constant_texts(arguments: tuple[Expression, ...]) -> tuple[str, ...] | None:
    """The texts of constant arguments, lists of them included; None if one is computed."""
    texts: list[str] = []
    for argument in arguments:
        match argument:
            case Constant(value=str() as text):
                texts.append(text)
            case Constant(value=list() | tuple() as items) if all(isinstance(entry, str) for entry in items):
                texts.extend(items)
            case ListLiteral() if (found := _constant_texts(argument.items)) is not None:
                texts.extend(found)
            case _:
                return None
    return tuple(texts)
