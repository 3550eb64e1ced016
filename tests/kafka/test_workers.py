"""`cep run --workers 2` over a real broker: as somebody would start it, with one worker killed under way."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("prometheus_client")

from tests.kafka.support import RealKafka

pytestmark = pytest.mark.kafka

RULES = """\
event Order { card: string  total: int  at: timestamp } time at
rule big { match by card  o: Order where total > 60 }
"""
JOB = """\
job: NAME
rules: [rules.pattern]
kafka:
  bootstrap.servers: "${SERVERS}"
  session.timeout.ms: 6000
  heartbeat.interval.ms: 300
  reconnect.backoff.max.ms: 500
  group.instance.id: "NAME-${CEP_WORKER}"
sources: {orders: {topic: NAME, types: {Order: {}}}}
guarantee: at_least_once
alerts: {file: "-", evidence: ids}
commit: 50ms
metrics: {port: 0}
"""
PARTITIONS = 4
PATIENCE = 60.0


class Workers:
    """The command, what it has written, and the orders that it reads."""

    def __init__(self, kafka: RealKafka, folder: Path) -> None:
        self.folder = folder
        self.topic = kafka.topic(PARTITIONS, stem="workers")
        self._producer = kafka.producer()
        (folder / "rules.pattern").write_text(RULES, encoding="utf-8")
        (folder / "job.yaml").write_text(JOB.replace("NAME", self.topic), encoding="utf-8")
        command = [sys.executable, "-m", "cep", "run", "--workers", "2", "job.yaml", "--log", "json"]
        with (folder / "err").open("wb") as err:
            # a pipe, as for a program that reads the alerts
            self.run = subprocess.Popen(
                command,
                cwd=folder,
                stdout=subprocess.PIPE,
                stderr=err,
                env={**os.environ, "SERVERS": kafka.address.bootstrap},
            )
        assert self.run.stdout is not None
        os.set_blocking(self.run.stdout.fileno(), False)
        self._out = b""

    def order(self, numbers: range) -> None:
        """Large orders, each of a card of its own."""
        for number in numbers:
            line = {"card": f"c{number}", "total": 61 + number % 30, "at": 1_700_000_000_000 + number}
            self._producer.produce(self.topic, json.dumps(line).encode(), f"c{number}".encode())
        self._producer.flush(PATIENCE)

    def said(self) -> list[dict[str, object]]:
        """The log so far, whose every line is an object."""
        lines = (self.folder / "err").read_text(encoding="utf-8").splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def cards(self) -> Counter[str]:
        """The cards of all alerts so far, each a whole line."""
        assert self.run.stdout is not None
        self._out += self.run.stdout.read() or b""
        return Counter(json.loads(line)["fields"]["card"] for line in self._out.splitlines())

    def addresses(self) -> dict[int, str]:
        """Where each worker serves its numbers, by the last that it has said."""
        found = {}
        for entry in self.said():
            if told := re.fullmatch(r"metrics and health at (\S+)", str(entry["message"])):
                assert isinstance(entry["worker"], int)
                found[entry["worker"]] = told[1]
        return found

    def pids(self) -> dict[int, int]:
        """The process of each worker, by the last that was said of it."""
        told = (re.fullmatch(r"worker (\d) of 2 is process (\d+)", str(entry["message"])) for entry in self.said())
        return {int(one[1]): int(one[2]) for one in told if one}

    def shards(self) -> dict[int, float]:
        """How many shards each worker owns, of those that are ready."""
        return {number: owned for number, address in self.addresses().items() if (owned := _owned(address)) is not None}

    def wait_for(self, so: Callable[[], bool]) -> None:
        """Until something is so."""
        end = time.monotonic() + PATIENCE
        while not so():
            assert time.monotonic() < end, self.said()[-5:]
            assert self.run.poll() is None, self.said()[-5:]
            time.sleep(0.1)


def _owned(address: str) -> float | None:
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=10):
            pass
        with urllib.request.urlopen(f"{address}/metrics", timeout=10) as answer:
            found = re.search(r"^cep_shards_owned (\S+)$", answer.read().decode(), re.M)
            return None if found is None else float(found[1])
    except (urllib.error.URLError, OSError):
        return None


@contextmanager
def working(kafka: RealKafka, folder: Path) -> Iterator[Workers]:
    """Workers that are not left behind."""
    workers = Workers(kafka, folder)
    try:
        yield workers
    finally:
        if workers.run.poll() is None:
            workers.run.kill()
        workers.run.wait(PATIENCE)


def test_one_that_is_killed_is_started_again_and_nothing_is_lost(kafka: RealKafka, tmp_path: Path) -> None:
    with working(kafka, tmp_path) as workers:
        workers.order(range(100))
        workers.wait_for(lambda: sorted(workers.shards().values()) == [2, 2])
        workers.wait_for(lambda: len(workers.cards()) == 100)
        killed = workers.pids()[1]
        os.kill(killed, signal.SIGKILL)
        workers.order(range(100, 200))
        workers.wait_for(lambda: workers.pids()[1] != killed)
        workers.wait_for(lambda: sorted(workers.shards().values()) == [2, 2])
        workers.wait_for(lambda: len(workers.cards()) == 200)
        said = [str(entry["message"]) for entry in workers.said()]
        assert "worker 1 was ended by SIGKILL; it is started again in 1 s" in said
        workers.run.send_signal(signal.SIGTERM)
        assert workers.run.wait(PATIENCE) == 0
        entries = workers.said()
        assert sorted(str(entry["worker"]) for entry in entries if "summary" in entry) == ["0", "1"]
        assert [entry for entry in entries if entry["level"] == "error"] == []


def test_ctrl_c_ends_all_and_one_that_is_killed_takes_them_along(kafka: RealKafka, tmp_path: Path) -> None:
    with working(kafka, tmp_path) as workers:
        workers.wait_for(lambda: len(workers.addresses()) == 2)
        workers.run.send_signal(signal.SIGINT)
        assert workers.run.wait(PATIENCE) == 130
    (tmp_path / "again").mkdir()
    with working(kafka, tmp_path / "again") as workers:
        workers.wait_for(lambda: len(workers.addresses()) == 2)
        pids = workers.pids().values()
        workers.run.kill()
        workers.run.wait(PATIENCE)
        end = time.monotonic() + PATIENCE
        while any(Path(f"/proc/{pid}").exists() for pid in pids):
            assert time.monotonic() < end
            time.sleep(0.1)
