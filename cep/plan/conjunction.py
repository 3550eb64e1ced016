"""`all of` and `at least N of`: members in any order, waited for together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cep.language import model
from cep.plan.drafts import Draft, Entry, Exit, Fragment
from cep.plan.nfa import Condition, Effect, State

if TYPE_CHECKING:
    from cep.plan.build import Builder


class Conjunction:
    """Builds `all of` and `at least N of`. Each member has a counter, `done` counts the members complete."""

    def __init__(self, builder: Builder, node: model.AllOf) -> None:
        self.builder = builder
        self.node = node
        self.joint = builder.joints
        builder.joints += 1
        self.done = builder.counter()
        self.base = builder.span() if any(isinstance(m, model.Absence) for m in node.members) else None
        self.states = [
            builder.held_state(m, builder.counter()) if isinstance(m, model.Absence) else builder.state(m, counted=True)
            for m in node.members
        ]
        self.holds = {
            state.index: builder.hold(member, self.base, node.conjunction, state.counter)
            for state, member in zip(self.states, node.members, strict=True)
            if isinstance(member, model.Absence)
        }

    def build(self) -> Fragment:
        """The fragment."""
        first = len(self.builder.drafts)
        for source in self.states:
            for target in self.states:
                self.between(source, target)
        opens = self.builder.bounded(self.node.within, self.builder.drafts[first:])
        resets = tuple(Effect(s.counter, "set", 0) for s in self.states if s.counter is not None)
        entries = []
        for state in self.states:
            assert state.counter is not None
            hold = self.holds.get(state.index)
            entries.append(
                Entry(
                    state.index,
                    effects=(
                        *resets,
                        Effect(state.counter, "set", 1),
                        Effect(self.done, "set", int(state.minimum == 1)),
                    ),
                    opens=opens,
                    bases=() if self.base is None else (self.base,),
                    joint=self.joint,
                    hold=None if hold is None else replace(hold, base=None),
                )
            )
        exits = [Exit(s.index, conditions) for s in self.states for conditions in self.complete()]
        return Fragment(entries, exits, [])

    def complete(self) -> list[tuple[Condition, ...]]:
        """The ways to be complete: enough members bound, and none of the others begun (they are null)."""
        ways: list[tuple[Condition, ...]] = [(Condition(self.done, self.node.need, None),)]
        if self.node.need == len(self.states):
            return ways
        for state in self.states:
            if state.counter is not None and state.minimum > 1:
                whole = [Condition(state.counter, 0, 0), Condition(state.counter, state.minimum, state.minimum)]
                ways = [(*way, condition) for way in ways for condition in whole]
        return ways

    def between(self, source: State, target: State) -> None:
        """Edges from one member to another, or to the same one's next element.

        Taking the last element a member needs completes it; constant conditions tell that case apart."""
        last = target.minimum - 1
        if last > 0:
            self.edge(source, target, 0, 0, completes=False)
        if last > 1:
            self.edge(source, target, 1, last - 1, completes=False)
        self.edge(source, target, last, last, completes=True)

    def edge(self, source: State, target: State, low: int, high: int, completes: bool) -> None:
        """One such edge, for `low` to `high` elements bound so far."""
        assert target.counter is not None
        hold = self.holds.get(target.index)
        effects: tuple[Effect, ...] = (Effect(target.counter, "add", 1),)
        if completes:
            effects += (Effect(self.done, "add", 1),)
        self.builder.drafts.append(
            Draft(
                source.index,
                target.index,
                "hold" if hold is not None else "forward" if low == 0 else "more",
                conditions=(Condition(target.counter, low, high), Condition(self.done, None, self.node.need - 1)),
                effects=effects,
                joint=self.joint,
                hold=hold,
            )
        )
