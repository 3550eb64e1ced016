"""Drawn runs of a job that does not wait for silent partitions.

What silence brings about depends on when it was noticed, so that one pass over the records does not tell what has to
come of it. Whatever it is, it has to be told once and to stay so.
"""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

import pytest

from cep.connectors.kafka.plan import WorkerPlan
from cep.language.load import load_text
from cep.runtime.source import Source
from cep.runtime.watermark import Progress
from cep.runtime.wiring import Wiring, wire
from tests.simulation.feeds_job import RULES, TOPICS, FeedsJob
from tests.simulation.seeds import disturbed
from tests.simulation.world import World


@cache
def wiring() -> Wiring:
    """The rules over topics that are not waited for after a second."""
    text = RULES.replace("lateness 3s", "lateness 3s idle 1s").replace("lateness 2s", "lateness 2s idle 1s")
    return wire(load_text(text), [Source(topic, (event,), None) for topic, event in TOPICS.items()])


@dataclass
class HastyJob(FeedsJob):
    """The job by those rules."""

    def plan(self, instance: str) -> WorkerPlan:
        """By these."""
        return replace(super().plan(instance), wiring=wiring())


def drawn(seed: int) -> tuple[HastyJob, World]:
    """One job, disturbed while its inputs grow, and then left alone until time has gone on without them."""
    chance = random.Random(seed)
    guarantee = chance.choice(["exactly_once", "at_least_once"])
    job = HastyJob(FeedsJob.drawn(seed, chance.randrange(20, 80)).inputs, "exactly_once")
    job.guarantee = "exactly_once" if guarantee == "exactly_once" else "at_least_once"
    world = World(job, job.cluster(seed))
    disturbed(world, chance, [])
    # what is slow runs out first; then somebody looks often enough to see that nothing comes
    for pause in (*[15.0] * 20, *[0.5] * 10):
        for name in list(world.living):
            world.round(name)
        world.cluster.clock.advance(pause)
    return job, world


def wrong(job: HastyJob, world: World) -> list[str]:
    """What must not be, whenever the silence was noticed."""
    found, expected = world.found(), job.expected()
    told = []
    if set(found["dead_letters"]) != set(expected["dead_letters"]):
        told.append("dead letters are others")
    if job.guarantee == "exactly_once":
        told += [f"doubled in {kind}" for kind in found if any(count > 1 for count in found[kind].values())]
    for kind in ("alerts", "shadow"):
        versions: dict[tuple[str, int], set[bytes]] = defaultdict(set)
        for line in found[kind]:
            alert = json.loads(line)
            versions[alert["alert_id"], alert["revision"]].add(line)
        told += [f"another alert of the same id in {kind}" for lines in versions.values() if len(lines) > 1]
    if not all(run.shard.held() == 0 for living in world.living.values() for run in living.worker.runs.values()):
        told.append("events still wait")
    return told


def judged(seeds: Iterable[int]) -> Counter[str]:
    """What was wrong, by seed; that silence had a say in most of them."""
    found: Counter[str] = Counter()
    silent = total = 0
    for seed in seeds:
        job, world = drawn(seed)
        found.update(f"{seed}: {what}" for what in wrong(job, world))
        runs = [run for living in world.living.values() for run in living.worker.runs.values()]
        silent += any(of.progress is Progress.IDLE for run in runs for of in run.shard.partitions.values())
        total += 1
    assert silent > 0.8 * total
    return found


def test_what_silence_brings_about_is_told_once() -> None:
    assert judged(range(40)) == Counter()


@pytest.mark.long
def test_what_silence_brings_about_is_told_once_in_more_of_them() -> None:
    assert judged(range(40, 240)) == Counter()
