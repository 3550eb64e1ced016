"""One worker, broken off at every call it makes to Kafka."""

from __future__ import annotations

import pytest

from cep.connectors.job.model import Guarantee
from cep.connectors.kafka.port import Trouble
from cep.testing.simulated_kafka import DEATHS, TIME_OUTS, Fault, Moment, Point, every_fault
from tests.simulation.feeds_job import FeedsJob
from tests.simulation.world import World, differences


@pytest.mark.parametrize("guarantee", ["exactly_once", "at_least_once"])
def test_an_undisturbed_run_gives_what_one_pass_gives(guarantee: Guarantee) -> None:
    job = FeedsJob.drawn(1, 60, guarantee)
    expected = job.expected()
    assert all(expected.values())
    world = World(job, job.cluster(1))
    job.fill(world.cluster)
    world.run("a")
    assert differences(job, world.found()) == []
    assert world.deaths == 0


def disturbed(job: FeedsJob, number: int, fault: Fault) -> World:
    """A run with one fault at a point."""
    world = World(job, job.cluster(1))
    world.cluster.faults.at(number, fault)
    job.fill(world.cluster)
    world.run("a")
    return world


def points(job: FeedsJob) -> list[Point]:
    """All calls of an undisturbed run."""
    world = World(job, job.cluster(1))
    job.fill(world.cluster)
    world.run("a")
    return world.cluster.faults.points


TRYABLE = tuple(Fault(Moment.BEFORE, trouble) for trouble in (Trouble.ABORTABLE, Trouble.FENCED, Trouble.FATAL))


@pytest.mark.parametrize("guarantee", ["exactly_once", "at_least_once"])
def test_a_fault_at_every_point(guarantee: Guarantee) -> None:
    job = FeedsJob.drawn(2, 25, guarantee, commit=150_000)
    all_points = points(job)
    calls = {point.call for point in all_points}
    assert {"producer.commit", "producer.send_offsets", "producer.produce", "consumer.poll"} <= calls
    wrong = []
    for point, fault in every_fault(all_points, DEATHS + TIME_OUTS + TRYABLE):
        world = disturbed(job, point.number, fault)
        wrong += [f"{fault} at {point}: {what}" for what in differences(job, world.found())]
    assert wrong == []
