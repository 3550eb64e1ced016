"""CSV with a header row to rows of text, each with the number of the line it starts at.

Quoted cells may hold line ends. A row that is not valid CSV is rejected by its first line alone and reading goes on
at the next, so one stray quote cannot swallow the rest of the file.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

import msgspec

from cep.connectors.errors import ConfigurationError
from cep.connectors.lines import LINE_LIMIT, SHOWN, Lines, Rejected

_STRAY = 10_000
"""How many lines one quoted cell may go on for before its opening quote is taken for a stray one."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows in file order: the line each starts at, its cells by column, and the rows rejected."""

    offsets: list[int] = field(default_factory=list)
    rows: list[dict[str, str]] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


class _Position(msgspec.Struct, array_like=True):
    """Where reading rows stands: the header, and the lines of a row that is not complete."""

    columns: list[str] | None
    lines: list[tuple[int, str]]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Position).decode


class CsvRows:
    """Turns numbered lines, empty ones included, into rows. The first line is the header.

    `name` is the file's name in messages.
    """

    def __init__(self, name: str, delimiter: str = ",", limit: int = LINE_LIMIT) -> None:
        self.name = name
        self._delimiter = delimiter
        self._limit = limit
        self._columns: list[str] | None = None
        self._lines: deque[tuple[int, str]] = deque()
        # The library's own limit, which is global, would refuse long cells first.
        csv.field_size_limit(max(limit, csv.field_size_limit()))

    def position(self) -> bytes:
        """Where it stands, for `go_to` of another one."""
        return _encode(_Position(self._columns, list(self._lines)))

    def go_to(self, position: bytes) -> None:
        """Stand where another one stood."""
        at = _decode(position)
        self._columns, self._lines = at.columns, deque(at.lines)

    def feed(self, lines: Lines) -> Rows:
        """The rows that are complete with these lines. Raises `ConfigurationError` for a header that is none."""
        out = Rows(rejected=list(lines.rejected))
        for offset, raw in zip(lines.offsets, lines.raws, strict=True):
            try:
                self._lines.append((offset, raw.decode()))
            except UnicodeDecodeError as error:
                reason = f"not valid UTF-8: byte {error.start} starts no character"
                out.rejected.append(Rejected(offset, raw[:SHOWN], reason))
        return self._rows(out, ended=False)

    def finish(self) -> Rows:
        """The rows that end with the file."""
        return self._rows(Rows(), ended=True)

    def _rows(self, out: Rows, *, ended: bool) -> Rows:
        lines = self._lines
        while lines:
            offset, text = lines[0]
            if '"' in text:
                cells, used, reason = self._quoted(ended)
                if not used:
                    break
            else:
                cells, used, reason = text.split(self._delimiter) if text else [], 1, None
            for _ in range(used):
                lines.popleft()
            if reason is None:
                reason = self._place(out, offset, cells)
            if reason is not None:
                out.rejected.append(Rejected(offset, text.encode()[:SHOWN], reason))
        return out

    def _quoted(self, ended: bool) -> tuple[list[str], int, str | None]:
        """The cells of a row with quotes, how many lines it takes (0: not all are here), and why it is none."""
        used = 0

        def row() -> Iterator[str]:
            nonlocal used
            size = 0
            for _, text in islice(self._lines, _STRAY):
                used += 1
                size += len(text)
                if size > self._limit:
                    return
                yield text + "\n"

        try:
            return next(csv.reader(row(), delimiter=self._delimiter, strict=True)), used, None
        except csv.Error as error:
            if "unexpected end of data" not in str(error):
                return [], 1, f"not valid CSV: {error}"
            if used == len(self._lines) < _STRAY and not ended:
                return [], 0, None
            return [], 1, "quoted cell is not closed"

    def _place(self, out: Rows, offset: int, cells: list[str]) -> str | None:
        """Put a row's cells under their columns; returns why that cannot be done."""
        if not cells:
            return None
        if self._columns is None:
            self._columns = self._header(cells, offset)
        elif len(cells) != len(self._columns):
            return f"row has {len(cells)} cells, the header {len(self._columns)}"
        else:
            out.offsets.append(offset)
            out.rows.append(dict(zip(self._columns, cells, strict=True)))
        return None

    def _header(self, cells: list[str], offset: int) -> list[str]:
        columns = [cell.strip() for cell in cells]
        place = f"{self.name}:{offset}:1"
        if not all(columns):
            message = "the header row has a column without a name"
            raise ConfigurationError("C0111", message, "name every column in the first row", place)
        twice = next((name for name in columns if columns.count(name) > 1), None)
        if twice is not None:
            message = f"the header row names the column `{twice}` twice"
            raise ConfigurationError("C0112", message, "give each column a name of its own", place)
        if len(columns) == 1 and (found := next((sign for sign in ";\t|" if sign in columns[0]), None)):
            message = f"the header row has one column, `{columns[0]}`"
            raise ConfigurationError(
                "C0113", message, f"set `delimiter: {found!r}` for this source in a job file", place
            )
        return columns
