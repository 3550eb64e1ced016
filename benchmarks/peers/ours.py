"""`cep run` on a workload, measured as its peers are."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from benchmarks.measure import CEP, first_line, usage, usage_again
from benchmarks.peers.engines import Figures

RULES = Path(__file__).parent.parent / "workloads"
Ids = tuple[int, ...]


def run(workload: str, events: Path, alerts: Path, timeout: float | None = None) -> Figures:
    """One process over the file, one over an empty one, whose CPU time is the start, and one until its first alert."""
    rules = str(RULES / f"{workload}.pattern")
    with tempfile.TemporaryDirectory() as name:
        empty, report = Path(name) / "empty.jsonl", Path(name) / "report.json"
        empty.touch()
        tail = ["--to", str(alerts), "--output", "json", "--out", str(report)]
        start = usage_again([*CEP, "run", rules, "--from", str(empty), *tail]).seconds
        used = usage([*CEP, "run", rules, "--from", str(events), *tail], timeout)
        found = json.loads(report.read_text(encoding="utf-8"))
    count, total = found["events"], found["alerts"]["total"]
    return Figures(
        cold=used.seconds / count * 1e6,
        warm=(used.seconds - start) / count * 1e6,
        first=first_line([*CEP, "run", rules, "--from", str(events), "--quiet"]) if total else None,
        resident=used.resident,
        matches=total,
    )


def alert_ids(alerts: Path) -> set[Ids]:
    """The matches of an alert file: the ids of the events of each."""
    with alerts.open(encoding="utf-8") as lines:
        return {tuple(event["data"]["id"] for event in json.loads(line)["events"]) for line in lines}


def match_ids(matches: Path) -> set[Ids]:
    """The matches of a peer's file."""
    with matches.open(encoding="utf-8") as lines:
        return {tuple(json.loads(line)["flat"]) for line in lines}


def agreement(ours: set[Ids], theirs: set[Ids]) -> str:
    """How a peer's matches compare to ours."""
    if ours == theirs:
        return "same"
    return f"{len(ours & theirs):,} of {len(ours):,}, {len(theirs - ours):,} others"
