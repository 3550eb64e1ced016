"""Runs the workloads and prints a table; see the package's own text."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks.events import Shape, event_file
from benchmarks.measure import Result, floor, workload

_HERE = Path(__file__).parent
_OUT = _HERE.parent / "var" / "bench"
_MIB = 1024 * 1024


def main() -> int:
    """Measure what was asked for."""
    known = sorted(path.stem for path in (_HERE / "workloads").glob("*.pattern"))
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure cep run on known workloads.")
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=f"of {', '.join(known)} (default: all)")
    parser.add_argument("--events", type=int, default=Shape().events, help="how many events (default: %(default)s)")
    parser.add_argument("--spacing", type=int, default=1, help="milliseconds between events (default: %(default)s)")
    parser.add_argument("--json", type=Path, default=_OUT / "results.json", help="where the figures go as JSON")
    wanted = parser.parse_args()
    if unknown := set(wanted.workloads) - set(known):
        parser.error(f"no such workload: {', '.join(sorted(unknown))}")
    shape = Shape(wanted.events, wanted.spacing)
    print(f"{shape.events:,} events, {shape.spacing} ms apart on average ({_OUT / shape.file})", file=sys.stderr)
    events = event_file(shape, _OUT)
    lowest = floor(events)
    print(f"floor: reading and decoding five fields takes {lowest:.2f} µs of CPU an event\n")
    print(f"{'':<9}{'µs/event':>9}{'x floor':>9}{'alerts':>10}{'late':>6}{'resident':>10}{'start':>9}{'1st alert':>11}")
    results = []
    for name in wanted.workloads or known:
        result = workload(_HERE / "workloads" / f"{name}.pattern", events)
        results.append(result)
        print(_row(result, lowest), flush=True)
    _write(wanted.json, shape, lowest, results)
    print(f"\nCPU time of one process, start-up left out and shown beside; figures in {wanted.json}", file=sys.stderr)
    return 0


def _row(result: Result, lowest: float) -> str:
    first = "-" if result.first_alert is None else f"{result.first_alert:.2f} s"
    return (
        f"{result.workload:<9}{result.per_event:>9.2f}{result.per_event / lowest:>9.1f}{result.alerts:>10,}"
        f"{result.late:>6,}{result.resident / _MIB:>6.0f} MiB{result.start:>7.2f} s{first:>11}"
    )


def _write(path: Path, shape: Shape, lowest: float, results: list[Result]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figures = {
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} CPUs",
        "shape": asdict(shape),
        "floor_us_per_event": round(lowest, 3),
        "workloads": {
            result.workload: {**asdict(result), "us_per_event": round(result.per_event, 3)} for result in results
        },
    }
    path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
