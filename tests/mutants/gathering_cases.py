"""Pairs written by hand for groups that gather events: what stands before them, and items that are left incomplete."""

from __future__ import annotations

from typing import Any

from tests.generated.declared import Declarations
from tests.generated.draft import Absence, AllOf, Group, Guard, Item, Node, Rule, Step
from tests.generated.logs import Log, Sent
from tests.generated.pairs import Pair


def _pair(items: tuple[Node, ...], events: str, **clauses: Any) -> Pair:
    """A rule over some nodes, and events as `TYPE v` or `TYPE v time`, else a millisecond apart."""
    log = []
    for number, part in enumerate(events.split(",")):
        event, v, *at = part.split()
        fields: dict[str, Any] = {"k": "a", "o": None, "g": 0, "v": int(v), "x": None, "y": None, "l": None}
        log.append(Sent(event, int(at[0]) if at else number, fields | {"s": "a", "n": 0}))
    rule = Rule(key=("k",), within=50, items=tuple(map(Item, items)), **clauses)
    return Pair(Declarations(), rule, Log(tuple(log), None))


def _of(*members: Step | Absence, need: int | None = None) -> AllOf:
    return AllOf(members, need)


def _valued(name: str, event: str, v: int, quantifier: str = "", within: int | None = None) -> Step:
    return Step(name, event, quantifier, where=(f"v == {v}",), within=within)


def _hit(event: str, v: int, within: int | None = None) -> Absence:
    return Absence(event, where=(f"v == {v}",), within=within)


LOOP = Step("a", "A", "+", ("greedy",))
CLOSED = Step("a", "A", "+", ("greedy",), until=Guard("C"))
FIRST = _valued("a", "A", 1)
TWO_OR_ONE = _of(Step("b", "B", "{2}"), Step("c", "C"), need=1)
"""Whose first item may be left out with the event that it has."""

GATHERED = (
    # A stranger ends a `consecutive` item, and so does an event that another item takes.
    _pair((_of(Step("a", "A", "{2}", ("consecutive",)), Step("b", "B")),), "A 1, C 1, A 1, B 1", over=("C",)),
    _pair((_of(Step("a", "A", "{2}", ("consecutive",)), Step("b", "B")),), "A 1, B 1, A 1"),
    # An event is bound by one of two thresholds.
    _pair(
        (_of(Step("d", "B", having="count() >= 2 and avg(v) >= 1.0"), Step("e", "B", having="count() > 2")),),
        "B 0, B 0, B 2, B 0",
    ),
    # An absence behind a group is hit by what comes after the last event that is kept, within its span.
    _pair(
        (
            _of(Step("b", "B", "{2}"), Step("a", "A"), Absence("A", within=1), need=2),
            _of(Step("c", "C"), Absence("B", within=7)),
        ),
        "B 1, B 1, C 1",
    ),
    _pair(
        (
            _of(Step("a", "A", "{2}", within=7), Absence("B", within=6)),
            _of(Absence("C", within=2), Step("b", "B"), need=2),
        ),
        "A 1 0, A 1 1, C 1 4, B 1 8",
    ),
    # `without next` before a group is passed by a stranger.
    _pair(
        (FIRST, Absence("B", True), _of(_valued("b", "A", 2), _valued("c", "A", 2, "{2}", 9))),
        "A 1, A 9, B 1, A 2, A 2, A 2",
    ),
    # `until` ends a group in the middle of its gathering.
    _pair(
        (
            Step("a", "A"),
            Group(
                (Item(_of(Step("c", "C", having="count() >= 2"), Step("b", "B"), need=2)),),
                "*",
                until=Guard("A", where=("v == 1",)),
            ),
        ),
        "A 0, B 1, A 1, C 1, C 1",
        skip="nothing",
    ),
    # An absence before a group bars it from the hit on, also when what came before the hit is left out.
    _pair(
        (_valued("c", "C", 0), _hit("C", 2), _of(Step("a", "A"), Step("b", "B", "{2}", within=9))),
        "C 0, C 2, A 1, B 1, B 1",
    ),
    _pair((FIRST, _hit("A", 2), TWO_OR_ONE), "A 1, B 1, A 2, C 1"),
    # It counts its span from the event before the group.
    _pair((FIRST, _hit("A", 2, within=2), TWO_OR_ONE), "A 1 0, B 1 2, A 2 4, C 1 5"),
    # A greedy loop before a group wants its events as long as the group may still begin, and none once it is closed.
    _pair((LOOP, TWO_OR_ONE), "A 1, B 1, A 2, C 1", skip="nothing"),
    _pair((LOOP, _of(Step("b", "B", "{2}"), _valued("c", "A", 2), need=1)), "A 1, B 1, A 2", skip="nothing"),
    _pair((CLOSED, _of(Step("b", "B", "{2}"), _valued("c", "A", 2), need=1)), "A 1, B 1, C 1, A 2", skip="nothing"),
    _pair(
        (
            CLOSED,
            Step("b", "B", "*", ("greedy",), until=Guard("C")),
            _of(Step("d", "B", "{2}", within=9), _valued("c", "A", 2)),
        ),
        "A 1, C 1, B 1, B 1, A 2",
        skip="nothing",
    ),
    # An absence behind a looped group is hit inside it; a threshold that holds the hit has to bind it.
    _pair(
        (
            FIRST,
            Group((Item(_of(Step("b", "B", having="count() >= 2"), Step("c", "C"))),), "+"),
            _hit("A", 2),
            _valued("z", "A", 9),
        ),
        "A 1, C 1, A 2, B 1, B 1, A 9",
    ),
    _pair(
        (
            FIRST,
            Group((Item(_of(Step("b", "B", having="count() >= 2 and sum(v) <= 3"), Step("c", "C"))),), "+"),
            _hit("B", 5),
            _valued("z", "A", 9),
        ),
        "A 1, C 1, B 5, B 1, B 1, A 9",
    ),
    # A `having` sees nothing of the iteration before.
    _pair(
        (
            Group(
                (
                    Item(Step("p", "A", "?")),
                    Item(_of(Step("b", "B", having="count() >= 2 and sum(v) > (p?.v ?? 0)"), Step("c", "C"))),
                ),
                "{2}",
            ),
        ),
        "A 9, B 5, B 5, C 1, B 1, B 1, C 1",
    ),
)
