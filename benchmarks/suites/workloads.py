"""P1 to P5 over two million events a millisecond apart, and the fraud pack as a whole over its own traffic."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

from benchmarks.bank import TRUSTED, traffic
from benchmarks.events import Shape, event_file
from benchmarks.streams import written
from benchmarks.suites import Case, Figures
from benchmarks.suites.commands import run_figures

ROOT = Path(__file__).parent.parent.parent
OUT = ROOT / "var" / "bench"
DENSE = Shape()


def workload(name: str, scale: float) -> Figures:
    """One of the workloads."""
    events = event_file(Shape(max(1_000, int(DENSE.events * scale))), OUT)
    return run_figures(ROOT / "benchmarks" / "workloads" / f"{name}.pattern", events)


def fraud_pack(scale: float) -> Figures:
    """The rules that ship, together, decimal amounts included."""
    with tempfile.TemporaryDirectory() as name:
        events = written(traffic(max(1_000, int(500_000 * scale))), Path(name) / "bank.jsonl")
        trusted = Path(name) / "trusted.txt"
        trusted.write_text("\n".join(TRUSTED) + "\n", encoding="utf-8")
        return run_figures(ROOT / "rules", events, ["--list", f"trusted_merchants={trusted}"])


CASES: dict[str, Case] = {
    path.stem: partial(workload, path.stem) for path in sorted((ROOT / "benchmarks" / "workloads").glob("*.pattern"))
}
CASES["fraud pack"] = fraud_pack
