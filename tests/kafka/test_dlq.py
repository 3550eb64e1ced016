"""`cep dlq` over a real broker: records come back with key and headers, once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cep.connectors.kafka.port import Position
from cep.runtime.dead_letters import DeadLetter
from tests.kafka.feeds_over_broker import ROOT
from tests.kafka.support import SECONDS, RealKafka, drain, has_ends, has_values

pytestmark = pytest.mark.kafka


def test_records_are_replayed_once_with_their_keys(kafka: RealKafka, tmp_path: Path) -> None:
    topic, dead = kafka.topic(2), kafka.topic()
    producer = kafka.producer()
    for number in range(3):
        producer.produce(topic, b"bad %d" % number, b"k%d" % number, 1, [("trace", b"x")])
        letter = DeadLetter("orders", topic, 1, number, "not valid JSON: it ends too early", b"bad %d" % number)
        producer.produce(dead, letter.json())
    producer.flush(SECONDS)

    def replay(*more: str) -> dict[str, int]:
        servers = f"bootstrap.servers={kafka.address.bootstrap}"
        command = [sys.executable, "-m", "cep", "dlq", "replay", dead, *more, "--kafka", servers, "--yes"]
        done = subprocess.run(
            [*command, "--output", "json"], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode in (0, 1), done.stderr
        return {name: count for name, count in json.loads(done.stdout)["counts"].items() if count}

    assert replay(f"{topic}/1/2") == {"ready": 1}
    assert replay() == {"ready": 2, "done": 1}
    assert replay() == {"done": 3}
    consumer = kafka.consumer("reader", headers=True)
    consumer.start([Position(topic, number, 0) for number in range(2)])
    found = drain(consumer, lambda polled: has_values(6)(polled) and has_ends((topic, 0), (topic, 1))(polled)).fetched
    values, keys, headers = [], [], []
    for each in found:
        assert each.partition == 1
        values += each.values
        keys += each.keys
        headers += each.headers or []
    assert values[3:] == [b"bad 2", b"bad 0", b"bad 1"]
    assert keys[3:] == [b"k2", b"k0", b"k1"]
    assert dict(headers[3]) == {"trace": b"x", "cep-replay": b"1", "cep-replay-of": f"{topic}/1/2".encode()}
