"""A broker with topics, and the processes that work on them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cep.connectors.job.model import Guarantee
from cep.connectors.kafka.confluent import Librdkafka
from cep.connectors.kafka.port import TopicInfo
from tests.kafka.broker.server import Broker

ROOT = Path(__file__).parents[2]
PARTITIONS = 4
SECONDS = 60.0
"""How long the broker may take for one thing."""
_JOB = """\
job: {job}
rules: [rules.pattern]
kafka: {{bootstrap.servers: "{servers}", group.protocol: consumer}}
sources:
  events: {{topic: {topic}, type_field: type}}
alerts: {{topic: {job}-alerts, evidence: ids}}
guarantee: {guarantee}
"""


class Stand:
    """Topics and job files on one broker; `folder` is where all files go."""

    def __init__(self, folder: Path, broker: Broker) -> None:
        self.folder = folder
        self.servers = broker.bootstrap
        self.settings = {"bootstrap.servers": self.servers}
        self.kafka = Librdkafka()

    def topic(self, name: str, partitions: int = PARTITIONS) -> str:
        """Make a topic."""
        admin = self.kafka.admin(self.settings)
        admin.create(TopicInfo(name, partitions), SECONDS)
        admin.close()
        return name

    def write(self, topic: str, lines: Sequence[bytes], field: str = "user") -> None:
        """Write JSON lines, keyed by a field, and wait until they are safe."""
        producer = self.kafka.producer({**self.settings, "linger.ms": "20"})
        for line in lines:
            producer.produce(topic, line, json.loads(line)[field].encode())
        producer.flush(SECONDS)
        producer.close()

    def job(self, name: str, topic: str, rules: str, guarantee: Guarantee) -> Path:
        """A job file over a topic, with its topic for alerts."""
        own = self.folder / name
        own.mkdir()
        self.topic(f"{name}-alerts")
        (own / "rules.pattern").write_text(rules, encoding="utf-8")
        text = _JOB.format(job=name, servers=self.servers, topic=topic, guarantee=guarantee)
        (own / "job.yaml").write_text(text, encoding="utf-8")
        return own / "job.yaml"


def await_read(workers: Sequence[Worker], events: int, seconds: float = 300.0) -> None:
    """Wait until workers have read and committed so many records together."""
    limit = time.monotonic() + seconds
    while sum(worker.read for worker in workers) < events:
        assert time.monotonic() < limit, "".join(worker.said() for worker in workers)
        time.sleep(0.2)


class Worker:
    """A worker process that tells what it has used (benchmarks/kafka/entry.py)."""

    def __init__(self, job: Path, *, clocked: bool = False) -> None:
        self._is_leaving = False
        self._out = job.parent / f"worker{len(list(job.parent.glob('*.out')))}.out"
        command = [sys.executable, "-m", "benchmarks.kafka.entry", "run", str(job)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "CLOCKED": "1" if clocked else ""}
        with self._out.open("wb") as out, self._out.with_suffix(".err").open("wb") as trouble:
            self._process = subprocess.Popen(command, env=environment, stdout=out, stderr=trouble)

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def await_owned(self, shards: int = PARTITIONS, seconds: float = SECONDS) -> None:
        """Wait until it has taken up so many shards."""
        limit = time.monotonic() + seconds
        while self._told("owns") != shards:
            assert self._process.poll() is None and time.monotonic() < limit, self.said()
            time.sleep(0.05)

    @property
    def read(self) -> int:
        """How many records it has read and committed."""
        return self._told("read")

    def _told(self, what: str) -> int:
        lines = [line.split() for line in self._out.read_text().splitlines()]
        return next((int(line[1]) for line in reversed(lines) if line[0] == what), 0)

    def ask_to_leave(self) -> None:
        """Send it SIGTERM, once."""
        if not self._is_leaving:
            self._is_leaving = True
            self._process.send_signal(signal.SIGTERM)

    def figures(self) -> dict[str, Any]:
        """End it with SIGTERM; what it has used."""
        self.ask_to_leave()
        assert self._process.wait(SECONDS) == 0, self.said()
        found: dict[str, Any] = json.loads(self._out.read_bytes().splitlines()[-1])
        return found

    def close(self) -> None:
        """Leave nothing behind."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def said(self) -> str:
        """The end of what it has written on standard error."""
        return self._out.with_suffix(".err").read_text(errors="replace")[-2000:]
