"""The peers, and how each is started on a workload."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.measure import usage
from benchmarks.peers.toolchain import java_classpath, python_library

WORKLOADS = ("P1", "P2", "P3", "P3c", "P3n", "P4", "P5")
_OPENED = ("java.lang", "java.util", "java.time")
"""Packages of Java that Flink's serializers look into."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One run of a peer. CPU microseconds an event: `cold` of the whole process with its first pass, `warm` of a later
    pass, or with the start of the process left out where it makes no difference. Seconds until the first match."""

    cold: float
    warm: float
    first: float | None
    resident: int
    matches: int


@dataclass(frozen=True, slots=True)
class Engine:
    """A peer. `cannot` says of a workload why it is not run. `java`: the prefix of its classes."""

    name: str
    title: str
    cannot: Mapping[str, str] = field(default_factory=dict)
    java: str = ""
    options: tuple[str, ...] = ()
    patience: float = 1.0
    """Part of the time for a run that this one is given."""

    def run(self, workload: str, events: Path, matches: Path, timeout: float, flags: tuple[str, ...] = ()) -> Figures:
        """One process. Raises `TimeoutError` and `CalledProcessError`; `Unavailable` when it cannot run here."""
        begun = f"-Dbench.begun={int(time.time() * 1000)}"
        if self.java:
            passes = "1" if flags else "2"
            virtual = ["java", *self.options, *flags, begun, "-cp", java_classpath(self.name), "bench.Harness"]
            used = usage([*virtual, self.java + workload, str(events), str(matches), passes], timeout)
        elif self.name == "eql":
            command = [sys.executable, "-m", "benchmarks.peers.sequence_query", workload, str(events), str(matches)]
            used = usage(command, timeout, {"PYTHONPATH": str(python_library())})
        else:
            command = [sys.executable, "-m", "benchmarks.peers.loops", workload, str(events), str(matches)]
            used = usage([*command, *self.options], timeout)
        passes_found = [json.loads(line) for line in used.output.splitlines() if line.startswith("{")]
        cold, warm = passes_found[0], passes_found[-1]
        count = cold["events"]
        return Figures(
            cold=cold["total_cpu"] / count * 1e6,
            warm=warm["cpu"] / count * 1e6,
            first=cold["first"],
            resident=used.resident,
            matches=warm["matches"],
        )


FLINK = Engine(
    "flink",
    "Apache Flink CEP 2.3.0",
    {"P3c": "waits for earlier starts"},
    "Flink",
    tuple(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED),
)
ENGINES = (
    FLINK,
    Engine("esper", "Esper 8.9.0", {"P3": "decides as completed: P3c"}, "Esper"),
    Engine(
        "siddhi",
        "Siddhi 5.1.2",
        {"P3": "drops nothing: P3n", "P3c": "drops nothing: P3n", "P5": "no `any`"},
        "Siddhi",
    ),
    Engine(
        "eql",
        "eql 1.0.1",
        {
            "P2": "no strict order",
            **dict.fromkeys(("P3", "P3c", "P3n"), "no condition on an earlier event"),
            "P5": "no `any`",
        },
        # It looks at every open sequence whenever an event comes.
        patience=0.2,
    ),
    Engine("loop", "Python loop, by event time"),
    Engine("arrival", "Python loop, as events come", options=("--arrival",)),
)
