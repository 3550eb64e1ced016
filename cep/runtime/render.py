"""Values as JSON, by their declared types: byte for byte the same for the same value."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from cep.language.types import Kind, Type
from cep.plan.attributes import attribute
from cep.runtime.timestamps import format_timestamp

_encode = msgspec.json.Encoder().encode

PLAIN_DIGITS = 400
"""Decimals are written without an exponent up to this many places on either side of the point."""


def render(value: Any, type_: Type) -> bytes:
    """A run-time value of a declared type as JSON."""
    if value is None:
        return b"null"
    return _RENDERERS[type_.kind](value, type_)


def render_fields(fields: tuple[tuple[str, Type], ...], values: tuple[Any, ...]) -> bytes:
    """Named values as a JSON object, in their order."""
    parts = (_encode(name) + b":" + render(value, type_) for (name, type_), value in zip(fields, values, strict=True))
    return b"{" + b",".join(parts) + b"}"


def render_decimal(value: Decimal) -> bytes:
    """A JSON number with the decimal's own digits: 1.50 stays 1.50, and 1E+3 is 1000."""
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        return b"null"
    if exponent >= -PLAIN_DIGITS and value.adjusted() <= PLAIN_DIGITS:
        return format(value, "f").encode()
    return str(value).encode()


def duration_ms(value: int) -> int:
    """Microseconds as whole milliseconds, halves to the even one."""
    whole, rest = divmod(value, 1000)
    return whole + (rest > 500 or (rest == 500 and whole % 2 == 1))


def _text(value: Any, _: Type) -> bytes:
    return _encode(value)


def _float(value: Any, _: Type) -> bytes:
    # An int may stand where a float is declared.
    number = float(value)
    return _encode(number) if math.isfinite(number) else b"null"


def _list(value: Any, type_: Type) -> bytes:
    element = _element(type_)
    return b"[" + b",".join(render(item, element) for item in value) + b"]"


def _map(value: Any, type_: Type) -> bytes:
    element = _element(type_)
    return b"{" + b",".join(_encode(key) + b":" + render(item, element) for key, item in value.items()) + b"}"


def _record(value: Any, type_: Type) -> bytes:
    """Decoded records are structs, those made in `emit` are dicts."""
    if isinstance(value, dict):
        values = tuple(value.get(field.name) for field in type_.fields)
    else:
        values = tuple(getattr(value, attribute(field.name)) for field in type_.fields)
    return render_fields(tuple((field.name, field.type) for field in type_.fields), values)


def _element(type_: Type) -> Type:
    return type_.element or Type(Kind.NULL, nullable=True)


_RENDERERS: dict[Kind, Callable[[Any, Type], bytes]] = {
    Kind.STRING: _text,
    Kind.ENUM: _text,
    Kind.BOOL: _text,
    Kind.INT: _text,
    Kind.FLOAT: _float,
    Kind.DECIMAL: lambda value, _: render_decimal(Decimal(value)),
    Kind.TIMESTAMP: lambda value, _: _encode(format_timestamp(value)),
    Kind.DURATION: lambda value, _: b"%d" % duration_ms(value),
    Kind.LIST: _list,
    Kind.MAP: _map,
    Kind.RECORD: _record,
    Kind.NULL: lambda value, _: b"null",
}
