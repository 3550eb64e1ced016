"""Single values from what msgspec found to run-time form: timestamps, durations, and the limits of decimals."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from types import NoneType
from typing import Any

import msgspec

from cep.language.literals import BadLiteral, parse_duration
from cep.language.types import Type
from cep.runtime.decode.malformed import Malformed
from cep.runtime.decode.shapes import LARGEST, PLAIN_TIMESTAMP
from cep.runtime.timestamps import BadTime, timestamp_reader

Convert = Callable[[Any], Any]
"""From a decoded value that is not null to its run-time form. Raises `Malformed`."""

_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_FOUND = {NoneType: "null", bool: "true or false", list: "a list", dict: "an object"}

DECIMAL_LIMIT = Decimal("1E400")
"""Decimals reach up to here: far past any amount, and never millions of digits in an alert."""


def timestamp_converter(type_: Type, place: str) -> Convert:
    """Timestamps of the declared form to microseconds. `place` is the field's path, for messages."""
    read = timestamp_reader(type_.format or PLAIN_TIMESTAMP)

    def convert(value: int | float | str) -> int:
        try:
            return read(value)
        except BadTime as error:
            raise Malformed(f"field `{place}`: {error}, got {shown(value)}") from None

    return convert


def decimal_converter(place: str) -> Convert:
    """Decimals as they are, once they are finite and of bearable size."""

    def convert(found: object) -> Decimal:
        value = found if isinstance(found, Decimal) else exact(place, found)
        if value.is_finite() and -DECIMAL_LIMIT < value < DECIMAL_LIMIT:
            return value
        raise bad_decimal(place, value)

    return convert


def exact(place: str, value: object) -> Decimal:
    """The decimal that a whole number or numeric text stands for; raises `Malformed` for anything else."""
    if value.__class__ is int or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        return Decimal(value)
    got = "other text" if isinstance(value, str) else _FOUND.get(type(value), "something else")
    raise Malformed(f"field `{place}`: expected a number or numeric text, got {got}")


def bad_decimal(place: str, value: Decimal) -> Malformed:
    """The refusal of a decimal that is infinite, not a number, or has hundreds of digits."""
    what = "a decimal of at most 400 digits before the point" if value.is_finite() else "a finite decimal"
    return Malformed(f"field `{place}`: expected {what}, got {value}")


def duration_converter(place: str) -> Convert:
    """Milliseconds or text to microseconds."""

    def convert(value: int | str) -> int:
        if isinstance(value, int):
            return value * 1000
        try:
            return parse_duration_text(value)
        except (BadLiteral, msgspec.ValidationError):
            message = f"field `{place}`: expected a duration such as 1h30m, or milliseconds, got {shown(value)}"
            raise Malformed(message) from None

    return convert


def parse_duration_text(text: str) -> int:
    """A duration of the language (`1h30m`, also `-5m`) or of ISO 8601 (`PT5M`), in microseconds.

    Raises `BadLiteral` or `msgspec.ValidationError`.
    """
    sign, size = (-1, text[1:]) if text.startswith("-") else (1, text)
    if not size.startswith("P"):
        return sign * parse_duration(size)
    length = msgspec.convert(size, timedelta)
    micros = (length.days * 86_400 + length.seconds) * 1_000_000 + length.microseconds
    if micros > LARGEST:
        raise msgspec.ValidationError("too long")
    return sign * micros


def shown(value: object) -> str:
    """A value in a message: short, on one line."""
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 60 else text[:57] + "..."
