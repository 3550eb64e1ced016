"""Silence where records are read, and what it brings about at the homes of keys."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

from cep.connectors.kafka.plan import WorkerPlan
from cep.connectors.kafka.repartition.division import Division, divided
from cep.connectors.kafka.topology import Topology
from cep.language.load import load_text
from cep.runtime.source import Source
from cep.runtime.wiring import wire
from tests.simulation.carried_job import RULES, CarriedJob
from tests.simulation.feeds_job import SHARDS, TOPICS
from tests.simulation.world import World


@cache
def division() -> Division:
    """The rules over topics that are not waited for when they are silent."""
    text = RULES.replace("lateness 3s", "lateness 3s idle 5s").replace("lateness 2s", "lateness 2s idle 5s")
    wiring = wire(load_text(text), [Source(topic, (event,), None) for topic, event in TOPICS.items()])
    return divided(CarriedJob({}).job, wiring, dict.fromkeys(TOPICS, SHARDS), "feeds", 1_000_000)


class IdleJob(CarriedJob):
    """The job over such topics."""

    @property
    def topology(self) -> Topology:
        """With its own groups of rules."""
        return replace(super().topology, groups=division().groups)

    def plan(self, instance: str) -> WorkerPlan:
        """With its own rules."""
        return replace(super().plan(instance), wiring=division().direct)


def order(world: World, shop: str, second: int, total: int = 90, partition: int = 0) -> None:
    """Write an order whose time is so many seconds from now."""
    at = world.cluster.clock.wall() // 1000 + second * 1000
    raw = json.dumps({"card": "c0", "shop": shop, "total": total, "at": at}).encode()
    world.cluster.write("orders", raw, partition=partition)


def found(world: World, kind: str, rule: str) -> list[dict[str, object]]:
    """What a rule has told."""
    lines = [json.loads(line) for line in world.found()[kind]]
    return [line for line in lines if rule in (line.get("rule"), *line.get("rules", ()))]


def let_pass(world: World, seconds: int) -> None:
    """Let the workers go on, second by second."""
    for _ in range(seconds):
        for name in ("a", "b"):
            world.round(name)
        world.cluster.clock.advance(1.0)


def test_an_absence_at_a_home_is_told_though_all_partitions_are_silent() -> None:
    for guarantee in ("exactly_once", "at_least_once"):
        job = IdleJob({}, guarantee)
        world = World(job, job.cluster(1))
        order(world, "c1", 0)
        order(world, "c2", 0)
        let_pass(world, 60)
        assert sorted(line["key"]["shop"] for line in found(world, "alerts", "calm_shop")) == ["c1", "c2"]


def test_a_death_while_all_is_silent_takes_nothing_with_it() -> None:
    job = IdleJob({})
    world = World(job, job.cluster(1))
    order(world, "c1", 0)
    let_pass(world, 20)
    for name in ("a", "b"):
        world.died(name, world.living[name].process)
    let_pass(world, 80)
    assert len(found(world, "alerts", "calm_shop")) == 1


def test_what_a_partition_says_too_late_is_told_by_the_home_as_well() -> None:
    job = IdleJob({})
    world = World(job, job.cluster(1))
    order(world, "c1", 0)
    let_pass(world, 60)
    order(world, "c1", -55, partition=1)
    let_pass(world, 20)
    late = found(world, "late", "calm_shop")
    assert [line["rules"] for line in late] == [["calm_shop", "busy_shop"]]


def test_nothing_is_carried_where_nothing_comes() -> None:
    job = CarriedJob({})
    world = World(job, job.cluster(1))
    order(world, "c1", 0)
    let_pass(world, 20)
    topics = [group.topic for group in job.topology.groups]
    written = sum(len(world.cluster.records(topic)) for topic in topics)
    let_pass(world, 30)
    assert sum(len(world.cluster.records(topic)) for topic in topics) == written
