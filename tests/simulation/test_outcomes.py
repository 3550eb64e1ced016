"""What becomes of records and topics that are not as they should be: rows of a table in docs/guarantees.md."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace

import pytest

from cep.connectors.errors import ConnectorFailure
from cep.connectors.job.model import Guarantee
from cep.connectors.kafka import growth
from cep.connectors.kafka.plan import WorkerPlan
from cep.connectors.kafka.port import Trouble
from cep.language.load import load_text
from cep.runtime.source import Source
from cep.runtime.wiring import wire
from cep.testing.simulated_kafka import Fault, Moment
from tests.simulation.feeds_job import RULES, SHARDS, START, TOPICS, FeedsJob
from tests.simulation.world import World, differences

GUARANTEES = pytest.mark.parametrize("guarantee", ["exactly_once", "at_least_once"])


def order(second: int, total: int = 90, card: str = "c0", **more: object) -> bytes:
    """One order, some seconds after the start."""
    return json.dumps({"card": card, "total": total, "at": (START + second) * 1000, **more}).encode()


def login(second: int, card: str = "c0") -> bytes:
    """One login."""
    return json.dumps({"card": card, "at": (START + second) * 1000}).encode()


def run(job: FeedsJob) -> World:
    """A job over its records, to its end."""
    world = World(job, job.cluster(1))
    job.fill(world.cluster)
    world.run("a")
    return world


def job_of(orders: list[bytes | None], logins: list[bytes | None]) -> FeedsJob:
    """A job with all its records in the first partitions."""
    inputs: dict[tuple[str, int], list[bytes | None]] = {(topic, n): [] for topic in TOPICS for n in range(SHARDS)}
    inputs["orders", 0], inputs["logins", 0] = orders, logins
    return FeedsJob(inputs)


@pytest.mark.parametrize(
    "poison", [b"broken", b"", b"\xff\xfe", b"[1]", b'{"card": 7, "total": 1, "at": 1}', b"{" * 5_000]
)
def test_a_record_that_is_no_event_is_a_dead_letter_and_the_run_goes_on(poison: bytes) -> None:
    job = job_of([order(0), poison, order(60)], [login(60)])
    world = run(job)
    found = world.found()
    assert differences(job, found) == []
    (dead,) = (json.loads(line) for line in found["dead_letters"])
    assert dead["place"] == "orders/0/1"
    assert any(json.loads(line)["rule"] == "no_login" for line in found["alerts"])
    assert world.deaths == 0


def test_a_tombstone_is_passed_over() -> None:
    found = run(job_of([order(0), None, order(60)], [login(60), None])).found()
    assert found["dead_letters"] == Counter()
    assert len(found["alerts"]) > 0


def test_record_keys_and_their_absence_make_no_difference() -> None:
    job = FeedsJob.drawn(4, 60)
    with_keys = World(job, job.cluster(1))
    for (topic, number), raws in job.inputs.items():
        for raw in raws:
            with_keys.cluster.write(topic, raw, key=b"some key", partition=number)
    with_keys.run("a")
    assert run(job).found() == with_keys.found()


def test_a_record_written_twice_is_two_events() -> None:
    once, twice = (run(job_of([order(0)] * times + [order(60)], [login(60)])).found() for times in (1, 2))
    told = [json.loads(line) for line in twice["alerts"] if json.loads(line)["rule"] == "no_login"]
    assert len(told) == 2 * sum(json.loads(line)["rule"] == "no_login" for line in once["alerts"])
    # each has an id of its own: a consumer cannot tell them from two purchases
    assert len({alert["alert_id"] for alert in told}) == 2


def test_a_time_far_ahead_is_a_dead_letter_where_max_future_says_so() -> None:
    @dataclass
    class Guarded(FeedsJob):
        def plan(self, instance: str) -> WorkerPlan:
            sources = [Source(topic, (event,), None, max_future=3_600_000_000) for topic, event in TOPICS.items()]
            return replace(super().plan(instance), wiring=wire(load_text(RULES), sources))

    job = Guarded(job_of([order(0), order(10 * 86_400), order(60)], [login(60)]).inputs)
    world = World(job, job.cluster(1))
    stamp = (START + 60) * 1_000_000
    for (topic, number), raws in job.inputs.items():
        for raw in raws:
            world.cluster.write(topic, raw, partition=number, stamp=stamp)
    world.run("a")
    found = world.found()
    assert [json.loads(line)["place"] for line in found["dead_letters"]] == ["orders/0/1"]
    # the records behind it are not late
    assert found["late"] == Counter()


def test_without_max_future_a_time_far_ahead_makes_what_follows_late() -> None:
    found = run(job_of([order(0), order(10 * 86_400), order(60)], [login(60)])).found()
    assert [json.loads(line)["source"] for line in found["late"]] == ["orders/0/2"]


@pytest.mark.parametrize("jump", [-7 * 86_400, 7 * 86_400])
def test_a_clock_of_the_machine_that_jumps_changes_no_alert(jump: int) -> None:
    job = FeedsJob.drawn(5, 60)
    world = World(job, job.cluster(1))
    job.fill(world.cluster, 0.0, 0.5)
    world.rounds("a", 20)
    wall = world.cluster.clock.wall
    world.cluster.clock.wall = lambda: wall() + jump * 1_000_000  # type: ignore[method-assign]
    job.fill(world.cluster, 0.5, 1.0)
    world.run("a")
    assert differences(job, world.found()) == []


@GUARANTEES
@pytest.mark.parametrize("call", ["producer.produce", "producer.flush", "producer.commit"])
def test_outputs_that_are_slow_or_full_are_waited_for(guarantee: Guarantee, call: str) -> None:
    job = FeedsJob.drawn(6, 60, guarantee)
    world = World(job, job.cluster(1))
    world.cluster.faults.next(call, Fault(Moment.BEFORE, Trouble.RETRIABLE), times=30)
    job.fill(world.cluster)
    world.run("a")
    assert differences(job, world.found()) == []
    assert world.deaths == 0


def test_a_topic_that_has_more_partitions_now_ends_the_run_as_soon_as_they_are_given_to_it() -> None:
    job = FeedsJob.drawn(7, 60)
    world = World(job, job.cluster(1))
    job.fill(world.cluster, 0.0, 0.5)
    world.rounds("a", 20)
    for topic in TOPICS:
        world.cluster.grow(topic, SHARDS + 1)
    with pytest.raises(ConnectorFailure) as raised:
        # the group looks at the topics anew when somebody joins
        for _ in range(100):
            for name in ("a", "b"):
                world.round(name)
            world.cluster.clock.advance(0.3)
    assert raised.value.code == "C0316"
    assert f"partition {SHARDS} now" in raised.value.message


def test_a_topic_that_does_not_lead_is_looked_at_now_and_then() -> None:
    job = FeedsJob.drawn(7, 60)
    world = World(job, job.cluster(1))
    job.fill(world.cluster, 0.0, 0.5)
    world.rounds("a", 20)
    world.cluster.grow("logins", SHARDS + 1)
    since = world.cluster.clock.elapsed()
    with pytest.raises(ConnectorFailure) as raised:
        for _ in range(100):
            world.round("a")
            world.cluster.clock.advance(1.0)
    assert raised.value.code == "C0316"
    assert f"`logins` has a partition {SHARDS} now" in raised.value.message
    assert world.cluster.clock.elapsed() - since <= growth.EVERY + 2


def test_an_input_that_may_not_be_read_any_more_ends_the_run_and_the_next_start_goes_on() -> None:
    job = FeedsJob.drawn(8, 60)
    world = World(job, job.cluster(1))
    job.fill(world.cluster, 0.0, 0.5)
    world.rounds("a", 20)
    world.cluster.deny("orders")
    job.fill(world.cluster, 0.5, 1.0)
    world.rounds("a", 5)
    assert world.deaths > 0
    assert any("access to `orders` is refused" in said for said in world.said)
    world.cluster.grant("orders")
    world.run("a")
    assert differences(job, world.found()) == []


@GUARANTEES
def test_a_broker_that_is_away_is_waited_for(guarantee: Guarantee) -> None:
    job = FeedsJob.drawn(9, 60, guarantee)
    world = World(job, job.cluster(1))
    job.fill(world.cluster, 0.0, 0.5)
    world.rounds("a", 10)
    world.cluster.restart(120.0)
    world.rounds("a", 40, 5.0)
    job.fill(world.cluster, 0.5, 1.0)
    world.run("a")
    assert differences(job, world.found()) == []
    assert world.deaths == 0
