"""One measurement in a process of its own, so that none finds a warm heap or leaves one behind."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MIB = 1024 * 1024
CEP = (sys.executable, "-m", "cep.cli.main")
"""The command line of `cep`, as a user would start it."""


@dataclass(frozen=True, slots=True)
class Usage:
    """One process from start to end: CPU seconds (user and system), wall-clock seconds, the most memory resident in
    bytes, and what it wrote to standard output."""

    seconds: float
    wall: float
    resident: int
    output: str


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure over repetitions."""

    median: float
    low: float
    high: float
    runs: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Of at least one value."""
        return cls(statistics.median(values), min(values), max(values), len(values))


def usage(command: Sequence[str], timeout: float | None = None, more: Mapping[str, str] | None = None) -> Usage:
    """Run a command to its end. `more` is added to its environment.

    Raises `CalledProcessError` when it fails, and `TimeoutError` after `timeout` seconds, when it is ended.
    """
    begun = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as trouble:
        process = subprocess.Popen(command, stdout=out, stderr=trouble, env={**os.environ, **(more or {})})
        ended = threading.Timer(timeout or 0, process.kill)
        if timeout is not None:
            ended.start()
        _, status, used = os.wait4(process.pid, 0)
        ended.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - begun
        out.seek(0)
        trouble.seek(0)
        if process.returncode == -signal.SIGKILL and timeout is not None and wall >= timeout:
            raise TimeoutError(f"not finished in {timeout:.0f} s")
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command, out.read(), trouble.read())
        # Linux counts in KiB, macOS in bytes.
        unit = 1 if sys.platform == "darwin" else 1024
        return Usage(used.ru_utime + used.ru_stime, wall, used.ru_maxrss * unit, out.read())


def usage_again(command: Sequence[str]) -> Usage:
    """Run a command twice, and tell of the second: the first checks its rules, the second finds what that has kept."""
    usage(command)
    return usage(command)


def first_line(command: Sequence[str]) -> float:
    """Seconds from the start of a process until its first line has come through a pipe."""
    begun = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        process.stdout.readline()
        passed = time.perf_counter() - begun
        process.terminate()
        process.stdout.read()
    return passed


def floor(events: Path) -> float:
    """CPU microseconds an event of reading and decoding alone."""
    seconds, count = usage([sys.executable, "-m", "benchmarks.floor", str(events)]).output.split()
    return float(seconds) / int(count) * 1e6
