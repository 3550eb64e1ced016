"""A worker with a name of its own in the newer group protocol (KIP-848), killed and started again at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cep.connectors.kafka.port import Position
from tests.kafka.feeds_over_broker import ROOT
from tests.kafka.support import SECONDS, RealKafka, drain, has_ends

pytestmark = pytest.mark.kafka

RULES = """\
event Order { total: int  at: timestamp } time at
rule big { match o: Order where total > 60  emit { total: o.total } }
"""
JOB = """\
job: NAME
rules: [rules.pattern]
kafka:
  bootstrap.servers: "SERVERS"
  group.protocol: consumer
  group.instance.id: one
sources: {Order: {topic: NAME}}
alerts: {topic: NAME-alerts}
guarantee: exactly_once
"""
LIMIT = 60.0


class Named:
    """The job, and what it has told."""

    def __init__(self, kafka: RealKafka, folder: Path) -> None:
        self.kafka, self.folder = kafka, folder
        self.topic = kafka.topic(stem="named")
        self.alerts = kafka.topic(stem="alerts")
        text = JOB.replace("NAME-alerts", self.alerts).replace("NAME", self.topic)
        (folder / "rules.pattern").write_text(RULES, encoding="utf-8")
        (folder / "job.yaml").write_text(text.replace("SERVERS", kafka.address.bootstrap), encoding="utf-8")

    def start(self, log: str) -> subprocess.Popen[bytes]:
        """A worker; it is always the same one."""
        with (self.folder / log).open("wb") as err:
            return subprocess.Popen(
                [sys.executable, "-m", "cep", "run", "job.yaml"],
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stderr=err,
            )

    def order(self, total: int) -> None:
        """A record."""
        producer = self.kafka.producer()
        producer.produce(self.topic, json.dumps({"total": total, "at": 1_700_000_000_000 + total}).encode(), None, 0)
        producer.flush(SECONDS)

    def told(self) -> list[int]:
        """The totals of all alerts."""
        consumer = self.kafka.consumer(self.kafka.name("reader"))
        consumer.start([Position(self.alerts, 0, 0)])
        polled = drain(consumer, has_ends((self.alerts, 0)))
        consumer.close()
        values = [value for each in polled.fetched for value in each.values if value is not None]
        return [json.loads(value)["fields"]["total"] for value in values]

    def until(self, totals: list[int], process: subprocess.Popen[bytes]) -> None:
        """Wait for alerts."""
        end = time.monotonic() + LIMIT
        while self.told() != totals:
            assert process.poll() is None and time.monotonic() < end, sorted(self.folder.iterdir())
            time.sleep(0.3)


def test_a_worker_that_was_killed_takes_its_own_name_again(kafka: RealKafka, tmp_path: Path) -> None:
    job = Named(kafka, tmp_path)
    job.order(61)
    process = job.start("first")
    try:
        job.until([61], process)
        process.kill()
        process.wait()
        job.order(62)
        process = job.start("second")
        # the session of the one before is not over yet
        job.until([61, 62], process)
        assert "the name `one` still belongs to the process before" in (tmp_path / "second").read_text("utf-8")
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT) == 0
        job.order(63)
        # who has left may be followed at once
        process = job.start("third")
        job.until([61, 62, 63], process)
        assert "still belongs" not in (tmp_path / "third").read_text("utf-8")
    finally:
        process.kill()
        process.wait()
