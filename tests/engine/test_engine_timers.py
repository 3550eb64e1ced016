"""Deadlines are as many as open runs: those of runs that are gone do not pile up within a span."""

from __future__ import annotations

from itertools import cycle

import pytest

from cep.engine.timers import FEW, FEW_STARTS
from tests.engine.counting import matcher, record

EVENTS = """
event P { k: string  x: int  ts: timestamp } time ts
event Q { k: string  x: int  ts: timestamp } time ts
"""
DYING = {
    "starts that a match drops": ("a: P then b: P", "PP"),
    "starts that the next event takes along": ("a: P then b: Q", "PQ"),
    "gaps": ("a: P then within 30m b: Q then within 20m c: P", "PQ"),
    "trailing absences that are hit": ("a: P without Q within 30m", "PQ"),
    "loops with a span": ("a: P+ within 20m then b: Q", "PQ"),
    "head windows that a match empties": ("t: P having count() >= 3 within 10m", "P"),
    "windows of runs": ("a: P then t: Q having count() >= 2 within 10m", "PQQ"),
    "starts that are cancelled": ("a: P then b: P where x > 1 cancel on Q", "PQ"),
}
"""Name: a pattern, and the events that are sent over and over; nothing stays open for long."""
SENT = 20_000
STAYING = {"loops with a span", "windows of runs"}
"""Under `nothing` these wait on after each match."""
CLAUSES = ["", "after match skip nothing", "report updates", "on timeout emit { n: 1 }"]


@pytest.mark.parametrize(
    ("name", "clauses"),
    [(name, clauses) for name in DYING for clauses in CLAUSES if "nothing" not in clauses or name not in STAYING],
)
def test_deadlines_of_runs_that_are_gone_do_not_pile_up(name: str, clauses: str) -> None:
    pattern, sent = DYING[name]
    pattern, _, cancel = pattern.partition(" cancel")
    if clauses.startswith("report"):
        pattern += " then l: P{1,2}"
    cancel = f"cancel{cancel}" if cancel else ""
    engine = matcher(f"{EVENTS}rule r {{ match by k within 1h\n {pattern}\n {cancel} {clauses} }}")
    longest = most = 0
    for i, event in zip(range(SENT), cycle(sent), strict=False):
        engine.feed([record(engine, i, i * 1_000, event, k="k", x=1)])
        longest, most = max(longest, len(engine.timers)), max(most, engine.open_runs())
        engine.detections.clear()
    assert most < 50, "the rule keeps runs open; it says nothing of deadlines that are left behind"
    assert longest <= FEW + FEW_STARTS + 8 * (most + 16)
    engine.finish()
    assert engine.snapshot() == {} and not engine.machines[0].keys and not len(engine.timers)


def test_a_silent_key_ends_by_its_deadlines_after_the_queue_was_looked_through() -> None:
    text = f"{EVENTS}rule r {{ match by k within 1h\n a: P then b: P\n on timeout emit {{ n: 1 }} }}"
    engine = matcher(text)
    engine.feed([record(engine, 0, 0, "P", k="silent", x=1)])
    engine.feed([record(engine, i, i * 1_000, "P", k="hot", x=1) for i in range(1, SENT + 1)])
    assert len(engine.timers) < 2 * FEW
    engine.detections.clear()
    engine.advance(3_600_000_001)
    assert [(d.kind, d.key, d.due) for d in engine.detections] == [("timeout", ("silent",), 3_600_000_000)]
    assert not engine.machines[0].keys


@pytest.mark.parametrize("apart", [0, 1])
def test_what_is_due_at_one_time_comes_in_the_order_of_the_keys(apart: int) -> None:
    """`apart`: milliseconds between the first events of the two keys."""
    engine = matcher(
        f"{EVENTS}rule r {{ match by k within 1s  a: P then b: Q where x == a.x\n"
        "  after match skip past last in start order }"
    )
    sent = [(event, time, x) for event, time, x in (("P", 0, 1), ("P", 10, 2), ("Q", 20, 2))]
    engine.feed(
        [
            record(engine, number, (time + late) * 1_000, event, k=key, x=x)
            for number, (event, time, x, key, late) in enumerate(
                (*each, key, late) for each in sent for key, late in (("b", 0), ("a", apart))
            )
        ]
    )
    assert not engine.detections
    engine.finish()
    # who was first by a millisecond ends first; at one time the keys' text decides
    assert [detection.key for detection in engine.detections] == [("b",), ("a",)][:: 1 if apart else -1]
