"""Runs drawn from seeds: workers that die, freeze, lose the network, come and go, over a broker that restarts."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from functools import partial

from cep.connectors.kafka.port import Trouble
from cep.runtime.snapshot_error import SnapshotError
from cep.testing.simulated_kafka import Fault, Moment
from tests.simulation.feeds_job import FeedsJob
from tests.simulation.world import World, differences

NAMES = ("a", "b", "c")
CALLS = (
    "producer.commit",
    "producer.send_offsets",
    "producer.produce",
    "producer.flush",
    "producer.begin",
    "producer.abort",
    "producer.init_transactions",
    "consumer.poll",
    "consumer.committed",
    "consumer.limits",
    "consumer.start",
    "consumer.stop",
    "consumer.group",
)
"""Calls that a fault may befall."""


@dataclass
class Outcome:
    """What came of one seed: what befell it, and what was wrong in the end."""

    deaths: int = 0
    events: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def drawn_run(seed: int, kind: type[FeedsJob] = FeedsJob) -> Outcome:
    """One job with up to three workers, disturbed while its inputs grow, and then left alone."""
    chance = random.Random(seed)
    job = kind.drawn(
        seed,
        chance.randrange(20, 80),
        chance.choice(["exactly_once", "at_least_once"]),
        chance.choice([1_000, 100_000, 700_000]),
    )
    world = World(job, job.cluster(seed))
    outcome = Outcome()
    try:
        disturbed(world, chance, outcome.events)
    except (AssertionError, SnapshotError) as error:
        outcome.wrong = [str(error)]
    else:
        outcome.wrong = differences(job, world.found())
    outcome.deaths = world.deaths
    return outcome


def disturbed(world: World, chance: random.Random, events: list[str]) -> None:
    """Let workers run while one thing after the other befalls them, and then to their end."""
    names = NAMES[: chance.randrange(1, 4)]
    written = 0.0
    for _ in range(chance.randrange(10, 60)):
        if chance.random() < 0.3 and written < 1.0:
            until = min(1.0, written + chance.choice([0.1, 0.3, 1.0]))
            world.job.fill(world.cluster, written, until)
            written = until
        if chance.random() < 0.35:
            events.append(disturb(world, chance, names))
        world.round(chance.choice(names))
    world.job.fill(world.cluster, written, 1.0)
    calm(world)
    world.run(*names)


def disturb(world: World, chance: random.Random, names: tuple[str, ...]) -> str:
    """Something befalls a worker, its network, or the broker."""
    name = chance.choice(names)
    living = world.living.get(name)
    kinds = 9 if world.job.topology.groups else 10
    match chance.randrange(kinds):
        case 0 | 1 | 2:
            call = chance.choice(CALLS)
            fault = chance.choice(
                [
                    Fault(Moment.BEFORE),
                    Fault(Moment.AFTER),
                    Fault(Moment.BEFORE, Trouble.RETRIABLE),
                    Fault(Moment.AFTER, Trouble.RETRIABLE),
                    Fault(Moment.BEFORE, Trouble.ABORTABLE),
                    Fault(Moment.BEFORE, Trouble.FENCED),
                ]
            )
            world.cluster.faults.next(call, fault)
            return f"{fault} at {call}"
        case 3 if living is not None:
            world.died(name, living.process)
            return f"{name} is killed"
        case 4 if living is not None:
            world.freeze(name, chance.choice([1.0, 12.0, 50.0]))
            return f"{name} is frozen"
        case 5 if living is not None:
            world.cut(name, chance.choice([1.0, 12.0, 50.0]))
            return f"{name} is cut off"
        case 6:
            world.cluster.restart(chance.choice([0.5, 5.0, 40.0]))
            return "the broker restarts"
        case 7 if living is not None and chance.random() < 0.5:
            world.leave(name)
            return f"{name} leaves"
        case 9 if living is not None and not living.process.is_frozen:
            # what is taken is what there was: nothing may come of it
            world.attempt(name, partial(living.worker.change, living.worker.plan))
            return f"{name} takes its rules anew"
        case 8:
            for shard in world.job.topology.numbers[:: world.job.topology.shards]:
                world.cluster.compact(world.job.topology.changelog_of(shard)[0], chance.randrange(3))
            return "the changelog is compacted"
    world.cluster.clock.advance(chance.choice([0.05, 1.0, 15.0]))
    return "time passes"


def calm(world: World) -> None:
    """Everything is left alone from now on."""
    world.cluster.faults.clear()
    world.cluster.clock.advance(60.0)
