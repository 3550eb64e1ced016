"""A job over topics of a simulated Kafka, from its YAML text to what it wrote."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cep.connectors.declared_sources import declare_sources
from cep.connectors.formats.confluent_registry import ConfluentRegistry
from cep.connectors.formats.reading import Headers
from cep.connectors.formats.registry import Kind
from cep.connectors.formats.schemas import Schemas
from cep.connectors.formats.topics import topic_readers
from cep.connectors.job.reader import parse_job
from cep.connectors.job.redacting import job_names
from cep.connectors.kafka.making import make_worker
from cep.connectors.kafka.plan import WorkerPlan
from cep.connectors.kafka.topology import Topology, changelog_topic
from cep.connectors.kafka.worker import Worker
from cep.engine.values import Values
from cep.language.load import load_text
from cep.runtime.wiring import wire
from cep.testing.simulated_kafka import SimulatedKafka, SimulatedProcess
from tests.connectors.formats.loopback_registry import LoopbackRegistry

ROUNDS = 500
OUTPUTS = """
alerts: {topic: out.alerts}
late: {topic: out.late}
dead_letters: {topic: out.dead}
"""
KINDS = {"alerts": "out.alerts", "late": "out.late", "dead_letters": "out.dead"}


@dataclass
class TopicJob:
    """`text`: the job file without rules and outputs. Topics have one partition. `registry` is asked between rounds."""

    rules: str
    text: str
    registry: LoopbackRegistry | None = None
    seed: int = 1
    said: list[str] = field(default_factory=list)
    stopped: bool = False

    def __post_init__(self) -> None:
        self.job = parse_job(f"rules: [r]\njob: formats\n{self.text}{OUTPUTS}", "job.yaml", Path("jobs"), {})
        assert self.job.kafka is not None
        loaded = load_text(self.rules)
        self.wiring = wire(loaded, declare_sources(self.job, loaded))
        self.sources = {source.topic: source.name for source in self.job.kafka.sources}
        self.cluster = SimulatedKafka(self.seed)
        for topic in (*self.sources, *KINDS.values()):
            self.cluster.create(topic, 1)
        self.cluster.create(changelog_topic(self.job), 1, {"cleanup.policy": "compact"})
        self.redacted = job_names(self.job, loaded)
        self.schemas: list[Schemas] = []
        self.readers = topic_readers(self.job, self.wiring, self._schemas)
        self.written: dict[str, int] = dict.fromkeys(self.sources, 0)

    def _schemas(self, kind: Kind) -> Schemas:
        assert self.registry is not None
        own = Schemas(ConfluentRegistry({"url": self.registry.url}, kind), self.cluster.clock.elapsed, threaded=False)
        self.schemas.append(own)
        return own

    def write(self, topic: str, value: bytes | None, headers: Headers = (), key: bytes | None = None) -> None:
        """A record of an input."""
        self.cluster.write(topic, value, key, partition=0, headers=headers)
        self.written[topic] += 1

    def start(self, name: str = "a") -> tuple[SimulatedProcess, Worker]:
        """A worker that has joined."""
        topology = Topology(dict.fromkeys(self.sources, 1), next(iter(self.sources)), changelog_topic(self.job))
        plan = WorkerPlan(
            self.job,
            self.wiring,
            Values(),
            topology,
            name,
            sources=self.sources,
            readers=self.readers,
            redact=self.redacted,
        )
        process = self.cluster.process(name)
        worker = make_worker(
            process,
            plan,
            stop=lambda: self.stopped,
            tell=self.said.append,
            clock=self.cluster.clock,
            wait=self.cluster.clock.advance,
        ).worker
        worker.join()
        return process, worker

    def run(self) -> dict[str, list[Any]]:
        """Work until everything is read and committed; what was written then."""
        _, worker = self.start()
        self.until(worker, lambda: self.is_done(worker))
        worker.leave()
        return self.outputs()

    def until(self, worker: Worker, reached: Callable[[], bool], rounds: int = ROUNDS) -> None:
        """Let the worker work until it has come so far."""
        for _ in range(rounds):
            worker.round()
            for schemas in self.schemas:
                schemas.step()
            if reached():
                return
            self.cluster.clock.advance(0.3)
        raise AssertionError(f"it did not come to that: {self.said}")

    def is_done(self, worker: Worker) -> bool:
        """Whether all that was written is read and committed."""
        run = worker.runs.get(0)
        if run is None or run.touched or run.is_catching_up:
            return False
        return all(run.shard.partitions[topic, 0].next_offset >= count for topic, count in self.written.items())

    def outputs(self) -> dict[str, list[Any]]:
        """What stands in the output topics, decoded."""
        return {kind: [json.loads(line) for line in self.lines(topic)] for kind, topic in KINDS.items()}

    def lines(self, topic: str) -> Sequence[bytes]:
        """The committed records of a topic."""
        return [entry.value for entry in self.cluster.records(topic) if entry.value is not None]
