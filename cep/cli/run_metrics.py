"""Numbers and health of a run, served while it lasts where its job says so."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version

from cep.cli.run_edits import RunEdits
from cep.connectors.errors import ConfigurationError
from cep.connectors.job.model import Job
from cep.connectors.kafka.making import Made
from cep.connectors.kafka.observed.course import Course
from cep.connectors.kafka.observed.kafka import ObservedKafka
from cep.connectors.kafka.observed.numbers import WorkerNumbers
from cep.connectors.kafka.plan import WorkerPlan
from cep.connectors.kafka.port import Kafka
from cep.connectors.outputs import JobOutputs
from cep.runtime.host_clock import SYSTEM_CLOCK
from cep.runtime.metrics import catalog
from cep.runtime.metrics.health import Health
from cep.runtime.metrics.histogram import Histogram
from cep.runtime.metrics.meter import Meter
from cep.runtime.metrics.reading import Reading
from cep.runtime.metrics.shards import put_alerts, put_counts, put_shards
from cep.runtime.recovery import Recovery
from cep.runtime.shard import Shard
from cep.runtime.summary import findings, gauges, together
from cep.runtime.wiring import Wiring

HOST, LOOPBACK = "CEP_METRICS_HOST", "127.0.0.1"
"""The variable that names the host to serve at, where the job does not; and what holds without it."""


class Monitor:
    """What a run tells its numbers and its health to. `address`: where they can be had."""

    def __init__(self, address: str, meter: Meter, health: Health) -> None:
        self.address = address
        self.meter = meter
        self.health = health

    def over_files(
        self, shard: Callable[[], Shard], outputs: JobOutputs, edits: RunEdits, recovery: Recovery | None
    ) -> None:
        """Have the numbers of a job over files told; `shard`: the one that runs now."""
        numbers = RunNumbers(shard, outputs, edits)
        self.meter.add(numbers.put)
        if recovery is not None:
            recovery.wrote = numbers.wrote

    def over_topics(self, kafka: Kafka, plan: WorkerPlan) -> tuple[Kafka, Course]:
        """The cluster as a worker should use it, so that it is seen what becomes of its calls."""
        course = Course(SYSTEM_CLOCK, transactional=plan.guarantee == "exactly_once")
        self.health.reasons.append(course.lacks)
        return ObservedKafka(kafka, course, self.meter), course

    def follow(self, made: Made, course: Course, wiring: Wiring) -> None:
        """Have a worker's numbers told."""
        made.outputs.told = course.told
        self.meter.add(WorkerNumbers(made.worker, made.outputs, course, wiring).put)


@contextmanager
def monitored(job: Job, worker: str, number: int, stopping: Callable[[], bool]) -> Iterator[Monitor | None]:
    """Serve while the block lasts; None where the job does not say so. `number`: which worker of the job this is on its
    machine. Raises `ConfigurationError`."""
    if job.metrics is None:
        yield None
        return
    try:
        from cep.connectors.metrics.server import MetricsServer
    except ImportError as error:
        fix = 'install it: `pip install "cep-engine[metrics]"`, or leave `metrics` out of the job'
        raise ConfigurationError("C0104", "the package for metrics is not installed", fix) from error
    host = job.metrics.host or os.environ.get(HOST) or LOOPBACK
    meter = Meter()
    health = Health(meter)
    health.reasons.append(lambda: ["stopping"] if stopping() else [])
    meter.add(lambda reading: reading.put(catalog.INFO, 1, job.name, worker, version("cep-engine")))
    server = MetricsServer(host, job.metrics.port and job.metrics.port + number, meter, health)
    try:
        server.start()
        yield Monitor(server.address, meter, health)
    finally:
        server.close()


class RunNumbers:
    """The numbers of a job over files."""

    def __init__(self, shard: Callable[[], Shard], outputs: JobOutputs, edits: RunEdits) -> None:
        """`shard`: the one that runs now."""
        self._shard = shard
        self._outputs = outputs
        self._edits = edits
        self._snapshots = Histogram(catalog.SNAPSHOT.bounds)
        self._unwritten = 0

    def wrote(self, seconds: float | None) -> None:
        """A snapshot was written; None: it could not be."""
        if seconds is None:
            self._unwritten += 1
        else:
            self._snapshots.observe(seconds)

    def put(self, reading: Reading) -> None:
        """The numbers now."""
        shard, tally = self._shard(), self._outputs.tally
        found = together([*self._edits.earlier, findings(shard)])
        put_counts(reading, gauges(shard), found, shard.wiring)
        put_alerts(reading, tally.alerts, tally.shadow, shard.wiring)
        put_shards(reading, {"all": shard}, shard.wiring, SYSTEM_CLOCK.wall())
        reading.put(catalog.SNAPSHOT, self._snapshots.counts())
        reading.put(catalog.UNWRITTEN, self._unwritten)
