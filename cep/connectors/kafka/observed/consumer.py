"""A consumer whose calls are looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from cep.connectors.kafka.observed.course import Course
from cep.connectors.kafka.port import (
    Consumer,
    GroupMetadata,
    KafkaFailure,
    Place,
    Polled,
    Position,
    Rebalance,
    Trouble,
)
from cep.runtime.host_clock import HostClock

T = TypeVar("T")

EVERY, PATIENCE = 5.0, 1.0
"""Seconds between two questions whether the cluster is there again, and how long one may take."""


class ObservedRebalance:
    """Hears of partitions first, and hands it on."""

    def __init__(self, inner: Rebalance, course: Course) -> None:
        self._inner = inner
        self._course = course

    def assigned(self, places: Sequence[Place]) -> None:
        """These are owned from now on."""
        self._course.assigned(places)
        self._inner.assigned(places)

    def revoked(self, places: Sequence[Place]) -> None:
        """These will belong to somebody else."""
        try:
            self._inner.revoked(places)
        finally:
            self._course.gone("revoked", places)

    def lost(self, places: Sequence[Place]) -> None:
        """These belong to somebody else already."""
        try:
            self._inner.lost(places)
        finally:
            self._course.gone("lost", places)


class ObservedConsumer:
    """The consumer in the group, or the one that reads changelogs: which of them shows when it is used. `beat` is
    called for each poll of the former, once in a round of the worker."""

    def __init__(self, inner: Consumer, course: Course, clock: HostClock, beat: Callable[[], None]) -> None:
        self._inner = inner
        self._course = course
        self._clock = clock
        self._beat = beat
        self._topics: Sequence[str] | None = None
        self._due: float | None = None
        """When to ask whether the cluster is there again; None: nothing says that it is not."""

    def subscribe(self, topics: Sequence[str], rebalance: Rebalance) -> None:
        """Join the group."""
        self._topics = list(topics)
        self._course.joins()
        self._course.known_limits = self._inner.known_limits
        self._inner.subscribe(topics, ObservedRebalance(rebalance, self._course))

    def start(self, positions: Sequence[Position]) -> None:
        """Read these partitions."""
        self._inner.start(positions)
        if self._topics is not None:
            self._course.reads([position.place for position in positions])

    def stop(self, places: Sequence[Place]) -> None:
        """Read these no more."""
        self._inner.stop(places)
        if self._topics is not None:
            self._course.let_go(places)

    def pause(self, places: Sequence[Place]) -> None:
        """Hold back records of these partitions."""
        self._inner.pause(places)

    def resume(self, places: Sequence[Place]) -> None:
        """Go on with paused partitions."""
        self._inner.resume(places)

    def poll(self, maximum: int, seconds: float) -> Polled:
        """At most `maximum` records."""
        if self._topics is None:
            return self._read(self._inner.poll(maximum, seconds))
        self._beat()
        polled = self._inner.poll(maximum, seconds)
        for fetched in polled.fetched:
            self._course.stamps.note(fetched)
        self._watch(polled)
        return polled

    def committed(self, places: Sequence[Place], seconds: float) -> dict[Place, Position]:
        """The group's committed offsets."""
        return self._asked("asking for offsets", lambda: self._inner.committed(places, seconds))

    def commit(self, positions: Sequence[Position]) -> None:
        """Commit offsets outside a transaction."""
        self._asked("committing offsets", lambda: self._inner.commit(positions))

    def limits(self, place: Place, seconds: float) -> tuple[int, int]:
        """The first offset, and the one behind the last."""
        return self._asked("asking for offsets", lambda: self._inner.limits(place, seconds))

    def known_limits(self, place: Place) -> tuple[int, int] | None:
        """The same, as the broker told last."""
        return self._inner.known_limits(place)

    def at_time(self, places: Sequence[Place], time: int, seconds: float) -> dict[Place, int]:
        """Offsets by time."""
        return self._asked("asking for offsets", lambda: self._inner.at_time(places, time, seconds))

    def group(self) -> GroupMetadata:
        """Who this consumer is in its group."""
        return self._inner.group()

    def close(self) -> None:
        """Leave the group."""
        self._inner.close()

    # ------------------------------------------------------------ what is seen

    def _read(self, polled: Polled) -> Polled:
        """How far changelogs were read."""
        for fetched in polled.fetched:
            limits = self._inner.known_limits(fetched.place)
            if limits is not None and fetched.offsets:
                self._course.has_read(fetched.place, limits[0], fetched.offsets[-1] + 1, limits[1])
        return polled

    def _watch(self, polled: Polled) -> None:
        """Whether the cluster is there. Where a broker is away somebody else may answer for it, and one that is there
        again says nothing by itself: so it is asked."""
        now = self._clock.elapsed()
        if polled.fetched or polled.ends:
            self._due = None
            self._course.answered()
        elif any(failure.trouble is Trouble.RETRIABLE for failure in polled.failures) and self._due is None:
            self._due = now
        if self._due is not None and now >= self._due:
            self._due = None if self._answers() else self._clock.elapsed() + EVERY

    def _answers(self) -> bool:
        """Whether somebody answers for a partition that is read."""
        assert self._topics is not None
        place = self._topics[0], 0
        try:
            self._asked("reading", lambda: self._inner.limits(place, PATIENCE))
        except KafkaFailure as failure:
            if failure.trouble is Trouble.RETRIABLE:
                return False
            # it has answered, whatever it says
            self._course.answered()
        return True

    def _asked(self, what: str, call: Callable[[], T]) -> T:
        self._course.tries(what)
        try:
            found = call()
        except KafkaFailure as failure:
            if failure.trouble is Trouble.RETRIABLE:
                self._course.fails(what, failure)
            raise
        finally:
            self._course.returned()
        self._course.answered(what)
        return found
