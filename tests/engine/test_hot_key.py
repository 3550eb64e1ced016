"""A hot key: 100,000 events within the span of one key. An event visits the runs that it moves, and a handful beside.

What is counted: visits of waiting runs, and of these the wasted ones, after which the run waits as before (it took
nothing, moved nowhere, did not end). Up to `MANY` runs a place is a plain list, each of which is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice

import pytest

from cep.engine.indexed import MANY
from cep.engine.machine import DEFAULT_LIMIT
from cep.engine.matcher import Matcher
from tests.engine.counting import Waste, matcher, record

EVENTS = """
event Open { k: string  x: int  s: string  g: string  ts: timestamp } time ts
event Next { k: string  x: int  s: string  g: string  ts: timestamp } time ts
event Stop { k: string  x: int  s: string  g: string  ts: timestamp } time ts
event Other { owner: string  friend: string  x: int  ts: timestamp } time ts
"""
HOT = 100_000
SHAPES = {
    "event-only": "then n: Next where x > 1_000_000_000",
    "event-only, all move": "then n: Next where x < 0",
    "key": "then n: Other by friend where owner == k and x > 3",
    "captured equality": "then n: Next where s == o.s",
    "inequality": "then n: Next where x > o.x",
    "inequality of times": "then n: Next where ts - o.ts >= 20s",
    "equality and inequality": "then n: Next where g == o.g and x > o.x",
    "two steps": "then n: Next where s == o.s then m: Stop where s == o.s",
    "strict": "then next n: Next where s == o.s",
    "gap": "then after 20s n: Next",
    "absence": "without Stop where s == o.s then n: Next where s == o.s",
    "absence with a span": "without Stop where s == o.s within 5s then n: Next where x > o.x",
    "trailing absence": "without Next where s == o.s within 30s",
    "cancel": "then n: Next where s == o.s cancel on Stop where s == o.s",
    "all of": "then all of ( n: Next where s == o.s, m: Stop where s == o.s )",
}
"""What follows the opening step `o: Open`."""
CLASSES = list(SHAPES)[:8]
"""The classes of guards that are constant; of the other shapes a fifth of the events is enough here."""
RARE = 30_001
"""One event in so many fits, where a match drops all: otherwise none would stay open."""


def rule(shape: str, clauses: str) -> str:
    """The rule of a row."""
    pattern, _, cancel = SHAPES[shape].partition(" cancel")
    cancel = f"cancel{cancel}" if cancel else ""
    return f"{EVENTS}rule r {{ match by k within 1h over Next, Stop\n o: Open\n {pattern}\n {cancel} {clauses} }}"


def events(every: int) -> Iterator[tuple[str, dict[str, object]]]:
    """The log, without end: Open, Next, Open, and Stop or Other in turn. Amounts fall, so that an inequality holds for
    the newest Open alone. About one Next and one Stop in `every` fit for an Open, the others for none."""
    for i in count():
        fits = i % every < 4
        newest = {"x": HOT - i + 2, "s": f"s{i - 1}", "g": f"g{(i - 1) % 7}"}
        fields: dict[str, object] = {"k": "k", **(newest if fits else {"x": -1, "s": "none", "g": f"g{i % 7}"})}
        match i % 4:
            case 0 | 2:
                yield "Open", {"k": "k", "x": HOT - i, "s": f"s{i}", "g": f"g{i % 7}"}
            case 1:
                yield "Next", fields
            case _ if i % 8 == 3:
                yield "Stop", fields if fits else {**fields, "g": "none"}
            case _:
                yield "Other", {"owner": "k" if i % 3 else "stranger", "friend": "k", "x": 9 if fits else 2}


def feed(engine: Matcher, probe: Waste, number: int, every: int) -> tuple[int, int]:
    """Feed the log event by event: the most visits wasted on one event, and the most runs open."""
    worst = most = 0
    for i, (event, fields) in enumerate(islice(events(every), number)):
        if event not in engine.plan.events:
            continue
        # A millisecond between two events: the span holds all of them.
        engine.feed([record(engine, i, i * 1_000, event, **fields, ts=i * 1_000)])
        worst, most = max(worst, probe.settle()), max(most, engine.open_runs())
        probe.guards.clear()
        engine.detections.clear()
    return worst, most


@pytest.mark.parametrize("skip", ["past last", "nothing"])
@pytest.mark.parametrize("shape", SHAPES)
def test_visits_in_vain_do_not_grow_with_the_runs_of_a_hot_key(shape: str, skip: str) -> None:
    probe = Waste()
    engine = matcher(rule(shape, f"after match skip {skip} limit runs 1_000_000"), probe)
    number = HOT if shape in CLASSES else HOT // 5
    # What fits for all moves all.
    every = RARE if skip == "past last" or shape == "key" else 31
    worst, most = feed(engine, probe, number, every)
    # A run waits at two places at most.
    assert worst <= 2 * MANY
    # A run is visited once at each place that it leaves.
    assert probe.visits - probe.wasted <= 3 * number
    assert probe.asked <= 3 * number + probe.wasted
    if shape not in ("event-only, all move", "strict"):
        assert most > number / 10


def test_at_its_cap_a_key_costs_no_more() -> None:
    probe = Waste()
    engine = matcher(rule("captured equality", "after match skip nothing"), probe)
    _, most = feed(engine, probe, HOT, 31)
    assert most == DEFAULT_LIMIT and probe.wasted <= MANY * MANY
    keyed = engine.machines[0].keys["k"]
    assert len(keyed.order) < 3 * DEFAULT_LIMIT and sum(map(len, map(list, keyed.waits))) < 3 * DEFAULT_LIMIT
    assert engine.counters["r"].dropped_runs > HOT / 3
