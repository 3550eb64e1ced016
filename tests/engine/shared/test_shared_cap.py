"""What the cap on open partial matches means where they are not kept one by one."""

from __future__ import annotations

from cep.engine.matcher import Matcher
from tests.engine.shared.counted import matcher, records


def told(engine: Matcher) -> list[list[int]]:
    """The matches so far, by the numbers of their events."""
    found = [one for part in engine.detections for one in (part if hasattr(part, "__iter__") else [part])]
    return [[rec[4] for _, rec in one.events] for one in found]


def test_past_the_cap_the_partial_matches_of_the_earliest_first_event_go_together() -> None:
    engine = matcher("a: A then any b: B then any c: C", 1_000, limit=5)
    engine.feed(records(engine, "AABBC", range(3)))
    assert (engine.open_runs(), engine.counters["r"].dropped_runs) == (4, 0)
    # The second B makes six: those of event 0, alone and with either B, are dropped.
    engine.feed(records(engine, "AABBC", range(3, 5)))
    assert (engine.open_runs(), engine.counters["r"].dropped_runs) == (3, 3)
    assert told(engine) == [[1, 2, 4], [1, 3, 4]]


def test_what_the_event_completes_is_told_before_it_passes_the_cap() -> None:
    engine = matcher("a: A{2,} combinations", 1_000, limit=6)
    engine.feed(records(engine, "A", range(3)))
    assert told(engine) == [[0, 1], [0, 1, 2], [0, 2], [1, 2]]
    assert (engine.open_runs(), engine.counters["r"].dropped_runs) == (3, 4)
    engine.feed(records(engine, "A", range(3, 4)))
    assert told(engine)[4:] == [[1, 2, 3], [1, 3], [2, 3]]


def test_one_first_event_with_more_than_the_cap_goes_whole() -> None:
    engine = matcher("a: A then any b: B then any c: C", 1_000, limit=3)
    engine.feed(records(engine, "ABBBC", range(5)))
    assert told(engine) == [] and engine.open_runs() == 0
    assert engine.counters["r"].dropped_runs == 4
    assert engine.snapshot() == {}
