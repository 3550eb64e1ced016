"""`all of` and `at least N of`: members in any order, waited for together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cep.language import model
from cep.plan.drafts import Draft, Entry, Exit, Fragment
from cep.plan.nfa import HELD, Condition, Effect, GatheredItem, Gathering, State

if TYPE_CHECKING:
    from cep.plan.build import Builder


class Conjunction:
    """Builds `all of` and `at least N of`. Each member has a counter, `done` counts the members complete.

    An absence among the members that holds before any event is bound in the group is noted where the run stands, in
    counters of its own (`early`, and `before`: how many); the first event bound carries them over. Where such absences
    are enough the group is passed over like an optional one.
    """

    def __init__(self, builder: Builder, node: model.AllOf) -> None:
        self.builder = builder
        self.node = node
        self.joint = builder.joints
        builder.joints += 1
        self.done = builder.counter()
        self.absences = [m for m in node.members if isinstance(m, model.Absence)]
        self.base = builder.span() if self.absences else None
        self.before = builder.counter(transient=True) if self.absences else None
        self.late = [builder.counter() for _ in self.absences]
        self.early = [builder.counter(transient=True) for _ in self.absences]
        self.states = [builder.state(m, counted=True) for m in node.members if isinstance(m, model.Step)]
        self.spare = len(node.members) - node.need
        self.enough = len(self.absences) >= node.need

    def build(self) -> Fragment:
        """The fragment."""
        first = len(self.builder.drafts)
        for source in self.states:
            for target in self.states:
                self.between(source, target)
            self.waits(source)
        gathers = is_gathering(self.node)
        if gathers:
            self.builder.gatherings.append(self.gathering())
        opens = () if gathers else self.builder.bounded(self.node.within, self.builder.drafts[first:])
        complete = (Condition(self.done, self.node.need, None),)
        exits = [Exit(state.index, complete, waited=bool(self.absences)) for state in self.states]
        entries = [self.entry(state, opens) for state in self.states]
        if self.before is None:
            return Fragment(entries, exits, [])
        passes = [Exit(None, (Condition(self.before, self.node.need, None),))] if self.enough else []
        return Fragment([*entries, *self.holds()], exits, passes)

    def entry(self, state: State, opens: tuple[int, ...]) -> Entry:
        """The first event bound is one of `state`."""
        assert state.counter is not None
        resets = [Effect(s.counter, "set", 0) for s in self.states if s.counter is not None]
        carried = [Effect(late, "set", 0, held=early) for late, early in zip(self.late, self.early, strict=True)]
        done = Effect(self.done, "set", int(state.minimum == 1), held=self.before)
        return Entry(
            state.index,
            conditions=self.open(),
            late=self.possible(),
            effects=(*resets, *carried, Effect(state.counter, "set", 1), done),
            opens=opens,
            bases=() if self.base is None else (self.base,),
            joint=self.joint,
        )

    def open(self) -> tuple[Condition, ...]:
        """Absences alone have not completed the group."""
        return (Condition(self.before, None, self.node.need - 1),) if self.enough and self.before is not None else ()

    def possible(self) -> tuple[Condition, ...]:
        """Where the group is reached only once another absence has held: no hit has made it impossible by then."""
        return () if self.spare else tuple(Condition(counter, None, 1) for counter in self.early)

    def holds(self) -> Iterator[Entry]:
        """Absences may hold before any event is bound in the group."""
        assert self.before is not None
        for node, counter in zip(self.absences, self.early, strict=True):
            yield Entry(
                HELD,
                conditions=(Condition(counter, 0, 0), *self.open()),
                effects=(Effect(counter, "set", 1), Effect(self.before, "add", 1)),
                joint=self.joint,
                hold=self.builder.hold(node, None, counter, tuple(self.early), self.spare),
            )

    def waits(self, source: State) -> None:
        """Absences may hold after the event of a member."""
        for node, counter in zip(self.absences, self.late, strict=True):
            self.builder.drafts.append(
                Draft(
                    source.index,
                    HELD,
                    "hold",
                    contiguity="any",
                    conditions=(Condition(counter, 0, 0), Condition(self.done, None, self.node.need - 1)),
                    effects=(Effect(counter, "set", 1), Effect(self.done, "add", 1)),
                    joint=self.joint,
                    hold=self.builder.hold(node, self.base, counter, tuple(self.late), self.spare),
                )
            )

    def gathering(self) -> Gathering:
        """What the engine must know of the group beside its edges."""
        steps = [member for member in self.node.members if isinstance(member, model.Step)]
        items = tuple(item_of(member, state) for member, state in zip(steps, self.states, strict=True))
        absences = tuple(zip(self.late, self.early, strict=True))
        return Gathering(self.joint, items, absences, self.node.need, self.node.within, self.base, self.done)

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
        effects: tuple[Effect, ...] = (Effect(target.counter, "add", 1),)
        if completes:
            effects += (Effect(self.done, "add", 1),)
        self.builder.drafts.append(
            Draft(
                source.index,
                target.index,
                "forward" if low == 0 else "more",
                conditions=(Condition(target.counter, low, high), Condition(self.done, None, self.node.need - 1)),
                effects=effects,
                joint=self.joint,
            )
        )


def is_gathering(node: model.AllOf) -> bool:
    """Whether only the end of the group tells which of the events seen are part of the match."""
    steps = [member for member in node.members if isinstance(member, model.Step)]
    partly = node.need < len(node.members) and any(step.minimum > 1 for step in steps)
    return partly or any(s.having is not None or s.within is not None or s.mode != "relaxed" for s in steps)


def item_of(member: model.Step, state: State) -> GatheredItem:
    """An item as the engine sees it."""
    if member.having is not None:
        return GatheredItem(state.index, True, 1, "relaxed", state.window)
    return GatheredItem(state.index, False, member.minimum, member.mode, member.within)
