"""What becomes of a worker's calls to Kafka: told to its monitor, and an end to a client that hangs."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cep.cli.monitor import Monitor
from cep.cli.telling import tell
from cep.connectors.kafka.making import Made
from cep.connectors.kafka.observed.course import Course
from cep.connectors.kafka.observed.kafka import ObservedKafka
from cep.connectors.kafka.observed.numbers import WorkerNumbers
from cep.connectors.kafka.plan import WorkerPlan
from cep.connectors.kafka.port import Kafka
from cep.runtime.host_clock import SYSTEM_CLOCK
from cep.runtime.metrics.health import LONGEST
from cep.runtime.notice import Notice

EVERY = 1.0
"""Seconds between two looks at the call that is under way."""
HANGS = 3
"""The exit code: as for any failure on the way."""


def observed(kafka: Kafka, plan: WorkerPlan, monitor: Monitor) -> tuple[Kafka, Course]:
    """The cluster as a worker should use it, so that it is seen what becomes of its calls."""
    course = Course(SYSTEM_CLOCK, plan.topology, transactional=plan.guarantee == "exactly_once")
    monitor.health.reasons.append(course.lacks)
    return ObservedKafka(kafka, course, monitor.meter), course


def follow_worker(monitor: Monitor, made: Made, course: Course) -> None:
    """Have a worker's numbers told."""
    monitor.health.reasons.append(lambda: made.worker.lacks)
    if monitor.address is not None:
        made.outputs.told = course.told
        monitor.meter.add(WorkerNumbers(made.worker, made.outputs, course).put)


@contextmanager
def watched(course: Course, every: float = EVERY, end: Callable[[int], object] = os._exit) -> Iterator[None]:
    """End the process while the block lasts if a call does not come back: no call is to take longer than half a minute,
    and one that has taken a whole one never will (librdkafka's issue 5456: handing over offsets while the coordinator
    of the group goes away). Nothing else can end it, since the call holds the only thread that hears of signals; the
    next start goes on.
    """
    over = threading.Event()

    def watch() -> None:
        while not over.wait(every):
            if (what := course.overdue(LONGEST)) is not None:
                message = (
                    f"Kafka: {what} has not come back for {LONGEST:.0f} s: the client hangs; run it again, it goes on"
                )
                tell(Notice(message, "error", "C0315"))
                end(HANGS)
                return

    thread = threading.Thread(target=watch, name="cep-watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
