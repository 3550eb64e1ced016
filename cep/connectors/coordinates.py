"""Records of a file as chunks, under the file's own coordinates or those that the records carry.

A record copied out of a topic carries `_topic`, `_partition`, `_offset` and maybe `_timestamp` (milliseconds). Its
ids, order and lateness are then those of the topic. One that `cep export` has copied is kept whole inside of it
(`export/envelope.py`). Whether a file is of these kinds is told by its first record. As in any file, a record without a
timestamp is dated by its offset, which only `time ingestion` looks at.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from cep.connectors.lines import Rejected
from cep.runtime.source import Chunk

if TYPE_CHECKING:
    from cep.connectors.formats.reading import TopicReader

FILE_PARTITION = 0

Offsets = list[tuple[str, int, int]]
"""(topic, partition, offset) of the last record of each partition."""


class _Own(msgspec.Struct, rename=lambda name: f"_{name}", gc=False):
    """The coordinates inside a record."""

    topic: str
    partition: Annotated[int, Meta(ge=0, le=2**31)]
    offset: Annotated[int, Meta(ge=0, le=2**63 - 1)]
    timestamp: Annotated[int, Meta(ge=-(2**52), le=2**52)] | None = None


_decode = msgspec.json.Decoder(_Own).decode


def carries_coordinates(raw: bytes) -> bool:
    """Whether a record says where it comes from."""
    try:
        _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


class FileRecords:
    """Records under the file's name and their line numbers."""

    def __init__(self, source: str) -> None:
        self._source = source

    def position(self) -> Offsets:
        """Nothing that a restart needs."""
        return []

    def go_to(self, position: Offsets) -> None:
        """Go on behind those records."""

    def read_by(self, reader: TopicReader) -> None:
        """Nothing: records of a file are JSON objects."""

    def chunks(self, offsets: Sequence[int], raws: list[bytes]) -> tuple[list[Chunk], list[Rejected]]:
        """The records as one chunk."""
        return ([Chunk(self._source, self._source, FILE_PARTITION, offsets, raws)] if raws else []), []


class TopicRecords:
    """Records under the coordinates they carry."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._last: dict[tuple[str, int], int] = {}

    def position(self) -> Offsets:
        """The last offset of each partition."""
        return [(*place, offset) for place, offset in self._last.items()]

    def go_to(self, position: Offsets) -> None:
        """Go on behind those records."""
        self._last = {(topic, partition): offset for topic, partition, offset in position}

    def chunks(self, offsets: Sequence[int], raws: list[bytes]) -> tuple[list[Chunk], list[Rejected]]:
        """The records by partition, and those that have no place in one. `offsets` are their lines in the file."""
        chunks: dict[tuple[str, int], Chunk] = {}
        rejected: list[Rejected] = []
        for line, raw in zip(offsets, raws, strict=True):
            try:
                own = _decode(raw)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                rejected.append(self.without_coordinates(line, raw, error))
                continue
            place = own.topic, own.partition
            if (refused := self.out_of_order(line, raw, place, own.offset)) is not None:
                rejected.append(refused)
                continue
            self._add(chunks, place, own, raw)
        return list(chunks.values()), rejected

    def read_by(self, reader: TopicReader) -> None:
        """Nothing: records that are not kept whole are JSON objects."""

    def without_coordinates(self, line: int, raw: bytes, error: Exception) -> Rejected:
        """A record that is not what the first one is."""
        return Rejected(line, raw, f"record has no coordinates, as the first one has: {error}")

    def out_of_order(self, line: int, raw: bytes, place: tuple[str, int], offset: int) -> Rejected | None:
        """A record whose offset does not lie behind the one before it; None: it does, and is the last one now."""
        last = self._last.get(place, -1)
        if offset <= last:
            return Rejected(line, raw, f"offset {offset} of {place[0]}/{place[1]} follows offset {last}")
        self._last[place] = offset
        return None

    def _add(self, chunks: dict[tuple[str, int], Chunk], place: tuple[str, int], own: _Own, raw: bytes) -> None:
        stamp = own.offset if own.timestamp is None else own.timestamp * 1000
        chunk = chunks.get(place)
        if chunk is None:
            chunks[place] = Chunk(self._source, *place, [own.offset], [raw], [stamp])
        else:
            assert isinstance(chunk.offsets, list) and isinstance(chunk.raws, list) and isinstance(chunk.stamps, list)
            chunk.offsets.append(own.offset)
            chunk.raws.append(raw)
            chunk.stamps.append(stamp)


def records_of(source: str, first: bytes | None) -> FileRecords | TopicRecords:
    """How the records of a source are taken, as its first one tells (None: it has none)."""
    if first is None or not carries_coordinates(first):
        return FileRecords(source)
    # imported late: most files are no exports
    from cep.connectors.export.records import ExportedRecords, is_envelope

    return ExportedRecords(source) if is_envelope(first) else TopicRecords(source)
