"""Rows of text to JSON objects, the form in which a shard takes records."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from cep.connectors.cells import Cell, cells
from cep.language.model import EventType
from cep.runtime.source import Match, Source

Row = dict[str, str]
EncodeRow = Callable[[Row], bytes]

_encode = msgspec.json.Encoder().encode


def row_encoder(source: Source, events: Mapping[str, EventType]) -> EncodeRow:
    """How rows of `source` become JSON: each cell by the type that the row's event type declares for it.

    `events` are the declared types by name. Rows of no declared type stay text, for the shard to sort out.
    """
    if source.matches:
        return _by_matches(source.matches, events)
    if source.type_field is None:
        return _encoder(cells(events[source.events[0]]))
    return _by_field(source.type_field, {_bare(name): cells(events[name]) for name in source.events})


def _bare(name: str) -> str:
    return name.rpartition(".")[2]


def _encoder(columns: Mapping[str, Cell]) -> EncodeRow:
    def encode(row: Row) -> bytes:
        return _encode({name: columns[name](text) if name in columns else text for name, text in row.items()})

    return encode


def _by_field(field: str, columns: Mapping[str, Mapping[str, Cell]]) -> EncodeRow:
    encoders = {name: _encoder(of) for name, of in columns.items()}
    text_only = _encoder({})

    def encode(row: Row) -> bytes:
        return encoders.get(_bare(row.get(field, "")), text_only)(row)

    return encode


def _by_matches(matches: tuple[Match, ...], events: Mapping[str, EventType]) -> EncodeRow:
    wanted: dict[str, dict[str, object]] = {}
    for match in matches:
        for name, values in match.fields:
            wanted.setdefault(name, {}).update({_written(value): value for value in values})
    # A column that tells the type must come out as the value it is compared with: 10, not "10".
    told = {name: _looked_up(values) for name, values in wanted.items()}
    encoders = [(match, _encoder(cells(events[match.event]) | told)) for match in matches]
    text_only = _encoder({})

    def encode(row: Row) -> bytes:
        fitting = (encoder for match, encoder in encoders if _fits(match, row))
        return next(fitting, text_only)(row)

    return encode


def _looked_up(values: Mapping[str, object]) -> Cell:
    return lambda text: values.get(text, text)


def _fits(match: Match, row: Row) -> bool:
    return all(any(row.get(name, "") == _written(value) for value in values) for name, values in match.fields)


def _written(value: object) -> str:
    """A value as a cell holds it."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
