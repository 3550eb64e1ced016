"""The job over records with schemas, of a registry that is away now and then, and what has to come of it."""

from __future__ import annotations

import io
import json
import random
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import fastavro

from cep.connectors.formats.avro_record import AvroRecords
from cep.connectors.formats.declared import Declared
from cep.connectors.formats.framed import FramedRecords
from cep.connectors.formats.reading import TopicReader
from cep.connectors.formats.registry import RegisteredSchema, RegistryTrouble, SchemaUnknown
from cep.connectors.formats.schemas import Schemas
from cep.connectors.job.model import Guarantee
from cep.connectors.kafka.intake import Decoded
from cep.connectors.kafka.plan import WorkerPlan
from cep.connectors.kafka.shard_run import chunk_of, new_shard
from cep.engine.values import Values
from cep.runtime.output import Output
from cep.testing.simulated_kafka import SimulatedKafka
from tests.simulation.feeds_job import SHARDS, SINKS, TOPICS, FeedsJob, count, wiring

_AT = {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}
_CARD = {"name": "card", "type": "string"}
_TOTAL = {"name": "total", "type": "int"}
_NOTE = {"name": "note", "type": ["null", {"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 2}]}
SCHEMAS: dict[int, dict[str, Any]] = {
    1: {"type": "record", "name": "Order", "fields": [_CARD, _TOTAL, _AT]},
    2: {"type": "record", "name": "Order", "fields": [_NOTE, _AT, _TOTAL, _CARD]},
    3: {"type": "record", "name": "Login", "fields": [_CARD, _AT]},
    4: {"type": "record", "name": "Login", "fields": [_AT, _NOTE, _CARD]},
}
"""An old and a new one of each type. What they have no number for, no registry knows."""


class Unsteady:
    """A registry that answers for three seconds of eight."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now

    def fetch(self, number: int) -> RegisteredSchema:
        """A schema, if it is there just now."""
        if self._now() % 8 > 3:
            raise RegistryTrouble("it is away")
        if number not in SCHEMAS:
            raise SchemaUnknown
        return RegisteredSchema("AVRO", json.dumps(SCHEMAS[number]))


class Stepped(Schemas):
    """Asks when it is asked, in place of a thread."""

    def get(self, number: int) -> RegisteredSchema | None:
        """What is known by now."""
        self.step()
        return super().get(number)


def readers(now: Callable[[], float]) -> dict[str, TopicReader]:
    """Readers of a process that has just started."""
    schemas = Stepped(Unsteady(now), now, threaded=False)
    return {
        topic: TopicReader(FramedRecords(schemas, "AVRO", AvroRecords(Declared([wiring().rules.events[event]]))))
        for topic, event in TOPICS.items()
    }


def framed(raw: bytes | None, chance: random.Random) -> bytes | None:
    """A JSON record as Avro of one of its schemas; now and then cut off, or of a schema that nobody knows."""
    if raw is None or not raw.startswith(b"{"):
        return raw
    row = json.loads(raw)
    number = chance.choice([1, 2] if "total" in row else [3, 4])
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(SCHEMAS[number]), {"note": None, **row})
    body = out.getvalue()
    if chance.random() < 0.05:
        body = body[:-1]
    if chance.random() < 0.05:
        number = 9
    return b"\0" + number.to_bytes(4, "big") + body


@dataclass
class FramedJob(FeedsJob):
    """The job over such records. Workers ask a registry by the cluster's clock."""

    now: Callable[[], float] = field(default=lambda: 0.0)

    @classmethod
    def drawn(cls, seed: int, count: int, guarantee: Guarantee = "exactly_once", commit: int = 100_000) -> FramedJob:
        """Drawn as the other, and written with schemas."""
        drawn, chance = FeedsJob.drawn(seed, count), random.Random(seed)
        inputs = {place: [framed(raw, chance) for raw in raws] for place, raws in drawn.inputs.items()}
        return cls(inputs, guarantee, commit)

    def cluster(self, seed: int) -> SimulatedKafka:
        """A cluster, whose clock is the registry's."""
        cluster = super().cluster(seed)
        self.now = cluster.clock.elapsed
        return cluster

    def plan(self, instance: str) -> WorkerPlan:
        """With readers that know no schema yet."""
        return replace(super().plan(instance), readers=readers(self.now))

    def expected(self) -> dict[str, Counter[bytes]]:
        """The lines of each output, as one pass has them by a registry that is there."""
        lines: dict[str, Counter[bytes]] = {kind: Counter() for kind in SINKS}
        for shard in range(SHARDS):
            for output in self._one_pass(shard):
                count(output, lines)
        return lines

    def _one_pass(self, shard: int) -> Iterable[Output]:
        time = iter(range(10_000_000))
        known = readers(lambda: next(time) * 0.5)
        places = [(topic, shard) for topic in TOPICS]
        running = new_shard(wiring(), Values(), places, {topic: topic for topic in TOPICS})
        chunks = []
        for topic, number in places:
            values = self.inputs[topic, number]
            raws: list[bytes | None] = []
            refused: dict[int, str] = {}
            while len(raws) < len(values):
                reading = known[topic].read(values[len(raws) :], None)
                refused |= {len(raws) + index: reason for index, reason in reading.refused.items()}
                raws += reading.raws
            offsets = list(range(len(values)))
            done = Decoded(topic, number, offsets, [None] * len(values), raws, [0] * len(values), None, values, refused)
            chunks.append(chunk_of(topic, done, None))
        yield running.push(chunks)
