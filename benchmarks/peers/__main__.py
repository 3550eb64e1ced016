"""Runs the peers and `cep` in turn on the same files; see the package's own text."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.events import Shape, event_file
from benchmarks.machine import machine
from benchmarks.measure import MIB, Spread, floor
from benchmarks.peers.engines import ENGINES, FLINK, WORKLOADS, Engine, Figures
from benchmarks.peers.ours import Ids, agreement, alert_ids, match_ids, run
from benchmarks.peers.toolchain import Unavailable

OUT = Path(__file__).parent.parent.parent / "var" / "bench"
Row = dict[str, Any]


def main() -> int:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description="cep beside other engines.")
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=f"of {', '.join(WORKLOADS)} (default: all)")
    parser.add_argument("--peers", default=",".join(engine.name for engine in ENGINES), help="default: %(default)s")
    parser.add_argument("--events", type=int, default=200_000, help="how many (default: %(default)s)")
    parser.add_argument("--spacing", type=int, default=50, help="milliseconds between events (default: %(default)s)")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each (default: %(default)s)")
    parser.add_argument("--timeout", type=float, default=180, help="seconds for one run (default: %(default)s)")
    parser.add_argument("--json", type=Path, default=OUT / "peers.json", help="where the figures go")
    wanted = parser.parse_args()
    names = wanted.peers.split(",")
    if unknown := {*wanted.workloads} - {*WORKLOADS} | {*names} - {engine.name for engine in ENGINES}:
        parser.error(f"not known: {', '.join(sorted(unknown))}")
    shape = Shape(wanted.events, wanted.spacing)
    events = event_file(shape, OUT)
    engines = [engine for engine in ENGINES if engine.name in names]
    results: dict[str, Any] = {"machine": machine(), "shape": asdict(shape), "workloads": {}}
    results["floors"] = floors(events, engines, wanted.repeat, wanted.timeout)
    print(json.dumps(results["floors"]), flush=True)
    for workload in wanted.workloads or WORKLOADS:
        rows = compared(workload, events, engines, wanted.repeat, wanted.timeout)
        results["workloads"][workload] = rows
        print(f"\n{workload}\n{table(rows)}", flush=True)
        wanted.json.parent.mkdir(parents=True, exist_ok=True)
        wanted.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    print(f"\nfigures in {wanted.json}", file=sys.stderr)
    return 0


def floors(events: Path, engines: list[Engine], repeat: int, timeout: float) -> dict[str, Any]:
    """Reading and decoding alone, in Python, and in a Flink job without a pattern."""
    found = {"file": asdict(Spread.of([floor(events) for _ in range(repeat)]))}
    if FLINK in engines:
        with tempfile.TemporaryDirectory() as name:
            try:
                runs = [FLINK.run("Floor", events, Path(name) / "none", timeout) for _ in range(repeat)]
                found["flink"] = asdict(Spread.of([figures.warm for figures in runs]))
            except (Unavailable, TimeoutError) as error:
                print(f"flink: {error}", file=sys.stderr)
    return found


def compared(workload: str, events: Path, engines: list[Engine], repeat: int, timeout: float) -> dict[str, Row]:
    """Rows by engine, `cep` first. Runs alternate, so that a busy moment of the machine meets all of them."""
    runs: dict[str, list[Figures]] = defaultdict(list)
    rows: dict[str, Row] = {"cep": {}}
    rows |= {engine.name: {"status": engine.cannot.get(workload, "")} for engine in engines}
    with tempfile.TemporaryDirectory() as name:
        found = Path(name) / "matches.jsonl"
        ours: set[Ids] = set()
        for _ in range(repeat):
            runs["cep"].append(run(workload, events, found))
            ours = ours or alert_ids(found)
            for engine in engines:
                row = rows[engine.name]
                if row["status"]:
                    continue
                try:
                    runs[engine.name].append(engine.run(workload, events, found, timeout * engine.patience))
                    row["agreement"] = agreement(ours, match_ids(found))
                except (TimeoutError, Unavailable) as error:
                    row["status"] = str(error)
                except subprocess.CalledProcessError as error:
                    row["status"] = f"failed: {error.stderr.strip()[-300:]}"
    for engine_name, figures in runs.items():
        if figures and not rows[engine_name].get("status"):
            rows[engine_name] |= spread(figures)
    return rows


def spread(figures: list[Figures]) -> Row:
    """Medians and extremes over repetitions."""
    row: Row = {"matches": figures[-1].matches}
    row["us_per_event"] = asdict(Spread.of([one.warm for one in figures]))
    row["cold_us_per_event"] = asdict(Spread.of([one.cold for one in figures]))
    row["resident_mib"] = asdict(Spread.of([one.resident / MIB for one in figures]))
    firsts = [one.first for one in figures if one.first is not None]
    row["first_match_s"] = asdict(Spread.of(firsts)) if firsts else None
    return row


def table(rows: dict[str, Row]) -> str:
    """As text, a line for each engine."""
    ours = rows["cep"]["us_per_event"]["median"]
    lines = [f"{'':<10}{'µs/event':>10}{'x ours':>8}{'cold':>8}{'MiB':>7}{'first':>8}{'matches':>9}  compared"]
    for name, row in rows.items():
        if "us_per_event" not in row:
            lines.append(f"{name:<10}{row['status']}")
            continue
        warm, cold = row["us_per_event"]["median"], row["cold_us_per_event"]["median"]
        first = "-" if row["first_match_s"] is None else f"{row['first_match_s']['median']:.2f} s"
        lines.append(
            f"{name:<10}{warm:>10.2f}{warm / ours:>8.2f}{cold:>8.2f}{row['resident_mib']['median']:>7.0f}"
            f"{first:>8}{row['matches']:>9,}  {row.get('status', '') or row.get('agreement', '')}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
