"""Values as JSON, by their declared types: byte for byte the same for the same value.

A type is looked at once, and gives a function for its values.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from cep.language.types import Kind, Type
from cep.plan.attributes import attribute
from cep.runtime.timestamps import timestamp_bytes

Renderer = Callable[[Any], bytes]
"""Writes a run-time value of one type, or null."""

_encode: Renderer = msgspec.json.Encoder().encode

PLAIN_DIGITS = 400
"""Decimals are written without an exponent up to this many places on either side of the point."""


def render(value: Any, type_: Type) -> bytes:
    """A run-time value of a declared type as JSON."""
    return renderer(type_)(value)


@lru_cache(maxsize=4096)
def renderer(type_: Type) -> Renderer:
    """How values of a declared type are written."""
    match type_.kind:
        case Kind.LIST:
            return _list_renderer(renderer(_element(type_)))
        case Kind.MAP:
            return _map_renderer(renderer(_element(type_)))
        case Kind.RECORD:
            return _record_renderer(type_)
        case _:
            return _SIMPLE[type_.kind]


def fields_renderer(fields: Sequence[tuple[str, Type]]) -> Callable[[Sequence[Any]], bytes]:
    """How values are written as a JSON object under their names, in that order."""
    names = [_encode(name).replace(b"%", b"%%") + b":%b" for name, _ in fields]
    form = b"{" + b",".join(names) + b"}"
    renderers = tuple(renderer(type_) for _, type_ in fields)

    def write(values: Sequence[Any]) -> bytes:
        return form % tuple([write_one(value) for write_one, value in zip(renderers, values, strict=True)])

    return write


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


def _float(value: Any) -> bytes:
    if value is None:
        return b"null"
    # An int may stand where a float is declared.
    number = float(value)
    return _encode(number) if math.isfinite(number) else b"null"


def _decimal(value: Any) -> bytes:
    return b"null" if value is None else render_decimal(Decimal(value))


def _timestamp(value: Any) -> bytes:
    return b"null" if value is None else b'"%b"' % timestamp_bytes(value)


def _duration(value: Any) -> bytes:
    return b"null" if value is None else b"%d" % duration_ms(value)


def _null(_: Any) -> bytes:
    return b"null"


def _list_renderer(element: Renderer) -> Renderer:
    def write(value: Any) -> bytes:
        return b"null" if value is None else b"[" + b",".join([element(item) for item in value]) + b"]"

    return write


def _map_renderer(element: Renderer) -> Renderer:
    def write(value: Any) -> bytes:
        if value is None:
            return b"null"
        return b"{" + b",".join([_encode(key) + b":" + element(item) for key, item in value.items()]) + b"}"

    return write


def _record_renderer(type_: Type) -> Renderer:
    """Decoded records are structs, those made in `emit` are dicts."""
    names = tuple(field.name for field in type_.fields)
    attributes = tuple(map(attribute, names))
    write_fields = fields_renderer([(field.name, field.type) for field in type_.fields])

    def write(value: Any) -> bytes:
        if value is None:
            return b"null"
        if isinstance(value, dict):
            return write_fields([value.get(name) for name in names])
        return write_fields([getattr(value, name) for name in attributes])

    return write


def _element(type_: Type) -> Type:
    return type_.element or Type(Kind.NULL, nullable=True)


_SIMPLE: dict[Kind, Renderer] = {
    # null included
    Kind.STRING: _encode,
    Kind.ENUM: _encode,
    Kind.BOOL: _encode,
    Kind.INT: _encode,
    Kind.FLOAT: _float,
    Kind.DECIMAL: _decimal,
    Kind.TIMESTAMP: _timestamp,
    Kind.DURATION: _duration,
    Kind.NULL: _null,
}
