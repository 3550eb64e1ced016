"""A worker's numbers for a reading."""

from __future__ import annotations

from cep.connectors.kafka.observed.course import Course
from cep.connectors.kafka.worker import Worker
from cep.connectors.outputs import JobOutputs
from cep.runtime.host_clock import SYSTEM_CLOCK, HostClock
from cep.runtime.metrics import catalog
from cep.runtime.metrics.reading import Reading
from cep.runtime.metrics.shards import put_alerts, put_counts, put_shards


class WorkerNumbers:
    """Puts together what the worker, its outputs and its course tell. Called by the worker's thread."""

    def __init__(self, worker: Worker, outputs: JobOutputs, course: Course, clock: HostClock = SYSTEM_CLOCK) -> None:
        self._worker = worker
        self._outputs = outputs
        self._course = course
        self._clock = clock

    def put(self, reading: Reading) -> None:
        """The numbers now."""
        wiring = self._worker.plan.whole
        put_counts(reading, self._worker.gauges(), self._worker.findings(), wiring)
        put_alerts(reading, self._outputs.tally.alerts, self._outputs.tally.shadow, wiring)
        shards = {run.name: run.shard for _, run in sorted(self._worker.runs.items())}
        put_shards(reading, shards, wiring, self._clock.wall())
        self._put_lag(reading)
        self._put_course(reading)

    def _put_lag(self, reading: Reading) -> None:
        """How far reading is behind, and how much of what was read waits: together what the group's offsets lack."""
        for run in self._worker.runs.values():
            for position in run.positions():
                topic, number = position.topic, str(position.partition)
                reached = run.next_offset(position.place)
                limits = self._course.known_limits(position.place)
                if limits is not None:
                    reading.put(catalog.LAG, max(limits[1] - reached, 0), topic, number)
                reading.put(catalog.WAITING, max(reached - position.offset, 0), topic, number)

    def _put_course(self, reading: Reading) -> None:
        course = self._course
        reading.put(catalog.SHARDS, course.shards)
        reading.put(catalog.OWNED, len(course.owned))
        reading.put(catalog.RESTORING, len(course.restoring))
        reading.put(catalog.LATENCY, course.latency.counts())
        reading.put(catalog.RESTORE, course.restore.counts())
        for stage, found in course.commits.items():
            reading.put(catalog.COMMIT, found.counts(), stage)
        reading.put(catalog.COMMITTED, course.committed)
        reading.put(catalog.FAILED, course.failed)
        for kind, count in course.rebalances.items():
            reading.put(catalog.REBALANCES, count, kind)
        for code, count in course.failures.items():
            reading.put(catalog.FAILURES, count, code)
