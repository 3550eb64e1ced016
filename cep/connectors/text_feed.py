"""A stream of JSON lines or CSV as a feed of chunks."""

from __future__ import annotations

import io
import os
import select
import stat
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

import msgspec

from cep.connectors.compression import PIECE, ByteStream
from cep.connectors.coordinates import Offsets, TopicRecords, records_of
from cep.connectors.csv_rows import CsvRows, Rows
from cep.connectors.errors import ConfigurationError, ConnectorFailure
from cep.connectors.lines import Lines, LineSplitter, Rejected
from cep.connectors.rows import EncodeRow, Row, row_encoder
from cep.language.model import EventType
from cep.runtime.feed import Piece, Unreadable
from cep.runtime.source import Chunk, Source

if TYPE_CHECKING:
    from cep.connectors.formats.reading import TopicReader

_BATCH = 8 * PIECE
"""Bytes that one read brings at most, give or take a piece."""
_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class LineFormat(Protocol):
    """Pieces of bytes to numbered JSON objects."""

    def feed(self, piece: bytes) -> Lines:
        """The records that are complete with this piece."""

    def finish(self) -> Lines:
        """The records that end with the stream."""

    def position(self) -> bytes:
        """Where it stands."""

    def go_to(self, position: bytes) -> None:
        """Stand where another one stood."""

    def redeclare(self, source: Source, events: Mapping[str, EventType], last: Lines) -> Lines:
        """Read by other declarations from now on, and so also the lines given out last, if that makes a difference."""


class _Position(msgspec.Struct, array_like=True):
    """Where a feed stands: bytes of the stream read, the last of them, the size of the next batch, whether the end was
    reached, the format's own position, the last offsets of records that carry theirs."""

    read: int
    tail: bytes
    wanted: int
    ended: bool
    form: bytes
    last: Offsets


_encode = msgspec.msgpack.Encoder().encode
_position = msgspec.msgpack.Decoder(_Position).decode
_pair = msgspec.msgpack.Decoder(tuple[bytes, bytes]).decode


class CsvFormat:
    """CSV rows as JSON objects, each numbered by the line it starts at."""

    def __init__(self, name: str, delimiter: str, limit: int, encode: EncodeRow) -> None:
        self._lines = LineSplitter(limit, keep_empty=True)
        self._rows = CsvRows(name, delimiter, limit)
        self._encode = encode
        self._last: list[Row] = []

    def feed(self, piece: bytes) -> Lines:
        """The rows that are complete with this piece."""
        return self._encoded(self._rows.feed(self._lines.feed(piece)))

    def finish(self) -> Lines:
        """The rows that end with the file."""
        last, rest = self._rows.feed(self._lines.finish()), self._rows.finish()
        rows = Rows(last.offsets + rest.offsets, last.rows + rest.rows, last.rejected + rest.rejected)
        return self._encoded(rows)

    def position(self) -> bytes:
        """Where it stands."""
        return _encode((self._lines.position(), self._rows.position()))

    def go_to(self, position: bytes) -> None:
        """Stand where another one stood."""
        lines, rows = _pair(position)
        self._lines.go_to(lines)
        self._rows.go_to(rows)

    def redeclare(self, source: Source, events: Mapping[str, EventType], last: Lines) -> Lines:
        """Cells are read by other declarations from now on; those of the lines given out last too."""
        self._encode = row_encoder(source, events)
        return Lines(last.offsets, list(map(self._encode, self._last)), last.rejected)

    def _encoded(self, rows: Rows) -> Lines:
        self._last = rows.rows
        return Lines(rows.offsets, list(map(self._encode, rows.rows)), rows.rejected)


class TextFeed:
    """Reads one text stream. Its first record is read at once, since it tells whether records carry coordinates."""

    def __init__(
        self,
        source: str,
        stream: ByteStream,
        form: LineFormat,
        pipe: io.BufferedReader | None,
        batch: tuple[int, int] = (PIECE, _BATCH),
    ) -> None:
        """`pipe`: the open pipe where records may come at any time, None for a file. `batch`: bytes that the first read
        brings at least, and those that later ones grow to."""
        self.source = source
        self._stream = stream
        self._form = form
        self._format: LineFormat | None = form
        self._pipe = pipe
        self._wanted, self._largest = batch
        self._failure: ConnectorFailure | None = None
        self._first: Lines | None = self._read_first(form)
        self._records = records_of(source, next(iter(self._first.raws), None))

    @property
    def live(self) -> bool:
        """Whether records may come at any time."""
        return self._pipe is not None

    @property
    def carries_coordinates(self) -> bool:
        """Whether the first record says which topic it comes from."""
        return isinstance(self._records, TopicRecords)

    def read(self) -> Piece | None:
        """The next piece, None at the end. Raises `ConnectorFailure` where the rest cannot be read."""
        if self._first is not None:
            parts, self._first = [self._first], None
        elif self._format is not None:
            parts = self._gather(self._format)
        elif self._failure is not None:
            raise self._failure
        else:
            return None
        chunks: list[Chunk] = []
        rejected: list[Rejected] = []
        for lines in parts:
            own, without = self._records.chunks(lines.offsets, lines.raws)
            chunks += own
            rejected += (*lines.rejected, *without)
        return Piece(chunks, [Unreadable(self.source, of.offset, of.raw, of.reason) for of in rejected])

    def read_by(self, reader: TopicReader) -> None:
        """Exported records are of the format of their topic."""
        self._records.read_by(reader)

    def redeclare(self, source: Source, events: Mapping[str, EventType]) -> None:
        """Records not given out yet are read by other declarations."""
        first = self._form.redeclare(source, events, self._first or Lines((), []))
        self._first = self._first and first

    def ready(self, timeout: float) -> bool:
        """Whether a read will not block; waits for at most `timeout` seconds."""
        if self._pipe is None or self._first is not None or self._format is None:
            return True
        return bool(select.select([self._pipe], [], [], timeout)[0])

    def position(self) -> bytes:
        """Where reading goes on; empty before the first piece has been given out."""
        if self._first is not None:
            return b""
        ended = self._format is None and self._failure is None
        return _encode(
            _Position(
                self._stream.position,
                self._stream.tail,
                self._wanted,
                ended,
                self._form.position(),
                self._records.position(),
            )
        )

    def go_to(self, position: bytes, *, grows: bool) -> bool:
        """Go on where `position` was taken; gives whether the file has grown since its end was reached. Raises
        `ConfigurationError` where it is not what it was."""
        if not position:
            return False
        at = _position(position)
        self._first = None
        self._format = self._form
        self._stream.skip(at.read)
        if self._stream.tail != at.tail:
            raise self._changed("C0261", "does not hold what was read of it before the state was written")
        self._form.go_to(at.form)
        self._records.go_to(at.last)
        self._wanted = at.wanted
        has_grown = at.ended and not self._stream.at_end()
        if has_grown:
            if not grows:
                raise self._changed("C0262", "has grown since a run came to its end, which was the end of time")
            if not at.tail.endswith(b"\n"):
                raise self._changed("C0262", "has grown since a run came to its end, in the middle of a line")
        elif at.ended:
            self._format = None
        return has_grown

    def _changed(self, code: str, how: str) -> ConfigurationError:
        fix = "bring the old file back, or start anew with `--from-start`"
        return ConfigurationError(code, f"`{self._stream.name}` {how}", fix, self.source)

    def close(self) -> None:
        """Let go of the stream."""
        self._stream.close()

    def _gather(self, form: LineFormat) -> list[Lines]:
        """Several reads, since a shard takes large batches more cheaply; of a pipe only what is there already.

        It starts small, so that the first alert does not wait for a large batch.
        """
        parts: list[Lines] = []
        size = 0
        while size < self._wanted and self._format is not None and (not parts or self.ready(0)):
            try:
                piece = self._stream.read()
            except ConnectorFailure as failure:
                # What was read before it is handed out first.
                self._failure, self._format = failure, None
                break
            parts.append(self._advance(form, piece))
            size += len(piece)
        self._wanted = min(2 * self._wanted, self._largest)
        return parts

    def _advance(self, form: LineFormat, piece: bytes) -> Lines:
        if piece:
            return form.feed(piece)
        self._format = None
        return form.finish()

    def _read_first(self, form: LineFormat) -> Lines:
        """The lines up to and with the first record, without a byte-order mark."""
        piece = self._stream.read()
        if piece.startswith(_UTF16_MARKS):
            message = f"`{self._stream.name}` is UTF-16 text, and only UTF-8 is read"
            raise ConfigurationError("C0114", message, "convert it, as with `iconv -f utf-16 -t utf-8`", self.source)
        if piece.startswith(_UTF8_MARK):
            piece = piece.removeprefix(_UTF8_MARK) or self._stream.read()
        lines = self._advance(form, piece)
        rejected = list(lines.rejected)
        while not lines.raws and not rejected and self._format is not None:
            lines = self._advance(form, self._stream.read())
            rejected += lines.rejected
        return Lines(lines.offsets, lines.raws, rejected)


def pipe_of(raw: io.BufferedReader, packed: bool) -> io.BufferedReader | None:
    """The stream itself where it is a pipe, terminal or socket of plain text, else None.

    A packed pipe may hold records that its file descriptor no longer shows, so it counts as a file.
    """
    return None if packed or stat.S_ISREG(os.fstat(raw.fileno()).st_mode) else raw
