"""What an event costs where partial matches multiply: kept as a shared structure, and one by one.

python -m benchmarks.branching

A window of N events, one a millisecond, all of one key. Operations are lines of Python executed by the engine and its
generated code; CPU time is that of the process. Matches are not read: of a shared rule they are then not made, which
runs kept one by one cannot put off. Lines that would keep more than a million runs one by one are left out.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from types import FrameType, SimpleNamespace
from typing import Any

from cep.engine.matcher import Matcher
from cep.engine.record import Record
from cep.engine.shared.completion import Completion
from cep.language.load import load_text
from cep.plan.compile import compile_plan

EVENTS = """
event A { k: string  ts: timestamp } time ts
event B { k: string  ts: timestamp } time ts
event C { k: string  ts: timestamp } time ts
"""
PATTERNS = {"a: A then any b: B then any c: C": "AB", "a: A{3} combinations": "A"}
"""Patterns, and the types of the events that come in turn."""
WINDOWS = (10, 100, 1_000, 10_000)
MOST_RUNS = 1_000_000
TIMED, TRACED, READ = 2_000, 200, 10_000
"""Events over which the time, and the operations, of one are taken; matches over which those of one are."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one event: operations, and CPU microseconds."""

    operations: float
    micros: float


def main() -> None:
    """Print a table for each pattern."""
    for pattern, types in PATTERNS.items():
        print(f"\n{pattern}\n")
        print(f"{'window':>8}{'open':>12}{'shared: ops':>13}{'µs':>8}{'one by one: ops':>17}{'µs':>10}")
        for window in WINDOWS:
            shared = measured(pattern, types, window, share=True)
            opened = filled(pattern, types, window, share=True)[0].open_runs()
            other = measured(pattern, types, window, share=False) if opened <= MOST_RUNS // 5 else None
            print(f"{window:>8,}{opened:>12,}{_texts(shared, 13, 8)}{_texts(other, 17, 10)}", flush=True)
    print(f"\na match of `a: A{{3}} combinations` in a window of 1,000, read: {reading():.1f} µs")


def _texts(cost: Cost | None, wide: int, narrow: int) -> str:
    if cost is None:
        return f"{'-':>{wide}}{'-':>{narrow}}"
    return f"{cost.operations:>{wide},.0f}{cost.micros:>{narrow},.1f}"


def matcher(pattern: str, window: int, share: bool) -> Matcher:
    """A matcher for a pattern."""
    text = (
        f"{EVENTS}rule r {{ match by k within {window}ms\n {pattern}\n after match skip nothing limit runs {2**62} }}"
    )
    return Matcher(compile_plan(load_text(text), share=share))


def records(engine: Matcher, types: str, places: Iterable[int]) -> list[Record]:
    """Events of the types in turn."""
    data, events = SimpleNamespace(k="k"), engine.plan.events
    return [(i * 1_000, (), "t", 0, i, events.index(types[i % len(types)]), data, b"{}") for i in places]


def filled(pattern: str, types: str, window: int, share: bool) -> tuple[Matcher, int]:
    """A matcher whose window has been full for a while, and the number of the next event."""
    engine = matcher(pattern, window, share)
    first = 2 * window if share else window + 1
    for record in records(engine, types, range(first)):
        engine.feed([record])
        engine.detections.clear()
    return engine, first


def measured(pattern: str, types: str, window: int, share: bool) -> Cost:
    """The cost of an event in a full window."""
    engine, first = filled(pattern, types, window, share)
    count = max(TIMED, window) if share else min(TIMED, max(20, 200_000 // max(1, engine.open_runs())))
    timed = records(engine, types, range(first, first + count))
    gc.collect()
    begun = time.process_time()
    for record in timed:
        engine.feed([record])
        engine.detections.clear()
    micros = (time.process_time() - begun) / count * 1e6
    count, first = max(TRACED, window) if share else min(TRACED, count), first + count
    traced = records(engine, types, range(first, first + count))
    return Cost(operations(engine, traced) / count, micros)


def operations(engine: Matcher, events: list[Record]) -> int:
    """Lines executed while events are taken."""
    lines = 0

    def local(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal lines
        lines += event == "line"
        return local

    def entered(frame: FrameType, event: str, _: Any) -> Any:
        name = frame.f_code.co_filename
        return local if "/cep/engine/" in name or name.startswith("<cep") else None

    sys.settrace(entered)
    try:
        for event in events:
            engine.feed([event])
            engine.detections.clear()
    finally:
        sys.settrace(None)
    return lines


def reading() -> float:
    """CPU microseconds for a match that is read, what comes before the first included."""
    engine, first = filled("a: A{3} combinations", "A", 1_000, share=True)
    engine.feed(records(engine, "A", [first]))
    (completion,) = engine.detections
    assert isinstance(completion, Completion)
    begun = time.process_time()
    count = sum(1 for _ in islice(completion, READ))
    return (time.process_time() - begun) / count * 1e6


if __name__ == "__main__":
    main()
