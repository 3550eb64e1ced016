"""What automata are made of: states, guards, registers, numbered as they come."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cep.language import model
from cep.plan.nfa import Hold, Place, State


class Pieces:
    """The states, guards and registers of one rule's automaton; `events` gives each event type's index in the plan.

    `around`: the looped groups that what comes next stands in, outermost first; `enclosing`: the spans of all groups
    around it.
    """

    def __init__(self, rule: model.Rule, events: dict[str, int]) -> None:
        self.rule = rule
        self.events = events
        self.states: list[State] = []
        self.absences: list[Place] = []
        self.untils: list[Place] = []
        self.counters = 0
        self.spans = 0
        self.around: tuple[int, ...] = ()
        self.enclosing: tuple[int, ...] = ()
        self.transient: set[int] = set()

    @contextmanager
    def inside(self, within: int | None) -> Iterator[None]:
        """What is built meanwhile stands in a group with this span."""
        outer = self.enclosing
        self.enclosing = outer if within is None else (*outer, within)
        yield
        self.enclosing = outer

    def grows(self, node: model.Step) -> bool:
        """Whether a threshold goes on taking elements after its match: at the end, unless it is reported early."""
        return node.having is not None and self.rule.report != "early" and node is self.rule.items[-1].node

    def state(self, node: model.Step, counted: bool = False) -> State:
        """A new state for `node`; `counted` gives even a single step a counter."""
        loop = counted or (node.having is None and (node.maximum is None or node.maximum > 1))
        index = len(self.states)
        spans = [span for span in (node.within, self.rule.within, *self.enclosing) if span is not None]
        state = State(
            index=index,
            name=node.name,
            place=Place(self.events[node.event], node.key, node.where, index),
            minimum=node.minimum,
            maximum=node.maximum,
            counter=self.counter() if loop else None,
            span=self.span() if (node.within is not None and node.having is None) or self.grows(node) else None,
            groups=self.around,
            having=node.having,
            window=None if node.having is None else min(spans, default=None),
        )
        self.states.append(state)
        return state

    def hold(self, node: model.Absence, base: int | None, counter: int, counters: tuple[int, ...], spare: int) -> Hold:
        """What an absence needs to hold; its span is checked to be there."""
        assert node.within is not None
        return Hold(self.absence(node), node.within, base, counter, counters, spare)

    def absence(self, node: model.Absence) -> int:
        """A new absence guard."""
        self.absences.append(
            Place(self.events[node.event], node.key, node.where, None, node.within, groups=self.around)
        )
        return len(self.absences) - 1

    def until(self, guard: model.Guard, step: int | None) -> int:
        """A new until guard; `step` is the loop it may speak of."""
        self.untils.append(Place(self.events[guard.event], guard.key, guard.where, step, groups=self.around))
        return len(self.untils) - 1

    def counter(self, transient: bool = False) -> int:
        """A new counter register; `transient`: which begins anew with every event bound."""
        self.counters += 1
        if transient:
            self.transient.add(self.counters - 1)
        return self.counters - 1

    def span(self) -> int:
        """A new span register."""
        self.spans += 1
        return self.spans - 1
