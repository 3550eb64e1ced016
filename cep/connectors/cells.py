"""Text cells to JSON values, by the type the rules declare for the field.

A CSV file knows only text. Guessing types from looks would turn the card number `0042` into 42, so the declared
type decides: what does not fit it stays text and is refused by the decoder, with its reason, like any other record.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import msgspec

from cep.language.model import EventType
from cep.language.types import Kind, Type

Cell = Callable[[str], object]
"""From a cell's text to something `msgspec.json` encodes."""

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_WHOLE = re.compile(r"[+-]?[0-9]+")


def cells(event: EventType) -> dict[str, Cell]:
    """How each column of a file is read for `event`, by the column's name; other columns stay text."""
    return _COORDINATES | {field.source: cell(field.type) for field in event.fields}


def cell(declared: Type) -> Cell:
    """How text is read as a value of the declared type. An empty cell is null, except for a required string."""
    read = _READERS.get(declared.kind, _text)
    if declared.kind is Kind.TIMESTAMP and declared.format is not None and "%" in declared.format.unit:
        read = _text
    if declared.kind in (Kind.STRING, Kind.ENUM) and not declared.nullable:
        return read
    return lambda text: read(text) if text else None


def _text(text: str) -> object:
    return text


def _int(text: str) -> object:
    stripped = text.strip()
    # int() alone would also take `1_000` and digits of other scripts.
    if not (stripped.isascii() and _WHOLE.fullmatch(stripped)) or len(stripped) > 40:
        return text
    return int(stripped)


def _float(text: str) -> object:
    if "_" in text or not text.isascii():
        return text
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text


def _decimal(text: str) -> object:
    # Kept as the digits written, since 600.00 and 600 differ in an alert.
    stripped = text.strip()
    return msgspec.Raw(stripped.encode()) if _NUMBER.fullmatch(stripped) else stripped


def _bool(text: str) -> object:
    return {"true": True, "false": False}.get(text.strip().lower(), text)


def _timestamp(text: str) -> object:
    stripped = text.strip()
    return msgspec.Raw(stripped.encode()) if _NUMBER.fullmatch(stripped) else stripped


def _nested(text: str) -> object:
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
    return msgspec.Raw(text.encode())


_READERS: dict[Kind, Cell] = {
    Kind.INT: _int,
    Kind.FLOAT: _float,
    Kind.DECIMAL: _decimal,
    Kind.BOOL: _bool,
    Kind.TIMESTAMP: _timestamp,
    Kind.LIST: _nested,
    Kind.MAP: _nested,
    Kind.RECORD: _nested,
}

_COORDINATES: dict[str, Cell] = dict.fromkeys(("_partition", "_offset", "_timestamp"), _int)
"""Columns that say where a record comes from, whatever its type."""
