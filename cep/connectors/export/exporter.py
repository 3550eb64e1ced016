"""Reads ranges of partitions to their ends, and hands their records on in the order of their timestamps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from cep.connectors.export.bounds import Range
from cep.connectors.export.merging import Copied, Merge
from cep.connectors.kafka.port import Consumer, KafkaFailure, Place, Polled, Position, Trouble

PORTION = 5_000
"""Records taken at a time."""
ALLOWED = 64 * 1024 * 1024
"""Bytes that may wait in all, give or take a portion, for records of other partitions that come before them."""
LEAST = 256 * 1024
"""Bytes that each partition may have waiting, however many there are."""
PATIENCE = 0.2
"""Seconds that one poll waits."""


class Exporter:
    """Copies ranges. `heard`: passing troubles of the client."""

    def __init__(
        self, consumer: Consumer, wanted: Sequence[Range], heard: Callable[[KafkaFailure], None], allowed: int = ALLOWED
    ) -> None:
        self._consumer = consumer
        self._ends = {each.place: each.end for each in wanted if each.count}
        self._starts = [Position(*each.place, each.first) for each in wanted if each.count]
        self._merge = Merge(self._ends, max(LEAST, allowed // max(1, len(self._ends))))
        self._paused: set[Place] = set()
        self._heard = heard

    def records(self, stop: Callable[[], bool]) -> Iterator[Iterable[Copied]]:
        """The records, portion by portion, until all ends were reached or `stop` says so.

        Raises `KafkaFailure` for what does not pass: also where a topic is gone, or its retention has overtaken."""
        if self._starts:
            self._consumer.start(self._starts)
        while not (self._merge.is_over or stop()):
            if self._merge.open:
                self._take(self._consumer.poll(PORTION, PATIENCE))
            yield self._merge.ready()
            self._hold_back()

    def _take(self, polled: Polled) -> None:
        for failure in polled.failures:
            if failure.trouble is not Trouble.RETRIABLE:
                raise failure
            self._heard(failure)
        for fetched in polled.fetched:
            if (end := self._ends.get(fetched.place)) is not None and fetched.offsets:
                self._merge.add(fetched, end)
                if fetched.offsets[-1] >= end - 1:
                    self._close(fetched.place)
        for position in polled.ends:
            # markers and aborted records take offsets: the last one of a range may never come as a record
            if position.offset >= self._ends.get(position.place, position.offset + 1):
                self._close(position.place)

    def _close(self, place: Place) -> None:
        if place in self._merge.open:
            self._merge.close(place)
            self._consumer.stop([place])
            self._paused.discard(place)

    def _hold_back(self) -> None:
        full = [place for place in self._merge.open - self._paused if self._merge.is_full(place)]
        low = [place for place in self._paused if self._merge.is_low(place)]
        if full:
            self._consumer.pause(full)
            self._paused.update(full)
        if low:
            self._consumer.resume(low)
            self._paused.difference_update(low)
