"""A cluster whose clients are looked at."""

from __future__ import annotations

from collections.abc import Mapping

from cep.connectors.kafka.observed.consumer import ObservedConsumer
from cep.connectors.kafka.observed.course import Course
from cep.connectors.kafka.observed.producer import ObservedProducer
from cep.connectors.kafka.port import Admin, Kafka
from cep.runtime.host_clock import SYSTEM_CLOCK, HostClock
from cep.runtime.metrics.meter import Meter


class ObservedKafka:
    """Stands before a cluster that one worker uses. `meter` hears that the worker goes round, `course` the rest."""

    def __init__(self, inner: Kafka, course: Course, meter: Meter, clock: HostClock = SYSTEM_CLOCK) -> None:
        self._inner = inner
        self._course = course
        self._meter = meter
        self._clock = clock

    def consumer(self, settings: Mapping[str, str], *, headers: bool = False) -> ObservedConsumer:
        """A client that reads."""
        inner = self._inner.consumer(settings, headers=headers)
        return ObservedConsumer(inner, self._course, self._clock, self._meter.beat)

    def producer(self, settings: Mapping[str, str]) -> ObservedProducer:
        """A client that writes."""
        return ObservedProducer(self._inner.producer(settings), self._course, self._meter.alive)

    def admin(self, settings: Mapping[str, str]) -> Admin:
        """A client that looks at topics."""
        return self._inner.admin(settings)
