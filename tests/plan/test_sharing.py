"""Which rules keep their partial matches as a shared structure, and of which stages."""

from __future__ import annotations

import pytest

from cep.language.load import load_text
from cep.plan.compile import compile_plan
from cep.plan.plan import PlanRule

EVENTS = """
event A { k: string  v: int  ts: timestamp } time ts
event B { k: string  v: int  ts: timestamp } time ts
list listed: int
param least: int = 3
"""
SHARED = {
    "any": "a: A then any b: B",
    "any behind others": "a: A then b: B then next c: A then any d: B",
    "combinations": "a: A{3} combinations",
    "combinations behind a step": "a: A then b: B{1,3} combinations",
    "loops beside any": "a: A{2,4} consecutive then any b: B{0,2}",
    "guards on the event": "a: A where v > least and v not in listed then any b: B where v > 1 or k == 'x'",
    "alternatives": "a: A then any either ( b: B | c: A then d: B )",
    "an optional group": "a: A then ( b: B then any c: A )?",
    "skip past last": "a: A then any b: B after match skip past last",
    "skip to a step": "a: A then any b: B after match skip to last b",
    "suppress": "a: A then any b: B suppress for 1m by k",
    "another type seen": "a: A then any b: A",
}
ONE_BY_ONE = {
    "no branching": "a: A then b: B{2,3}",
    "a guard on the run": "a: A then any b: B where v == a.v",
    "an aggregate": "a: A{2,3} where count() < 9 then any b: B",
    "the element before": "a: A{3} combinations where v > prev(v)",
    "gap within": "a: A then any within 5s b: B",
    "gap after": "a: A then any after 5s b: B",
    "an absence": "a: A without B where v == 1 then any b: B",
    "a trailing absence": "a: A then any b: B without A within 5s",
    "a leading absence": "without B within 5s then a: A then any b: B",
    "cancel": "a: A then any b: B cancel on A where v == 9",
    "until": "a: A then any b: B+ until A limit runs 9",
    "greedy": "a: A then any b: B{1,3} greedy then c: A",
    "greedy without effect": "a: A then any b: B{1,3} greedy",
    "the span of a loop": "a: A then any b: B{1,3} within 5s",
    "a threshold": "a: A then any b: B having count() > 1 within 5s",
    "a repeated group": "a: A then any ( b: B then c: A ){2}",
    "a conjunction": "a: A then any all of ( b: B, c: A )",
    "time-outs": "a: A then any b: B on timeout emit { v: a.v }",
    "start order": "a: A then any b: B after match skip past last in start order",
    "skip to next": "a: A then any b: B after match skip to next",
    "too many stages": "a: A{65} combinations",
}


def planned(pattern: str, share: bool = True) -> PlanRule:
    """The rule of a pattern, planned; its clauses may follow on the same line."""
    text = pattern.replace("'", '"')
    for word in (" then", " without", " after match", " suppress", " on timeout", " report", " cancel"):
        text = text.replace(word, f"\n{word}")
    return compile_plan(load_text(f"{EVENTS}rule r {{ match by k within 1h\n{text}\n}}"), share=share).rules[0]


@pytest.mark.parametrize("name", SHARED)
def test_uncorrelated_rules_with_any_or_combinations_are_shared(name: str) -> None:
    assert planned(SHARED[name]).sharing is not None


@pytest.mark.parametrize("name", ONE_BY_ONE)
def test_other_rules_keep_runs_one_by_one(name: str) -> None:
    assert planned(ONE_BY_ONE[name]).sharing is None


def test_loops_are_unfolded_to_where_their_number_matters() -> None:
    sharing = planned("a: A{2,3} combinations then b: B? then any c: B{2,} limit runs 9").sharing
    assert sharing is not None
    stages = [(s.state, s.count, s.begins, s.accepts) for s in sharing.stages]
    assert stages == [
        (0, 1, True, False),
        (0, 2, False, False),
        (0, 3, False, False),
        (1, 1, False, False),
        (2, 1, False, False),
        (2, 2, False, True),
    ]
    links = [(link.source, link.target, link.contiguity) for link in sharing.links]
    assert links == [
        (0, 1, "any"),
        (1, 2, "any"),
        (1, 3, "relaxed"),
        (1, 4, "any"),
        (2, 3, "relaxed"),
        (2, 4, "any"),
        (3, 4, "any"),
        (4, 5, "relaxed"),
        (5, 5, "relaxed"),
    ]


def test_the_layout_tells_how_the_state_is_kept() -> None:
    shared, one_by_one = planned(SHARED["any"]), planned(SHARED["any"], share=False)
    assert shared.layout != one_by_one.layout and shared.semantic == one_by_one.semantic
