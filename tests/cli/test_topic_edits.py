"""Rules edited while `cep run` works over topics."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from cep.cli.interruption import Interruption
from cep.cli.run_options import RunOptions
from cep.cli.run_session import RunSession
from cep.cli.topic_edits import TopicEdits
from cep.testing.simulated_kafka import SimulatedKafka

RULES = "event Order { total: int  at: timestamp } time at\nrule big { match o: Order where total > 60 }\n"
JOB = """\
job: big
rules: [rules.pattern]
kafka: {bootstrap.servers: simulated}
sources: {orders: {topic: orders, types: {Order: {}}}}
alerts: {topic: out, evidence: ids}
commit: 1ms
"""
Run = Callable[..., tuple[int, str, list[int]]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run the job with something done between rounds, by their number, and then end it; the code, what was said, and
    which orders alerts were written for."""
    cluster = SimulatedKafka(1)
    cluster.create("orders", 1)
    cluster.create("out", 1)
    monkeypatch.setattr("cep.cli.kafka_session.client", lambda: cluster.process("a"))
    monkeypatch.chdir(tmp_path)
    Path("rules.pattern").write_text(RULES, encoding="utf-8")
    Path("job.yaml").write_text(JOB, encoding="utf-8")

    def run(at: Mapping[int, Callable[[], object]], **options: Any) -> tuple[int, str, list[int]]:
        between, calls = TopicEdits.between, 0

        def counted(edits: TopicEdits) -> None:
            nonlocal calls
            calls += 1
            at.get(calls, lambda: None)()
            between(edits)
            if calls == max(at) + 400:
                os.kill(os.getpid(), signal.SIGTERM)

        def write() -> None:
            for total in (30, 70):
                row = {"total": total, "at": 1_700_000_000_000 + 1000 * len(cluster.records("orders"))}
                cluster.write("orders", json.dumps(row).encode())

        monkeypatch.setattr(TopicEdits, "between", counted)
        at = {100: write, max(at) + 200: write, **at}
        with Interruption() as interruption:
            code = RunSession(RunOptions(("job.yaml",), **options), interruption, as_json=False, out=None).run()
        alerts = [json.loads(entry.value or b"") for entry in cluster.records("out")]
        return code, capfd.readouterr().err, [int(one["events"][0]["source"].split("/")[-1]) for one in alerts]

    return run


def edit(old: str, new: str, name: str = "rules.pattern") -> None:
    """Change a file."""
    path = Path(name)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def asked(old: str, new: str, name: str = "rules.pattern") -> Callable[[], None]:
    """Change a file, and ask for it to be taken."""

    def ask() -> None:
        edit(old, new, name)
        os.kill(os.getpid(), signal.SIGHUP)

    return ask


def test_edited_rules_are_taken_when_they_are_asked_for(run: Run) -> None:
    code, told, orders = run({300: asked("total > 60", "total > 20")})
    assert code == 0
    assert "of the rules taken by 1 shard" in told
    # of the two before the change the larger one, of those behind it both
    assert orders == [1, 2, 3]


def test_they_are_taken_when_files_change(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cep.cli.run_watch.EVERY", 0.0)
    looks = dict.fromkeys(range(301, 330), lambda: time.sleep(0.02))
    code, told, orders = run({300: lambda: edit("total > 60", "total > 20"), **looks}, watch=True)
    assert code == 0
    assert "of the rules taken by 1 shard" in told
    assert orders == [1, 2, 3]


@pytest.mark.parametrize(
    ("old", "new", "file", "why"),
    [
        ("total > 60", "totl > 20", "rules.pattern", "totl"),
        ("commit: 1ms", "commit: 5ms", "job.yaml", "error[C0269]: `commit` of the job cannot change while it runs"),
        ("topic: orders", "topic: others", "job.yaml", "error[C0269]: source `orders` of the job cannot change"),
    ],
)
def test_what_cannot_be_taken_leaves_the_worker_as_it_is(run: Run, old: str, new: str, file: str, why: str) -> None:
    code, told, orders = run({300: asked(old, new, file)})
    assert code == 0
    assert why in told
    assert "the run goes on with the rules it has" in told
    assert orders == [1, 3]


def test_where_nothing_has_changed_it_is_said(run: Run) -> None:
    code, told, orders = run({300: asked("total > 60", "total > 60")})
    assert code == 0
    assert "nothing to change" in told
    assert orders == [1, 3]
