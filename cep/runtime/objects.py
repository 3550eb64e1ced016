"""Python objects as records: what a program hands over becomes the JSON bytes that decoding starts from.

So an event from a program takes the same way as one from a file, its evidence in an alert is JSON, and a snapshot needs
nothing else to rebuild it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from cep.runtime.decode.malformed import Malformed

_UNFIT = (TypeError, ValueError, OverflowError, RecursionError, AttributeError)
"""What encoding a foreign object may raise."""


class ObjectEncoder:
    """Encodes the events of a program. `type_field`: where the event type's name is put (None: there is only one type).

    An event is a mapping with that field; a pair (type name, mapping); an instance of a dataclass or msgspec Struct,
    whose class is named as the event type; or JSON text or bytes, which are taken as they are.
    """

    def __init__(self, type_field: str | None) -> None:
        self._field = type_field
        # Sorted, so that the bytes do not depend on the order in which a program or a hash puts things.
        self._encode = msgspec.json.Encoder(decimal_format="number", order="deterministic", enc_hook=_plain).encode
        self._heads: dict[type, bytes] = {}

    def encode(self, event: object) -> bytes:
        """The event's record. Raises `Malformed` for what cannot be one."""
        if isinstance(event, bytes):
            return event
        if isinstance(event, str):
            return event.encode("utf-8", "surrogatepass")
        try:
            raw = self._object(event)
            if b"null" in raw:
                _refuse_no_numbers(msgspec.to_builtins(event))
        except _UNFIT as error:
            raise Malformed(f"cannot be written as JSON: {error}") from None
        return raw

    def _object(self, event: object) -> bytes:
        if isinstance(event, Mapping):
            return self._encode(event)
        if isinstance(event, tuple) and len(event) == 2 and isinstance(event[0], str) and isinstance(event[1], Mapping):
            name, fields = event
            return self._encode(fields if self._field is None else {**fields, self._field: name})
        head = self._heads.get(type(event))
        if head is None:
            head = self._heads[type(event)] = self._head(type(event))
        raw = self._encode(event)
        return raw if not head else head + (b"}" if raw == b"{}" else b"," + raw[1:])

    def _head(self, class_: type) -> bytes:
        """The start of the record that names the type; nothing where the class has such a field of its own."""
        if dataclasses.is_dataclass(class_):
            names = {field.name for field in dataclasses.fields(class_)}
        elif issubclass(class_, msgspec.Struct):
            names = {*class_.__struct_encode_fields__, class_.__struct_config__.tag_field or ""}
        else:
            raise TypeError(f"a `{class_.__name__}` is no event; hand over a dict, a dataclass or a msgspec Struct")
        if self._field is None or self._field in names:
            return b""
        return b"{" + self._encode(self._field) + b":" + self._encode(class_.__name__)


def _plain(value: Any) -> Any:
    """Foreign kinds of plain values: other mappings, subclasses (as pandas has them), numpy scalars."""
    match value:
        case Mapping():
            return dict(value)
        case datetime():
            return datetime.fromisoformat(value.isoformat())
        case str():
            return str.__str__(value)
        case float():
            return float.__float__(value)
    item = getattr(value, "item", None)
    if callable(item):
        return item()
    raise TypeError(f"a `{type(value).__name__}` is no value of an event")


def _refuse_no_numbers(value: object) -> None:
    """JSON has no NaN; the encoder would write null, which is something else."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is no JSON number")
    items: Iterable[object] = ()
    if isinstance(value, dict):
        items = value.values()
    elif isinstance(value, list | tuple):
        items = value
    for item in items:
        _refuse_no_numbers(item)
