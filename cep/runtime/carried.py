"""Events that are carried from the partition where they were read to the home of their key, and what is carried along.

Lateness is judged where a partition is read. What arrives is not judged again: with the events comes how far the
partition's time had come behind them, so that time and order go on at the home as they would without the detour.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from cep.runtime.output import Output, Stats, TimeKind
from cep.runtime.partition import Partition
from cep.runtime.source import Chunk
from cep.runtime.watermark import Progress


class Section(msgspec.Struct, array_like=True):
    """What a partition brought from `begin` up to `next_offset` for one home: events in the order of their offsets.

    `times`: of the events, microseconds. `clocks`: by kind of time, how far it had come behind them; `silent`: how far
    time may go on without the partition, where it was passed over as silent. `ended`: there was no more to read."""

    topic: str
    partition: int
    begin: int
    next_offset: int
    offsets: list[int] = msgspec.field(default_factory=list)
    times: list[int] = msgspec.field(default_factory=list)
    raws: list[bytes] = msgspec.field(default_factory=list)
    clocks: dict[TimeKind, int] = msgspec.field(default_factory=dict)
    silent: int | None = None
    ended: bool = False

    @property
    def place(self) -> tuple[str, int]:
        """The partition that was read."""
        return self.topic, self.partition

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return sum(map(len, self.raws)) + 25 * len(self.raws) + 100

    def chunk(self, source: str, arrived: int | None) -> Chunk:
        """Its events. The time of an event is its stamp as well: the broker's where it has none of its own."""
        return Chunk(source, self.topic, self.partition, self.offsets, self.raws, self.times, arrived)

    def pieces(self, most: int) -> Iterator[Section]:
        """The same in pieces of about so many bytes; time moves with the last of them."""
        first, size, begin = 0, 0, self.begin
        for index, raw in enumerate(self.raws):
            if size and size + len(raw) > most:
                end = self.offsets[index - 1] + 1
                yield Section(self.topic, self.partition, begin, end, *self._columns(first, index))
                first, size, begin = index, 0, end
            size += len(raw) + 25
        columns = self._columns(first, len(self.raws))
        yield Section(
            self.topic, self.partition, begin, self.next_offset, *columns, self.clocks, self.silent, self.ended
        )

    def _columns(self, first: int, last: int) -> tuple[list[int], list[int], list[bytes]]:
        return self.offsets[first:last], self.times[first:last], self.raws[first:last]


def take_section(partition: Partition, section: Section, arrived: int | None, out: Output) -> None:
    """Take what was carried here from a partition. It is counted where it was read."""
    if section.offsets:
        partition.take(section.chunk(partition.source.name, arrived), out, Stats())
    partition.next_offset = max(partition.next_offset, section.next_offset)
    if section.silent is None and partition.progress is Progress.IDLE:
        # it has spoken again, though it has said nothing to this home
        partition.progress, partition.behind = Progress.OPEN, True
    for kind, mark in section.clocks.items():
        if kind in partition.clocks:
            partition.clocks[kind].reach(mark)
