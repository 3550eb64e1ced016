"""Partial matches of one key that wait for a value they hold: what an event costs that fits one of them, or none."""

from __future__ import annotations

import time
from functools import partial

from benchmarks.engine import Feed
from benchmarks.suites import Case, Figures

GUARDS = {"equality": "x == a.x", "inequality": "x > a.x", "both": "s == a.s and x > a.x"}
OPEN = (100, 10_000, 100_000)
EVENTS = 20_000
_BATCH = 1_000


def text(guard: str) -> str:
    """The rule."""
    fields = "{ k: string  s: int  x: int  ts: timestamp } time ts"
    return (
        f"event A {fields}\nevent B {fields}\nrule r {{ match by k within 1d\n a: A\n then b: B where {guard}\n"
        " after match skip nothing limit runs 10_000_000 }"
    )


def opened(number: int, count: int) -> bytes:
    """The first event of a partial match; values fall, so that an inequality holds for the newest first."""
    return b'{"type":"A","k":"k","s":%d,"x":%d,"ts":%d}' % (number % 7, count - number, number)


def cost(guard: str, count: int, fits: bool, scale: float) -> Figures:
    """CPU time of an event; each fits exactly the newest partial match, or none."""
    feed = Feed(text(GUARDS[guard]))
    feed.push([opened(number, count) for number in range(count)])
    events = min(max(50, int(EVENTS * scale)), count)
    lines = []
    for number in range(events):
        # Newest first: the values from 1 on, each of which one partial match fewer is left for.
        x = number + 1 + (guard != "equality")
        value = x if fits else -1
        lines.append(b'{"type":"B","k":"k","s":%d,"x":%d,"ts":%d}' % ((count - number - 1) % 7, value, count + number))
    begun = time.process_time()
    feed.push_all(lines, _BATCH)
    micros = (time.process_time() - begun) / events * 1e6
    return {"us_per_event": micros, "alerts": feed.shard.stats.alerts, "open": feed.shard.open_runs()}


CASES: dict[str, Case] = {
    f"{guard}, {'one fits' if fits else 'none fits'}, {count:,} open": partial(cost, guard, count, fits)
    for guard in GUARDS
    for fits in (True, False)
    for count in OPEN
}
