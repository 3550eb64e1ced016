"""What becomes of a worker's calls to Kafka: told to its monitor, and an end to a client that hangs."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cep.cli.monitor import Monitor
from cep.cli.telling import tell
from cep.connectors.kafka.making import Made
from cep.connectors.kafka.observed.course import UNANSWERED, Course
from cep.connectors.kafka.observed.kafka import ObservedKafka
from cep.connectors.kafka.observed.numbers import WorkerNumbers
from cep.connectors.kafka.plan import WorkerPlan, session_of
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
    transactional = plan.guarantee == "exactly_once"
    course = Course(SYSTEM_CLOCK, plan.topology, transactional=transactional, session=session_of(plan))
    monitor.health.reasons.append(course.lacks)
    return ObservedKafka(kafka, course, monitor.meter), course


def follow_worker(monitor: Monitor, made: Made, course: Course) -> None:
    """Have a worker's numbers told."""
    monitor.health.reasons.append(lambda: made.worker.lacks)
    if monitor.address is not None:
        made.outputs.told = course.told
        monitor.meter.add(WorkerNumbers(made.worker, made.outputs, course).put)


@contextmanager
def watched(
    course: Course, say: Callable[[str], None], every: float = EVERY, end: Callable[[int], object] = os._exit
) -> Iterator[None]:
    """End the process while the block lasts if a call does not come back: no call is to take longer than half a minute,
    and one that has taken a whole one never will (librdkafka's issue 5456: handing over offsets while the coordinator
    of the group goes away). Nothing else can end it, since the call holds the only thread that hears of signals; the
    next start goes on.
    """
    over = threading.Event()
    look = Watch(course, say)

    def watch() -> None:
        while not over.wait(every):
            if look.hangs():
                end(HANGS)
                return

    thread = threading.Thread(target=watch, name="cep-watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()


class Watch:
    """Looks at the call that is under way, now and then, and says what becomes of it: the loop cannot, it waits."""

    def __init__(self, course: Course, say: Callable[[str], None]) -> None:
        self._course = course
        self._say = say
        self._has_said = False

    def hangs(self) -> bool:
        """Whether the call will never come back."""
        if (what := self._course.overdue(LONGEST)) is not None:
            message = f"Kafka: {what} has not come back for {LONGEST:.0f} s, the client hangs; the next start goes on"
            tell(Notice(message, "error", "C0315"))
            return True
        what = self._course.overdue(UNANSWERED)
        if what is not None and not self._has_said:
            self._has_said = True
            self._say(Notice(f"{what} is not answered for {UNANSWERED:.0f} s; it is waited for", "warning", "C0349"))
        elif self._has_said and what is None and self._course.is_answered:
            self._has_said = False
            self._say("the cluster answers again")
        return False
