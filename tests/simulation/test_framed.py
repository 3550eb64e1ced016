"""Runs drawn from seeds over records with schemas, whose registry is away more often than not."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from cep.connectors.formats.declared import Declared
from cep.connectors.formats.framed import FramedRecords
from cep.connectors.formats.json_schema_record import JsonSchemaRecords
from cep.connectors.formats.reading import TopicReader
from cep.connectors.formats.registry import RegisteredSchema
from cep.connectors.kafka.intake import Intake
from cep.connectors.kafka.plan import WorkerPlan
from cep.connectors.kafka.port import Polled
from cep.runtime.dead_letters import DeadLetter
from cep.testing.simulated_kafka import SimulatedKafka
from tests.simulation.carried_job import CarriedJob
from tests.simulation.feeds_job import TOPICS
from tests.simulation.framed_job import FramedJob, Stepped, Unsteady
from tests.simulation.seeds import drawn_run

SEEDS, MORE = 40, range(50_000, 50_300)


def test_nothing_is_lost_or_made_up() -> None:
    outcomes = {seed: drawn_run(seed, FramedJob) for seed in range(SEEDS)}
    assert {seed: outcome.wrong for seed, outcome in outcomes.items() if outcome.wrong} == {}
    assert sum(outcome.deaths for outcome in outcomes.values()) > SEEDS


@pytest.mark.long
def test_nothing_is_lost_or_made_up_in_more_of_them() -> None:
    assert {seed: outcome.wrong for seed in MORE if (outcome := drawn_run(seed, FramedJob)).wrong} == {}


def test_ends_that_overtake_held_records_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = Intake.taken

    def hasty(self: Intake, polled: Polled, owned: dict[int, object]) -> Polled:
        out = taken(self, polled, owned)
        out.ends = polled.ends
        return out

    monkeypatch.setattr(Intake, "taken", hasty)
    assert any(drawn_run(seed, FramedJob).wrong for seed in range(20))


HEADER = b"\0\0\0\0\1"


class OfJson(Unsteady):
    """Its one schema is JSON's."""

    def fetch(self, number: int) -> RegisteredSchema:
        """As steady as the other."""
        return replace(super().fetch(number), kind="JSON")


@dataclass
class FramedCarriedJob(CarriedJob):
    """Rules with another key than the records, over JSON behind the number of a schema."""

    now: Callable[[], float] = field(default=lambda: 0.0)

    def cluster(self, seed: int) -> SimulatedKafka:
        """A cluster, whose clock is the registry's."""
        cluster = super().cluster(seed)
        self.now = cluster.clock.elapsed
        return cluster

    def fill(self, cluster: SimulatedKafka, first: float = 0.0, last: float = 1.0) -> None:
        """Write a share of each partition's records, with their headers."""
        for (topic, number), raws in self.inputs.items():
            for raw in raws[int(first * len(raws)) : int(last * len(raws))]:
                cluster.write(topic, None if raw is None else HEADER + raw, partition=number)

    def plan(self, instance: str) -> WorkerPlan:
        """With readers that know no schema yet."""
        schemas = Stepped(OfJson(self.now), self.now, threaded=False)
        records = FramedRecords(schemas, "JSON", JsonSchemaRecords(Declared(())))
        return replace(super().plan(instance), readers={topic: TopicReader(records) for topic in TOPICS})

    def expected(self) -> dict[str, Counter[bytes]]:
        """As of the JSON alone, but for dead letters, which show what was received."""
        lines = super().expected()
        lines["dead_letters"] = Counter({received(line): times for line, times in lines["dead_letters"].items()})
        return lines


def received(line: bytes) -> bytes:
    """A dead letter of a record, as one with its header."""
    letter = json.loads(line)
    topic, number, offset = letter["place"].split("/")
    raw = HEADER + letter["raw"].encode()
    return DeadLetter(letter["source"], topic, int(number), int(offset), letter["dead_letter"], raw).json()


def test_rules_with_another_key_than_the_records() -> None:
    outcomes = {seed: drawn_run(seed, FramedCarriedJob) for seed in range(SEEDS // 3)}
    assert {seed: outcome.wrong for seed, outcome in outcomes.items() if outcome.wrong} == {}


@pytest.mark.long
def test_rules_with_another_key_than_the_records_in_more_of_them() -> None:
    assert {seed: outcome.wrong for seed in MORE[::4] if (outcome := drawn_run(seed, FramedCarriedJob)).wrong} == {}
