"""How far event time has come when each engine tells a match, beyond the last event of the match.

python -m benchmarks.peers.delay

Flink runs with a watermark after each event and in one task, so that nothing but its order of decisions is seen;
elsewhere the input stands still while a match is told. All read the same file; matches that only the end of the input
completes are left out.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from statistics import quantiles
from typing import Any

from benchmarks.events import Shape, event_file
from benchmarks.machine import machine
from benchmarks.peers.engines import ENGINES
from benchmarks.suites.delay import delays

OUT = Path(__file__).parent.parent.parent / "var" / "bench"
WORKLOADS = ("P1", "P3", "P3c")
SHAPE = Shape(200_000, 50)


def main() -> None:
    """Print and write the delays, seconds of event time."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers.delay")
    parser.add_argument("--json", type=Path, default=OUT / "delays.json", help="where the figures go")
    wanted = parser.parse_args()
    events, found = event_file(SHAPE, OUT), {}
    for workload in WORKLOADS:
        with events.open("rb") as lines:
            rows: dict[str, Any] = {"cep": delays(workload, lines)}
        for engine in ENGINES:
            if engine.java and workload not in engine.cannot:
                with tempfile.TemporaryDirectory() as name:
                    matches = Path(name) / "matches"
                    engine.run(workload, events, matches, 300, ("-Dbench.everyEvent=true",))
                    told = [json.loads(line)["delay"] / 1e3 for line in matches.open(encoding="utf-8")]
                cuts = quantiles(told, n=100)
                rows[engine.name] = {
                    "alerts": len(told),
                    "median_s": cuts[49],
                    "p90_s": cuts[89],
                    "p99_s": cuts[98],
                    "most_s": max(told),
                }
        found[workload] = rows
        print(workload, json.dumps(rows, indent=1), flush=True)
    wanted.json.write_text(json.dumps({"machine": machine(), "workloads": found}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
