"""A Parquet file as a feed of chunks; a record's offset is its row, from 1. Needs the extra `parquet`."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from cep.connectors.compression import extra_module
from cep.connectors.coordinates import FileRecords, Offsets, TopicRecords, carries_coordinates
from cep.connectors.errors import ConfigurationError, ConnectorFailure
from cep.language.model import EventType
from cep.language.types import Kind
from cep.runtime.feed import Piece, Unreadable
from cep.runtime.source import Source

_ROWS = 4096
_PLAIN_UNIT = "ms"
_UNITS = ("s", "ms", "us", "ns")


class _Position(msgspec.Struct, array_like=True):
    """Rows read, rows in the file, the last offsets of records that carry theirs."""

    row: int
    rows: int
    last: Offsets


_encode_position = msgspec.msgpack.Encoder().encode
_decode_position = msgspec.msgpack.Decoder(_Position).decode
_encode = msgspec.json.Encoder(decimal_format="number").encode


class ParquetFeed:
    """Reads one Parquet file batch by batch. Its columns are taken as they are typed in the file.

    Instants come out as the number that the rules' declaration of the field means, or as RFC 3339 text where that
    number would lose digits.
    """

    live = False

    def __init__(self, source: Source, path: os.PathLike[str], events: Mapping[str, EventType]) -> None:
        """`events` are the declared types by name. Raises `ConfigurationError` when the file cannot be opened."""
        self.source = source.name
        self._shown = os.fspath(path)
        self._arrow = extra_module("pyarrow", "parquet", "Parquet files", self._shown)
        self._compute = extra_module("pyarrow.compute", "parquet", "Parquet files", self._shown)
        self._units = _units(events[name] for name in source.events)
        parquet = extra_module("pyarrow.parquet", "parquet", "Parquet files", self._shown)
        try:
            self._file = parquet.ParquetFile(path, memory_map=True)
        except (OSError, self._arrow.ArrowException) as error:
            message = f"`{self._shown}` cannot be read as Parquet: {_sentence(error)}"
            raise ConfigurationError("C0109", message, "check that the file is whole", self._shown) from error
        self._batches: Iterator[Any] = self._file.iter_batches(batch_size=_ROWS)
        self._row = 0
        first = self._next_rows()
        self._first: list[bytes] | None = first
        self._first_size = len(first or ())
        own = any(carries_coordinates(raw) for raw in (first or [])[:1])
        self._records = TopicRecords(source.name) if own else FileRecords(source.name)

    @property
    def carries_coordinates(self) -> bool:
        """Whether the first record says which topic it comes from."""
        return isinstance(self._records, TopicRecords)

    def read(self) -> Piece | None:
        """The next batch of rows, None at the end. Raises `ConnectorFailure` where the rest cannot be read."""
        raws, self._first = self._first, None
        if raws is None and (raws := self._next_rows()) is None:
            return None
        first = self._row + 1
        self._row += len(raws)
        chunks, rejected = self._records.chunks(range(first, first + len(raws)), raws)
        return Piece(chunks, [Unreadable(self.source, r.offset, r.raw, r.reason) for r in rejected])

    def redeclare(self, source: Source, events: Mapping[str, EventType]) -> None:
        """Rows not given out yet are read by other declarations."""
        self._units = _units(events[name] for name in source.events)
        if self._first is not None:
            self._batches = self._file.iter_batches(batch_size=_ROWS)
            self._first = self._next_rows()

    def ready(self, timeout: float) -> bool:
        """A file is always ready."""
        return True

    def position(self) -> bytes:
        """Where reading goes on; empty before the first batch has been given out."""
        if self._first is not None:
            return b""
        return _encode_position(_Position(self._row, self._file.metadata.num_rows, self._records.position()))

    def go_to(self, position: bytes, *, grows: bool) -> bool:
        """Go on where `position` was taken. A file of rows does not grow: raises `ConfigurationError` where it has
        another number of them."""
        if not position:
            return False
        at = _decode_position(position)
        if at.rows != self._file.metadata.num_rows:
            message = f"`{self._shown}` does not hold what was read of it before the state was written"
            fix = "bring the old file back, or start anew with `--from-start`"
            raise ConfigurationError("C0261", message, fix, self._shown)
        self._row = min(self._first_size, at.row)
        while self._row < at.row:
            batch = self._next_batch()
            self._row = at.row if batch is None else self._row + len(batch)
        self._records.go_to(at.last)
        self._first = None
        return False

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _next_rows(self) -> list[bytes] | None:
        batch = self._next_batch()
        return None if batch is None else self._json(batch)

    def _next_batch(self) -> Any:
        try:
            return next(self._batches, None)
        except (OSError, self._arrow.ArrowException) as error:
            message = f"`{self._shown}` cannot be read to its end: {_sentence(error)}"
            fix = "what came before was processed; fetch the file again and rerun"
            raise ConnectorFailure("C0301", message, fix, self._shown) from error

    def _json(self, batch: Any) -> list[bytes]:
        names = batch.schema.names
        columns = [self._values(name, column) for name, column in zip(names, batch.columns, strict=True)]
        return [_encode(dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)]

    def _values(self, name: str, column: Any) -> list[Any]:
        try:
            return self._column(name, column)
        except (ValueError, OverflowError, self._arrow.ArrowException) as error:
            message = f"the column `{name}` of `{self._shown}` cannot be read: {_sentence(error)}"
            fix = "write it as text or as a simpler type"
            raise ConnectorFailure("C0303", message, fix, self._shown) from error

    def _column(self, name: str, column: Any) -> list[Any]:
        types = self._arrow.types
        if types.is_timestamp(column.type):
            return self._instants(column, self._units.get(name, _PLAIN_UNIT))
        values: list[Any] = column.to_pylist()
        if types.is_floating(column.type):
            return [_number(value) for value in values]
        if types.is_nested(column.type):
            as_map = types.is_map(column.type)
            return [_nested(dict(value) if as_map and value is not None else value) for value in values]
        return values

    def _instants(self, column: Any, unit: str) -> list[Any]:
        if unit in _UNITS:
            try:
                values: list[Any] = column.cast(self._arrow.timestamp(unit, column.type.tz)).cast("int64").to_pylist()
            except self._arrow.ArrowInvalid:
                pass  # the unit is too coarse for these values: text keeps all their digits
            else:
                return values
        text = self._compute.strftime(column, format="%Y-%m-%dT%H:%M:%SZ")
        instants: list[Any] = text.to_pylist()
        return instants


def _units(events: Iterator[EventType]) -> dict[str, str]:
    """The unit of each timestamp field by its name in the data; types that disagree leave it to text."""
    units: dict[str, str] = {}
    for event in events:
        for field in event.fields:
            if field.type.kind is Kind.TIMESTAMP:
                unit = field.type.format.unit if field.type.format else _PLAIN_UNIT
                units[field.source] = unit if units.get(field.source, unit) == unit else ""
    return units


def _number(value: float | None) -> object:
    """JSON has no NaN and the encoder would make it null: written out, the decoder refuses it with a reason."""
    return value if value is None or math.isfinite(value) else msgspec.Raw(repr(value).encode())


def _nested(value: Any) -> Any:
    """A value inside a list or record as JSON takes it; a time without a zone is in UTC, as in a column of its own."""
    match value:
        case dict():
            return {str(key): _nested(item) for key, item in value.items()}
        case list():
            return [_nested(item) for item in value]
        case float():
            return _number(value)
        case datetime() if value.tzinfo is None:
            return value.replace(tzinfo=UTC)
        case _:
            return value


def _sentence(error: BaseException) -> str:
    return str(error).splitlines()[0].rstrip(".")
