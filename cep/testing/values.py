"""Values in tests: when two are the same, and how they are written in a report."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from cep.language.types import Kind, Type
from cep.plan.attributes import attribute
from cep.plan.functions.casts import string_from_decimal, string_from_duration
from cep.runtime.timestamps import format_timestamp

UNKNOWN = Type(Kind.NULL, nullable=True)
"""Stands for the type of a value that has none, such as the elements of an empty list literal."""


def is_same(expected: Any, actual: Any, type_: Type) -> bool:
    """Whether two values of a type are equal. 600.0 equals 600.00; floats may differ in the tenth digit, since nobody
    writes them out."""
    if expected is None or actual is None:
        return expected is None and actual is None
    match type_.kind:
        case Kind.FLOAT:
            return math.isclose(expected, actual, rel_tol=1e-9, abs_tol=1e-12)
        case Kind.LIST:
            pairs = zip(expected, actual, strict=False)
            return len(expected) == len(actual) and all(is_same(a, b, _element(type_)) for a, b in pairs)
        case Kind.MAP:
            return expected.keys() == actual.keys() and all(
                is_same(value, actual[key], _element(type_)) for key, value in expected.items()
            )
        case Kind.RECORD:
            return all(is_same(part(expected, f.name), part(actual, f.name), f.type) for f in type_.fields)
        case _:
            return bool(expected == actual)


def part(record: Any, name: str) -> Any:
    """A field of a record, which is a dict where a rule made it and a struct where it was decoded."""
    return record.get(name) if isinstance(record, Mapping) else getattr(record, attribute(name))


def written(value: Any, type_: Type) -> str:
    """A value as the language writes it."""
    if value is None:
        return "null"
    match type_.kind:
        case Kind.DECIMAL:
            return string_from_decimal(Decimal(value))
        case Kind.TIMESTAMP:
            return "@" + format_timestamp(value)
        case Kind.DURATION:
            return string_from_duration(value)
        case Kind.FLOAT:
            return repr(float(value))
        case Kind.LIST:
            return "[" + ", ".join(written(item, _element(type_)) for item in value) + "]"
        case Kind.MAP:
            pairs = (f"{json.dumps(key)}: {written(item, _element(type_))}" for key, item in value.items())
            return "{ " + ", ".join(pairs) + " }"
        case Kind.RECORD:
            fields = (f"{f.name}: {written(part(value, f.name), f.type)}" for f in type_.fields)
            return "{ " + ", ".join(fields) + " }"
        case _:
            return json.dumps(value, ensure_ascii=False)


def _element(type_: Type) -> Type:
    return type_.element or UNKNOWN
