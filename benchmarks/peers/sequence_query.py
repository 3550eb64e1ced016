"""The `eql` package: sequences by a key within a span, of which each new start takes the place of an older one.

python -m benchmarks.peers.sequence_query P1 EVENTS MATCHES
"""

from __future__ import annotations

import argparse
import importlib
import json
import time
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.peers.loops.events import by_event_time

QUERIES = {
    "P1": "sequence by user with maxspan=10m [purchase where amount < 5] [purchase where amount > 500]",
    "P4": "sequence by user with maxspan=30m [pwd_change where true] [transfer where amount > 1000]"
    " until [login where true]",
}
_TICKS = 10_000
"""Of eql's clock in a millisecond."""


def main() -> None:
    """One pass over a file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers.sequence_query")
    parser.add_argument("workload", choices=sorted(QUERIES))
    parser.add_argument("events", type=Path)
    parser.add_argument("matches", type=Path)
    wanted = parser.parse_args()
    eql = importlib.import_module("eql")
    begun, cpu, firsts, counted = time.perf_counter(), time.process_time(), [], 0
    with wanted.matches.open("wb", buffering=1 << 20) as out:

        def tell(found: Any) -> None:
            firsts.append(time.perf_counter())
            out.write(msgspec.json.encode({"flat": [event.data["id"] for event in found.events]}) + b"\n")

        query = eql.parse_query(QUERIES[wanted.workload])
        engine = eql.engine.PythonEngine()
        engine.add_query(query)
        engine.add_output_hook(tell)
        for batch in by_event_time(wanted.events):
            counted += len(batch)
            for event in batch:
                data = {"id": event.id, "user": event.user, "amount": event.amount}
                engine.stream_event(eql.Event(event.type, event.ts * _TICKS, data))
        engine.finalize()
    figures = {
        "pass": 1,
        "events": counted,
        "matches": len(firsts),
        "cpu": time.process_time() - cpu,
        "wall": time.perf_counter() - begun,
        "total_cpu": time.process_time(),
        "first": firsts[0] - begun if firsts else None,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
