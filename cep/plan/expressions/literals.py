"""Constants and literals of lists and records."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from cep.language.resolved import Constant, Expression, ListLiteral, RecordLiteral
from cep.language.types import Kind
from cep.plan.expressions.code import Binding, Code
from cep.plan.names import readable

if TYPE_CHECKING:
    from cep.plan.expressions.writer import Writer

_LONGEST_INLINE_SET = 6
_INLINE = (str, int, bool, type(None))


def constant(writer: Writer, expression: Constant) -> Code:
    """Text, ints, floats and bools as Python literals, anything else by a global name."""
    value = expression.value
    if isinstance(value, bool | str | None):
        return Code(repr(value))
    if isinstance(value, int):
        text = f"{value:_}" if expression.type.kind in (Kind.DURATION, Kind.TIMESTAMP) else str(value)
        return Code(text, Binding.UNARY if value < 0 else Binding.ATOM)
    if isinstance(value, float):
        return Code(repr(value), Binding.UNARY if value < 0 else Binding.ATOM)
    if isinstance(value, Decimal):
        return Code(writer.constants.decimal(value))
    return Code(writer.constants.add(value, f"C_{expression.type.kind.value}"))


def list_of(writer: Writer, expression: ListLiteral) -> Code:
    """A new list."""
    return Code("[" + ", ".join(writer.value(item).text for item in expression.items) + "]")


def record(writer: Writer, expression: RecordLiteral) -> Code:
    """A new dict with the names as written."""
    pairs = (f"{name!r}: {writer.value(item).text}" for name, item in expression.items)
    return Code("{" + ", ".join(pairs) + "}")


def collection(writer: Writer, items: Sequence[Expression]) -> Code:
    """The right side of `in`: a set of constants made once, or a tuple made on the spot.

    Python itself turns a set display of plain literals into a constant, which reads best; others get a name.
    """
    values = [item.value for item in items if isinstance(item, Constant)]
    if len(values) < len(items) or not items:
        parts = [writer.value(item).text for item in items]
        return Code("(" + ", ".join(parts) + ("," if len(parts) == 1 else "") + ")")
    if len(items) <= _LONGEST_INLINE_SET and all(isinstance(value, _INLINE) for value in values):
        return Code("{" + ", ".join(writer.value(item).text for item in items) + "}")
    hint = readable("_".join(map(str, values[:3])))
    if any(isinstance(value, list | dict) for value in values):
        return Code(writer.constants.add(tuple(values), "ITEMS_" + hint))
    return Code(writer.constants.add(frozenset(values), "SET_" + hint))
