"""How far event time has come when an alert can be read, beyond the last event of its match.

Events are handed over one by one, so that nothing waits for a batch: what remains is the lateness that the events
declare (five seconds here), and for P3 the starts that are still open. Seconds of event time.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterable
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import quantiles

from benchmarks.engine import Feed
from benchmarks.suites import Case, Figures

BENCHMARKS = Path(__file__).parent.parent
EVENTS = BENCHMARKS / "data" / "events_200k_slow.jsonl.xz"


def delay(workload: str, scale: float) -> Figures:
    """Over the slow events: one of a user every minute and a half."""
    with lzma.open(EVENTS) as lines:
        return delays(workload, islice(lines, int(200_000 * scale)))


def delays(workload: str, lines: Iterable[bytes]) -> Figures:
    """Over events in the order of their arrival."""
    feed = Feed((BENCHMARKS / "workloads" / f"{workload}.pattern").read_text(encoding="utf-8"))
    latest, found = 0, []
    for line in lines:
        latest = max(latest, json.loads(line)["ts"])
        found += [latest / 1e3 - alert.end / 1e6 for alert in feed.push([line.rstrip()]).alerts]
    cuts = quantiles(found, n=100)
    return {"alerts": len(found), "median_s": cuts[49], "p90_s": cuts[89], "p99_s": cuts[98], "most_s": max(found)}


CASES: dict[str, Case] = {workload: partial(delay, workload) for workload in ("P1", "P2", "P3", "P3c", "P4")}
