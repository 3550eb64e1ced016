"""A whole `cep run` over TLS and SCRAM, with records of a guarded schema registry; its secrets show nowhere."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer

from cep.connectors.job.reader import read_job
from cep.connectors.kafka.confluent import Librdkafka
from cep.connectors.kafka.port import Place, Position
from tests.connectors.formats.loopback_registry import LoopbackRegistry, loopback_registry
from tests.connectors.formats.support import VALUE
from tests.kafka.broker.settings import USERS
from tests.kafka.feeds_over_broker import ROOT
from tests.kafka.support import SECONDS, RealKafka, drain, has_ends

pytestmark = pytest.mark.kafka

RULES = """\
event Order { card: string  total: decimal  at: timestamp } time at
rule twice { match by card within 1h  a: Order then b: Order where total > 60  emit { card, total: b.total } }
"""
JOB = """\
job: {name}
rules: [rules.pattern]
kafka:
  bootstrap.servers: "{servers}"
  security.protocol: SASL_SSL
  ssl.ca.location: {authority}
  sasl.mechanism: SCRAM-SHA-512
  sasl.username: worker
  sasl.password: {password}
schema_registry: {{url: "{registry}", basic.auth.user.info: {info}}}
sources: {{Order: {{topic: {topic}, format: avro}}}}
alerts: {{topic: {alerts}}}
dead_letters: {{topic: {dead}}}
guarantee: exactly_once
"""
SCHEMA = {
    "type": "record",
    "name": "Order",
    "fields": [
        {"name": "card", "type": "string"},
        {"name": "total", "type": {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2}},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    ],
}
INFO = "reader:registry-secret"
SECRETS = (USERS["worker"], "registry-secret", "wrong-secret")
BY_FILE = {"password": "{file: password}", "info": "{file: info}"}
BY_VARIABLE = {"password": '"${PASSWORD}"', "info": '"${INFO}"'}
LIMIT = 60.0


class Secured:
    """A job over topics of its own, and the registry of its schemas."""

    def __init__(self, kafka: RealKafka, registry: LoopbackRegistry, folder: Path) -> None:
        self.kafka, self.registry, self.folder = kafka, registry, folder
        self.name = kafka.name("secured")
        self.topics = {kind: kafka.topic(stem=kind) for kind in ("topic", "alerts", "dead")}
        given = SchemaRegistryClient({"url": registry.url, "basic.auth.user.info": INFO})
        self._serialize = AvroSerializer(given, json.dumps(SCHEMA))
        (folder / "rules.pattern").write_text(RULES, encoding="utf-8")
        (folder / "password").write_text(USERS["worker"] + "\n", encoding="utf-8")
        (folder / "info").write_text(INFO, encoding="utf-8")
        self.said: list[bytes] = []

    def job(self, secrets: dict[str, str]) -> Path:
        """Its file."""
        settings = self.kafka.address.secure()
        path = self.folder / "job.yaml"
        text = JOB.format(
            name=self.name,
            servers=settings["bootstrap.servers"],
            authority=settings["ssl.ca.location"],
            registry=self.registry.url,
            **self.topics,
            **secrets,
        )
        path.write_text(text, encoding="utf-8")
        return path

    def order(self, total: str, second: int) -> None:
        """A record of the topic."""
        raw = self._serialize({"card": "c", "total": Decimal(total), "at": 1_700_000_000_000 + 1000 * second}, VALUE)
        producer = self.kafka.producer()
        producer.produce(self.topics["topic"], raw, None, 0)
        producer.flush(SECONDS)

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[bytes]:
        """A command, with the secrets in its environment."""
        given = {"PASSWORD": USERS["worker"], "INFO": INFO, **variables}
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **given}
        command = [sys.executable, "-m", "cep", *arguments]
        return subprocess.Popen(
            command, cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def ended(self, process: subprocess.Popen[bytes]) -> int:
        """The exit code of a command; what it said is kept."""
        try:
            self.said += process.communicate(timeout=LIMIT)
        finally:
            process.kill()
        return process.returncode

    def records(self, topic: str) -> list[bytes]:
        """Keys and values of a topic's records."""
        place: Place = (topic, 0)
        consumer = self.kafka.consumer(self.kafka.name("reader"))
        consumer.start([Position(*place, 0)])
        polled = drain(consumer, has_ends(place))
        consumer.close()
        return [part for each in polled.fetched for part in (*each.keys, *each.values) if part is not None]

    def alerts(self) -> list[Any]:
        """The totals that were told of."""
        found = [json.loads(raw) for raw in self.records(self.topics["alerts"])]
        return [alert["fields"]["total"] for alert in found if "alert_id" in alert]

    def until(self, totals: list[Any], process: subprocess.Popen[bytes]) -> None:
        """Wait for alerts."""
        end = time.monotonic() + LIMIT
        while self.alerts() != totals:
            assert process.poll() is None and time.monotonic() < end, self.said
            time.sleep(0.3)


def test_a_job_over_tls_and_scram_and_its_secrets(kafka: RealKafka, tmp_path: Path) -> None:
    with loopback_registry() as registry:
        registry.user = INFO
        job = Secured(kafka, registry, tmp_path)
        job.order("10.00", 0)
        job.order("61.50", 1)
        for secrets, totals in ((BY_VARIABLE, [61.5]), (BY_FILE, [61.5, 99.25])):
            process = job.start("run", str(job.job(secrets)))
            job.until(totals, process)
            process.send_signal(signal.SIGTERM)
            assert job.ended(process) == 0
            # the second run goes on where the first one stopped
            job.order("10.00", 2)
            job.order("99.25", 3)
        job.job(BY_VARIABLE)
        assert job.ended(job.start("run", "job.yaml", PASSWORD="wrong-secret")) == 2
        assert b"C0294" in job.said[-1] and b"invalid credentials" in job.said[-1]
        assert job.ended(job.start("run", "job.yaml", INFO="wrong-secret")) == 2
        assert b"C0298" in job.said[-1]
        job.ended(job.start("check", "job.yaml"))
        changelog = job.records(f"{job.name}-changelog")
        assert changelog and job.records(job.topics["dead"]) == []
        kept = [path for path in tmp_path.rglob("*") if path.is_file() and path.name not in ("password", "info")]
        seen = [*job.said, *changelog, *job.records(job.topics["alerts"]), *(path.read_bytes() for path in kept)]
        assert [text for text in seen for secret in SECRETS if secret.encode() in text] == []


def test_not_even_the_log_of_the_client_shows_a_secret(kafka: RealKafka, tmp_path: Path) -> None:
    log = logging.Logger("client")
    heard: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: heard.append(record.getMessage())  # type: ignore[method-assign]
    log.addHandler(handler)
    settings = {**kafka.address.secure(), "debug": "conf,security,broker", "group.id": kafka.name("g")}
    consumer = Librdkafka(log).consumer(settings)
    consumer.start([Position(kafka.topic(), 0, 0)])
    limit = time.monotonic() + SECONDS
    while not any("SASL" in line for line in heard) and time.monotonic() < limit:
        consumer.poll(1, 0.1)
    consumer.close()
    assert any("sasl.username" in line for line in heard)
    assert [line for line in heard if USERS["worker"] in line] == []


def test_a_job_that_is_printed_shows_no_secret(kafka: RealKafka, tmp_path: Path) -> None:
    with loopback_registry() as registry:
        registry.user = INFO
        read = read_job(Secured(kafka, registry, tmp_path).job(BY_FILE))
    assert read.kafka is not None and read.kafka.settings["sasl.password"] == USERS["worker"]
    assert [secret for secret in SECRETS if secret in repr(read)] == []
