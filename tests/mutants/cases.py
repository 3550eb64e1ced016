"""Pairs written by hand, for slips that drawn pairs show too rarely: registers inside looped groups, two more, and
`gathering_cases`."""

from __future__ import annotations

from typing import Any

from tests.generated.declared import Declarations
from tests.generated.draft import Group, Item, Rule, Step
from tests.generated.logs import Log, Sent
from tests.generated.pairs import Pair
from tests.mutants.gathering_cases import GATHERED


def _group(*steps: Step, quantifier: str = "{2}") -> Item:
    return Item(Group(tuple(Item(step) for step in steps), quantifier))


def _pair(rule: Rule, events: str) -> Pair:
    """Events as `TYPE v s`, a millisecond apart."""
    log = []
    for time, (event, v, s) in enumerate(part.split() for part in events.split(",")):
        keys: dict[str, Any] = {"k": "a", "o": None}
        log.append(Sent(event, time, keys | {"g": 0, "v": int(v), "x": None, "s": s, "n": 0}))
    return Pair(Declarations(), rule, Log(tuple(log), None))


def _rule(*items: Item, **clauses: Any) -> Rule:
    return Rule(key=("k",), within=50, items=items, **clauses)


CASES = (
    # An aggregate that is folded reaches back to the start of the iteration only.
    _pair(
        _rule(_group(Step("a", "A", "+"), Step("b", "B", where=("count_distinct(a.s) == 1",)))),
        "A 1 a, B 1 a, A 1 b, B 1 a",
    ),
    # So does one that is kept as a register.
    _pair(
        _rule(_group(Step("a", "A", "+"), Step("b", "B", where=("sum(a.v) <= 3",)))),
        "A 2 a, B 1 a, A 3 b, B 1 a",
    ),
    # A loop's own aggregates start anew with each visit.
    _pair(
        _rule(_group(Step("a", "A", "{2}", where=("sum(v) <= 4",)), Step("b", "B"))),
        "A 1 a, A 2 a, B 1 a, A 1 b, A 3 a, B 1 a",
    ),
    # A field of a step passed over in this iteration is null, whatever an earlier one bound.
    _pair(
        _rule(_group(Step("c", "C"), Step("a", "A", "?"), Step("b", "B", where=("v == (a?.v ?? 9)",)))),
        "C 0 a, A 1 a, B 1 a, C 0 a, B 1 a, B 9 a",
    ),
    # The same events by one turn of the outer group or by two are one time-out.
    _pair(
        _rule(
            Item(Group((_group(Step("a", "A"), quantifier="{1,2}"),), "{1,2}")),
            Item(Step("z", "B")),
            skip="nothing",
            timeouts=(("", '"over"'),),
        ),
        "A 1 a, A 2 a, A 3 a",
    ),
    # A window at the head may begin a match before one that it began earlier: starts do not stand in order.
    _pair(
        _rule(
            Item(Step("d", "A", having="sum(v) == 4", within=40)),
            Item(Step("e", "B", "+")),
            skip="to first d",
        ),
        "A 1 a, A 1 a, A 3 a, A -1 a, B 0 a, B 0 a",
    ),
    *GATHERED,
)
