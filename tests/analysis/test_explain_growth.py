"""Where `explain` says that a loop multiplies runs, and where it does not: open runs are counted."""

from __future__ import annotations

import pytest

from cep.analysis.explain import explain
from cep.analysis.planned import planned_rule
from cep.language.load import load_text
from tests.engine.counting import matcher, record

EVENTS = "\n".join(f"event {name} {{ k: string  v: int  g: string  ts: timestamp }} time ts" for name in "ABCDS")
LOOPS: dict[str, tuple[str, str, list[int], list[str]]] = {
    "exact": ("a: A{2} then b: B", "AAA", [1, 1, 1], []),
    "exact, in any order": ("all of ( a: A{2}, c: C ) then b: B", "AACA", [1, 1, 1, 1], []),
    "exact, one of several": ("either ( a: A{2} | c: C then d: D ) then b: B", "AAA", [2, 2, 2], []),
    "bounded": ("a: A{1,2} then b: B", "AAA", [1, 2, 2], ["the first element of `a` leaves a run that waits for `b`"]),
    "bounded, least and most": (
        "a: A{2,4} then b: B",
        "AAAAA",
        [1, 1, 2, 3, 3],
        ["each element of `a` from number 2 to number 3 leaves a run that waits for `b`"],
    ),
    "one number": (
        "a: A{2,3} then b: B",
        "AAAA",
        [1, 1, 2, 2],
        ["element number 2 of `a` leaves a run that waits for `b`"],
    ),
    "open": ("a: A{2,} then b: B", "AAAA", [1, 1, 2, 3], ["each element of `a` from number 2 on leaves a run that"]),
    "greedy": ("a: A{2,} greedy then b: B", "AAAA", [1, 1, 1, 1], []),
    "group": (
        "( a: A then b: B ){2,} then c: C",
        "ABABABAB",
        [1, 1, 1, 1, 2, 2, 3, 3],
        ["each iteration of (a, b) from number 2 on leaves a run that waits for `c`"],
    ),
    "group, any number": (
        "( a: A then b: B )+ then c: C",
        "ABABAB",
        [1, 1, 2, 2, 3, 3],
        ["each iteration of (a, b) leaves a run that waits for `c`"],
    ),
    "group, bounded": (
        "( a: A then b: B ){2,3} then c: C",
        "ABABABAB",
        [1, 1, 1, 1, 2, 2, 2, 2],
        ["iteration number 2 of (a, b) leaves a run that waits for `c`"],
    ),
    "group, exact": ("( a: A then b: B ){2} then c: C", "ABABAB", [1, 1, 1, 1, 1, 1], []),
    "loop that ends a group": (
        "( a: A then b: B{2,} ){2,} then c: C",
        "ABBA",
        [1, 1, 1, 2],
        [
            "each element of `b` from number 2 on leaves a run that waits for `a` or `c`",
            "each iteration of (a, b) from number 2 on leaves a run that waits for `c`",
        ],
    ),
}
"""Behind one opening event: the pattern, what comes, the runs open after each, and what is said."""


def rule(pattern: str) -> str:
    """The rule of a row."""
    return f"{EVENTS}\nrule r {{ match by k within 1h\n s: S then {pattern}\n after match skip nothing }}"


@pytest.mark.parametrize("row", LOOPS)
def test_loops_leave_runs_behind_where_it_is_said(row: str) -> None:
    pattern, log, opened, sentences = LOOPS[row]
    assert open_runs(rule(pattern), log) == opened
    said = [line for line in explain(planned_rule(load_text(rule(pattern)), "r")).bounds if "leaves" in line]
    assert len(said) == len(sentences)
    assert all(line.startswith(start) for line, start in zip(said, sentences, strict=True)), said


def open_runs(text: str, log: str) -> list[int]:
    """The open runs of one first event, after each event of a log."""
    engine = matcher(text)
    engine.feed([record(engine, 0, 0, "S", k="k", v=0, g="g", ts=0)])
    found = []
    for time, event in enumerate(log, 1):
        engine.feed([record(engine, time, time, event, k="k", v=time, g="g", ts=time)])
        found.append(engine.open_runs())
    return found


def test_nothing_is_said_of_the_state_twice() -> None:
    pattern = "all of ( b: B{2}, c: C having sum(v) > 3 within 5s, without D within 20s ) then any e: A where v == s.v"
    said = explain(planned_rule(load_text(rule(pattern)), "r")).bounds
    assert len(set(said)) == len(said), said
    assert any("opens one more run" in line for line in said)
