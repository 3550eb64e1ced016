"""Workers over a real broker, killed with SIGKILL until the job is done: `python -m tests.kafka.deaths --count 20`.

Each line of `tests/kafka/deaths.jsonl` is one job that came to its end: its seed, its guarantee, how often a worker was
killed on the way, and what was wrong with its outputs. May be broken off; lines add up.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from cep.connectors.job.model import Guarantee
from cep.connectors.kafka.confluent import Librdkafka
from cep.connectors.kafka.port import Position, TopicInfo
from tests.kafka.broker.server import Broker
from tests.simulation.carried_job import CarriedJob
from tests.simulation.feeds_job import SHARDS, SINKS, TOPICS, FeedsJob
from tests.simulation.world import differences

LOG = Path(__file__).parent / "deaths.jsonl"
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


@dataclass(frozen=True)
class Lives:
    """What came of one job."""

    seed: int
    guarantee: Guarantee
    deaths: int
    wrong: list[str]
    job: str


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


def lived(
    folder: Path, servers: str, seed: int, guarantee: Guarantee, deaths: int, kind: type[FeedsJob], count: int = 400
) -> Lives:
    """One job with two workers, killed `deaths` times at random moments while its inputs grow, and then left alone."""
    chance = random.Random(seed)
    job = kind.drawn(seed, count, guarantee)
    done = 0
    with job_over_broker(folder, servers, job) as (cluster, workers):
        for number in range(deaths + 1):
            cluster.write(job, number / (deaths + 1), (number + 1) / (deaths + 1))
            for name in ("a", "b"):
                workers.start(name)
            if number < deaths:
                time.sleep(chance.uniform(0.3, 3.0))
                done += workers.kill(chance.choice(["a", "b"]))
        wrong = awaited(job, cluster, workers)
        codes = workers.stop()
        wrong = wrong or differences(job, cluster.found())
        wrong += [f"worker {name} ended with {code}" for name, code in codes.items() if code]
        if wrong:
            wrong.append(workers.said()[-2000:])
    return Lives(seed, guarantee, done, wrong, kind.__name__)


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


def main(arguments: list[str]) -> int:
    """Run jobs, add them to the log; 0 if nothing was wrong with any of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.kafka.deaths", description="Workers killed, for real.")
    parser.add_argument("--count", type=int, default=20, metavar="DEATHS", help="deaths in all")
    options = parser.parse_args(arguments)
    entries = [json.loads(line) for line in LOG.read_text().splitlines()] if LOG.exists() else []
    seed, dead, wrong = len(entries), 0, 0
    while dead < options.count:
        guarantee: Guarantee = "exactly_once" if seed % 2 else "at_least_once"
        kind = CarriedJob if seed % 4 > 1 else FeedsJob
        with tempfile.TemporaryDirectory() as name, Broker(Path(name) / "broker") as broker:
            folder = Path(name) / "job"
            folder.mkdir()
            lives = lived(folder, broker.bootstrap, seed, guarantee, min(6, options.count - dead), kind)
        with LOG.open("a") as log:
            log.write(json.dumps(asdict(lives)) + "\n")
        print(
            f"{lives.seed} {lives.job} {lives.guarantee}: {lives.deaths} deaths, {lives.wrong or 'nothing wrong'}",
            flush=True,
        )
        seed, dead, wrong = seed + 1, dead + max(lives.deaths, 1), wrong + bool(lives.wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
