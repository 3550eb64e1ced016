"""Transactions that are open for longer than the brokers allow, and workers whose name another one has taken."""

from __future__ import annotations

import pytest

from cep.connectors.job.model import Guarantee
from cep.connectors.kafka.port import KafkaFailure, Trouble
from tests.simulation.feeds_job import FeedsJob
from tests.simulation.world import World, differences

LONG = 100.0
"""Seconds that no transaction may be open."""


def in_a_transaction(guarantee: Guarantee, session: str = "300000") -> tuple[FeedsJob, World]:
    """A worker that has written what is not committed yet."""
    job = FeedsJob.drawn(1, 60, guarantee, commit=1_000_000)
    job.properties |= {"session.timeout.ms": session, "max.poll.interval.ms": "300000"}
    world = World(job, job.cluster(1))
    job.fill(world.cluster)
    for _ in range(200):
        world.round("a")
        if "a" in world.living and world.living["a"].worker._delivery.transactions.is_open:
            # what was written is sent
            world.cluster.clock.advance(0.1)
            return job, world
    raise AssertionError("no transaction was begun")


def test_a_worker_that_slept_longer_than_its_transaction_may_last_goes_on() -> None:
    job, world = in_a_transaction("exactly_once")
    world.freeze("a", LONG)
    world.cluster.clock.advance(LONG + 1)
    world.run("a")
    assert world.deaths == 0
    assert any("the brokers gave it up after 31 s" in said for said in world.said)
    assert differences(job, world.found()) == []


@pytest.mark.parametrize("guarantee", ["exactly_once", "at_least_once"])
def test_brokers_that_are_cut_off_for_longer_than_that_are_waited_for(guarantee: Guarantee) -> None:
    job = FeedsJob.drawn(1, 60, guarantee)
    world = World(job, job.cluster(1))
    job.fill(world.cluster)
    world.rounds("a", 8)
    world.cut("a", LONG)
    world.run("a")
    assert world.deaths == 0
    assert differences(job, world.found()) == []


def test_a_worker_whose_name_was_taken_ends() -> None:
    _, world = in_a_transaction("exactly_once")
    other = world.cluster.process("other").producer({"transactional.id": "feeds-a"})
    other.init_transactions(10)
    with pytest.raises(KafkaFailure) as failed:
        for _ in range(100):
            world.living["a"].worker.round()
            world.cluster.clock.advance(0.1)
    assert failed.value.trouble is Trouble.FENCED


def test_of_two_with_one_name_one_is_left() -> None:
    """The one that slept takes its name back once; the other one knows that its own transaction had time left."""
    job, world = in_a_transaction("exactly_once")
    world.freeze("a", LONG)
    world.cluster.clock.advance(LONG / 2)
    other = world.cluster.process("other").producer({"transactional.id": "feeds-a"})
    other.init_transactions(10)
    world.cluster.clock.advance(LONG)
    world.run("a")
    assert world.deaths == 0
    with pytest.raises(KafkaFailure) as failed:
        other.begin()
        other.produce("out.alerts", b"", partition=0)
        other.commit(10)
    assert failed.value.trouble is Trouble.FENCED
    assert differences(job, world.found()) == []
