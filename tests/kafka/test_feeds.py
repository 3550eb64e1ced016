"""Who takes alerts from a topic, over a real broker and killed with SIGKILL: a database, a web address."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.kafka.feeds_over_broker import ROOT
from tests.kafka.support import SECONDS, RealKafka

pytestmark = pytest.mark.kafka

ALERTS = 600
KEYS = 20


def written(kafka: RealKafka) -> str:
    """A topic of alerts with two revisions each, something that is none, and an aborted transaction."""
    topic = kafka.topic(2)
    producer = kafka.producer(kafka.name("job"))
    for revision in (1, 2):
        producer.begin()
        for number in range(ALERTS):
            producer.produce(topic, alert(number, revision), b"k%d" % (number % KEYS))
        producer.commit(SECONDS)
    producer.begin()
    producer.produce(topic, b"no alert", b"k0")
    producer.commit(SECONDS)
    producer.begin()
    producer.produce(topic, alert(ALERTS, 1), b"k")
    producer.flush(SECONDS)
    producer.abort(SECONDS)
    return topic


def alert(number: int, revision: int) -> bytes:
    """One alert."""
    told = {
        "alert_id": f"{number:032d}", "rule": "r", "version": 1, "kind": "match", "revision": revision,
        "closed": revision == 2, "severity": None, "tags": [], "key": {"k": number % KEYS},
        "start": "2026-11-20T10:00:00.000Z", "end": "2026-11-20T10:00:00.000Z", "fields": {"n": number}, "events": [],
        "suppressed": 0,
    }  # fmt: skip
    return json.dumps(told).encode()


@contextmanager
def killed(command: list[str], folder: Path, done: Callable[[], bool], deaths: int = 2) -> Iterator[None]:
    """A process that is killed now and then, and started again, until something is done."""

    def start() -> subprocess.Popen[bytes]:
        with (folder / "err").open("ab") as errors:
            return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=errors)

    process = start()
    try:
        for number in range(deaths):
            time.sleep(1.0 + 0.4 * number)
            process.kill()
            process.wait()
            process = start()
        end = time.monotonic() + 60
        while not done():
            assert time.monotonic() < end, (folder / "err").read_text()
            assert process.poll() is None, (folder / "err").read_text()
            time.sleep(0.1)
        yield
        process.terminate()
        # one that has just started takes no notice of it yet
        assert process.wait(30) in (0, -signal.SIGTERM)
    finally:
        process.kill()
        process.wait()


def test_a_database_has_the_latest_revision_of_each(kafka: RealKafka, tmp_path: Path) -> None:
    topic, path = written(kafka), tmp_path / "alerts.db"
    command = [sys.executable, str(ROOT / "examples" / "feed_consumer" / "consumer.py"), kafka.address.bootstrap, topic]

    def rows() -> list[tuple[str, int, int]]:
        if not path.exists():
            return []
        with closing(sqlite3.connect(path)) as database:
            try:
                return database.execute("SELECT alert_id, revision, closed FROM alerts ORDER BY 1").fetchall()
            except sqlite3.OperationalError:
                return []

    wanted = [(f"{number:032d}", 2, 1) for number in range(ALERTS)]
    with killed([*command, "--sqlite", str(path)], tmp_path, lambda: rows() == wanted):
        pass


class Hook(BaseHTTPRequestHandler):
    """Is busy at times, and remembers what it took."""

    got: ClassVar[list[tuple[int, int]]]
    asked: int
    lock: threading.Lock

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        time.sleep(0.005)
        with self.lock:
            type(self).asked += 1
            status = 503 if self.asked % 50 == 0 else 200
            if status == 200:
                self.got.append((int(told["alert_id"]), told["revision"]))
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def hook() -> type[Hook]:
    """One of its own."""

    class Handler(Hook):
        got: ClassVar[list[tuple[int, int]]] = []
        asked = 0
        lock = threading.Lock()

    return Handler


@contextmanager
def receiver() -> Iterator[tuple[type[Hook], str]]:
    """One that is asked over the network, and its address."""
    handler = hook()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield handler, f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def webhook(kafka: RealKafka, topic: str, url: str, folder: Path) -> list[str]:
    """The command."""
    dead, servers = str(folder / "dead.jsonl"), f"bootstrap.servers={kafka.address.bootstrap}"
    return [
        sys.executable, "-m", "cep", "feed", "webhook", topic, "--to", url, "--dead-letters", dead,
        "--kafka", servers, "--kafka", "session.timeout.ms=6000",
    ]  # fmt: skip


WANTED = {(number, revision) for number in range(ALERTS) for revision in (1, 2)}


def check(handler: type[Hook], folder: Path) -> None:
    """Each has come, and no alert before those of its key that stand before it."""
    assert set(handler.got) == WANTED
    first = list(dict.fromkeys(handler.got))
    for key in range(KEYS):
        mine = [each for each in first if each[0] % KEYS == key]
        assert mine == sorted(mine, key=lambda each: (each[1], each[0]))
    letters = (folder / "dead.jsonl").read_bytes().splitlines()
    assert letters and all(b'"dead_letter":"it is no alert"' in letter for letter in letters)


def test_a_web_address_gets_each_in_the_order_of_its_key(kafka: RealKafka, tmp_path: Path) -> None:
    topic = written(kafka)
    with receiver() as (handler, url):
        command = webhook(kafka, topic, url, tmp_path)
        with killed(command, tmp_path, lambda: set(handler.got) >= WANTED, deaths=1):
            check(handler, tmp_path)


@pytest.mark.long
def test_a_second_process_comes_and_goes(kafka: RealKafka, tmp_path: Path) -> None:
    topic = written(kafka)
    with receiver() as (handler, url):
        command = webhook(kafka, topic, url, tmp_path)
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with (
            subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as second,
            killed(command, tmp_path, lambda: len(set(handler.got)) > len(WANTED) // 2, deaths=1),
        ):
            second.terminate()
            assert second.wait(60) in (0, -signal.SIGTERM)
        with killed(command, tmp_path, lambda: set(handler.got) >= WANTED, deaths=1):
            check(handler, tmp_path)
