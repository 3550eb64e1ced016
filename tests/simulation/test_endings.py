"""Workers that end by an error: what becomes of their share."""

from __future__ import annotations

import pytest

from cep.connectors.kafka.port import Trouble
from cep.testing.simulated_kafka import Fault, Moment
from tests.simulation.feeds_job import FeedsJob
from tests.simulation.world import World, differences


@pytest.mark.parametrize(
    ("call", "trouble", "seconds"),
    [
        # the producer is dead: its transaction is open until its time is over
        ("producer.commit", Trouble.FATAL, 60),
        ("producer.send_offsets", Trouble.FENCED, 60),
        ("consumer.poll", Trouble.FATAL, 10),
    ],
)
def test_a_worker_that_fails_leaves_its_share_to_the_others(call: str, trouble: Trouble, seconds: int) -> None:
    job = FeedsJob.drawn(1, 80)
    job.properties["session.timeout.ms"] = "200000"
    world = World(job, job.cluster(1))
    for _ in range(30):
        world.round("a")
        world.round("b")
        world.cluster.clock.advance(0.3)
    assert {len(living.worker.runs) for living in world.living.values()} == {1}
    job.fill(world.cluster)
    world.cluster.faults.next(call, Fault(Moment.BEFORE, trouble), process="b")
    while "b" in world.living:
        world.round("b")
        world.round("a")
        world.cluster.clock.advance(0.1)
    failed = world.cluster.clock.elapsed()
    world.run("a")
    assert world.cluster.clock.elapsed() - failed < seconds
    # what stands behind a transaction that is open cannot be read before it is over
    world.cluster.clock.advance(60)
    assert differences(job, world.found()) == []
