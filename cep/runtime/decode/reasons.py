"""Why a record was refused, in a sentence for the person who has to mend its producer."""

from __future__ import annotations

import json
import re
from decimal import InvalidOperation

import msgspec

from cep.language.model import EventType
from cep.language.types import Kind, RecordField, Type
from cep.runtime.decode.malformed import Malformed
from cep.runtime.decode.text import DEPTH_LIMIT

_PLACE = re.compile(r" - at `(?:key in )?\$\.?(.*)`$", re.DOTALL)
_GOT = re.compile(r"got `(.*?)`")
_MISSING = re.compile(r"Object missing required field `(.*?)`", re.DOTALL)
_BYTE = re.compile(r"^JSON is malformed: (.*) \(byte (\d+)\)$")
_ENUM = re.compile(r"^Invalid enum value (.*)$", re.DOTALL)
_FOUND = {
    "str": "a string",
    "int": "a number",
    "float": "a number with a fraction",
    "bool": "true or false",
    "null": "null",
    "array": "a list",
    "object": "an object",
}
_EXPECTED = {
    Kind.STRING: "a string",
    Kind.INT: "a whole number",
    Kind.FLOAT: "a number",
    Kind.DECIMAL: "a number or numeric text",
    Kind.BOOL: "true or false",
    Kind.DURATION: "a duration such as 1h30m, or milliseconds",
    Kind.LIST: "a list",
    Kind.MAP: "an object",
    Kind.RECORD: "an object",
    Kind.NULL: "null",
}


def reason(error: BaseException, raw: bytes, event: EventType | None) -> str:
    """The reason for a dead letter. `event`: the type the record was taken for, if it came that far."""
    match error:
        case Malformed():
            return error.reason
        case UnicodeDecodeError():
            return f"not valid UTF-8: byte {_first_bad_byte(raw, error)} starts no character"
        case InvalidOperation():
            return "a number has an exponent beyond any decimal"
        case RecursionError():
            return f"nested more than {DEPTH_LIMIT} levels deep"
        case msgspec.ValidationError():
            return _invalid(str(error), event)
        case _:
            return _no_json(str(error), raw)


def _first_bad_byte(raw: bytes, error: UnicodeDecodeError) -> int:
    try:
        raw.decode()
    except UnicodeDecodeError as whole:
        return whole.start
    return error.start


def _no_json(text: str, raw: bytes) -> str:
    found = _BYTE.match(text)
    if found:
        place = int(found[2])
        place -= raw[place - 1 : place] in (b"-", b"+")
        word = re.match(rb"[-+]?(NaN|Infinity|Inf)\b", raw[place : place + 12], re.IGNORECASE)
        if word:
            return f"not valid JSON: {word[0].decode()} at byte {place} is no JSON number"
        return f"not valid JSON: {found[1]} at byte {place}"
    if not raw.strip():
        return "not valid JSON: the record is empty"
    try:
        json.loads(raw)
    except (ValueError, RecursionError):
        return "not valid JSON: it ends too early"
    return "not valid text: a \\ud800-\\udfff escape is half of a character"


def _invalid(text: str, event: EventType | None) -> str:
    """In the words of the declaration, not of the decoder."""
    place = _PLACE.search(text)
    path = place[1] if place else ""
    what = text[: place.start()] if place else text
    missing = _MISSING.match(what)
    if missing:
        return f"required field `{_joined(path, missing[1])}` is missing"
    got = _GOT.search(what)
    found = _FOUND.get(got[1], got[1]) if got else None
    if not path:
        return f"expected a JSON object, got {found or 'something else'}"
    declared = declared_type(event, path) if event else None
    unknown = _ENUM.match(what)
    if unknown:
        found = unknown[1]
    elif what.startswith("Invalid decimal"):
        found = "other text"
    elif what == "Number out of range":
        found = "a number too large for one"
    elif what == "Integer value out of range" or (what.startswith("Expected") and ("<=" in what or ">=" in what)):
        return f"field `{path}`: {_beyond(declared)}"
    expected = _expected(declared) if declared else "something else"
    return f"field `{path}`: expected {expected}" + (f", got {found}" if found else "")


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _beyond(declared: Type | None) -> str:
    if declared is None or declared.kind is Kind.INT:
        return "expected a whole number of at most 64 bits, got a larger one"
    if declared.kind is Kind.DECIMAL:
        return "expected a decimal of at most 400 digits before the point, got a longer one"
    if declared.kind is Kind.DURATION:
        return "expected a duration of at most 292,000 years, got a longer one"
    unit = declared.format.unit if declared.format else "ms"
    if unit == "ns":
        return "expected nanoseconds since the epoch in 64 bits, got a number beyond"
    return f"expected a time in the years 1 to 9999, got a number of {_UNITS[unit]} beyond"


_UNITS = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}


def _expected(declared: Type) -> str:
    match declared.kind:
        case Kind.ENUM:
            return "one of " + ", ".join(f'"{member}"' for member in declared.members)
        case Kind.TIMESTAMP:
            unit = declared.format.unit if declared.format else "ms"
            return f"a time of the form `{unit}`" if "%" in unit else f"{_UNITS[unit]} since the epoch or RFC 3339 text"
        case _:
            return _EXPECTED[declared.kind]


def declared_type(event: EventType, path: str) -> Type | None:
    """The declared type at a decoder's path such as `a.b[2].c`; None where it leads to no declared field."""
    fields = [RecordField(field.name, field.type, field.source) for field in event.fields]
    return _within(fields, path)


def _within(fields: list[RecordField] | tuple[RecordField, ...], path: str) -> Type | None:
    for field in sorted(fields, key=lambda field: -len(field.source)):
        if path.startswith(field.source):
            found = _below(field.type, path[len(field.source) :])
            if found is not None:
                return found
    return None


def _below(type_: Type, rest: str) -> Type | None:
    if not rest:
        return type_
    if rest[0] == "[" and type_.element is not None:
        return _below(type_.element, rest[rest.index("]") + 1 :])
    if rest[0] == "." and type_.fields:
        return _within(type_.fields, rest[1:])
    return None
