"""Absences that are alternatives of `either`: each is a box of its own in the picture, reached by time.

In the automaton such an absence is no state: a run stands where its last event was bound, and what follows the group is
waited for there once the absence has held.
"""

from __future__ import annotations

from dataclasses import replace

from cep.analysis.literals import span_text
from cep.analysis.naming import RuleNames, whole
from cep.plan.nfa import END, Accept, Condition, Edge, Hold

HELD = (1, 1)
"""The bounds of a counter of an absence that has held."""


def alternatives(names: RuleNames) -> dict[int, Hold]:
    """The absences that are alternatives, by the number of their box: behind those of all states."""
    first = len(names.automaton.states)
    holds = {wait.hold.counter: wait.hold for wait in _holding(names) if wait.hold is not None}
    return {first + place: holds[counter] for place, counter in enumerate(sorted(holds))}


def _holding(names: RuleNames) -> list[Edge]:
    """The waits for alternatives; what holds as a member of a group in any order is told by its frame."""
    return [wait for wait in whole(names.automaton) if wait.hold is not None and wait.joint is None]


def title(names: RuleNames, hold: Hold) -> str:
    """What stands in the box."""
    return f"no {names.event(names.automaton.absences[hold.absence])} for {span_text(hold.length)}"


def before(names: RuleNames, hold: Hold) -> int:
    """The step that its box stands before: the first behind its group that follows it."""
    waits = whole(names.automaton)
    last = max(wait.source for wait in waits if wait.hold is not None and wait.hold.counter == hold.counter)
    follow = [wait.target for wait in waits if _held(wait.conditions, hold.counter)]
    return min((target for target in follow if target > last), default=END)


def drawn(wait: Edge, found: dict[int, Hold]) -> Edge:
    """A wait by the boxes of its arrow: to the absence, or from it where the run goes on once that has held."""
    for number, hold in found.items():
        if wait.hold is not None and wait.hold.counter == hold.counter:
            return replace(wait, target=number, conditions=_beside(wait.conditions, hold.counter))
        if wait.hold is None and _held(wait.conditions, hold.counter):
            return replace(wait, source=number, conditions=_beside(wait.conditions, hold.counter))
    return wait


def after(accept: Accept, found: dict[int, Hold]) -> Accept:
    """Where a match may end: at the box of the absence if that must have held."""
    for number, hold in found.items():
        if _held(accept.conditions, hold.counter):
            return replace(accept, source=number, conditions=_beside(accept.conditions, hold.counter))
    return accept


def _beside(conditions: tuple[Condition, ...], counter: int) -> tuple[Condition, ...]:
    """The conditions that do not ask whether an absence has held."""
    return tuple(condition for condition in conditions if condition.counter != counter)


def _held(conditions: tuple[Condition, ...], counter: int) -> bool:
    return any((c.counter, c.low, c.high) == (counter, *HELD) for c in conditions)
