"""What a shard is told about its inputs, and the form in which raw records reach it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal as OneOf

Scalar = str | int | float | bool | None

TYPE_FIELD = "type"
"""The field that names an event's type, unless the source says otherwise."""


@dataclass(frozen=True, slots=True)
class Match:
    """An event type told by its fields: each named field (a literal name first, else a dotted path) equals one of the
    values beside it. A null among the values also fits a field that is absent."""

    event: str
    fields: tuple[tuple[str, tuple[Scalar, ...]], ...]


@dataclass(frozen=True, slots=True)
class Source:
    """One declared input: which event types it may hold and how a record's type is told.

    By `matches` in the order given where there are any, else by the text in `type_field`, else (None) the source
    holds the one type of `events`. `events` are all types that may come, also for `matches`.
    `partitions` are the (topic, partition) pairs that hold the watermark back from the start; a file is one, named
    by the source. `unknown_types`: records of no declared type are counted, or become dead letters.
    `max_future`: an event time this many microseconds past the broker's timestamp makes a dead letter.
    """

    name: str
    events: tuple[str, ...]
    type_field: str | None = TYPE_FIELD
    matches: tuple[Match, ...] = ()
    partitions: tuple[tuple[str, int], ...] = ()
    unknown_types: OneOf["count", "dead_letter"] = "count"
    max_future: int | None = None

    @property
    def known_partitions(self) -> tuple[tuple[str, int], ...]:
        """The partitions to wait for from the start: those given, or the file's one."""
        return self.partitions or ((self.name, 0),)


@dataclass(slots=True)
class Chunk:
    """Records of one partition, in offset order: JSON objects as bytes.

    `offsets` rise (a file's line numbers, gaps allowed). `stamps` are the broker's timestamps in microseconds, for
    `time ingestion`; without them the offset stands in, so that a file keeps its arrival order. `arrived` is the wall
    clock when the chunk was read, microseconds, only looked at for `time arrival`.

    Records of another format were read into JSON before. `received` are their bytes as they came, and `refused` says by
    offset why one of them cannot be read: it has its place and an empty value, which is no JSON either.
    """

    source: str
    topic: str
    partition: int
    offsets: Sequence[int]
    raws: Sequence[bytes]
    stamps: Sequence[int] | None = None
    arrived: int | None = None
    received: Sequence[bytes] | None = None
    refused: Mapping[int, str] = field(default_factory=dict)

    def as_received(self, offset: int, raw: bytes) -> bytes:
        """The bytes of a record as they came; `raw`: as it was read."""
        return raw if self.received is None else self.received[bisect_left(self.offsets, offset)]
