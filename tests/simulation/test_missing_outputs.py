"""Outputs that are deleted or refused under a worker, and are there again."""

from __future__ import annotations

import pytest

from cep.connectors.job.model import Guarantee
from tests.simulation.feeds_job import SINKS, FeedsJob
from tests.simulation.world import World, differences

GUARANTEES = pytest.mark.parametrize("guarantee", ["exactly_once", "at_least_once"])


def begun(guarantee: Guarantee) -> tuple[FeedsJob, World]:
    """A job whose worker waits for records."""
    job = FeedsJob.drawn(1, 60, guarantee)
    world = World(job, job.cluster(1))
    world.rounds("a", 20)
    return job, world


def restores(world: World) -> int:
    """How often the group's offsets were asked for, which every restore begins with."""
    return sum(point.call == "consumer.committed" for point in world.cluster.faults.points)


@GUARANTEES
def test_a_deleted_output_is_waited_for_without_reading_the_state_again(guarantee: Guarantee) -> None:
    job, world = begun(guarantee)
    world.cluster.delete(SINKS["alerts"])
    job.fill(world.cluster)
    before, said = restores(world), len(world.said)
    world.rounds("a", 400, 0.3)
    assert restores(world) - before <= 2
    # the failure once, the wait once a minute
    assert 2 <= len(world.said) - said <= 5
    assert any(f"`{SINKS['alerts']}` is not there" in one for one in world.said)
    world.cluster.create(SINKS["alerts"], 3)
    world.run("a")
    assert differences(job, world.found()) == []
    assert world.deaths == 0


@GUARANTEES
def test_a_refused_output_makes_tries_rare_until_it_is_granted(guarantee: Guarantee) -> None:
    job, world = begun(guarantee)
    world.cluster.deny(SINKS["alerts"])
    job.fill(world.cluster)
    before, said = restores(world), len(world.said)
    world.rounds("a", 400, 0.3)
    # at 0.1 s and then twice as long each time, up to 10 s
    assert restores(world) - before < 40
    assert [one for one in world.said[said:] if "a transaction failed" in one] == world.said[said:][:1]
    world.cluster.grant(SINKS["alerts"])
    world.run("a")
    world.rounds("a", 100, 0.3)
    assert world.said[-1] == "transactions succeed again"
    assert differences(job, world.found()) == []
    assert world.deaths == 0


@GUARANTEES
def test_one_failure_is_made_up_for_at_once(guarantee: Guarantee) -> None:
    job, world = begun(guarantee)
    began = world.cluster.clock.elapsed()
    world.cluster.delete(SINKS["alerts"])
    job.fill(world.cluster)
    world.rounds("a", 6)
    world.cluster.create(SINKS["alerts"], 3)
    world.run("a")
    assert world.cluster.clock.elapsed() - began < 8.0
    assert differences(job, world.found()) == []
