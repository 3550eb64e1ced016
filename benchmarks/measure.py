"""One measurement in a process of its own, so that none finds a warm heap or leaves one behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

_RUN = (sys.executable, "-m", "cep.cli.main", "run")


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds (user and system) and the most memory resident, in bytes, of one process from start to end."""

    seconds: float
    resident: int


@dataclass(frozen=True, slots=True)
class Result:
    """One workload. `cpu` and `start` are CPU seconds of the whole process and of one over an empty file."""

    workload: str
    events: int
    alerts: int
    late: int
    cpu: float
    start: float
    resident: int
    first_alert: float | None
    """Wall-clock seconds from the start of the process until an alert can be read."""

    @property
    def per_event(self) -> float:
        """CPU microseconds an event, start-up left out."""
        return (self.cpu - self.start) / self.events * 1e6


def usage(command: list[str]) -> Usage:
    """Run a command to its end. Raises `CalledProcessError` when it fails."""
    process = subprocess.Popen(command)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    # Linux counts in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return Usage(used.ru_utime + used.ru_stime, used.ru_maxrss * unit)


def workload(rules: Path, events: Path) -> Result:
    """Run `rules` over `events` by the command line, as a user would."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        empty, report = folder / "empty.jsonl", folder / "report.json"
        empty.touch()
        tail = ["--to", str(folder / "alerts.jsonl"), "--output", "json", "--out", str(report)]
        start = min(usage([*_RUN, str(rules), "--from", str(empty), *tail]).seconds for _ in range(3))
        used = usage([*_RUN, str(rules), "--from", str(events), *tail])
        found = json.loads(report.read_text(encoding="utf-8"))
    total = found["alerts"]["total"]
    first = first_alert(rules, events) if total else None
    return Result(rules.stem, found["events"], total, found["late"], used.seconds, start, used.resident, first)


def first_alert(rules: Path, events: Path) -> float:
    """Seconds from the start of the process until its first alert has come through a pipe."""
    started = time.perf_counter()
    with subprocess.Popen(
        [*_RUN, str(rules), "--from", str(events), "--quiet"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        passed = time.perf_counter() - started
        process.terminate()
        process.stdout.read()
    return passed


def floor(events: Path) -> float:
    """CPU microseconds an event of reading and decoding alone."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.floor", str(events)], stdout=subprocess.PIPE, text=True, check=True
    )
    seconds, count = done.stdout.split()
    return float(seconds) / int(count) * 1e6
