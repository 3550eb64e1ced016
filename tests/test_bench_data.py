"""The four workloads over 200,000 events give exactly the matches that Apache Flink gave."""

from __future__ import annotations

import json
import lzma
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
DATA = BENCHMARKS / "data"


@pytest.mark.parametrize(("workload", "count"), [("P1", 3529), ("P2", 683), ("P3", 1323), ("P4", 452)])
def test_the_same_matches_as_flink(workload: str, count: int, tmp_path: Path) -> None:
    rules, alerts = BENCHMARKS / "workloads" / f"{workload}.pattern", tmp_path / "alerts.jsonl"
    events = DATA / "events_200k_slow.jsonl.xz"
    command = [sys.executable, "-m", "cep.cli.main", "run", str(rules), "--from", str(events), "--to", str(alerts)]
    done = subprocess.run([*command, "--output", "json"], stderr=subprocess.PIPE, text=True, check=True)
    summary = json.loads(done.stderr)
    assert (summary["events"], summary["late"], summary["dead_letters"]) == (200_000, 0, 0)
    with lzma.open(DATA / f"flink_{workload}.jsonl.xz", "rt") as file:
        expected = {tuple(json.loads(line)["flat"]) for line in file}
    found = [tuple(event["data"]["id"] for event in json.loads(line)["events"]) for line in alerts.open()]
    assert len(found) == len(expected) == count
    assert set(found) == expected
