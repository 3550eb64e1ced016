"""The broker of the tests: who gets in, what outlives its death, and that none is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from tests.kafka.broker.server import Broker
from tests.kafka.broker.shared import Address
from tests.kafka.broker.toolchain import Unavailable, need_tools

pytestmark = pytest.mark.kafka


def _topics(settings: Mapping[str, Any], seconds: float = 10.0) -> set[str]:
    errors: list[str] = []
    asked: dict[str, Any] = {**settings, "error_cb": lambda error: errors.append(error.name()), "log_level": "0"}
    admin = AdminClient(asked)
    try:
        return set(admin.list_topics(timeout=seconds).topics)
    except KafkaException as error:
        admin.poll(0.1)
        raise PermissionError(*errors) from error


def test_the_guarded_port_lets_in_who_has_the_password_and_knows_the_certificate(broker: Address) -> None:
    assert isinstance(_topics(broker.secure()), set)
    assert isinstance(_topics(broker.secure("stranger")), set)
    with pytest.raises(PermissionError, match="_AUTHENTICATION"):
        _topics(broker.secure(password="wrong"), 3.0)
    unknown = broker.secure()
    del unknown["ssl.ca.location"]
    with pytest.raises(PermissionError, match="_SSL"):
        _topics(unknown, 3.0)


def test_what_was_written_is_there_after_a_kill_and_a_restart_on_the_same_ports(broker_folder: Path) -> None:
    with Broker(broker_folder) as broker:
        settings: dict[str, Any] = {"bootstrap.servers": broker.bootstrap, "reconnect.backoff.max.ms": "500"}
        admin = AdminClient(settings)
        admin.create_topics([NewTopic("kept", 1, 1)])["kept"].result(10)
        producer = Producer({**settings, "enable.idempotence": "true", "log_level": "0"})
        producer.produce("kept", b"before")
        assert producer.flush(10) == 0
        first = broker.pid
        broker.kill()
        assert first is not None
        with pytest.raises(ProcessLookupError):
            os.kill(first, 0)
        broker.start()
        producer.produce("kept", b"after")
        assert producer.flush(20) == 0
        consumer = Consumer({**settings, "group.id": "readers"})
        consumer.assign([TopicPartition("kept", 0, 0)])
        found: list[bytes | None] = []
        limit = time.monotonic() + 20
        while len(found) < 2 and time.monotonic() < limit:
            found += [message.value() for message in consumer.consume(2, 0.5)]
        consumer.close()
        assert found == [b"before", b"after"]
        last = broker.pid
    assert last is not None
    with pytest.raises(ProcessLookupError):
        os.kill(last, 0)


_USER = """
import sys, time
from pathlib import Path
from tests.kafka.broker.shared import shared_broker

with shared_broker(Path(sys.argv[1])) as address:
    print(address.bootstrap, flush=True)
    time.sleep(float(sys.argv[2]))
"""


def _user(folder: Path, seconds: float) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", _USER, str(folder), str(seconds)], stdout=subprocess.PIPE, text=True)


def _address(user: subprocess.Popen[str]) -> str:
    assert user.stdout is not None
    return user.stdout.readline().strip()


def _java_below(folder: Path) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if words.startswith(b"java\0") and str(folder).encode() in words:
            found.append(int(process.name))
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_shared_broker_ends_after_its_last_user_however_that_one_ends(kafka_there: None, tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    users = [_user(folder, 600), _user(folder, 600)]
    try:
        first, second = map(_address, users)
        assert first == second != ""
        assert len(_java_below(folder)) == 1
        users[0].send_signal(signal.SIGKILL)
        users[0].wait()
        time.sleep(1)
        assert len(_java_below(folder)) == 1
        users[1].send_signal(signal.SIGKILL)
        users[1].wait()
        limit = time.monotonic() + 20
        while _java_below(folder) and time.monotonic() < limit:
            time.sleep(0.1)
        assert _java_below(folder) == []
    finally:
        for user in users:
            user.kill()
            user.communicate()


def test_without_java_or_maven_it_is_said_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="needs java, keytool, mvn"):
        need_tools()


@pytest.mark.parametrize(
    ("ci", "told"),
    [("", "left out: 1 test (without a Kafka broker: needs java"), ("true", "Failed: without a Kafka broker")],
)
def test_a_run_without_a_broker_says_what_it_left_out_and_fails_in_ci(ci: str, told: str, tmp_path: Path) -> None:
    guarded = "tests/kafka/test_broker.py::test_the_guarded_port_lets_in_who_has_the_password_and_knows_the_certificate"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'base'}", guarded],
        env={**os.environ, "PATH": str(tmp_path), "CI": ci},
        cwd=Path(__file__).parent.parent.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert told in done.stdout
    assert (done.returncode != 0) == (ci == "true")
