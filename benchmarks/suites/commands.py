"""Figures of whole commands, as a user would start them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import CEP, MIB, first_line, floor, usage, usage_again
from benchmarks.suites import Figures


def run_figures(rules: Path, events: Path, options: Sequence[str] = ()) -> Figures:
    """Of `cep run`: CPU time with the start left out, and beside the floor in the same moment."""
    with tempfile.TemporaryDirectory() as name:
        empty, report = Path(name) / "empty.jsonl", Path(name) / "report.json"
        empty.touch()
        run = [*CEP, "run", str(rules), *options]
        tail = ["--to", str(Path(name) / "alerts.jsonl"), "--output", "json", "--out", str(report)]
        lowest = floor(events)
        start = usage_again([*run, "--from", str(empty), *tail])
        used = usage([*run, "--from", str(events), *tail])
        found = json.loads(report.read_text(encoding="utf-8"))
        alerts = found["alerts"]["total"]
        micros = (used.seconds - start.seconds) / found["events"] * 1e6
        figures = {
            "us_per_event": micros,
            "x_floor": micros / lowest,
            "floor_us": lowest,
            "events_per_s": found["events"] / max(used.wall - start.wall, 1e-9),
            "alerts": alerts,
            "late": found["late"],
            "resident_mib": used.resident / MIB,
            "start_s": start.seconds,
        }
        if alerts:
            figures["first_alert_s"] = first_line([*run, "--from", str(events), "--quiet"])
    return figures
