"""Messages that everybody knows, by what they mean: times, durations, values in wrappers, decimals, JSON."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from cep.connectors.formats.declared import Wanted
from cep.connectors.formats.values import day, decimal, duration, finite, time_of_day
from cep.runtime.timestamps import format_timestamp

Write = Callable[[Any], Any]

_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_BILLION = 1_000_000_000
_WRAPPERS = ("Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes")
_KNOWN = {f"google.protobuf.{name}Value" for name in _WRAPPERS}


def known(name: str, wanted: Wanted | None) -> Write | None:
    """How a message of this full name is written; None: as its fields."""
    if name in _KNOWN:
        return _wrapped
    match name:
        case "google.protobuf.Timestamp":
            return _timestamp(wanted)
        case "google.protobuf.Duration":
            return lambda message: duration(_micros(message))
        case "google.protobuf.Struct":
            return _struct
        case "google.protobuf.Value":
            return _value
        case "google.protobuf.ListValue":
            return _list
        case "confluent.type.Decimal":
            return lambda message: decimal(message.value, message.scale)
        case "google.type.Date":
            return lambda message: _date(message, wanted)
        case "google.type.TimeOfDay":
            return lambda message: time_of_day(
                ((message.hours * 60 + message.minutes) * 60 + message.seconds) * 1_000_000 + message.nanos // 1_000,
                wanted,
            )
        case _:
            return None


def key(found: object) -> str:
    """A map's key as JSON has it."""
    if isinstance(found, bool):
        return "true" if found else "false"
    return str(found)


def _micros(message: Any) -> int:
    """Of seconds and nanoseconds; finer digits are cut off."""
    return int(message.seconds) * 1_000_000 + int(message.nanos / 1_000)


def _timestamp(wanted: Wanted | None) -> Write:
    """In the declared unit, where no digit is lost, else as text."""

    def text(message: Any) -> str:
        return format_timestamp(int(message.seconds) * 1_000_000 + message.nanos // 1_000)

    match wanted:
        case "s" | "ms" | "us" | "ns":
            per, finest = _PER_SECOND[wanted], _BILLION // _PER_SECOND[wanted]

            def number(message: Any) -> int | str:
                nanos = message.nanos
                return text(message) if nanos % finest else message.seconds * per + nanos // finest

            return number
        case _:
            return text


def _date(message: Any, wanted: Wanted | None) -> int | str:
    """A whole date; years or days alone are no date."""
    found = date(message.year, message.month, message.day)
    return day(found.toordinal() - date(1970, 1, 1).toordinal(), wanted)


def _wrapped(message: Any) -> Any:
    value = message.value
    return finite(value) if value.__class__ is float else value


def _struct(message: Any) -> dict[str, Any]:
    return {name: _value(value) for name, value in sorted(message.fields.items())}


def _list(message: Any) -> list[Any]:
    return [_value(value) for value in message.values]


def _value(message: Any) -> Any:
    match message.WhichOneof("kind"):
        case "struct_value":
            return _struct(message.struct_value)
        case "list_value":
            return _list(message.list_value)
        case "number_value":
            number = finite(message.number_value)
            # JSON knows one kind of number, Protobuf keeps it as a double.
            return int(number) if isinstance(number, float) and number.is_integer() and abs(number) < 2**53 else number
        case "string_value":
            return message.string_value
        case "bool_value":
            return message.bool_value
        case _:
            return None
