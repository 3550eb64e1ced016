"""`cep feed webhook` from its options on: what it posts, what it refuses, what it keeps to itself."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from cep.cli.feed_session import WebhookOptions, fed
from cep.cli.interruption import Interruption
from cep.testing.simulated_kafka import SimulatedKafka

GIVEN = ("bootstrap.servers=simulated",)
JOB = """\
rules: [r.pattern]
kafka: {bootstrap.servers: simulated}
sources: {A: {topic: a}}
"""


class Hook(BaseHTTPRequestHandler):
    """Takes everything; refuses what says so."""

    got: ClassVar[list[tuple[dict[str, str], dict[str, Any]]]]

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.got.append((dict(self.headers), told))
        self.send_response(422 if told.get("bad") else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def hook() -> Iterator[tuple[type[Hook], str]]:
    class Handler(Hook):
        got: ClassVar[list[tuple[dict[str, str], dict[str, Any]]]] = []

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield Handler, f"http://127.0.0.1:{server.server_port}/hidden-path?token=hidden-token"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimulatedKafka:
    monkeypatch.chdir(tmp_path)
    made = SimulatedKafka(1)
    made.create("out", 1)
    made.create("refused", 1)
    for number in range(5):
        value = {"alert_id": f"{number:032d}", "revision": 1, "bad": number == 3}
        made.write("out", json.dumps(value).encode(), b"k")
    monkeypatch.setattr("cep.cli.kafka_session.client", lambda: made.process("feed"))
    Path("job.yaml").write_text(JOB + "alerts: {topic: out}\n", encoding="utf-8")
    Path("silent.yaml").write_text(JOB, encoding="utf-8")
    return made


@pytest.fixture
def feed(
    cluster: SimulatedKafka, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Runs it until so many records are behind the group's offsets; the exit code, and what it said."""

    def run(where: str, url: str, *, until: int = 5, **more: Any) -> tuple[int, str]:
        def asked(self: Interruption) -> bool:
            done = sum(position.offset for position in cluster.committed("out-webhook").values())
            cluster.clock.advance(0.05)
            if done >= until:
                self.exit_code = 0
            return done >= until

        monkeypatch.setattr(Interruption, "asked", asked)
        monkeypatch.setattr("cep.connectors.webhook.feeder.COMMIT_EVERY", 0.01)
        with Interruption() as interruption:
            code = fed(WebhookOptions(where, url, **more), interruption)
        return code, capfd.readouterr().err

    return run


def test_alerts_are_posted_and_refused_ones_kept(
    feed: Callable[..., tuple[int, str]], hook: tuple[type[Hook], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    handler, url = hook
    monkeypatch.setenv("TOKEN", "hidden-bearer")
    Path("secret").write_text("hidden-secret\n", encoding="utf-8")
    code, said = feed(
        "job.yaml", url, dead_file=Path("dead.jsonl"), secret_file=Path("secret"),
        headers=("Authorization: Bearer ${TOKEN}",),
    )  # fmt: skip
    assert code == 0
    assert [told["alert_id"] for _, told in handler.got] == [f"{number:032d}" for number in range(5)]
    told = handler.got[0][0]
    assert (told["Authorization"], told["Idempotency-Key"]) == ("Bearer hidden-bearer", "0" * 32)
    assert told["webhook-signature"].startswith("v1,")
    assert "hidden" not in said
    assert "cep: 4 delivered, 1 refused, 0 attempts made again" in said
    (letter,) = map(json.loads, Path("dead.jsonl").read_text().splitlines())
    assert (letter["dead_letter"], letter["place"]) == ("HTTP 422", "out/0/3")


def test_refused_ones_may_go_to_a_topic(
    feed: Callable[..., tuple[int, str]], hook: tuple[type[Hook], str], cluster: SimulatedKafka
) -> None:
    assert feed("out", hook[1], kafka=GIVEN, dead_topic="refused")[0] == 0
    (letter,) = cluster.records("refused")
    assert json.loads(letter.value or b"")["place"] == "out/0/3"


def test_a_receiver_that_refuses_everything(
    feed: Callable[..., tuple[int, str]], hook: tuple[type[Hook], str], cluster: SimulatedKafka
) -> None:
    for number in range(5, 30):
        value = {"alert_id": f"{number:032d}", "revision": 1, "bad": True}
        cluster.write("out", json.dumps(value).encode(), b"k")
    begun = time.monotonic()
    code, said = feed("out", hook[1], until=99, kafka=GIVEN, dead_file=Path("dead.jsonl"), refusals=4)
    assert code == 3
    # the time in which requests under way are waited for is 15 s
    assert time.monotonic() - begun < 12
    assert "error[C0337]: one alert after the other is refused: HTTP 422" in said
    assert "hidden" not in said
    assert len(Path("dead.jsonl").read_text().splitlines()) == 1 + 4


@pytest.mark.parametrize(
    ("where", "more", "code"),
    [
        ("silent.yaml", {"dead_file": Path("d")}, "C0335"),
        ("none.yaml", {"dead_file": Path("d")}, "C0210"),
        ("out", {"dead_file": Path("d")}, "C0322"),
        ("out", {"kafka": GIVEN}, "C0336"),
        ("out", {"kafka": GIVEN, "dead_file": Path("d"), "dead_topic": "refused"}, "C0336"),
        ("out", {"kafka": GIVEN, "dead_topic": "nowhere"}, "C0290"),
        ("nowhere", {"kafka": GIVEN, "dead_file": Path("d")}, "C0290"),
        ("out", {"kafka": GIVEN, "dead_file": Path("/proc/nowhere/d")}, "C0115"),
        ("out", {"kafka": GIVEN, "dead_file": Path("d"), "secret_file": Path("none")}, "C0338"),
        ("out", {"kafka": GIVEN, "dead_file": Path("d"), "secret_file": Path("empty")}, "C0338"),
        ("out", {"kafka": GIVEN, "dead_file": Path("d"), "headers": ("Authorization",)}, "C0338"),
        ("out", {"kafka": GIVEN, "dead_file": Path("d"), "headers": ("A: ${NOT_THERE}",)}, "C0338"),
    ],
)
def test_what_is_refused(feed: Callable[..., tuple[int, str]], where: str, more: dict[str, Any], code: str) -> None:
    Path("empty").write_text("\n", encoding="utf-8")
    found, said = feed(where, "http://127.0.0.1:1/", **more)
    assert found == 2
    assert f"error[{code}]" in said


def test_no_address(feed: Callable[..., tuple[int, str]]) -> None:
    found, said = feed("out", "alerts.example.com/hidden", kafka=GIVEN, dead_file=Path("d"))
    assert found == 2
    assert "error[C0338]" in said and "hidden" not in said
