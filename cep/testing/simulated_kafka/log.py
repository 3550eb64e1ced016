"""The log of one partition: records and control markers at offsets, and which of them may be read."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter

from cep.connectors.kafka.port import Headers, Place


class Marker(Enum):
    """The end of a transaction in a partition. It takes an offset, and is never delivered."""

    COMMIT = "commit"
    ABORT = "abort"


@dataclass(slots=True, eq=False)
class Entry:
    """What stands at an offset. `stamp`: milliseconds; `producer`: id of the transactional producer that wrote it."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    stamp: int
    producer: int | None = None
    marker: Marker | None = None
    is_aborted: bool = False
    passes: int = 0
    """How many compactions have gone over it."""


_OFFSET = attrgetter("offset")


class PartitionLog:
    """Entries in order of offsets, with gaps where something was compacted away.

    `start`: the first offset that the broker still has; `end`: the next to be written, which is the high watermark.
    """

    def __init__(self, topic: str, partition: int) -> None:
        self.place: Place = (topic, partition)
        self.entries: list[Entry] = []
        self.start = 0
        self.end = 0
        self._open: dict[int, list[Entry]] = {}

    @property
    def stable(self) -> int:
        """The last stable offset (LSO): the first of a transaction that is not over, or the end."""
        return min((entries[0].offset for entries in self._open.values()), default=self.end)

    def limit(self, committed: bool) -> int:
        """Where reading ends: at the last stable offset, or at the high watermark."""
        return self.stable if committed else self.end

    def append(
        self, key: bytes | None, value: bytes | None, headers: Headers, stamp: int, producer: int | None = None
    ) -> Entry:
        """Write a record, of a transaction if there is a producer."""
        entry = Entry(self.end, key, value, headers, stamp, producer)
        self.entries.append(entry)
        self.end += 1
        if producer is not None:
            self._open.setdefault(producer, []).append(entry)
        return entry

    def mark(self, producer: int, marker: Marker, stamp: int) -> None:
        """Write the end of a producer's transaction."""
        for entry in self._open.pop(producer, ()):
            entry.is_aborted = marker is Marker.ABORT
        self.entries.append(Entry(self.end, None, None, (), stamp, producer, marker))
        self.end += 1

    def read(self, position: int, committed: bool, maximum: int) -> tuple[list[Entry], int]:
        """At most so many records from a position on, and the position behind them.

        `committed`: up to the last stable offset, and without records of transactions that were aborted."""
        limit = self.limit(committed)
        found: list[Entry] = []
        for entry in self._from(position):
            if entry.offset >= limit:
                break
            if entry.marker is None and not (committed and entry.is_aborted):
                if len(found) == maximum:
                    return found, entry.offset
                found.append(entry)
        return found, max(position, limit)

    def first_at(self, stamp: int, committed: bool) -> int | None:
        """The first offset with a timestamp (ms) at this one or later, of a record or a marker; None: there is none."""
        limit = self.limit(committed)
        return next((each.offset for each in self.entries if each.stamp >= stamp and each.offset < limit), None)

    def delete_before(self, offset: int) -> None:
        """What retention does: the log now starts here, at most at its end."""
        self.start = max(self.start, min(offset, self.end))
        del self.entries[: bisect_left(self.entries, self.start, key=_OFFSET)]

    def compact(self, tail: int = 0) -> None:
        """Keep the last record of each key; of tombstones those that no compaction has gone over yet.

        Nothing behind the last stable offset is touched, nor the last `tail` offsets (the active segment). Records of
        aborted transactions go, and so do markers and tombstones when a second compaction meets them.
        """
        limit = min(self.stable, self.end - tail)
        below = [entry for entry in self.entries if entry.offset < limit]
        last = {entry.key: entry.offset for entry in below if entry.marker is None and not entry.is_aborted}
        kept: list[Entry] = []
        for entry in below:
            is_data = entry.marker is None and entry.value is not None
            is_last = entry.marker is not None or (not entry.is_aborted and last[entry.key] == entry.offset)
            if is_last and (is_data or entry.passes == 0):
                entry.passes += 1
                kept.append(entry)
        self.entries[: len(below)] = kept

    def _from(self, position: int) -> Iterator[Entry]:
        for at in range(bisect_left(self.entries, position, key=_OFFSET), len(self.entries)):
            yield self.entries[at]
