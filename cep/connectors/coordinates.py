"""Records of a file as chunks, under the file's own coordinates or those that the records carry.

A record copied out of a topic carries `_topic`, `_partition`, `_offset` and maybe `_timestamp` (milliseconds). Its
ids, order and lateness are then those of the topic. Whether a file is of this kind is told by its first record. As
in any file, a record without a timestamp is dated by its offset, which only `time ingestion` looks at.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from cep.connectors.lines import Rejected
from cep.runtime.source import Chunk

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
                rejected.append(Rejected(line, raw, f"record has no coordinates, as the first one has: {error}"))
                continue
            place = own.topic, own.partition
            if own.offset <= self._last.get(place, -1):
                reason = f"offset {own.offset} of {own.topic}/{own.partition} follows offset {self._last[place]}"
                rejected.append(Rejected(line, raw, reason))
                continue
            self._last[place] = own.offset
            self._add(chunks, place, own, raw)
        return list(chunks.values()), rejected

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
