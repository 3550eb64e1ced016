"""`cep run` with `metrics`: over standard input, which grows, and with state."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("prometheus_client")

from cep.cli.interruption import Interruption
from cep.cli.run_metrics import follow_run
from cep.cli.run_options import RunOptions
from cep.cli.run_session import RunSession
from cep.runtime.metrics import catalog
from cep.runtime.metrics.catalog import CATALOG
from cep.runtime.metrics.histogram import Counts
from cep.runtime.metrics.meter import Meter

RULES = """\
event Order { card: string  total: int  at: timestamp } time at
rule big { match o: Order where total > 60 }
rule two { match by card within 1h  a: Order  then b: Order where total > a.total }
"""
JOB = """\
rules: [rules.pattern]
sources: {orders: {file: "-", types: {Order: {}}}}
metrics: {port: 0}
"""
SECONDS = 20.0


def served(address: str, wanted: str) -> str:
    """The numbers, once a line of them is there."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        with urllib.request.urlopen(f"{address}/metrics", timeout=10) as answer:
            text: str = answer.read().decode()
        if wanted in text.splitlines():
            return text
        time.sleep(0.05)
    raise AssertionError(f"no `{wanted}` in {text}")


def test_numbers_follow_what_comes_in(tmp_path: Path) -> None:
    (tmp_path / "rules.pattern").write_text(RULES, encoding="utf-8")
    (tmp_path / "job.yaml").write_text(JOB, encoding="utf-8")
    command = [sys.executable, "-m", "cep", "run", "job.yaml"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as run:
        assert run.stdin is not None and run.stderr is not None
        told = run.stderr.readline().decode()
        found = re.fullmatch(r"cep: metrics and health at (http://127\.0\.0\.1:\d+)\n", told)
        assert found is not None, told
        # the first record is waited for before anything runs
        served(found[1], "cep_ready 0.0")
        for second, total in enumerate((10, 70, 90)):
            run.stdin.write(b'{"card": "a", "total": %d, "at": %d}\n' % (total, (1_700_000_000 + second) * 1000))
        run.stdin.write(b"nothing\n")
        run.stdin.flush()
        text = served(found[1], "cep_dead_letters_total 1.0").splitlines()
        assert "cep_events_total 4.0" in text
        assert 'cep_alerts_total{rule="big"} 2.0' in text
        assert 'cep_open_runs{rule="two"} 1.0' in text
        assert any(line.startswith('cep_watermark_lag_seconds{shard="all"} ') for line in text)
        run.stdin.close()
        assert run.wait(SECONDS) == 0


def test_snapshots_are_timed(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = (shop / "job.yaml").read_text(encoding="utf-8")
    (shop / "job.yaml").write_text(job + "metrics: {port: 0}\n", encoding="utf-8")
    meters: list[Meter] = []

    def kept(meter: Meter, *args: Any) -> None:
        meters.append(meter)
        follow_run(meter, *args)

    monkeypatch.setattr("cep.cli.run_metrics.follow_run", kept)
    with Interruption() as interruption:
        code = RunSession(RunOptions(("job.yaml",), quiet=True), interruption, as_json=False, out=None).run()
    assert code == 0
    meters[0].read()
    reading = meters[0].reading(0.0)
    counts = reading.of(catalog.SNAPSHOT)[()]
    assert isinstance(counts, Counts)
    assert counts.count >= 1
    outside = {catalog.READY, catalog.ROUND}
    for metric in CATALOG:
        assert bool(reading.of(metric)) is (metric not in outside and metric.jobs != "topics"), metric.name
