"""One rule by hand and as a job, over a real broker, killed with SIGKILL at random moments: what is lost and doubled.

    python -m examples.own_consumer.deaths [--deaths 10] [--runs 3]

Needs Java 17 and Maven, which fetches Kafka on the first run. Alerts are compared with those of an undisturbed pass
over the same records: by hand with the same code, of the job with `cep run` over an export of the topic.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cep.connectors.kafka.confluent import Librdkafka
from cep.connectors.kafka.port import Position, TopicInfo
from examples.own_consumer.consumer import Partition
from tests.kafka.broker.server import Broker

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PARTITIONS = 2
START = 1_700_000_000_000
SECONDS = 30.0
QUIET = 15.0
"""Seconds without a new alert after which a run is over: longer than a session, and than a start."""
BY_HAND = [sys.executable, str(HERE / "consumer.py")]
AS_JOB = [sys.executable, "-m", "cep", "run", str(HERE / "job.yaml"), "--quiet"]


@dataclass(frozen=True)
class Contender:
    """A way to run the rule: its command, and what is added to its environment."""

    name: str
    command: list[str]
    environment: Mapping[str, str]


CONTENDERS = {
    "by hand": Contender("by hand", BY_HAND, {}),
    "by hand, holding back": Contender("by hand, holding back", [*BY_HAND, "--hold-back"], {}),
    "at_least_once": Contender("at_least_once", AS_JOB, {"GUARANTEE": "at_least_once"}),
    "exactly_once": Contender("exactly_once", AS_JOB, {"GUARANTEE": "exactly_once"}),
}


@dataclass
class Result:
    """What came of a run. `invented`: alerts that an undisturbed pass does not tell."""

    deaths: int
    expected: int
    lost: int
    doubled: int
    invented: int


def logins(seed: int, count: int) -> list[list[bytes]]:
    """Logins of 200 accounts, a second apart, by partition; at the end one of each long after."""
    chance = random.Random(seed)
    made: list[list[bytes]] = [[] for _ in range(PARTITIONS)]
    for n in range(count):
        account = chance.randrange(200)
        outcome = "failure" if chance.random() < 0.8 else "success"
        at = START + n * 1_000 - chance.randrange(1_500)
        made[account % PARTITIONS].append(_login(f"a{account}", outcome, at))
    for number in range(PARTITIONS):
        made[number].append(_login(f"end{number}", "success", START + count * 1_000 + 3_600_000))
    return made


def _login(account: str, outcome: str, at: int) -> bytes:
    return json.dumps({"account": account, "outcome": outcome, "at": at}).encode()


class Trial:
    """One contender over one broker."""

    def __init__(self, contender: Contender, servers: str, folder: Path) -> None:
        self._contender = contender
        self._servers = servers
        self._folder = folder
        self._settings = {"bootstrap.servers": servers}
        self._workers: list[subprocess.Popen[bytes]] = []
        self._kafka = Librdkafka()
        admin = self._kafka.admin(self._settings)
        for topic in ("logins", "alerts"):
            admin.create(TopicInfo(topic, PARTITIONS), SECONDS)
        admin.close()

    def run(self, seed: int, deaths: int, count: int) -> Result:
        """Two workers over growing inputs; one of them is killed each time, and started again."""
        chance = random.Random(seed)
        records = logins(seed, count)
        producer = self._kafka.producer(self._settings)
        try:
            self._workers = [self._start(), self._start()]
            self._write(records, producer, 0, 1 / (deaths + 2))
            for number in range(1, deaths + 2):
                self._write(records, producer, number / (deaths + 2), (number + 1) / (deaths + 2))
                if number <= deaths:
                    time.sleep(chance.uniform(0.2, 2.5))
                    which = chance.randrange(2)
                    self._workers[which].kill()
                    self._workers[which].wait()
                    self._supervise()
            found = self._alerts()
        finally:
            producer.close()
            for worker in self._workers:
                worker.terminate()
            for worker in self._workers:
                worker.wait(60)
        return compared(deaths, self._expected(records), found)

    def _start(self) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ, "SERVERS": self._servers, "PYTHONPATH": str(ROOT), **self._contender.environment,
        }  # fmt: skip
        command = self._contender.command
        if command[:2] == BY_HAND[:2]:
            command = [*command, self._servers]
        with (self._folder / "workers.err").open("ab") as errors:
            return subprocess.Popen(command, env=environment, stderr=errors)

    def _supervise(self) -> None:
        """Start again what has ended, by itself too."""
        for number, worker in enumerate(self._workers):
            if worker.poll() is not None:
                self._workers[number] = self._start()

    def _write(self, records: list[list[bytes]], producer: object, first: float, last: float) -> None:
        for number, raws in enumerate(records):
            for raw in raws[int(first * len(raws)) : int(last * len(raws))]:
                producer.produce("logins", raw, None, number)  # type: ignore[attr-defined]
        producer.flush(SECONDS)  # type: ignore[attr-defined]

    def _alerts(self) -> Counter[str]:
        """The ids of the alerts that a reader of committed records sees, once no more come."""
        consumer = self._kafka.consumer({**self._settings, "group.id": "judge"})
        consumer.start([Position("alerts", number, 0) for number in range(PARTITIONS)])
        found: Counter[str] = Counter()
        last = time.monotonic()
        while time.monotonic() < last + QUIET:
            for fetched in consumer.poll(10_000, 0.2).fetched:
                found.update(json.loads(value)["alert_id"] for value in fetched.values if value is not None)
                last = time.monotonic()
            self._supervise()
        consumer.close()
        return found

    def _expected(self, records: list[list[bytes]]) -> set[str]:
        if self._contender.command[:2] == BY_HAND[:2]:
            return {
                alert["alert_id"]
                for number, raws in enumerate(records)
                for partition in [Partition(number)]
                for offset, raw in enumerate(raws)
                for alert in partition.take(offset, raw)
            }
        environment = {**os.environ, "SERVERS": self._servers, "PYTHONPATH": str(ROOT), "GUARANTEE": "at_least_once"}
        cep, job, copies = [sys.executable, "-m", "cep"], str(HERE / "job.yaml"), str(self._folder / "copies")
        subprocess.run([*cep, "export", job, "--out", f"{copies}/", "--quiet"], env=environment, check=True)
        run = [*cep, "run", job, "--exported", copies, "--open-end", "--quiet"]
        done = subprocess.run(run, env=environment, check=True, capture_output=True)
        return {json.loads(line)["alert_id"] for line in done.stdout.splitlines()}


def compared(deaths: int, expected: set[str], found: Counter[str]) -> Result:
    """What is missing, more than there should be, or not to be there at all."""
    return Result(
        deaths,
        len(expected),
        len(expected - found.keys()),
        sum(count - 1 for alert, count in found.items() if alert in expected),
        sum(count for alert, count in found.items() if alert not in expected),
    )


def trial(name: str, seed: int, deaths: int, count: int = 3_000) -> Result:
    """One run of a contender, over a broker of its own."""
    with tempfile.TemporaryDirectory() as folder, Broker(Path(folder) / "broker") as broker:
        return Trial(CONTENDERS[name], broker.bootstrap, Path(folder)).run(seed, deaths, count)


def lines_of_code(path: Path) -> int:
    """Lines that are neither empty, nor comments, nor parts of docstrings."""
    count, inside = 0, False
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.strip()
        quotes = text.count('"""')
        if inside or quotes:
            inside = inside ^ (quotes % 2 == 1)
            continue
        count += bool(text) and not text.startswith("#")
    return count


def main() -> int:
    """Run all contenders, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m examples.own_consumer.deaths")
    parser.add_argument("--deaths", type=int, default=10, help="of each run")
    parser.add_argument("--runs", type=int, default=3, help="of each contender")
    options = parser.parse_args()
    print(f"lines of code: consumer.py {lines_of_code(HERE / 'consumer.py')}, "
          f"rule and job {lines_of_code(HERE / 'break_in.pattern') + lines_of_code(HERE / 'job.yaml')}")  # fmt: skip
    for name in CONTENDERS:
        results = [trial(name, seed, options.deaths) for seed in range(options.runs)]
        sums = {key: sum(getattr(each, key) for each in results) for key in Result.__annotations__}
        print(name, json.dumps(sums), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
