"""Records that are deleted before a worker has read them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import pytest

from cep.connectors.kafka.plan import WorkerPlan
from cep.connectors.kafka.port import KafkaFailure
from cep.connectors.kafka.retention import RecordsLost
from tests.simulation.feeds_job import FeedsJob
from tests.simulation.world import World


@dataclass
class LossyJob(FeedsJob):
    """The job, and what a person has said of records that are gone."""

    allow_loss: bool = False

    def plan(self, instance: str) -> WorkerPlan:
        """With it."""
        return replace(super().plan(instance), allow_loss=self.allow_loss)


def stopped(seed: int) -> tuple[LossyJob, World, int]:
    """A job that has stood still while records came, some of which were deleted: up to where in `orders/0`."""
    job = LossyJob(FeedsJob.drawn(seed, 80).inputs)
    world = World(job, job.cluster(seed))
    job.fill(world.cluster, 0.0, 0.5)
    world.rounds("a", 60)
    world.leave("a")
    job.fill(world.cluster, 0.5, 1.0)
    start = len(job.inputs["orders", 0]) * 3 // 4
    world.cluster.retain("orders", 0, start)
    return job, world, start


def failing(world: World) -> KafkaFailure:
    """How the worker ends."""
    world.start("a")
    with pytest.raises(KafkaFailure) as failed:
        for _ in range(100):
            world.living["a"].worker.round()
    return failed.value


def test_what_is_lost_is_told_and_not_gone_on_without() -> None:
    _, world, start = stopped(1)
    first = world.cluster.committed("feeds")["orders", 0].offset
    failure = failing(world)
    assert isinstance(failure, RecordsLost)
    assert f"offsets {first} to {start - 1} of orders/0 ({start - first} records at most)" in str(failure)


@pytest.mark.parametrize("seed", range(20))
def test_where_it_is_allowed_the_rest_is_read(seed: int) -> None:
    job, world, start = stopped(seed)
    job.allow_loss = True
    first = world.cluster.committed("feeds")["orders", 0].offset
    world.run("a")
    assert world.deaths == 0
    worker = world.living["a"].worker
    assert worker.lost_records == start - first
    assert sum("deleted before they were read" in said for said in world.said) == 1
    assert worker.runs[0].shard.partitions["orders", 0].next_offset >= len(job.inputs["orders", 0])
    # Nothing that a whole record brings by itself is left out or told twice behind the loss.
    broken = [at for at, raw in enumerate(job.inputs["orders", 0]) if raw in (b"broken", b"") and at >= start]
    places = [json.loads(line)["place"] for line in world.found()["dead_letters"].elements()]
    told = [int(place.removeprefix("orders/0/")) for place in places if place.startswith("orders/0/")]
    assert sorted(at for at in told if at >= start) == broken


def test_retention_that_overtakes_a_worker_under_way_is_told_as_well() -> None:
    job = LossyJob(FeedsJob.drawn(3, 80).inputs, allow_loss=True)
    world = World(job, job.cluster(3))
    job.fill(world.cluster, 0.0, 0.5)
    world.rounds("a", 60)
    job.fill(world.cluster, 0.5, 1.0)
    world.cluster.retain("orders", 0, len(job.inputs["orders", 0]))
    world.run("a")
    assert world.deaths == 0
    assert world.living["a"].worker.lost_records > 0
    assert any("records are not there" in said for said in world.said)


def test_a_topic_made_anew_while_the_job_stood_still_is_no_loss() -> None:
    job, world, _ = stopped(0)
    job.allow_loss = True
    world.cluster.topics["orders"].logs[0].start = 0
    world.cluster.topics["orders"].logs[0].entries.clear()
    world.cluster.topics["orders"].logs[0].end = 0
    assert "was made anew" in str(failing(world))
