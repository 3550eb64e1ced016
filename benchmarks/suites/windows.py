"""A window of 10 to 10,000 events of one key, one a millisecond, for `then` and `any`.

A guard that an index answers: every second event fits one a quarter of the window before, so that partial matches fill
the window. It has been full for a while when the clock starts. Visits, looks at waiting runs, are counted in a second
pass with instrumented code.
"""

from __future__ import annotations

import time
from functools import partial
from types import SimpleNamespace

from benchmarks.engine import Feed, Visits, counting_matcher
from benchmarks.suites import Case, Figures

WINDOWS = (10, 100, 1_000, 10_000)
MODES = ("then", "then any")
EVENTS = 40_000
_BATCH = 1_000


def text(mode: str, window: int) -> str:
    """The rule."""
    return (
        "event A { k: string  s: int  ts: timestamp } time ts\nevent B { k: string  s: int  ts: timestamp } time ts\n"
        f"rule r {{ match by k within {window}ms\n a: A\n {mode} b: B where s == a.s\n after match skip nothing\n"
        " limit runs 1_000_000 }"
    )


def fitting(number: int, window: int) -> int:
    """The number that an A bears, and a B of a quarter of the window later."""
    return number // 2 - (window // 4 if number % 2 else 0)


def line(number: int, window: int) -> bytes:
    """A and B in turn."""
    return b'{"type":"%s","k":"k","s":%d,"ts":%d}' % (b"AB"[number % 2 :][:1], fitting(number, window), number)


def timed(mode: str, window: int, scale: float) -> Figures:
    """CPU time of an event from its bytes to its alert, and visits."""
    feed, first = Feed(text(mode, window)), 2 * window
    feed.push([line(number, window) for number in range(first)])
    count = max(200, int(EVENTS * scale))
    lines = [line(number, window) for number in range(first, first + count)]
    begun = time.process_time()
    feed.push_all(lines, _BATCH)
    micros = (time.process_time() - begun) / count * 1e6
    return {"us_per_event": micros, "visits": visits(mode, window), "open": feed.shard.open_runs()}


def visits(mode: str, window: int, count: int = 200) -> float:
    """Looks at waiting runs for an event in a full window."""
    probe = Visits()
    engine = counting_matcher(text(mode, window), probe)
    for number in range(2 * window + count):
        if number == 2 * window:
            probe.number = 0
        event = engine.plan.events.index("AB"[number % 2])
        data = SimpleNamespace(k="k", s=fitting(number, window))
        engine.feed([(number * 1_000, (), "t", 0, number, event, data, b"{}")])
        engine.detections.clear()
    return probe.number / count


CASES: dict[str, Case] = {f"{mode} {window}": partial(timed, mode, window) for mode in MODES for window in WINDOWS}
