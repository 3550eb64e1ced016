"""What an event costs, and what is held, does not depend on how many partial matches are open."""

from __future__ import annotations

import time
from itertools import islice

import pytest

from cep.engine.shared.completion import Completion
from tests.engine.shared.counted import PATTERNS, lines, matcher, nodes, records

WINDOWS = (10, 100, 1_000, 10_000)
MEASURED = 2_000
"""Events over which the cost of one is taken, once the window is full."""


def cost(pattern: str, window: int) -> float:
    """Lines executed for an event, its matches not read."""
    clauses, types = PATTERNS[pattern]
    engine = matcher(clauses, window)
    # Beyond a full window by some, so that what is left over now and then is taken out as often as in the long run.
    engine.feed(records(engine, types, range(2 * window)))
    more = records(engine, types, range(2 * window, 2 * window + max(MEASURED, window)))
    return lines(lambda: engine.feed(more)) / len(more)


@pytest.mark.parametrize("pattern", ["any", "combinations"])
def test_an_event_costs_the_same_in_any_window(pattern: str) -> None:
    costs = {window: cost(pattern, window) for window in WINDOWS}
    assert costs[10_000] < 1.4 * costs[100], costs
    assert costs[10_000] < 800, costs


@pytest.mark.parametrize("pattern", PATTERNS)
def test_an_event_costs_the_same_in_two_windows(pattern: str) -> None:
    assert cost(pattern, 1_000) < 1.4 * cost(pattern, 100)


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("window", [30, 1_000])
def test_what_is_held_follows_the_events_in_the_window(pattern: str, window: int) -> None:
    clauses, types = PATTERNS[pattern]
    engine = matcher(clauses, window)
    stages = max(1, len(engine.plan.rules[0].sharing.stages) - 1)  # type: ignore[union-attr]
    most = 0
    for first in range(0, 5 * window, 10):
        engine.feed(records(engine, types, range(first, first + 10)))
        engine.detections.clear()
        most = max(most, len(nodes(engine)))
    assert most <= 2 * stages * window + 200
    assert len(engine.snapshot()) == 1
    engine.advance(10 * window * 1_000)
    assert engine.snapshot() == {} and not engine.machines[0].keys
    assert engine.next_timer() is None and engine.open_runs() == 0


def test_a_silent_key_releases_what_its_window_has_left_behind() -> None:
    engine = matcher("a: A then any b: B then any c: C", 1_000)
    engine.feed(records(engine, "AB", range(1_000)))
    held = len(nodes(engine))
    assert held == 1_000 and engine.open_runs() == 125_750
    engine.advance(1_900_000)
    # The starts of the last 100 ms are left, and their pairs.
    assert engine.open_runs() == 50 + 50 * 51 // 2
    assert len(nodes(engine)) <= 300


@pytest.mark.parametrize("pattern", ["a: A then next b: B then any c: C", "a: A then any b: B then c: C"])
def test_what_leads_nowhere_any_more_does_not_pile_up_without_a_span(pattern: str) -> None:
    text = f"{pattern}\n after match skip nothing unbounded"
    engine = matcher(text, 1_000_000, rest="")
    engine.feed(records(engine, "AB", range(2)))
    for first in range(2, 20_000, 1_000):
        engine.feed(records(engine, "AAC" if "next" in pattern else "BC", range(first, first + 1_000)))
        engine.detections.clear()
        assert len(nodes(engine)) < 200
        assert len(engine.snapshot().popitem()[1]) < 1_000


def test_matches_are_made_when_they_are_read() -> None:
    engine = matcher("a: A{2,} combinations", 1_000, limit=2**63 - 1)
    engine.feed(records(engine, "A", range(60)))
    last = engine.detections[-1]
    assert isinstance(last, Completion) and last.count == 2**59 - 1
    begun = time.process_time()
    for _ in range(2):
        told = [[rec[4] for _, rec in one.events] for one in islice(last, 3)]
        assert told == [list(range(60)), [*range(58), 59], [*range(57), 58, 59]]
    # Three of them, not all.
    assert time.process_time() - begun < 1


def test_a_match_that_drops_the_others_makes_no_others() -> None:
    engine = matcher("a: A{2,} combinations then b: B", 1_000, rest="after match skip past last", limit=2**63 - 1)
    engine.feed(records(engine, "A", range(60)))
    (b,) = records(engine, "B", [60])
    assert lines(lambda: engine.feed([b])) < 20_000
    (told,) = engine.detections
    assert not isinstance(told, Completion) and len(told.events) == 61
    assert engine.snapshot() == {} and engine.counters["r"].dropped_runs == 0


def test_long_matches_need_no_deep_calls() -> None:
    engine = matcher("a: A{2,} then any b: B", 100_000, rest="after match skip past last")
    engine.feed(records(engine, "A", range(3_000)))
    engine.feed(records(engine, "B", [3_000]))
    (told,) = engine.detections
    assert not isinstance(told, Completion) and len(told.events) == 3_001
