"""`order by` values in a form that plain tuple comparison sorts.

Nulls come first, whatever the direction. Trailing nulls are cut off, so that a type without `order by`, whose values
all count as null, gives the same `()` as a type whose values happen to be null. Kinds are ranked, since rules that
order by unlike types may share one queue.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cep.language.model import EventOrder, EventType
from cep.language.types import Kind
from cep.plan.attributes import attribute

Order = tuple[Any, ...]
OrderReader = Callable[[Any], Order]

_NUMBERS = (Kind.INT, Kind.FLOAT, Kind.DECIMAL, Kind.TIMESTAMP, Kind.DURATION, Kind.BOOL)
_NUMBER, _TEXT, _TEXT_DOWN = range(3)
_END = 1
"""Closes a descending text: greater than every negated code point, so that a longer text comes before its start."""


def order_reader(event: EventType) -> OrderReader | None:
    """The function from a finished event to its order; None for a type without `order by`."""
    if not event.order:
        return None
    parts = [_part(order) for order in event.order]

    def read(data: Any) -> Order:
        values = [part(data) for part in parts]
        while values and not values[-1]:
            values.pop()
        return tuple(values)

    return read


def _part(order: EventOrder) -> Callable[[Any], Order]:
    attributes = [attribute(name) for name in order.path]
    encode = _encoder(order)

    def read(data: Any) -> Order:
        for name in attributes:
            data = getattr(data, name)
            if data is None:
                return ()
        return encode(data)

    return read


def _encoder(order: EventOrder) -> Callable[[Any], Order]:
    if order.type.kind in _NUMBERS:
        return (lambda value: (_NUMBER, -value)) if order.descending else (lambda value: (_NUMBER, value))
    if order.descending:
        return lambda value: (_TEXT_DOWN, (*(-ord(letter) for letter in value), _END))
    return lambda value: (_TEXT, value)
