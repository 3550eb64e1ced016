"""What is seen of a worker at its port: its numbers agree with what it did, and it is ready when it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cep.connectors.job.model import Guarantee
from cep.connectors.kafka.making import Made, make_worker
from cep.connectors.kafka.observed.course import PASSING, SETTLING, UNANSWERED, Course
from cep.connectors.kafka.observed.kafka import ObservedKafka
from cep.connectors.kafka.observed.numbers import WorkerNumbers
from cep.connectors.kafka.plan import SESSION
from cep.connectors.kafka.port import Trouble
from cep.runtime.metrics import catalog
from cep.runtime.metrics.catalog import CATALOG, Metric
from cep.runtime.metrics.histogram import Counts
from cep.runtime.metrics.meter import Meter
from cep.runtime.metrics.reading import Reading
from cep.testing.simulated_kafka import Fault, Moment, SimulatedKafka, SimulatedProcess
from tests.simulation.feeds_job import SHARDS, FeedsJob


class Watched:
    """A worker over a simulated cluster, and what is seen of it."""

    def __init__(self, job: FeedsJob, cluster: SimulatedKafka, name: str = "a") -> None:
        self.cluster = cluster
        self.process: SimulatedProcess = cluster.process(name)
        self.meter = Meter(cluster.clock)
        self.course = Course(cluster.clock, job.topology, transactional=job.guarantee == "exactly_once")
        self.stop = False
        self.made: Made = make_worker(
            ObservedKafka(self.process, self.course, self.meter, cluster.clock),
            job.plan(name),
            stop=lambda: self.stop,
            tell=lambda message: None,
            clock=cluster.clock,
            wait=cluster.clock.advance,
        )
        self.made.outputs.told = self.course.told
        self.meter.add(WorkerNumbers(self.made.worker, self.made.outputs, self.course, cluster.clock).put)

    def rounds(self, until: Callable[[], bool], most: int = 500) -> None:
        """Work until something is so."""
        for _ in range(most):
            self.made.worker.round()
            self.cluster.clock.advance(0.05)
            if until():
                return
        raise AssertionError("it did not come to that")

    def reading(self) -> Reading:
        """The numbers now."""
        self.meter.read()
        return self.meter.reading(0.0)

    def number(self, metric: Metric, *labels: str) -> float:
        """One of them."""
        found = self.reading().of(metric)[labels]
        assert not isinstance(found, Counts)
        return found

    def counts(self, metric: Metric, *labels: str) -> Counts:
        """One of the histograms."""
        found = self.reading().of(metric)[labels]
        assert isinstance(found, Counts)
        return found

    def total(self, metric: Metric) -> float:
        """Over all labels."""
        return sum(n for n in self.reading().of(metric).values() if not isinstance(n, Counts))

    @property
    def is_caught_up(self) -> bool:
        """Whether all that is there was read, and committed."""
        runs = self.made.worker.runs.values()
        return len(runs) == SHARDS and not any(run.touched for run in runs) and self.total(catalog.LAG) == 0


def caught_up() -> tuple[FeedsJob, Watched]:
    """A job, and a worker that has read all there is."""
    job = FeedsJob.drawn(5, 100)
    cluster = job.cluster(5)
    job.fill(cluster)
    of = Watched(job, cluster)
    of.made.worker.join()
    of.rounds(lambda: of.is_caught_up)
    return job, of


@pytest.mark.parametrize("guarantee", ["exactly_once", "at_least_once"])
def test_the_numbers_are_those_of_the_run(guarantee: Guarantee) -> None:
    job = FeedsJob.drawn(5, 300, guarantee)
    cluster = job.cluster(5)
    job.fill(cluster)
    of = Watched(job, cluster)
    of.made.worker.join()
    assert list(of.course.lacks()) == ["joining the group"]
    of.rounds(lambda: bool(of.course.owned))
    of.rounds(lambda: not of.course.restoring)
    assert list(of.course.lacks()) == []
    of.rounds(lambda: of.is_caught_up)
    records = sum(raw is not None for raws in job.inputs.values() for raw in raws)
    tally = of.made.outputs.tally
    assert of.number(catalog.EVENTS) == records
    assert of.number(catalog.LATE) == tally.late > 0
    assert of.number(catalog.DEAD) == tally.dead_letters > 0
    assert {rule: of.number(catalog.ALERTS, rule) for rule in tally.alerts} == tally.alerts
    assert of.number(catalog.SHADOW, "busy") == tally.shadow["busy"] > 0
    trouble = of.made.worker.findings().trouble
    assert of.total(catalog.SUPPRESSED) == sum(each.suppressed for each in trouble.values())
    assert of.total(catalog.OPEN) == of.made.worker.gauges().open_runs > 0
    assert of.number(catalog.OWNED) == SHARDS
    assert of.number(catalog.RESTORING) == of.number(catalog.FAILED) == 0
    assert of.number(catalog.REBALANCES, "assigned") >= 1
    assert of.counts(catalog.RESTORE).count == SHARDS
    assert of.counts(catalog.COMMIT, "commit").count == of.number(catalog.COMMITTED) > 0
    assert of.counts(catalog.COMMIT, "flush").count == (of.number(catalog.COMMITTED) if not_once(guarantee) else 0)
    assert 0 < of.counts(catalog.LATENCY).count <= sum(tally.alerts.values())
    # some events wait for later ones, which is no lag: the group's offsets stand before them
    assert of.number(catalog.HELD) > 0
    assert 0 < of.total(catalog.WAITING) >= of.number(catalog.HELD)
    assert {labels[0] for labels in of.reading().of(catalog.WATERMARK)} == {"0", "1"}


def not_once(guarantee: Guarantee) -> bool:
    """Whether outputs are flushed before a commit."""
    return guarantee == "at_least_once"


def test_what_is_not_read_yet_is_lag() -> None:
    job = FeedsJob.drawn(5, 100)
    cluster = job.cluster(5)
    job.fill(cluster, 0.0, 0.5)
    of = Watched(job, cluster)
    of.made.worker.join()
    of.rounds(lambda: of.is_caught_up)
    job.fill(cluster, 0.5, 1.0)
    assert of.total(catalog.LAG) == sum(len(raws) - len(raws) // 2 for raws in job.inputs.values())


def test_a_worker_whose_cluster_is_away_is_degraded_until_it_answers() -> None:
    _, of = caught_up()
    of.process.cut()
    of.rounds(lambda: list(of.course.lacks()) != [])
    assert any(why.startswith("degraded since 20") and "fails" in why for why in of.course.lacks())
    assert of.total(catalog.FAILURES) > 0
    of.process.mend()
    of.rounds(lambda: list(of.course.lacks()) == [])


def test_a_failed_transaction_is_counted_and_its_shards_are_restored() -> None:
    job, of = caught_up()
    cluster = of.cluster
    restored = of.counts(catalog.RESTORE).count
    cluster.faults.next("producer.commit", Fault(Moment.BEFORE, Trouble.ABORTABLE))
    job.fill(cluster, 0.9, 1.0)
    of.rounds(lambda: of.number(catalog.FAILED) == 1)
    assert sorted(of.course.restoring) == [0, 1]
    cluster.clock.advance(PASSING)
    assert any("committing fails" in why for why in of.course.lacks())
    of.rounds(lambda: not of.course.restoring)
    assert of.counts(catalog.RESTORE).count == restored + 2
    of.rounds(lambda: of.is_caught_up)
    assert list(of.course.lacks()) == []


def test_a_worker_that_gets_no_share_stands_by() -> None:
    job = FeedsJob.drawn(5, 10)
    cluster = job.cluster(5)
    of = Watched(job, cluster)
    of.course.joins()
    assert list(of.course.lacks()) == ["joining the group"]
    cluster.clock.advance(SESSION)
    assert list(of.course.lacks()) == ["joining the group"]  # a dead member's share may still come
    cluster.clock.advance(SETTLING + 1)
    assert list(of.course.lacks()) == []


def test_a_call_that_is_not_answered_is_a_reason() -> None:
    job = FeedsJob.drawn(5, 10)
    cluster = job.cluster(5)
    of = Watched(job, cluster)
    of.course.tries("committing")
    cluster.clock.advance(UNANSWERED - 1)
    assert list(of.course.lacks()) == []
    cluster.clock.advance(2)
    assert [why.partition(": ")[2] for why in of.course.lacks()] == ["committing is not answered"]
    of.course.returned()
    assert list(of.course.lacks()) == []


def test_how_far_a_restore_is_stands_in_its_reason() -> None:
    job = FeedsJob.drawn(5, 10)
    of = Watched(job, job.cluster(5))
    of.course.joins()
    of.course.assigned([("orders", 1)])
    assert list(of.course.lacks()) == ["restoring shard 1"]
    of.course.has_read(("feeds-changelog", 1), 100, 140, 200)
    assert list(of.course.lacks()) == ["restoring shard 1: 40 %"]


def test_all_metrics_of_jobs_over_topics_are_there() -> None:
    _, of = caught_up()
    of.process.cut()
    of.rounds(lambda: of.total(catalog.FAILURES) > 0)
    reading = of.reading()
    elsewhere = {catalog.INFO, catalog.READY, catalog.ROUND}
    for metric in CATALOG:
        assert bool(reading.of(metric)) is (metric not in elsewhere and metric.jobs != "files"), metric.name
