"""`cep run` of two states of the code in alternating runs, so that a busy moment of the machine meets both.

python -m benchmarks.alternating a8c6ed9 HEAD --workloads P1,P4        two commits of this repository
python -m benchmarks.alternating --compiled --workloads P1,P4          as it is, and with its loop compiled by mypyc

Each state is a folder of its own, put before the installed package.
"""

from __future__ import annotations

import argparse
import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from benchmarks.events import Shape, event_file
from benchmarks.measure import CEP, Spread, usage

ROOT = Path(__file__).parent.parent
OUT = ROOT / "var" / "bench"
LOOP = ("runtime/partition", "runtime/held", "runtime/lane", "engine/timers")
"""What an event passes through that is not generated."""


def main() -> int:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.alternating", description="Two states in turn.")
    parser.add_argument("commits", nargs="*", metavar="COMMIT", help="two of them")
    parser.add_argument("--compiled", action="store_true", help="this state, and its loop compiled: needs a C compiler")
    parser.add_argument("--workloads", default="P1,P2,P4,P5", help="default: %(default)s")
    parser.add_argument("--events", type=int, default=500_000, help="how many (default: %(default)s)")
    parser.add_argument("--repeat", type=int, default=5, help="runs of each (default: %(default)s)")
    wanted = parser.parse_args()
    if len(wanted.commits) != (0 if wanted.compiled else 2):
        parser.error("give two commits, or --compiled")
    with tempfile.TemporaryDirectory() as name:
        states = compiled(Path(name)) if wanted.compiled else committed(wanted.commits, Path(name))
        for workload in wanted.workloads.split(","):
            found = in_turn(states, workload, event_file(Shape(wanted.events), OUT), wanted.repeat)
            print(workload, "  ".join(f"{state} {told(spread)}" for state, spread in found.items()), flush=True)
    return 0


def told(spread: Spread) -> str:
    """CPU seconds, start included."""
    return f"{spread.median:.2f} s ({spread.low:.2f}–{spread.high:.2f})"


def committed(commits: list[str], folder: Path) -> dict[str, Path]:
    """The files of commits."""
    states = {}
    for commit in commits:
        packed = subprocess.run(["git", "-C", str(ROOT), "archive", commit], check=True, capture_output=True).stdout
        states[commit] = folder / commit.replace("/", "-")
        with tarfile.open(fileobj=io.BytesIO(packed)) as files:
            files.extractall(states[commit], filter="data")
    return states


def compiled(folder: Path) -> dict[str, Path]:
    """The package as it is, and a copy whose loop is compiled."""
    states = {"plain": folder / "plain", "compiled": folder / "compiled"}
    for path in states.values():
        for part in ("cep", "grammar"):
            shutil.copytree(ROOT / part, path / part, ignore=shutil.ignore_patterns("__pycache__"))
    modules = [f"cep/{name}.py" for name in LOOP]
    mypyc = [sys.executable, "-m", "mypyc", "--follow-imports=skip", "--ignore-missing-imports", *modules]
    subprocess.run(mypyc, cwd=states["compiled"], check=True, stdout=subprocess.DEVNULL)
    return states


def in_turn(states: Mapping[str, Path], workload: str, events: Path, repeat: int) -> dict[str, Spread]:
    """CPU seconds of whole runs, start included."""
    found: dict[str, list[float]] = defaultdict(list)
    rules = ROOT / "benchmarks" / "workloads" / f"{workload}.pattern"
    with tempfile.TemporaryDirectory() as name:
        run = [*CEP, "run", str(rules), "--from", str(events), "--to", str(Path(name) / "alerts.jsonl"), "--quiet"]
        for _ in range(repeat):
            for state, path in states.items():
                found[state].append(usage(run, more={"PYTHONPATH": str(path), "PYTHONSAFEPATH": "1"}).seconds)
    return {state: Spread.of(seconds) for state, seconds in found.items()}


if __name__ == "__main__":
    sys.exit(main())
