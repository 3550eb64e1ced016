"""Rules with another key than the records, over workers that die anywhere: what one pass over the records gives."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import pytest

from cep.connectors.job.model import Guarantee
from cep.connectors.kafka.plan import WorkerPlan
from cep.connectors.kafka.port import Headers, Place, Position, Trouble
from cep.connectors.kafka.repartition import sweeping
from cep.connectors.kafka.repartition.division import Division, divided
from cep.connectors.kafka.repartition.home_run import HomeRun
from cep.connectors.kafka.topology import Topology
from cep.connectors.kafka.transactions import Transactions
from cep.language.load import load_text
from cep.runtime.carried import Section
from cep.runtime.notice import Notice
from cep.runtime.outlet import Outlet
from cep.runtime.partition import Partition
from cep.runtime.snapshot_error import SnapshotError
from cep.runtime.source import Source
from cep.runtime.wiring import wire
from cep.testing.simulated_kafka import DEATHS, TIME_OUTS, Fault, Moment, every_fault
from tests.simulation.carried_job import RULES, CarriedJob, division
from tests.simulation.feeds_job import SHARDS, TOPICS
from tests.simulation.seeds import drawn_run
from tests.simulation.world import World, differences

SEEDS, PORTION = 80, 40


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
    job = CarriedJob.drawn(0, 60, guarantee)
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
    assert faulty("exactly_once", 12, 31) == []


@pytest.mark.long
@pytest.mark.parametrize("guarantee", ["exactly_once", "at_least_once"])
def test_a_fault_at_more_points(guarantee: Guarantee, swept_often: None) -> None:
    assert faulty(guarantee, 12, 7) == []


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
    seeds = range(20_000, 20_150)
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

    def without(
        self: Outlet, partitions: Iterable[Partition], has_ended: Callable[[Place], bool]
    ) -> list[list[Section]]:
        found = take(self, partitions, has_ended)
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
    world.rounds("a", 5, 1.0)
    places = [(group.topic, number) for group in job.topology.groups for number in range(job.topology.shards)]
    logs = [world.cluster.log(place) for place in places]
    assert all(log is not None and log.start > 0 for log in logs)
    world.died("a", world.living["a"].process)
    world.run("b")
    assert differences(job, world.found()) == []


@dataclass
class EditedJob(CarriedJob):
    """The job with other rules, as after an edit of their file."""

    text: str = RULES

    def plan(self, instance: str) -> WorkerPlan:
        """With the rules as they are now."""
        return replace(super().plan(instance), wiring=divided_as(self.text).direct)

    @property
    def topology(self) -> Topology:
        """With their groups."""
        return replace(super().topology, groups=divided_as(self.text).groups)


def divided_as(text: str) -> Division:
    """Rules over the job's topics."""
    wiring = wire(load_text(text), [Source(topic, (event,), None) for topic, event in TOPICS.items()])
    return divided(CarriedJob({}).job, wiring, dict.fromkeys(TOPICS, SHARDS), "feeds", 1_000_000)


MORE = "rule twice_there { match by shop within 60s  a: Order where total > 80  then b: Order where total > 80 }\n"


def test_rules_come_and_go_between_two_runs() -> None:
    job = EditedJob.drawn(2, 60)
    assert isinstance(job, EditedJob)
    world = World(job, job.cluster(1))
    job.fill(world.cluster, 0.0, 0.5)
    world.rounds("a", 30, 0.3)
    world.leave("a")
    before = world.found()
    # one more in a group, and one less
    job.text = RULES.replace("rule busy_shop", "rule busy_shop_2") + MORE
    job.fill(world.cluster, 0.5, 1.0)
    world.run("a")
    rules = {json.loads(line)["rule"] for line in world.found()["alerts"]}
    assert "twice_there" in rules
    expected = [line for line in job.expected()["alerts"] if b'"calm_shop"' in line or b'"visited"' in line]
    assert expected and all(world.found()["alerts"][line] == 1 for line in expected)
    assert before["alerts"] and before["alerts"] <= world.found()["alerts"]


def test_a_key_that_was_gone_for_a_while_is_told() -> None:
    job = EditedJob.drawn(2, 60)
    assert isinstance(job, EditedJob)
    world = World(job, job.cluster(1))
    without = "".join(line + "\n" for line in RULES.splitlines() if "rush" not in line)
    for number, job.text in enumerate([RULES, without, RULES]):
        job.fill(world.cluster, number / 3, (number + 1) / 3)
        if number < 2:
            world.rounds("a", 30, 0.3)
            world.leave("a")
    with pytest.raises(SnapshotError) as raised:
        world.run("a")
    assert "feeds-repartition-all-" in raised.value.message and "goes on with" in raised.value.message
    assert "delete the topics `feeds-repartition-all-" in raised.value.fix


def test_what_cannot_be_deleted_is_told_once_and_stays(swept_often: None) -> None:
    job = CarriedJob.drawn(2, 60)
    world = World(job, job.cluster(1))
    job.fill(world.cluster)
    for _ in range(60):
        world.cluster.faults.next("admin.delete_before", Fault(Moment.BEFORE, Trouble.DENIED))
        world.round("a")
        world.cluster.clock.advance(0.3)
    world.cluster.faults.clear()
    world.run("a")
    assert differences(job, world.found()) == []
    told = [said for said in world.said if "cannot be deleted" in said]
    assert len(told) == 1 and isinstance(told[0], Notice) and told[0].code == "C0348"
    assert world.deaths == 0


def test_shards_that_go_are_all_out_before_anything_can_fail() -> None:
    # the consumer fails while five shards are given up at once: those behind the first went on beside their new owner
    assert drawn_run(1_151, CarriedJob).wrong == []
