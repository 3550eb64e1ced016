"""Workers that take other rules while they run."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import ClassVar

import pytest

from cep.connectors.job.model import Guarantee
from cep.connectors.kafka.plan import WorkerPlan
from cep.connectors.kafka.repartition.division import Division, divided
from cep.language.load import load_text
from cep.plan.edits.verdict import Verdict
from cep.runtime.snapshot_error import SnapshotError
from cep.runtime.source import Source
from cep.runtime.wiring import Wiring, wire
from cep.testing.simulated_kafka import DEATHS, TIME_OUTS, Fault
from tests.simulation.carried_job import RULES as CARRIED
from tests.simulation.carried_job import CarriedJob
from tests.simulation.feeds_job import RULES, SHARDS, TOPICS, FeedsJob
from tests.simulation.world import World

EDITED = RULES.replace("where total > 60", "where total > 20").replace(
    "count() >= 3 within 30s", "count() >= 3 within 25s"
)
KEYED = RULES.replace("mode shadow  match by card", "mode shadow  match by total")


@cache
def wired(text: str) -> Wiring:
    """Rules over the topics."""
    return wire(load_text(text), [Source(topic, (event,), None) for topic, event in TOPICS.items()])


@dataclass
class EditedJob(FeedsJob):
    """The job with the rules that lie on disk just now."""

    edited: ClassVar[str] = EDITED
    more: ClassVar[int] = 0
    """Rounds until all is committed that was read: else what comes of it may be told by either rules."""
    text: str = RULES

    def plan(self, instance: str) -> WorkerPlan:
        """By these."""
        return replace(super().plan(instance), wiring=wired(self.text))


@cache
def divided_as(text: str) -> Division:
    """Rules over topics whose records have another key than some of them."""
    return divided(CarriedJob({}).job, wired(text), dict.fromkeys(TOPICS, SHARDS), "feeds", 1_000_000)


@dataclass
class EditedCarriedJob(EditedJob, CarriedJob):
    """The job whose events go to the homes of their keys, with the rules that lie on disk just now."""

    edited: ClassVar[str] = (
        CARRIED.replace("where total > 60", "where total > 20").replace("where total > 40", "where total > 30")
        + "rule dearer { match by shop within 300s  a: Order where total > 5  then b: Order where total > a.total }\n"
    )
    more: ClassVar[int] = 25
    text: str = CARRIED

    def plan(self, instance: str) -> WorkerPlan:
        """By these."""
        found = divided_as(self.text)
        groups = {group.topic: group for group in found.groups}
        order = [group.topic for group in divided_as(CARRIED).groups]
        topology = replace(self.topology, groups=tuple(groups[topic] for topic in order))
        return replace(CarriedJob.plan(self, instance), wiring=found.direct, topology=topology)


def halfway(
    guarantee: Guarantee = "exactly_once", count: int = 80, kind: type[EditedJob] = EditedJob
) -> tuple[EditedJob, World]:
    """A worker that has read one half of the records."""
    job = kind(kind.drawn(5, count).inputs, guarantee, commit=150_000)
    world = World(job, job.cluster(1))
    job.fill(world.cluster, 0.0, 0.5)
    for _ in range(count // 3):
        world.round("a")
    for _ in range(job.more):
        world.round("a")
        world.cluster.clock.advance(0.1)
    return job, world


def edit(job: EditedJob, world: World) -> None:
    """Other rules, taken once the worker can."""
    job.text = job.edited
    taken: list[object] = []

    def change() -> None:
        taken.append(world.living["a"].worker.change(job.plan("a")))

    for _ in range(200):
        if "a" in world.living:
            taken.clear()
            world.attempt("a", change)
            if taken and taken[0] is not None:
                return
        if "a" not in world.living and job.text == job.edited:
            # a worker that starts anew begins with them
            return
        world.round("a")
    raise AssertionError("the rules were not taken")


def finished(job: EditedJob, world: World) -> dict[str, Counter[bytes]]:
    """What comes of the rest."""
    job.fill(world.cluster, 0.5, 1.0)
    world.run("a")
    world.cluster.clock.advance(60)
    return world.found()


def test_a_change_is_taken_between_two_commits_and_told_for_each_shard() -> None:
    job, world = halfway()
    before = world.cluster.records("feeds-changelog")
    job.text = EDITED
    reports = world.living["a"].worker.change(job.plan("a"))
    assert reports is not None
    told = {of.rule: of.verdict for report in reports for of in report.changes}
    assert len(reports) == 2
    assert told.keys() == {"no_login", "busy"}
    assert told["busy"] is Verdict.RECOMPUTE
    assert len(world.cluster.records("feeds-changelog")) > len(before)
    assert not any(run.touched for run in world.living["a"].worker.runs.values())
    found = finished(job, world)
    assert found["alerts"] != job.expected()["alerts"]


def broken_off(
    guarantee: Guarantee, faults: Sequence[Fault], count: int, kind: type[EditedJob] = EditedJob
) -> list[str]:
    """What is otherwise where a fault befalls a call of the change."""
    job, world = halfway(guarantee, count, kind)
    first = len(world.cluster.faults.points)
    edit(job, world)
    last = len(world.cluster.faults.points)
    expected = finished(job, world)
    assert last - first >= 8
    wrong = []
    for number, fault in itertools.product(range(first, last), faults):
        job, world = halfway(guarantee, count, kind)
        world.cluster.faults.at(number, fault)
        edit(job, world)
        found = finished(job, world)
        if any(set(lines) != set(expected[kind]) for kind, lines in found.items()):
            wrong.append(f"{fault} at {number}")
        if guarantee == "exactly_once" and found != expected:
            wrong.append(f"doubled by {fault} at {number}")
    return wrong


def test_a_change_broken_off_anywhere_is_taken_at_the_same_place() -> None:
    assert broken_off("exactly_once", DEATHS, 30) == []


@pytest.mark.long
@pytest.mark.parametrize("kind", [EditedJob, EditedCarriedJob])
@pytest.mark.parametrize("guarantee", ["exactly_once", "at_least_once"])
def test_a_change_broken_off_anywhere_in_a_larger_job(guarantee: Guarantee, kind: type[EditedJob]) -> None:
    assert broken_off(guarantee, (*DEATHS, *TIME_OUTS), 80 if kind is EditedJob else 30, kind) == []


def test_homes_of_keys_take_a_change_as_over_a_restart() -> None:
    found = []
    for live in (True, False):
        job, world = halfway(kind=EditedCarriedJob)
        if live:
            edit(job, world)
        else:
            world.leave("a")
            job.text = job.edited
        found.append(finished(job, world))
    assert found[0] == found[1]
    assert any(b'"dearer"' in line for line in found[0]["alerts"])


def test_what_needs_a_reset_changes_nothing() -> None:
    job, world = halfway()
    worker = world.living["a"].worker
    before = worker.plan, {number: run.shard for number, run in worker.runs.items()}
    job.text = KEYED
    with pytest.raises(SnapshotError):
        worker.change(job.plan("a"))
    assert (worker.plan, {number: run.shard for number, run in worker.runs.items()}) == before
    job.text = RULES
    job.fill(world.cluster, 0.5, 1.0)
    world.run("a")
    assert world.found() == job.expected()


def test_no_change_while_state_is_read() -> None:
    job, world = halfway()
    world.died("a", world.living["a"].process)
    while "a" not in world.living or not world.living["a"].worker.restoring():
        world.round("a")
    worker = world.living["a"].worker
    before, job.text = worker.plan, EDITED
    assert worker.change(job.plan("a")) is None
    assert worker.plan is before
    edit(job, world)
    assert worker.plan.wiring is wired(EDITED)
