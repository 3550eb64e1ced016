"""Steps that silence brings about, over workers that die around them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

from cep.connectors.kafka.changelog import Pending, Restoring
from cep.connectors.kafka.plan import WorkerPlan
from cep.connectors.kafka.port import Fetched
from cep.connectors.kafka.shard_run import ShardRun
from cep.language.load import load_text
from cep.runtime.source import Source
from cep.runtime.wiring import wire
from tests.simulation.feeds_job import RULES, TOPICS, FeedsJob
from tests.simulation.world import World


@dataclass
class IdleJob(FeedsJob):
    """The job over topics that are not waited for when they are silent."""

    def plan(self, instance: str) -> WorkerPlan:
        """With the same rules."""
        text = RULES.replace("lateness 3s", "lateness 3s idle 5s").replace("lateness 2s", "lateness 2s idle 5s")
        sources = [Source(topic, (event,), None) for topic, event in TOPICS.items()]
        return replace(super().plan(instance), wiring=wire(load_text(text), sources))


def until(world: World, reached: Callable[[ShardRun], bool]) -> None:
    """Let the worker go on, second by second, until its first shard has come so far."""
    for _ in range(100):
        world.round("a")
        run = world.living["a"].worker.runs.get(0) if "a" in world.living else None
        if run is not None and reached(run):
            return
        world.cluster.clock.advance(1.0)
    raise AssertionError(f"it did not come to that: {world.said[-5:]}")


def committed(world: World) -> list[Pending]:
    """The steps that stand in the last commit of the first shard."""
    state = Restoring(0)
    entries = world.cluster.records("feeds-changelog", 0)
    state.take(Fetched("feeds-changelog", 0, keys=[e.key for e in entries], values=[e.value for e in entries]))
    return state.commit.steps


def test_a_recorded_step_outlives_a_second_death_before_it_is_taken() -> None:
    job = IdleJob({}, "at_least_once")
    world = World(job, job.cluster(1))
    order = {"card": "c0", "total": 90, "at": world.cluster.clock.wall() // 1000}
    world.cluster.write("orders", json.dumps(order).encode(), partition=0)
    # with the step recorded, the order still waits for its place
    until(world, lambda run: len(committed(world)) == 2)
    recorded = committed(world)
    world.died("a", world.living["a"].process)
    # a commit comes before the order is read again, and with it the next death
    until(world, lambda run: run.is_catching_up and not run.touched)
    world.died("a", world.living["a"].process)
    assert committed(world) == recorded
    until(world, lambda run: not run.is_catching_up)
    assert world.living["a"].worker.runs[0].pending == ()
