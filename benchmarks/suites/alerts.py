"""What an alert costs to write: from the matcher's report to its line, with its id."""

from __future__ import annotations

import lzma
from functools import partial
from itertools import islice
from pathlib import Path
from time import process_time

from benchmarks.engine import Feed
from benchmarks.suites import Case, Figures
from cep.runtime.alert import Alert, Evidence

EVENTS = Path(__file__).parents[1] / "data" / "events_200k_slow.jsonl.xz"
WORKLOADS = Path(__file__).parents[1] / "workloads"
BATCH = 1_000


def write(workload: str, evidence: Evidence, scale: float) -> Figures:
    """Of the alerts of a workload, the best of five readings; reading the events and matching are left out."""
    alerts = _alerts(workload, int(200_000 * scale))
    seconds = min(_seconds(alerts, evidence) for _ in range(5))
    named = min(_naming(alerts) for _ in range(5))
    written = sum(len(alert.json(evidence)) for alert in alerts)
    return {
        "us_per_alert": seconds / len(alerts) * 1e6,
        "us_per_id": named / len(alerts) * 1e6,
        "bytes_per_alert": written / len(alerts),
        "alerts": len(alerts),
    }


def _alerts(workload: str, number: int) -> list[Alert]:
    feed = Feed((WORKLOADS / f"{workload}.pattern").read_text(encoding="utf-8"))
    alerts: list[Alert] = []
    with lzma.open(EVENTS) as file:
        lines = islice(file, number)
        while batch := list(islice(lines, BATCH)):
            alerts.extend(feed.push(batch).alerts)
    return alerts


def _seconds(alerts: list[Alert], evidence: Evidence) -> float:
    # an alert remembers its id: each reading begins with alerts of its own
    fresh = [Alert(alert._form, alert._detection) for alert in alerts]
    begun = process_time()
    for alert in fresh:
        alert.json(evidence)
    return process_time() - begun


def _naming(alerts: list[Alert]) -> float:
    fresh = [Alert(alert._form, alert._detection) for alert in alerts]
    begun = process_time()
    for alert in fresh:
        _ = alert.alert_id
    return process_time() - begun


CASES: dict[str, Case] = {
    f"{workload}, {evidence}": partial(write, workload, evidence)
    for workload in ("P1", "P2", "P3", "P4")
    for evidence in ("full", "fields", "ids")
}
