"""Runs a loop and prints a JSON line, as every peer does."""

from __future__ import annotations

import argparse
import gc
import json
import time
from collections.abc import Callable
from io import BufferedWriter
from pathlib import Path

import msgspec

from benchmarks.peers.loops import jumps, sequences
from benchmarks.peers.loops.events import Batches, Event, as_they_come, by_event_time

LOOPS: dict[str, Callable[[Batches, sequences.Tell], None]] = {
    "P1": sequences.p1,
    "P2": sequences.p2,
    "P3": jumps.p3,
    "P3c": jumps.p3c,
    "P3n": jumps.p3n,
    "P4": sequences.p4,
    "P5": sequences.p5,
}


class Matches:
    """Writes matches, a line each."""

    def __init__(self, out: BufferedWriter) -> None:
        self._out = out
        self._encode = msgspec.json.Encoder().encode
        self.number = 0
        self.first_at: float | None = None

    def tell(self, *events: Event) -> None:
        """One match, its events in the order of the pattern."""
        if not self.number:
            self.first_at = time.perf_counter()
        self.number += 1
        self._out.write(self._encode({"flat": [event.id for event in events]}) + b"\n")


def main() -> None:
    """One pass over a file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers.loops")
    parser.add_argument("workload", choices=sorted(LOOPS))
    parser.add_argument("events", type=Path)
    parser.add_argument("matches", type=Path)
    parser.add_argument("--arrival", action="store_true", help="take events as they come, not by their time")
    wanted = parser.parse_args()
    counted = 0

    def counting(batches: Batches) -> Batches:
        nonlocal counted
        for batch in batches:
            counted += len(batch)
            yield batch

    read = as_they_come if wanted.arrival else by_event_time
    gc.freeze()
    begun, cpu = time.perf_counter(), time.process_time()
    with wanted.matches.open("wb", buffering=1 << 20) as out:
        matches = Matches(out)
        LOOPS[wanted.workload](counting(read(wanted.events)), matches.tell)
    figures = {
        "pass": 1,
        "events": counted,
        "matches": matches.number,
        "cpu": time.process_time() - cpu,
        "wall": time.perf_counter() - begun,
        "total_cpu": time.process_time(),
        "first": None if matches.first_at is None else matches.first_at - begun,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
