"""What `explain` says of the cost is what the engine does: visits are counted."""

from __future__ import annotations

import pytest

from cep.analysis.explain import explain
from cep.analysis.planned import planned_rule
from cep.engine.indexed import MANY
from cep.language.load import load_text
from tests.engine.counting import Visits, matcher, record

EVENTS = """
event Open { k: string  x: int  s: string  g: string  ts: timestamp } time ts
event Next { k: string  x: int  s: string  g: string  ts: timestamp } time ts
event Stop { k: string  x: int  s: string  g: string  ts: timestamp } time ts
event Other { owner: string  friend: string  x: int  g: string  ts: timestamp } time ts
"""
OPAQUE = "x > o.x + o.x * x"

CONSTANT = {
    "event-only": "then n: Next where x > 5",
    "captured equality": "then n: Next where s == o.s",
    "two captured equalities": "then n: Next where s == o.s and g == o.g",
    "inequality": "then n: Next where x > 2 * o.x",
    "inequality the other way": "then n: Next where o.x - 1 >= x",
    "difference": "then n: Next where x - o.x > 100 and g == o.g",
    "difference the other way": "then n: Next where 100 < o.x - x",
    "time since": "then n: Next where ts - o.ts >= 14m and x > 5",
    "time since, by a field": "then n: Next where s == o.s and ts - o.ts < 10m",
    "unequal": "then n: Next where g != o.g",
    "equality and inequality": "then n: Next where g == o.g and x > o.x",
    "condition on the run": "then n: Next where o.x > 200 and g == o.g",
    "inequality with an aggregate": "then m: Next then n: Next where x > sum(o.x) + count(m)",
    "strict": f"then next n: Next where {OPAQUE}",
    "gap": "then after 30m n: Next",
    "gap and equality": "then after 30m n: Next where g == o.g",
    "bounded loop": "then n: Next{2,3} where x > 5 then l: Stop",
    "optional": "then n: Next? where s == o.s then l: Stop where s == o.s",
    "absence": "without Stop then n: Next",
    "absence, captured equality": "without Stop where s == o.s then n: Next where s == o.s",
    "absence, inequality": "without Stop where x > o.x then n: Next where s == o.s",
    "absence with a span": "without Stop within 10m then n: Next where s == o.s",
    "absence with a span, captured equality": "without Stop where g == o.g within 10m then n: Next",
    "absence behind an optional step": "then n: Next? where x > 500 without Stop where s == o.s then l: Next",
    "absence behind a loop": "then n: Next{2,3} where x > 500 without Stop then l: Next where x > 600",
    "trailing absence": "without Stop within 20m",
    "trailing absence, captured equality": "without Stop where s == o.s within 20m",
    "trailing absence of the header": "without Stop where s == o.s",
    "cancel": "then n: Next where s == o.s cancel on Stop",
    "cancel, captured equality": "then n: Next where s == o.s cancel on Stop where s == o.s",
    "cancel, inequality": "then n: Next where s == o.s cancel on Stop where x > o.x",
    "key": "then n: Other by friend where owner == k",
    "key, event and captured equality": "then n: Other by friend where owner == k and x > 3 and g == o.g",
    "absence on the key": "without Other by friend where owner == k then n: Next where s == o.s",
    "cancel on the key": "then n: Next where s == o.s cancel on Other by friend where owner == k",
    "all of": "then all of ( n: Next where s == o.s, m: Stop where s == o.s )",
    "either": "then either ( n: Next where s == o.s | m: Stop where x > o.x )",
    "absence that has to hold": "then all of ( n: Next where s == o.s, without Stop where s == o.s within 20m )",
}
"""What follows the opening step; the runs visited for an event are constant, but for those that it moves."""
LINEAR = {
    "opaque": f"then n: Next where {OPAQUE}",
    "equality and more": "then n: Next where g == o.g and x + o.x < 7",
    "two inequalities": "then n: Next where x > o.x and x < o.x / 2.0",
    "any": f"then any n: Next where g == o.g then l: Stop where {OPAQUE}",
    "threshold": "then n: Next having count() > 30 within 5m",
    "threshold, captured equality": "then n: Next where g == o.g having count() > 30 within 5m",
    "loop": "then n: Next{3,} where x > 5 then l: Stop where s == o.s",
    "loop with until": "then n: Next{3,} where x > 5 until Stop where s == o.s then l: Stop where s == o.s",
    "greedy loop": "then n: Next+ greedy where x > 5 then l: Stop where s == o.s",
    "loop, captured equality": "then n: Next{3,} where g == o.g then l: Stop where s == o.s",
    "looped group": "then ( n: Next then m: Next where x > 5 ){3,} then l: Stop where s == o.s",
    "looped group, strict between iterations": (
        "then ( n: Next then m: Next where x > 5 ){3,} consecutive then l: Stop where s == o.s"
    ),
    "consecutive loop": "then n: Next{3,} consecutive where x > 5 then l: Stop where s == o.s",
    "greedy, opaque": f"then n: Next* greedy where {OPAQUE} then l: Stop where s == o.s",
    "absence, opaque": f"without Stop where {OPAQUE} then n: Next where s == o.s",
    "cancel, opaque": f"then n: Next where s == o.s cancel on Stop where {OPAQUE}",
    "own aggregate": "then n: Next{2,4} where sum(x) < o.x then l: Stop where s == o.s",
}
"""What follows the opening step; some event visits all runs that are open, each time it comes."""
OPEN, LATER = 400, 15 * 60_000_000
"""How many runs are open, and the time of the events sent then, in microseconds."""
SENT = 5
"""How often an event is sent; by then it has moved all that it can move without end."""
FIELDS = [{"x": x, "s": s, "g": g} for x in (-1, 3, 700, 100_000) for s in ("none", "s7") for g in ("same", "none")]


def rule(pattern: str, skip: str) -> str:
    """The rule of a row."""
    clauses, _, cancel = pattern.partition(" cancel")
    cancel = f"cancel{cancel}" if cancel else ""
    return f"{EVENTS}rule r {{ match by k within 1h\n o: Open\n {clauses}\n {cancel} after match skip {skip} }}"


@pytest.mark.parametrize("skip", ["past last", "nothing"])
@pytest.mark.parametrize("row", CONSTANT)
def test_where_the_cost_is_constant_it_is_said_to_be(row: str, skip: str) -> None:
    text = rule(CONSTANT[row], skip)
    said = explain(planned_rule(load_text(text), "r")).cost
    assert said.constant, said
    counted = {str(event): last_visits(text, *event) for event in sent(CONSTANT[row])}
    assert all(visits <= MANY for visits in counted.values()), counted


@pytest.mark.parametrize("skip", ["past last", "nothing"])
@pytest.mark.parametrize("row", LINEAR)
def test_where_the_cost_is_linear_it_is_said_to_be(row: str, skip: str) -> None:
    text = rule(LINEAR[row], skip)
    said = explain(planned_rule(load_text(text), "r")).cost
    assert not said.constant and said.linear, said
    counted = {str(event): last_visits(text, *event) for event in sent(LINEAR[row])}
    assert any(visits >= 0.9 * OPEN for visits in counted.values()), (counted, said)


def sent(pattern: str) -> list[tuple[str, dict[str, object]]]:
    """The events that a pattern is tried with."""
    others: list[tuple[str, dict[str, object]]] = [
        ("Other", {"owner": owner, "friend": "k", "x": 5, "g": "same"}) for owner in ("k", "stranger")
    ]
    named = [event for event in ("Next", "Stop") if event in pattern]
    found: list[tuple[str, dict[str, object]]] = [(event, {"k": "k", **fields}) for event in named for fields in FIELDS]
    return found + (others if "Other" in pattern else [])


def last_visits(text: str, event: str, fields: dict[str, object]) -> int:
    """Visits that an event causes once equal ones have moved all that they can move."""
    probe = Visits()
    engine = matcher(text, probe)
    engine.feed([record(engine, i, i, "Open", k="k", x=10 + i, s=f"s{i}", g="same", ts=i) for i in range(OPEN)])
    assert engine.open_runs() == OPEN or "next" in text or "consecutive" in text
    before = 0
    for number in range(SENT):
        before = probe.visits
        engine.feed([record(engine, OPEN + number, LATER + number, event, **fields, ts=LATER + number)])
    return probe.visits - before


TURNS = {
    "then n: Next{2,} then l: Stop": {"n -> n": "Next: every run that waits here: each takes it and waits for more"},
    "then ( n: Next then m: Next ){2} then l: Stop": {
        "n -> m": "Next: only runs it moves: all that wait here take it",
        "m -> n": "Next: only runs it moves: all that wait here take it",
    },
    "then ( n: Next then m: Next ){2,} consecutive then l: Stop": {
        "n -> m": "Next: every run that waits here: each takes it, and comes back with each iteration of its group",
        "m -> n": "every event the rule sees: every run that waits here: each takes it if it fits, and comes back with "
        "each iteration of its group; if not, it waits here no longer",
    },
}


@pytest.mark.parametrize("pattern", TURNS)
def test_runs_that_come_back_are_told_from_those_that_wait_on(pattern: str) -> None:
    waits = explain(planned_rule(load_text(rule(pattern, "nothing")), "r")).waits
    said = {f"{wait.source} -> {wait.target}": f"{v.event}: {v.words}" for wait in waits for v in wait.visits}
    assert {name: said[name] for name in TURNS[pattern]} == TURNS[pattern]


def test_a_stranger_between_strict_iterations_ends_the_waits_of_all() -> None:
    text = rule("then ( n: Next then m: Next ){2,} consecutive then l: Stop where x > 1000", "nothing")
    probe = Visits()
    engine = matcher(text, probe)
    engine.feed([record(engine, i, i, "Open", k="k", x=10, s="s", g="g", ts=i) for i in range(OPEN)])
    counted = []
    for time, event in enumerate(["Next", "Next", "Next", "Next", "Stop", "Next"], OPEN):
        before = probe.visits
        engine.feed([record(engine, time, time, event, k="k", x=10, s="s", g="g", ts=time)])
        counted.append(probe.visits - before)
    # The stranger comes when all wait for a further iteration; behind it none of them does.
    assert counted == [OPEN, OPEN, OPEN, OPEN, OPEN, 0]
