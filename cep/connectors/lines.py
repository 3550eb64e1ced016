"""Pieces of bytes to numbered lines.

The splitter does one `split` per piece and looks at single lines only where a piece holds something unusual: an
empty line, a carriage return, a line over the limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

LINE_LIMIT = 16 * 1024 * 1024
"""Longest line taken as a record, in bytes, unless the job says otherwise."""

SHOWN = 1024
"""How many first bytes of an over-long line are kept for its dead letter."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line that cannot become a record: its number, its bytes (cut to `SHOWN` if over-long), and why."""

    offset: int
    raw: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines in the order of the file without their line ends, their numbers (from 1), and those rejected."""

    offsets: Sequence[int]
    raws: list[bytes]
    rejected: list[Rejected] = field(default_factory=list)


class _Position(msgspec.Struct, array_like=True):
    """Where a splitter stands: lines so far, and what it holds of the next one."""

    number: int
    held: bytes
    held_size: int
    held_plain: bool
    overlong: bool


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Position).decode


class LineSplitter:
    """Cuts a stream of pieces into lines. A last line needs no line end.

    Empty lines are left out but counted, unless `keep_empty`. Lines of more than `limit` bytes are rejected.
    """

    def __init__(self, limit: int = LINE_LIMIT, *, keep_empty: bool = False) -> None:
        self.limit = limit
        self._keep_empty = keep_empty
        self._shown = min(SHOWN, limit)
        self._number = 0
        self._held: list[bytes] = []
        self._held_size = 0
        self._held_plain = True
        self._overlong = False

    def feed(self, piece: bytes) -> Lines:
        """The lines that end in `piece`."""
        lines = piece.split(b"\n")
        plain = b"\r" not in piece
        rest = lines.pop()
        if not lines:
            self._hold(rest, plain)
            return Lines((), [])
        plain = plain and self._held_plain and len(piece) + self._held_size <= self.limit
        overlong, self._overlong = self._overlong, False
        if self._held:
            self._held.append(lines[0])
            lines[0] = b"".join(self._held)
        self._held, self._held_size, self._held_plain = [], 0, True
        if rest:
            self._hold(rest, b"\r" not in rest)
        first = self._number + 1
        self._number += len(lines)
        if overlong or not plain or (b"" in lines and not self._keep_empty):
            return self._sift(lines, first, overlong)
        return Lines(range(first, first + len(lines)), lines)

    def finish(self) -> Lines:
        """The last line, where the stream does not end in a line end."""
        if not self._held:
            return Lines((), [])
        line = b"".join(self._held)
        overlong, self._held, self._overlong = self._overlong, [], False
        self._number += 1
        return self._sift([line], self._number, overlong)

    def position(self) -> bytes:
        """Where it stands, for `go_to` of another one."""
        held = b"".join(self._held)
        return _encode(_Position(self._number, held, self._held_size, self._held_plain, self._overlong))

    def go_to(self, position: bytes) -> None:
        """Stand where another one stood."""
        at = _decode(position)
        self._number, self._overlong = at.number, at.overlong
        self._held = [at.held] if at.held else []
        self._held_size, self._held_plain = at.held_size, at.held_plain

    def redeclare(self, source: object, events: object, last: Lines) -> Lines:
        """Lines are what they are, whatever is declared."""
        return last

    def _hold(self, piece: bytes, plain: bool) -> None:
        self._held_size += len(piece)
        self._held_plain = self._held_plain and plain
        if self._held_size <= self.limit:
            self._held.append(piece)
        elif not self._overlong:
            self._overlong = True
            self._held = [b"".join((*self._held, piece))[: self._shown]]

    def _sift(self, lines: list[bytes], first: int, overlong: bool) -> Lines:
        """The slow path: look at each line. `overlong`: the first line's middle was not kept."""
        offsets: list[int] = []
        raws: list[bytes] = []
        rejected: list[Rejected] = []
        for offset, line in enumerate(lines, first):
            if overlong or len(line) > self.limit:
                reason = f"line is longer than {self.limit} bytes"
                rejected.append(Rejected(offset, line[: self._shown], reason))
                overlong = False
                continue
            line = line.rstrip(b"\r")
            if line or self._keep_empty:
                offsets.append(offset)
                raws.append(line)
        return Lines(offsets, raws, rejected)
