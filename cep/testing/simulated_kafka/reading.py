"""Reading partitions: the part of a consumer that fetches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cep.connectors.kafka.port import BEGINNING_OF_LOG, END_OF_LOG, Fetched, Place, Polled, Position
from cep.testing.simulated_kafka.clock import MILLISECOND, SECOND
from cep.testing.simulated_kafka.failures import failure
from cep.testing.simulated_kafka.log import Entry, PartitionLog

if TYPE_CHECKING:
    from cep.testing.simulated_kafka.process import SimulatedProcess
    from cep.testing.simulated_kafka.settings import Settings


@dataclass(slots=True)
class _Reading:
    """Where a partition is read.

    `patience`: until when (µs) a topic that was never seen may come; `told`: the end that was told last; `to_tell`:
    one that is still to be told; `is_stuck`: it was said that the partition is gone, or that there is nothing at its
    position; `is_denied`: that access to it is refused, which may change."""

    position: int
    patience: int
    is_paused: bool = False
    told: int | None = None
    to_tell: int | None = None
    is_stuck: bool = False
    is_denied: bool = False


class Reader:
    """The partitions that a consumer reads, and where."""

    def __init__(self, process: SimulatedProcess, settings: Settings, with_headers: bool) -> None:
        self.is_committed = settings.choice("isolation.level") == "read_committed"
        self._process = process
        self._cluster = process.cluster
        self._reset = settings.choice("auto.offset.reset")
        self._propagation = settings.seconds("topic.metadata.propagation.max.ms")
        self._with_headers = with_headers
        self._readings: dict[Place, _Reading] = {}

    def start(self, positions: Sequence[Position]) -> None:
        """Read from here on. Where an end of the log is meant, it is looked up now or at the next poll."""
        for each in positions:
            before = self._readings.get(each.place)
            log = self._cluster.log(each.place)
            reading = _Reading(each.offset, self._patience(log is not None), before is not None and before.is_paused)
            self._readings[each.place] = reading
            if log is not None and each.offset < 0 and self._process.is_connected and self._cluster.draw.random() < 0.5:
                self._look_up(reading, log)

    def stop(self, places: Sequence[Place]) -> None:
        """Read these no more."""
        for place in places:
            self._readings.pop(place, None)

    def stop_all(self) -> None:
        """Read nothing any more."""
        self._readings.clear()

    def pause(self, places: Sequence[Place], is_paused: bool) -> None:
        """Hold back, or go on."""
        for place in places:
            if place in self._readings:
                self._readings[place].is_paused = is_paused

    def has_news(self) -> bool:
        """Whether there is anything to fetch or to tell."""
        return any(self._is_newsworthy(place, each) for place, each in self._readings.items())

    def fetch(self, maximum: int, into: Polled) -> None:
        """Some of what there is, of some of the partitions in any order."""
        draw = self._cluster.draw
        places = [place for place, each in self._readings.items() if self._is_newsworthy(place, each)]
        draw.shuffle(places)
        for number, place in enumerate(places):
            if number and (maximum == 0 or draw.random() < 0.25):
                continue
            maximum -= self._fetch_one(place, maximum, into)

    def _patience(self, is_there: bool) -> int:
        """Until when a topic is waited for: not at all once it was there."""
        if is_there:
            return 0
        self._cluster.clock.after(self._propagation, lambda: None)
        return self._cluster.clock.wall() + round(self._propagation * SECOND)

    def _is_newsworthy(self, place: Place, reading: _Reading) -> bool:
        if reading.is_paused or reading.is_stuck:
            return False
        log = self._cluster.log(place)
        if place[0] in self._cluster.denied:
            return not reading.is_denied
        if log is None:
            return reading.patience <= self._cluster.clock.wall()
        if reading.to_tell is not None or reading.position < log.start or reading.position > log.end:
            return True
        limit = log.limit(self.is_committed)
        # at a position behind the last stable offset there is neither anything to read nor an end
        return reading.position < limit or (reading.position == limit and reading.told != reading.position)

    def _fetch_one(self, place: Place, maximum: int, into: Polled) -> int:
        """How many records came of it."""
        reading = self._readings[place]
        if reading.to_tell is not None:
            into.ends.append(Position(*place, reading.to_tell))
            reading.to_tell = None
        log = self._cluster.log(place)
        reading.is_denied = place[0] in self._cluster.denied
        if reading.is_denied:
            into.failures.append(failure("TOPIC_AUTHORIZATION_FAILED", f"access to `{place[0]}` is refused"))
            return 0
        if log is None:
            reading.is_stuck = True
            into.failures.append(
                failure("UNKNOWN_TOPIC_OR_PARTITION", f"there is no partition {place[1]} of `{place[0]}`")
            )
            return 0
        if not self._look_up(reading, log):
            into.failures.append(
                failure("_AUTO_OFFSET_RESET", f"partition {place[1]} of `{place[0]}` has no offset {reading.position}")
            )
            return 0
        reading.patience = 0
        entries, reading.position = log.read(
            reading.position, self.is_committed, self._portion(min(maximum, log.end - reading.position))
        )
        if entries:
            into.fetched.append(self._fetched(place, entries))
        self._tell_end(place, reading, log, into)
        return len(entries)

    def _look_up(self, reading: _Reading, log: PartitionLog) -> bool:
        """Make an offset of the position; whether there is one."""
        if reading.position == BEGINNING_OF_LOG:
            reading.position = log.start
        elif reading.position == END_OF_LOG:
            reading.position = log.limit(self.is_committed)
        elif not log.start <= reading.position <= log.end:
            if self._reset == "error":
                reading.is_stuck = True
                return False
            is_first = self._reset in ("smallest", "earliest", "beginning")
            reading.position = log.start if is_first else log.limit(self.is_committed)
        return True

    def _portion(self, most: int) -> int:
        """How many records to take: all, or some."""
        return most if most < 2 or self._cluster.draw.random() < 0.5 else self._cluster.draw.randint(1, most)

    def _tell_end(self, place: Place, reading: _Reading, log: PartitionLog, into: Polled) -> None:
        if reading.position != log.limit(self.is_committed) or reading.told == reading.position:
            return
        reading.told = reading.position
        if self._cluster.draw.random() < 0.5:
            into.ends.append(Position(*place, reading.position))
        else:
            # it waits in the queue behind the records, and is told even if more have come by then
            reading.to_tell = reading.position

    def _fetched(self, place: Place, entries: list[Entry]) -> Fetched:
        return Fetched(
            *place,
            [each.offset for each in entries],
            [each.key for each in entries],
            [each.value for each in entries],
            [each.stamp * MILLISECOND for each in entries],
            [tuple(each.headers) for each in entries] if self._with_headers else None,
        )
