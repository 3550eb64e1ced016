"""Workers with names of their own, one of which dies while it lets go of a partition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from cep.connectors.job.model import Written
from cep.connectors.kafka.plan import WorkerPlan
from cep.connectors.kafka.port import Place
from cep.connectors.kafka.stranded import may_strand
from cep.testing.simulated_kafka import Died
from tests.simulation.feeds_job import FeedsJob
from tests.simulation.world import World, differences


@dataclass
class NamedJob(FeedsJob):
    """The job, each of whose workers has its own `group.instance.id`."""

    def plan(self, instance: str) -> WorkerPlan:
        """With the worker's."""
        plan = super().plan(instance)
        assert plan.job.kafka is not None
        properties = {
            **plan.job.kafka.properties,
            "group.instance.id": Written(instance),
            "session.timeout.ms": Written("200000"),
        }
        return replace(plan, job=replace(plan.job, kafka=replace(plan.job.kafka, properties=properties)))


def stranding() -> tuple[NamedJob, World]:
    """A worker that died when it was told to let go of a shard for another one, and is back under its name."""
    job = NamedJob(FeedsJob.drawn(1, 60).inputs)
    world = World(job, job.cluster(1))
    world.rounds("a", 20)
    first = world.living["a"]
    assert len(first.worker.runs) == 2

    def die(places: Sequence[Place]) -> None:
        first.process.kill()
        raise Died("a")

    first.worker._share.revoked = die  # type: ignore[method-assign]
    while world.deaths == 0:
        world.round("b")
        world.round("a")
        world.cluster.clock.advance(0.5)
    job.fill(world.cluster)
    for _ in range(20):
        world.round("a")
        world.round("b")
    assert [len(world.living[name].worker.runs) for name in ("a", "b")] == [1, 0]
    return job, world


def test_what_nobody_owns_is_shared_anew() -> None:
    job, world = stranding()
    world.run("a", "b")
    assert [len(world.living[name].worker.runs) for name in ("a", "b")] == [1, 1]
    assert sum("nobody's since a worker came back" in said for said in world.said) == 1
    assert differences(job, world.found()) == []
    for _ in range(200):
        world.round("a")
        world.round("b")
        world.cluster.clock.advance(1.0)
    assert len(world.cluster.groups.members("feeds")) == 2
    assert sum("nobody's since a worker came back" in said for said in world.said) == 1


def test_without_looking_it_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cep.connectors.kafka.stranded.Stranded.look", lambda self: None)
    _, world = stranding()
    with pytest.raises(AssertionError, match="not done"):
        world.run("a", "b")


def test_it_befalls_members_with_names_in_the_classic_protocol_alone() -> None:
    job = NamedJob({})
    assert may_strand(job.plan("a"))
    assert not may_strand(FeedsJob({}).plan("a"))
