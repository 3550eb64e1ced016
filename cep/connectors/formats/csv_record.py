"""Records that are rows of CSV: one row each, without a header row."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from cep.connectors.formats.json_record import TYPE_NAME
from cep.connectors.rows import EncodeRow
from cep.runtime.decode.malformed import Malformed


class CsvRecords:
    """Rows with these `columns`, whose cells `encode` reads by the type that is declared for them."""

    def __init__(self, columns: Sequence[str], delimiter: str, encode: EncodeRow) -> None:
        self._columns = tuple(columns)
        self._delimiter = delimiter
        self._encode = encode
        # The library's own limit, which is global, would refuse long cells; records have the broker's.
        csv.field_size_limit(max(2**31 - 1, csv.field_size_limit()))

    def read(self, value: bytes, event: str | None) -> bytes:
        """A row as an object."""
        cells = self._cells(value)
        if len(cells) != len(self._columns):
            raise Malformed(f"row has {len(cells)} cells, the source {len(self._columns)} columns")
        row = dict(zip(self._columns, cells, strict=True))
        return self._encode(row if event is None else {TYPE_NAME: event, **row})

    def _cells(self, value: bytes) -> list[str]:
        try:
            text = value.decode().removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError as error:
            raise Malformed(f"not valid UTF-8: byte {error.start} starts no character") from None
        if not text:
            raise Malformed("not valid CSV: the record is empty")
        if '"' not in text and "\n" not in text and "\r" not in text:
            return text.split(self._delimiter)
        return self._quoted(text)

    def _quoted(self, text: str) -> list[str]:
        """A row in which cells are quoted, and may hold line ends."""
        try:
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=self._delimiter, strict=True))
        except csv.Error as error:
            detail = "quoted cell is not closed" if "unexpected end of data" in str(error) else str(error)
            raise Malformed(f"not valid CSV: {detail}") from None
        if len(rows) != 1:
            raise Malformed(f"the record holds {len(rows)} rows, and is one row by itself")
        return rows[0]
