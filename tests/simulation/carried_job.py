"""A job most of whose rules have another key than the records, and what has to come of it."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import ClassVar

from cep.connectors.job.model import Guarantee, Job, TopicSource, Written
from cep.connectors.kafka.plan import WorkerPlan
from cep.connectors.kafka.repartition.division import Division, divided
from cep.connectors.kafka.repartition.topics import SETTINGS
from cep.connectors.kafka.topology import CHANGELOG_SETTINGS, Topology
from cep.engine.values import Values
from cep.language.load import load_text
from cep.runtime.shard import Shard
from cep.runtime.source import Chunk, Source
from cep.runtime.wiring import Wiring, wire
from cep.testing.simulated_kafka import SimulatedKafka
from tests.simulation.feeds_job import SHARDS, SINKS, START, TOPICS, FeedsJob, count

RULES = """\
event Order { card: string  shop: string?  total: int  at: timestamp } time at lateness 3s
event Login { card: string  shop: string?  at: timestamp } time at lateness 2s
rule by_card {
  match by card within 40s
    a: Order
    then more: Order{1,3} where total > a.total
    then last: Login
  emit { card, first: a.total }
}
rule calm_shop {
  match by shop
    o: Order where total > 60
    without Order where total < 30 within 20s
  emit { shop, total: o.total }
  suppress for 10s
}
rule busy_shop { mode shadow  match by shop  many: Order having count() >= 3 within 30s }
rule visited {
  match by shop within 30s
    l: Login
    then o: Order where total > 50
  on timeout emit { shop }
}
rule passed_on {
  match by card within 60s
    first: Order
    then second: Order by shop where total > 40
  emit { card, total: second.total }
}
rule rush { match many: Order having count() >= 6 within 20s }
rule dear { match o: Order where total > 95 }
"""
"""Keyed as the records, by shop three times (once over both topics), by card and shop at once, not at all (twice)."""


@cache
def whole() -> Wiring:
    """The rules over the topics, planned once."""
    return wire(load_text(RULES), [Source(topic, (event,), None) for topic, event in TOPICS.items()])


def job_of(job: Job) -> Job:
    """A job that says what its record keys are made of."""
    assert job.kafka is not None
    sources = tuple(TopicSource(topic, topic, event, key=(Written("card"),)) for topic, event in TOPICS.items())
    return replace(job, kafka=replace(job.kafka, sources=sources))


@cache
def division() -> Division:
    """The rules, divided once."""
    return divided(job_of(FeedsJob({}).job), whole(), dict.fromkeys(TOPICS, SHARDS), "feeds", 1_000_000)


@dataclass
class CarriedJob(FeedsJob):
    """The inputs of the job, with a last event in each partition, behind which everything is decided."""

    rules: ClassVar[str] = RULES

    @classmethod
    def drawn(cls, seed: int, count: int, guarantee: Guarantee = "exactly_once", commit: int = 100_000) -> CarriedJob:
        """A job over inputs drawn from a seed: out of order, some late, some broken, some without a shop."""
        chance = random.Random(seed)
        inputs: dict[tuple[str, int], list[bytes | None]] = {(topic, n): [] for topic in TOPICS for n in range(SHARDS)}
        for n in range(count):
            card = chance.randrange(5)
            topic = "orders" if chance.random() < 0.65 else "logins"
            second = START + 2 * n - chance.randrange(4) - (20 if chance.random() < 0.08 else 0)
            shop = None if chance.random() < 0.1 else f"c{chance.randrange(6)}"
            row = {"card": f"c{card}", "shop": shop, "at": second * 1000}
            if topic == "orders":
                row["total"] = chance.randrange(100)
            raw: bytes | None = json.dumps(row).encode()
            if chance.random() < 0.05:
                raw = chance.choice([b"broken", b"", None])
            inputs[topic, card % SHARDS].append(raw)
        for (topic, number), raws in inputs.items():
            last = {"card": f"z{number}", "shop": "z", "total": 1, "at": (START + 2 * count + 1_000) * 1000}
            raws.append(json.dumps(last if topic == "orders" else {**last, "total": None}).encode())
        return cls(inputs, guarantee, commit)

    @property
    def job(self) -> Job:
        """As a job file would say it."""
        return job_of(super().job)

    @property
    def topology(self) -> Topology:
        """With the groups of rules."""
        return Topology(dict.fromkeys(TOPICS, SHARDS), "orders", "feeds-changelog", division().groups)

    def plan(self, instance: str) -> WorkerPlan:
        """What a worker is made from."""
        sources = {topic: topic for topic in TOPICS}
        return WorkerPlan(self.job, division().direct, Values(), self.topology, instance, sources=sources)

    def cluster(self, seed: int) -> SimulatedKafka:
        """A cluster that has the topics, also those between shards."""
        cluster = super().cluster(seed)
        for group in division().groups:
            cluster.create(group.topic, SHARDS, SETTINGS)
            cluster.create(group.changelog, SHARDS, CHANGELOG_SETTINGS)
        return cluster

    def expected(self) -> dict[str, Counter[bytes]]:
        """The lines of each output, as one undisturbed pass over all records has them: no shards, no detour."""
        places = [(topic, number) for topic in TOPICS for number in range(SHARDS)]
        sources = {
            topic: replace(source, partitions=tuple(place for place in places if place[0] == topic))
            for topic, source in whole().sources.items()
        }
        lines: dict[str, Counter[bytes]] = {kind: Counter() for kind in SINKS}
        count(Shard(replace(whole(), sources=sources), Values()).push(chunks(self.inputs, places)), lines)
        return lines


def chunks(inputs: dict[tuple[str, int], list[bytes | None]], places: Sequence[tuple[str, int]]) -> list[Chunk]:
    """All records of these partitions."""
    found = []
    for topic, number in places:
        kept = [(offset, raw) for offset, raw in enumerate(inputs[topic, number]) if raw is not None]
        found.append(Chunk(topic, topic, number, [offset for offset, _ in kept], [raw for _, raw in kept]))
    return found
