"""Partitions of very different length over the same days: what waits in memory while they are read."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import pytest

from cep.connectors.kafka.plan import WorkerPlan
from cep.connectors.kafka.worker import Worker
from cep.language.load import load_text
from cep.runtime.source import Source
from cep.runtime.wiring import wire
from tests.simulation.carried_job import CarriedJob
from tests.simulation.feeds_job import RULES, START, TOPICS, FeedsJob
from tests.simulation.world import World, differences

SPAN = 3 * 24 * 3600
"""Seconds that the records of each partition spread over."""
HOUR = 3_600_000_000
FOREVER = 100 * 24 * HOUR
BATCH = 50
ORDERS, LOGINS = 600, 6_000


def backlog(align: int) -> FeedsJob:
    """Ten logins for each order, over three days that nobody has read yet."""
    inputs: dict[tuple[str, int], list[bytes | None]] = {(topic, n): [] for topic in TOPICS for n in range(2)}
    for topic, number in (("orders", ORDERS), ("logins", LOGINS)):
        for at in range(number):
            row = {"card": f"c{at % 5}", "at": (START + SPAN * at // number) * 1000}
            inputs[topic, 0].append(json.dumps(row | ({"total": at % 100} if topic == "orders" else {})).encode())
    return FeedsJob(inputs, align=align)


def check_silence(worker: Worker, since: int) -> None:
    """Whoever is held back counts as heard of just now: its silence, if it is one, begins when it goes on."""
    for place in worker._alignment.held:
        assert worker._quiet._watched[place].heard >= since
        assert not worker._quiet.is_at_end(place)


def most_held(job: FeedsJob, monkeypatch: pytest.MonkeyPatch, between: float = 0.0) -> tuple[World, int]:
    """How many events waited at most while the backlog was read."""
    monkeypatch.setattr("cep.connectors.kafka.worker.BATCH", BATCH)
    world = World(job, job.cluster(1))
    job.fill(world.cluster)
    most = 0
    for _ in range(3_000):
        world.round("a")
        if "a" in world.living and (run := world.living["a"].worker.runs.get(0)) is not None:
            most = max(most, run.shard.held())
            check_silence(world.living["a"].worker, world.cluster.clock.wall() - 500_000)
        if world.is_done:
            return world, most
        world.cluster.clock.advance(between)
    raise AssertionError("not read to the end")


def test_what_waits_is_bounded_while_days_are_caught_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    job = backlog(HOUR)
    world, most = most_held(job, monkeypatch)
    # a batch of each, and what an hour brings: 8 orders, 83 logins
    assert most <= 2 * BATCH + 91
    assert differences(job, world.found()) == []


def test_without_alignment_it_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    _, most = most_held(backlog(FOREVER), monkeypatch)
    assert most > 0.7 * ORDERS


@dataclass
class IdleJob(FeedsJob):
    """The job over topics that are not waited for when they have been silent for 5 s."""

    def plan(self, instance: str) -> WorkerPlan:
        """With the same rules."""
        text = RULES.replace("lateness 3s", "lateness 3s idle 5s").replace("lateness 2s", "lateness 2s idle 5s")
        sources = [Source(topic, (event,), None) for topic, event in TOPICS.items()]
        return replace(super().plan(instance), wiring=wire(load_text(text), sources))


def test_who_is_held_back_is_not_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    job = IdleJob(backlog(HOUR).inputs, align=HOUR)
    world, most = most_held(job, monkeypatch, between=1.0)
    assert most <= 2 * BATCH + 91
    found, expected = world.found(), job.expected()
    assert found["late"] == expected["late"]
    assert expected["alerts"] - found["alerts"] == {}


def carried_backlog(align: int) -> CarriedJob:
    """Ten times as many orders in one partition as in the other, over the same three days."""
    inputs: dict[tuple[str, int], list[bytes | None]] = {(topic, n): [] for topic in TOPICS for n in range(2)}
    for number, count in ((0, ORDERS), (1, LOGINS)):
        for at in range(count):
            row = {"card": f"c{number}", "shop": f"s{at % 5}", "total": at % 100}
            inputs["orders", number].append(json.dumps(row | {"at": (START + SPAN * at // count) * 1000}).encode())
    last = {"card": "z", "shop": "z", "at": (START + SPAN + 1_000) * 1000}
    for number in range(2):
        inputs["orders", number].append(json.dumps(last | {"total": 1}).encode())
        inputs["logins", number].append(json.dumps(last).encode())
    return CarriedJob(inputs, align=align)


def test_a_home_does_not_hold_days_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cep.connectors.kafka.worker.BATCH", BATCH)
    most = {}
    for align in (HOUR, FOREVER):
        job = carried_backlog(align)
        world = World(job, job.cluster(1))
        job.fill(world.cluster)
        most[align] = 0
        while not world.is_done:
            for name in ("a", "b"):
                world.round(name)
            runs = [run for living in world.living.values() for run in living.worker.runs.values()]
            homes = [run.shard for run in runs if "-all-" in run.name]
            most[align] = max(most[align], sum(shard.held() for shard in homes))
            world.cluster.clock.advance(0.1)
        assert differences(job, world.found()) == []
    # a batch of each between two commits, and what an hour brings
    assert most[HOUR] <= 3 * BATCH + 91
    assert most[FOREVER] > 0.7 * ORDERS
