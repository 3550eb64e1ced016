"""What a worker says of topics that are not there any more."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cep.connectors.kafka.plan import WorkerPlan
from tests.simulation.feeds_job import SHARDS, FeedsJob
from tests.simulation.world import World


@dataclass
class MovedJob(FeedsJob):
    """The job with another changelog, as after an edit of its file."""

    changelog: str = "feeds-changelog"

    def plan(self, instance: str) -> WorkerPlan:
        """With the other changelog."""
        return replace(super().plan(instance), topology=replace(self.topology, changelog=self.changelog))


def test_a_changelog_without_what_the_offsets_go_with_is_told_and_waited_for() -> None:
    job = MovedJob(FeedsJob.drawn(1, 40).inputs)
    world = World(job, job.cluster(1))
    job.fill(world.cluster)
    world.run("a")
    world.leave("a")
    world.cluster.create("other", SHARDS, {"cleanup.policy": "compact"})
    job.changelog = "other"
    world.said.clear()
    world.rounds("a", 100, 1.0)
    assert world.living["a"].worker.runs == {}
    assert len(world.said) == SHARDS
    assert all("is not in `other`" in said and "`group.id`" in said for said in world.said)


def test_an_input_that_is_gone_is_told_once() -> None:
    job = FeedsJob.drawn(1, 40)
    world = World(job, job.cluster(1))
    job.fill(world.cluster)
    world.run("a")
    world.said.clear()
    world.cluster.delete("logins")
    world.rounds("a", 50, 1.0)
    assert len(world.said) == SHARDS
    assert all("`logins`" in said and "it is waited for" in said for said in world.said)
