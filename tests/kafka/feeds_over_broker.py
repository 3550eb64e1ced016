"""The job of the simulation over a real broker: its topics, and worker processes of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cep.connectors.kafka.confluent import Librdkafka
from cep.connectors.kafka.port import Position, TopicInfo
from tests.simulation.feeds_job import SHARDS, SINKS, TOPICS, FeedsJob
from tests.simulation.world import differences

ROOT = Path(__file__).parents[2]
PATIENCE = 90.0
"""Seconds after which a job that has not come to its end counts as hanging."""
SECONDS = 15.0
JOB = """\
job: feeds
rules: [rules.pattern]
kafka:
  bootstrap.servers: "${SERVERS}"
  session.timeout.ms: 6000
  heartbeat.interval.ms: 500
  reconnect.backoff.max.ms: 500
  group.instance.id: "${WORKER}"
sources:
  orders: {topic: orders, types: {Order: {}}, key: card}
  logins: {topic: logins, types: {Login: {}}, key: card}
alerts: {topic: out.alerts, evidence: ids}
shadow: {topic: out.shadow}
late: {topic: out.late}
dead_letters: {topic: out.dead_letters}
commit: 20ms
"""


class Cluster:
    """A broker with the job's topics."""

    def __init__(self, servers: str) -> None:
        self.servers = servers
        self._settings = {"bootstrap.servers": servers}
        kafka = Librdkafka()
        admin = kafka.admin(self._settings)
        for topic in TOPICS:
            admin.create(TopicInfo(topic, SHARDS), SECONDS)
        for topic in SINKS.values():
            admin.create(TopicInfo(topic, 3), SECONDS)
        admin.close()
        self._producer = kafka.producer(self._settings)

    def write(self, job: FeedsJob, first: float, last: float) -> None:
        """Write a share of each partition's records."""
        for (topic, number), raws in job.inputs.items():
            for raw in raws[int(first * len(raws)) : int(last * len(raws))]:
                self._producer.produce(topic, raw, None, number)
        self._producer.flush(SECONDS)

    def found(self) -> dict[str, Counter[bytes]]:
        """The lines of each output, as a consumer of committed records reads them."""
        consumer = Librdkafka().consumer({**self._settings, "group.id": "verifier"})
        places = {(topic, n): kind for kind, topic in SINKS.items() for n in range(3)}
        lines: dict[str, Counter[bytes]] = {kind: Counter() for kind in SINKS}
        consumer.start([Position(*place, 0) for place in places])
        left = set(places)
        end = time.monotonic() + SECONDS
        while left and time.monotonic() < end:
            polled = consumer.poll(10_000, 0.2)
            for fetched in polled.fetched:
                lines[places[fetched.place]].update(value for value in fetched.values if value is not None)
            left -= {position.place for position in polled.ends}
        consumer.close()
        return lines

    def close(self) -> None:
        """Let go of the clients."""
        self._producer.close()


class Workers:
    """Worker processes of one job, by name."""

    def __init__(self, folder: Path, servers: str, job: FeedsJob) -> None:
        self.folder = folder
        self._servers = servers
        (folder / "rules.pattern").write_text(job.rules, encoding="utf-8")
        (folder / "job.yaml").write_text(JOB + f"guarantee: {job.guarantee}\n", encoding="utf-8")
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        """Start a worker, unless it runs."""
        if name in self.running and self.running[name].poll() is None:
            return
        environment = {**os.environ, "SERVERS": self._servers, "WORKER": name, "PYTHONPATH": str(ROOT)}
        with (self.folder / f"{name}.err").open("ab") as errors:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", "cep", "run", str(self.folder / "job.yaml")], env=environment, stderr=errors
            )

    def kill(self, name: str) -> bool:
        """End a worker with SIGKILL; whether it was alive."""
        process = self.running.pop(name, None)
        if process is None or process.poll() is not None:
            return False
        process.kill()
        process.wait()
        return True

    def stop(self) -> dict[str, int]:
        """End all with SIGTERM; their exit codes."""
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        return {name: process.wait(60) for name, process in self.running.items()}

    def close(self) -> None:
        """Leave none behind."""
        for name in list(self.running):
            self.kill(name)

    def said(self) -> str:
        """What they have written on standard error."""
        return "".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("*.err")))


@contextmanager
def job_over_broker(folder: Path, servers: str, job: FeedsJob) -> Iterator[tuple[Cluster, Workers]]:
    """A job's topics and its workers, none of which is left behind."""
    cluster = Cluster(servers)
    workers = Workers(folder, servers, job)
    try:
        yield cluster, workers
    finally:
        workers.close()
        cluster.close()


def awaited(job: FeedsJob, cluster: Cluster, workers: Workers) -> list[str]:
    """Wait until everything is there that has to come; what is missing after all."""
    end = time.monotonic() + PATIENCE
    while True:
        wrong = [what for what in differences(job, cluster.found()) if what.startswith("missing")]
        if not wrong or time.monotonic() > end:
            return wrong
        for name in ("a", "b"):
            workers.start(name)
        time.sleep(0.5)
