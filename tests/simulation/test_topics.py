"""What befalls topics while a worker runs."""

from __future__ import annotations

import json

from cep.connectors.kafka.port import Fetched, Polled, Position
from tests.simulation.feeds_job import SHARDS, START, FeedsJob
from tests.simulation.world import World


def order(card: str, second: int) -> bytes:
    """One order."""
    return json.dumps({"card": card, "total": 90, "at": (START + second) * 1000}).encode()


def test_an_end_behind_which_more_came_in_the_same_poll_is_no_trouble() -> None:
    job = FeedsJob.drawn(1, 0)
    world = World(job, job.cluster(1))
    world.start("a")
    while len(world.living["a"].worker.runs) < SHARDS:
        world.round("a")
    orders = [order(f"c{number}", 500) for number in range(3)]
    came = Fetched("orders", 0, [0, 1, 2], [None] * 3, list(orders), [0] * 3)
    world.living["a"].worker._take(Polled([came], [Position("orders", 0, 2)]))
    assert world.living["a"].worker.runs[0].shard.partitions["orders", 0].next_offset == 3
    assert not any("made anew" in said for said in world.said)


def test_a_topic_that_was_made_anew_is_told() -> None:
    job = FeedsJob.drawn(3, 40)
    world = World(job, job.cluster(3))
    job.fill(world.cluster)
    world.run("a")
    world.cluster.delete("orders")
    world.cluster.create("orders", SHARDS)
    for number in range(SHARDS):
        world.cluster.write("orders", order(f"c{number}", 500), partition=number)
    world.rounds("a", 20, 1.0)
    assert any("was the topic made anew?" in said for said in world.said)


def test_a_broker_that_is_away_is_said_once_in_a_while() -> None:
    job = FeedsJob.drawn(3, 40)
    world = World(job, job.cluster(3))
    job.fill(world.cluster, 0.0, 0.5)
    world.rounds("a", 20)
    before = len(world.said)
    world.cluster.restart(30.0)
    world.rounds("a", 40, 0.5)
    assert 0 < len(world.said) - before < 10
    job.fill(world.cluster, 0.5, 1.0)
    world.run("a")
