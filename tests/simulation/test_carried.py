"""Rules with another key than the records, over workers that die anywhere: what one pass over the records gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from cep.connectors.job.model import Guarantee
from cep.connectors.kafka.port import Headers, Position, Trouble
from cep.connectors.kafka.repartition import sweeping
from cep.connectors.kafka.repartition.home_run import HomeRun
from cep.connectors.kafka.transactions import Transactions
from cep.runtime.carried import Section
from cep.runtime.outlet import Outlet
from cep.runtime.partition import Partition
from cep.testing.simulated_kafka import DEATHS, TIME_OUTS, Fault, Moment, every_fault
from tests.simulation.carried_job import CarriedJob, division
from tests.simulation.seeds import drawn_run
from tests.simulation.world import World, differences

SEEDS, PORTION = 150, 50


def test_the_rules_are_divided_by_their_keys() -> None:
    found = division()
    assert [name for lane in found.direct.lanes for name in lane.rules] == ["by_card", "dear"]
    assert {group.rules for group in found.groups} == {
        ("calm_shop", "busy_shop"),
        ("visited",),
        ("passed_on",),
        ("rush",),
    }


@pytest.mark.parametrize("names", ["a", "abc"])
@pytest.mark.parametrize("guarantee", ["exactly_once", "at_least_once"])
def test_an_undisturbed_run_gives_what_one_pass_gives(guarantee: Guarantee, names: str) -> None:
    job = CarriedJob.drawn(2, 60, guarantee)
    expected = job.expected()
    assert min(map(len, expected.values())) > 0
    world = World(job, job.cluster(1))
    job.fill(world.cluster)
    world.run(*names)
    assert differences(job, world.found()) == []
    assert world.deaths == 0


FAULTS = (*DEATHS, *TIME_OUTS, *(Fault(Moment.BEFORE, of) for of in (Trouble.ABORTABLE, Trouble.FENCED)))


def faulty(guarantee: Guarantee, count: int, step: int) -> list[str]:
    """What is wrong where one worker is broken off at one of its calls, each `step`th fault."""
    job = CarriedJob.drawn(2, count, guarantee, commit=150_000)
    world = World(job, job.cluster(1))
    job.fill(world.cluster)
    world.run("a")
    wrong = []
    for point, fault in list(every_fault(world.cluster.faults.points, FAULTS))[::step]:
        world = World(job, job.cluster(1))
        world.cluster.faults.at(point.number, fault)
        job.fill(world.cluster)
        world.run("a")
        wrong += [f"{fault} at {point}: {what}" for what in differences(job, world.found())]
    return wrong


def test_a_fault_at_many_points(swept_often: None) -> None:
    assert faulty("exactly_once", 12, 9) == []


@pytest.mark.long
@pytest.mark.parametrize("guarantee", ["exactly_once", "at_least_once"])
def test_a_fault_at_every_point(guarantee: Guarantee, swept_often: None) -> None:
    assert faulty(guarantee, 12, 1) == []


@pytest.fixture
def swept_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is needed no more is deleted every second."""
    monkeypatch.setattr(sweeping, "EVERY", 1.0)


@pytest.mark.parametrize("first", range(0, SEEDS, PORTION))
def test_nothing_is_lost_or_made_up(first: int, swept_often: None) -> None:
    outcomes = {seed: drawn_run(seed, CarriedJob) for seed in range(first, first + PORTION)}
    assert {seed: outcome.wrong for seed, outcome in outcomes.items() if outcome.wrong} == {}
    assert sum(outcome.deaths for outcome in outcomes.values()) > PORTION


@pytest.mark.long
def test_nothing_is_lost_or_made_up_in_more_of_them(swept_often: None) -> None:
    seeds = range(20_000, 20_800)
    assert {seed: found.wrong for seed in seeds if (found := drawn_run(seed, CarriedJob)).wrong} == {}


def carried_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is carried is written at once, whatever comes of the transaction."""
    write = Transactions.write

    def at_once(
        self: Transactions,
        topic: str,
        value: bytes | None,
        key: bytes | None = None,
        partition: int | None = None,
        headers: Headers = (),
    ) -> None:
        if "-repartition-" in topic and "changelog" not in topic:
            self._producer.cluster.write(topic, value, partition=partition)  # type: ignore[attr-defined]
        else:
            write(self, topic, value, key, partition, headers)

    monkeypatch.setattr(Transactions, "write", at_once)


def time_not_carried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A home hears of events, and not how far the partitions have come from which they are."""
    take = Outlet.take

    def without(self: Outlet, partitions: Iterable[Partition]) -> list[list[Section]]:
        found = take(self, partitions)
        for section in (section for sections in found for section in sections):
            section.clocks = {}
        return found

    monkeypatch.setattr(Outlet, "take", without)


def held_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """A home goes on behind the last parcel, whatever still waits for its place in the order."""
    monkeypatch.setattr(HomeRun, "_needed", lambda self: self._next)


def swept_too_far(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has been read is deleted, whether it was committed or not."""
    monkeypatch.setattr(HomeRun, "needless", property(lambda self: [Position(*self.place, self._next)]))


@pytest.mark.parametrize("fault", [carried_outside, time_not_carried, held_forgotten, swept_too_far])
def test_a_planted_fault_is_found(
    fault: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch, swept_often: None
) -> None:
    fault(monkeypatch)
    try:
        assert any(drawn_run(seed, CarriedJob).wrong for seed in range(60))
    except AssertionError as error:
        # a run that never ends is found as well
        assert "not done" in str(error)


def test_what_was_read_is_deleted(swept_often: None) -> None:
    job = CarriedJob.drawn(2, 60)
    world = World(job, job.cluster(1))
    job.fill(world.cluster)
    world.run("a")
    for _ in range(5):
        world.round("a")
        world.cluster.clock.advance(1.0)
    places = [(group.topic, number) for group in job.topology.groups for number in range(job.topology.shards)]
    logs = [world.cluster.log(place) for place in places]
    assert all(log is not None and log.start > 0 for log in logs)
    world.died("a", world.living["a"].process)
    world.run("b")
    assert differences(job, world.found()) == []
