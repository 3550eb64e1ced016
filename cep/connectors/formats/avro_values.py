"""What Avro's types become: as fastavro reads them without their logical types, or with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from cep.connectors.formats.declared import Wanted
from cep.connectors.formats.values import day, decimal, duration, finite, instant, micros_of, time_of_day

Convert = Callable[[Any], Any]

_UNITS = {"millis": "ms", "micros": "us", "nanos": "ns"}
_CLASSES: dict[str, type] = {
    "boolean": bool,
    "int": int,
    "long": int,
    "float": float,
    "double": float,
    "bytes": bytes,
    "fixed": bytes,
    "string": str,
    "enum": str,
    "array": list,
    "map": dict,
    "record": dict,
    "error": dict,
}


def simple(kind: str) -> Convert | None:
    """For a type that is no logical one; None: its values are JSON's. Bytes go into the JSON as base64."""
    return finite if kind in ("float", "double") else None


def logical(schema: Mapping[str, Any], wanted: Wanted | None) -> Convert | None:
    """For the values of the type below a logical type. One that is not known counts as the type below it."""
    word = schema.get("logicalType")
    match (schema["type"], word):
        case ("bytes" | "fixed", "decimal"):
            return partial(decimal, scale=schema.get("scale", 0))
        case ("int", "date"):
            return partial(day, wanted=wanted)
        case ("int" | "long", "time-millis" | "time-micros"):
            return None if wanted == "int" else _time_of_day(word == "time-millis", wanted)
        case ("fixed", "uuid"):
            return lambda value: str(UUID(bytes=value))
        case ("fixed", "duration"):
            return _duration
    unit = _unit(word) if schema["type"] == "long" else None
    return simple(schema["type"]) if unit is None else instant(unit, wanted)


def of_object(schema: Mapping[str, Any], wanted: Wanted | None) -> Convert | None:
    """For the objects that fastavro makes of a logical type."""
    word = schema.get("logicalType")
    if word == "date":
        return lambda value: day(value.toordinal() - date(1970, 1, 1).toordinal(), wanted)
    if word in ("time-millis", "time-micros"):
        return lambda value: time_of_day(
            ((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000 + value.microsecond, wanted
        )
    if (unit := _unit(word)) is None:
        return simple(schema["type"])
    if unit == "ns":
        return instant("ns", wanted)
    # The number that the schema holds, as where there is no union.
    per = 1_000 if unit == "ms" else 1
    write = instant(unit, wanted)
    return lambda value: micros_of(value) // per if write is None else write(micros_of(value) // per)


def class_of(schema: Mapping[str, Any], *, kept: bool) -> type:
    """The class of the values that fastavro gives; `kept`: with logical types, but for those that have names."""
    kind, word = schema["type"], schema.get("logicalType")
    if kept and kind != "fixed":
        match word:
            case "date":
                return date
            case "time-millis" | "time-micros":
                return time
            case "decimal":
                return Decimal
            case "uuid":
                return UUID
        if _unit(word) in ("ms", "us"):
            return datetime
    return _CLASSES.get(kind, object)


def _unit(word: object) -> str | None:
    """The unit of a `timestamp-…` or `local-timestamp-…`; the latter has no zone, and is taken to be in UTC."""
    if not isinstance(word, str) or not word.removeprefix("local-").startswith("timestamp-"):
        return None
    return _UNITS.get(word.rpartition("-")[2])


def _time_of_day(in_millis: bool, wanted: Wanted | None) -> Convert:
    return lambda value: time_of_day(value * 1_000 if in_millis else value, wanted)


def _duration(raw: bytes) -> str:
    """Months, days and milliseconds; months, whose length is none, stay months, which no declared duration takes."""
    months, days, millis = (int.from_bytes(raw[at : at + 4], "little") for at in (0, 4, 8))
    whole = duration(days * 86_400_000_000 + millis * 1_000)
    return f"P{months}M{whole[1:]}" if months else whole
