"""Event types as tests use them, and test events as raw records.

A test is about a rule, not about how its data is spelled: fields go by their declared names, timestamps are
microseconds, lateness is 0. The records still take the whole way through decoding, order and watermarks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from cep.language.check.constants import neutral_value
from cep.language.model import EventField, EventType
from cep.language.types import Kind, RecordField, TimestampFormat, Type

TYPE_FIELD = "(event)"
"""Where a test's record names its type; no declared field can bear this name."""

_MICROSECONDS = TimestampFormat("us")


def plain_event(event: EventType) -> EventType:
    """The type without lateness, idleness, tie-breaking and any special spelling in the data."""
    fields = tuple(EventField(field.name, _plain_type(field.type), field.name) for field in event.fields)
    return replace(event, fields=fields, lateness=0, idle=None, order=())


def _plain_type(type_: Type) -> Type:
    if type_.kind is Kind.TIMESTAMP:
        return replace(type_, format=_MICROSECONDS)
    if type_.kind is Kind.RECORD:
        return replace(type_, fields=tuple(RecordField(f.name, _plain_type(f.type), f.name) for f in type_.fields))
    return type_ if type_.element is None else replace(type_, element=_plain_type(type_.element))


def filled(event: EventType, fields: Mapping[str, object], time: int) -> dict[str, object]:
    """Every declared field: those given, neutral values for the rest, and the time field (microseconds)."""
    values = {field.name: neutral_value(field.type) for field in event.fields} | dict(fields)
    if event.time_kind == "event":
        _put(values, event.time, time)
    return values


def _put(record: dict[str, Any], path: tuple[str, ...], time: int) -> None:
    """Set the field at `path`, whose records on the way are never null."""
    name, *rest = path
    if rest:
        record[name] = dict(record[name])
        _put(record[name], tuple(rest), time)
    else:
        record[name] = time


def encoded(event: EventType, values: Mapping[str, object]) -> bytes:
    """The record of an event in the form that `plain_event` declares."""
    data = {field.name: _written(values[field.name], field.type) for field in event.fields}
    return msgspec.json.encode({TYPE_FIELD: event.name} | data)


def _written(value: Any, type_: Type) -> object:
    if value is None:
        return None
    match type_.kind:
        case Kind.DECIMAL:
            return format(value, "f")
        case Kind.DURATION:
            return value // 1000
        case Kind.LIST:
            return [_written(item, _element(type_)) for item in value]
        case Kind.MAP:
            return {key: _written(item, _element(type_)) for key, item in value.items()}
        case Kind.RECORD:
            return {field.name: _written(value.get(field.name), field.type) for field in type_.fields}
        case _:
            return value


def _element(type_: Type) -> Type:
    return type_.element or Type(Kind.NULL, nullable=True)
