"""What `explain` says of the cost is what the engine does: visits are counted."""

from __future__ import annotations

import pytest

from cep.analysis.explain import explain
from cep.analysis.planned import planned_rule
from cep.engine.indexed import MANY
from cep.language.load import load_text
from tests.engine.counting import Visits, matcher, record

EVENTS = """
event Open { k: string  x: int  s: string  ts: timestamp } time ts
event Next { k: string  x: int  s: string  ts: timestamp } time ts
event Stop { k: string  x: int  s: string  ts: timestamp } time ts
event Other { owner: string  friend: string  ts: timestamp } time ts
"""
PLACES = {
    "event-only": ("then n: Next where x > 5", "Next", True),
    "captured equality": ("then n: Next where s == o.s", "Next", True),
    "equality and more": ("then n: Next where s == o.s and x + o.x > 7", "Next", True),
    "inequality": ("then n: Next where x > 2 * o.x", "Next", True),
    "opaque": ("then n: Next where x > o.x + o.x * x", "Next", False),
    "strict": ("then next n: Next where x > o.x + o.x * x", "Next", True),
    "any": ("then any n: Next then l: Stop", "Next", True),
    "any about the run": ("then any n: Next where x > o.x + o.x * x then l: Stop", "Next", False),
    "gap": ("then after 30m n: Next", "Next", False),
    "threshold": ("then n: Next having count() > 3 within 5m", "Next", False),
    "absence": ("without Stop then n: Next", "Stop", True),
    "absence about the run": ("without Stop where x > o.x + o.x * x then n: Next", "Stop", False),
    "absence with a span": ("without Stop within 10m then n: Next", "Stop", False),
    "trailing absence": ("without Stop within 20m", "Stop", True),
    "until": ("then n: Next+ until Stop where x > o.x", "Stop", False),
    "greedy": ("then n: Next* greedy where x > o.x + o.x * x then l: Stop", "Next", False),
    "cancel": ("then n: Next cancel on Stop", "Stop", True),
    "key": ("then n: Other by friend where owner == k", "Other", False),
}
"""Name: what follows the opening step, the event that is sent, whether the cost is said to be constant."""
OPEN, LATER = 400, 15 * 60_000_000
"""How many runs are open, and the time of the events sent then, in microseconds."""


@pytest.mark.parametrize("skip", ["past last", "nothing"])
@pytest.mark.parametrize("place", PLACES)
def test_the_cost_is_what_is_counted(place: str, skip: str) -> None:
    pattern, event, constant = PLACES[place]
    clauses, _, cancel = pattern.partition(" cancel")
    cancel = f"cancel{cancel}" if cancel else ""
    text = f"{EVENTS}rule r {{ match by k within 1h\n o: Open\n {clauses}\n {cancel} after match skip {skip} }}"
    said = explain(planned_rule(load_text(text), "r")).cost
    assert said.constant == constant, said
    counted = second_visits(text, event)
    assert counted <= MANY if constant else counted >= 0.9 * OPEN, (counted, said)


def second_visits(text: str, event: str) -> int:
    """Visits that an event in vain causes, once an equal one has moved all that it can move.

    Its `x` is below what any guard asks for: it can only be asked in vain."""
    probe = Visits()
    engine = matcher(text, probe)
    opening = [record(engine, i, i, "Open", k="k", x=10 + i, s=f"s{i}") for i in range(OPEN)]
    engine.feed(opening)
    fields = {"owner": "stranger", "friend": "k"} if event == "Other" else {"k": "k", "x": -1, "s": "none"}
    engine.feed([record(engine, OPEN, LATER, event, **fields)])
    probe.visits = 0
    engine.feed([record(engine, OPEN + 1, LATER, event, **fields)])
    return probe.visits
