"""Records of ten megabytes, through a worker over the real broker and over its death."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cep.connectors.declared_sources import declare_sources
from cep.connectors.formats.topics import topic_readers
from cep.connectors.job.reader import parse_job
from cep.connectors.kafka.making import Made, make_worker
from cep.connectors.kafka.plan import WorkerPlan
from cep.connectors.kafka.port import Position
from cep.connectors.kafka.topology import surveyed
from cep.engine.values import Values
from cep.language.load import load_text
from cep.runtime.wiring import wire
from tests.kafka.support import SECONDS, RealKafka, drain, has_ends

pytestmark = pytest.mark.kafka

RULES = """\
event Order { card: string  total: int  at: timestamp } time at
rule twice { match by card within 1h  a: Order then b: Order where total > 60  emit { card, total: b.total } }
"""
SIZE = 10_000_000
LARGE = {"max.message.bytes": "25000000"}


class LargeJob:
    """A job over topics that take large records; `limit`: what its own clients take."""

    def __init__(self, kafka: RealKafka, limit: str | None) -> None:
        self.kafka = kafka
        self.topics = {kind: kafka.topic(settings=LARGE, stem=kind) for kind in ("in", "out", "dead")}
        more = f", message.max.bytes: {limit}" if limit else ""
        self.job = parse_job(
            f"""
job: {kafka.name("large")}
rules: [r]
kafka: {{bootstrap.servers: "{kafka.address.bootstrap}"{more}}}
sources: {{Order: {{topic: {self.topics["in"]}, format: csv, columns: [card, total, at, note]}}}}
alerts: {{topic: {self.topics["out"]}}}
dead_letters: {{topic: {self.topics["dead"]}}}
guarantee: exactly_once
""",
            "job.yaml",
            Path(),
            {},
        )
        self.said: list[str] = []

    def write(self, total: int, second: int, note: str = "") -> None:
        """A record of the input."""
        self.write_row(f"c,{total},{1_700_000_000_000 + 1000 * second},{note}")

    def write_row(self, row: str) -> None:
        """A record of the input, as it is."""
        producer = self.kafka.producer(settings={"message.max.bytes": LARGE["max.message.bytes"]})
        producer.produce(self.topics["in"], row.encode(), None, 0)
        producer.flush(SECONDS)

    def start(self) -> Made:
        """A worker that has joined."""
        loaded = load_text(RULES)
        wiring = wire(loaded, declare_sources(self.job, loaded))
        admin = self.kafka.port.admin(self.kafka.settings)
        topology, direct = surveyed(admin, self.job, wiring)
        admin.close()
        plan = WorkerPlan(
            self.job,
            direct,
            Values(),
            topology,
            "a",
            sources={self.topics["in"]: "Order"},
            readers=topic_readers(self.job, wiring),
        )
        made = make_worker(self.kafka.port, plan, stop=lambda: False, tell=self.said.append)
        made.worker.join()
        return made

    def until(self, made: Made, next_offset: int) -> None:
        """Work until the input is read and committed so far."""
        limit = time.monotonic() + 4 * SECONDS
        place = (self.topics["in"], 0)

        def done() -> bool:
            run = made.worker.runs.get(0)
            return run is not None and not run.touched and run.shard.partitions[place].next_offset >= next_offset

        while not done():
            assert time.monotonic() < limit, self.said
            made.worker.round()

    def read(self, kind: str) -> list[Any]:
        """What an output holds."""
        place = (self.topics[kind], 0)
        consumer = self.kafka.consumer(self.kafka.name("reader"))
        consumer.start([Position(*place, 0)])
        polled = drain(consumer, has_ends(place), 4 * SECONDS)
        consumer.close()
        return [json.loads(value) for each in polled.fetched for value in each.values if value is not None]


@pytest.fixture
def large(kafka: RealKafka) -> Callable[[str | None], LargeJob]:
    return lambda limit: LargeJob(kafka, limit)


def test_a_large_record_is_state_and_evidence(large: Callable[[str | None], LargeJob]) -> None:
    job = large(LARGE["max.message.bytes"])
    note = "x" * SIZE
    job.write(10, 0, note)
    made = job.start()
    job.until(made, 1)
    # it dies with the record in its state; the next one reads it from the changelog
    made.worker._group.close()
    made.opened.close()
    job.write(61, 1)
    job.write_row(note)
    job.write(1, 9)
    made = job.start()
    job.until(made, 4)
    made.worker.leave()
    made.opened.close()
    (alert,) = job.read("out")
    assert [event["data"]["note"] == note for event in alert["events"]] == [True, False]
    (dead,) = job.read("dead")
    assert (dead["dead_letter"], dead["raw"]) == ("row has 1 cells, the source 4 columns", note)


def test_an_alert_that_is_too_large_is_left_out_and_said(large: Callable[[str | None], LargeJob]) -> None:
    job = large(None)
    job.write(10, 0, "x" * SIZE)
    job.write(61, 1)
    job.write(62, 2)
    job.write(1, 9)
    made = job.start()
    job.until(made, 4)
    made.worker.leave()
    made.opened.close()
    assert job.read("out") == []
    out = job.topics["out"]
    (said,) = [line for line in job.said if "is larger than" in line]
    assert said.endswith(f"is larger than the topic `{out}` takes, and was left out")
