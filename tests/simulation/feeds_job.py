"""A job over two co-partitioned topics, small enough to be run thousands of times, and what has to come of it."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import ClassVar

from cep.connectors.job.model import Guarantee, Job, KafkaPart, TopicSink, TopicSource, Written
from cep.connectors.kafka.plan import WorkerPlan
from cep.connectors.kafka.shard_run import new_shard
from cep.connectors.kafka.topology import Topology
from cep.engine.values import Values
from cep.language.load import load_text
from cep.runtime.output import Output
from cep.runtime.source import Chunk, Source
from cep.runtime.wiring import Wiring, wire
from cep.testing.simulated_kafka import SimulatedKafka

RULES = """\
event Order { card: string  total: int  at: timestamp } time at lateness 3s
event Login { card: string  at: timestamp } time at lateness 2s
rule no_login {
  match by card
    o: Order where total > 60
    without Login within 20s
  emit { card, total: o.total }
}
rule rising {
  match by card within 40s
    a: Order
    then more: Order{1,3} where total > a.total
    then last: Login
  emit { card, first: a.total }
  suppress for 10s
}
rule busy { mode shadow  match by card  many: Order having count() >= 3 within 30s }
rule waits {
  match by card within 30s
    l: Login
    then o: Order where total > 50
  on timeout emit { card }
}
"""
TOPICS = {"orders": "Order", "logins": "Login"}
SINKS = {kind: f"out.{kind}" for kind in ("alerts", "shadow", "late", "dead_letters")}
START = 1_700_000_000
SHARDS = 2


@cache
def wiring() -> Wiring:
    """The rules over the topics, planned once."""
    return wire(load_text(RULES), [Source(topic, (event,), None) for topic, event in TOPICS.items()])


@dataclass
class FeedsJob:
    """The inputs of one job, by partition in the order of their offsets (None: a tombstone), and its guarantee."""

    rules: ClassVar[str] = RULES

    inputs: dict[tuple[str, int], list[bytes | None]]
    guarantee: Guarantee = "exactly_once"
    commit: int = 100_000
    align: int = 20_000_000
    properties: dict[str, str] = field(default_factory=lambda: {"bootstrap.servers": "simulated"})

    @classmethod
    def drawn(cls, seed: int, count: int, guarantee: Guarantee = "exactly_once", commit: int = 100_000) -> FeedsJob:
        """A job over inputs drawn from a seed: out of order, some late, some broken, some tombstones."""
        chance = random.Random(seed)
        inputs: dict[tuple[str, int], list[bytes | None]] = {(topic, n): [] for topic in TOPICS for n in range(SHARDS)}
        for n in range(count):
            card = chance.randrange(5)
            topic = "orders" if chance.random() < 0.65 else "logins"
            second = START + 2 * n - chance.randrange(4) - (20 if chance.random() < 0.08 else 0)
            row = {"card": f"c{card}", "at": second * 1000}
            if topic == "orders":
                row["total"] = chance.randrange(100)
            raw: bytes | None = json.dumps(row).encode()
            if chance.random() < 0.05:
                raw = chance.choice([b"broken", b"", None])
            inputs[topic, card % SHARDS].append(raw)
        return cls(inputs, guarantee, commit)

    @property
    def job(self) -> Job:
        """As a job file would say it."""
        kafka = KafkaPart(
            {name: Written(text) for name, text in self.properties.items()},
            tuple(TopicSource(topic, topic, event) for topic, event in TOPICS.items()),
            {kind: TopicSink(topic) for kind, topic in SINKS.items()},
            self.commit,
            self.guarantee,
            align=self.align,
        )
        return Job("feeds", (), (), evidence="ids", kafka=kafka)

    @property
    def topology(self) -> Topology:
        """Both topics have as many partitions."""
        return Topology(dict.fromkeys(TOPICS, SHARDS), "orders", "feeds-changelog")

    def plan(self, instance: str) -> WorkerPlan:
        """What a worker is made from."""
        sources = {topic: topic for topic in TOPICS}
        return WorkerPlan(self.job, wiring(), Values(), self.topology, instance, sources=sources)

    def cluster(self, seed: int) -> SimulatedKafka:
        """A cluster that has the topics; the inputs are written by `fill`."""
        cluster = SimulatedKafka(seed)
        for topic in TOPICS:
            cluster.create(topic, SHARDS)
        for topic in SINKS.values():
            cluster.create(topic, 3)
        cluster.create("feeds-changelog", SHARDS, {"cleanup.policy": "compact"})
        return cluster

    def fill(self, cluster: SimulatedKafka, first: float = 0.0, last: float = 1.0) -> None:
        """Write a share of each partition's records."""
        for (topic, number), raws in self.inputs.items():
            for raw in raws[int(first * len(raws)) : int(last * len(raws))]:
                cluster.write(topic, raw, partition=number)

    def ends(self) -> dict[tuple[str, int], int]:
        """By partition the offset behind its last record."""
        return {place: len(raws) for place, raws in self.inputs.items()}

    def expected(self) -> dict[str, Counter[bytes]]:
        """The lines of each output, as one undisturbed pass over the records has them."""
        lines: dict[str, Counter[bytes]] = {kind: Counter() for kind in SINKS}
        for shard in range(SHARDS):
            for output in one_pass(self.inputs, shard):
                count(output, lines)
        return lines


def one_pass(inputs: dict[tuple[str, int], list[bytes | None]], shard: int) -> Iterable[Output]:
    """One shard over all its records at once."""
    places = [(topic, shard) for topic in TOPICS]
    running = new_shard(wiring(), Values(), places, {topic: topic for topic in TOPICS})
    chunks = []
    for topic, number in places:
        kept = [(offset, raw) for offset, raw in enumerate(inputs[topic, number]) if raw is not None]
        chunks.append(Chunk(topic, topic, number, [offset for offset, _ in kept], [raw for _, raw in kept]))
    yield running.push(chunks)


def count(output: Output, lines: dict[str, Counter[bytes]]) -> None:
    """Add the lines of an output."""
    for alert in output.alerts:
        lines["alerts" if alert.mode == "live" else "shadow"][alert.json("ids")] += 1
    lines["late"].update(late.json() for late in output.late)
    lines["dead_letters"].update(dead.json() for dead in output.dead_letters)
