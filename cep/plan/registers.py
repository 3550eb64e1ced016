"""Registers: the values a run carries because a later guard reads them.

A run holds no copies of events. What guards read of bound events is captured when the event is taken; what they read
of loops is kept as running aggregates where one step of arithmetic does it. Everything else (outputs, the rarer
aggregates) is computed from the chain of bound events when it is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal as OneOf

from cep.language.resolved import Aggregate, Bound, Expression, FieldOf
from cep.plan.attributes import attribute
from cep.plan.expressions.walk import aggregates, fields, is_element_only
from cep.plan.nfa import Automaton, Place, State

RUNNING = frozenset({"count", "sum", "avg", "min", "max", "first", "last"})
"""Aggregates kept as registers; the others are folded from the chain on demand."""


@dataclass(frozen=True, slots=True)
class Captured:
    """A field of the event bound to `step`, by attribute `name` of the run."""

    name: str
    step: int
    reference: FieldOf


@dataclass(frozen=True, slots=True)
class Running:
    """A running aggregate over `step`, by attribute `name` of the run.

    `scope`: `visit` starts anew with each entry into the loop (the loop's own guards), `iteration` with each
    iteration of one of the looped `groups` that are around both the step and the guard, `all` never.
    """

    name: str
    step: int
    function: str
    argument: Expression | None
    scope: OneOf["visit", "iteration", "all"]
    groups: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Registers:
    """All registers of a rule, in a fixed order."""

    captured: tuple[Captured, ...]
    running: tuple[Running, ...]

    def capture(self, step: int, path: tuple[str, ...]) -> Captured | None:
        """The register of a bound step's field."""
        return next((c for c in self.captured if c.step == step and c.reference.path == path), None)

    def aggregate(
        self, step: int, function: str, argument: Expression | None, scope: str, groups: tuple[int, ...]
    ) -> Running | None:
        """The register of a running aggregate; expressions are compared without their places."""
        wanted = (step, function, bare(argument), scope, groups)
        return next(
            (r for r in self.running if (r.step, r.function, bare(r.argument), r.scope, r.groups) == wanted), None
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """A guard that is evaluated while a run waits, and the step whose loop it may call its own."""

    expression: Expression
    own: int | None
    groups: tuple[int, ...]


def registers(automaton: Automaton) -> Registers:
    """The registers that the guards of `automaton` need."""
    captured: dict[tuple[int, tuple[str, ...]], Captured] = {}
    running: dict[object, Running] = {}
    by_name = {s.name: s for s in automaton.states}
    for reading in readings(automaton):
        for reference in fields(reading.expression):
            if isinstance(reference.source, Bound):
                step = by_name[reference.source.step].index
                name = f"b_{reference.source.step}_" + "_".join(reference.path)
                captured.setdefault((step, reference.path), Captured(attribute(name), step, reference))
        for aggregate in aggregates(reading.expression):
            windowed = reading.own is None and aggregate.step is None
            if aggregate.function in RUNNING and simple(aggregate) and not windowed:
                state = target(aggregate, reading, automaton, by_name)
                groups = () if aggregate.step is None else common(state, reading.groups)
                scope = scope_of(aggregate, groups)
                key = (state.index, aggregate.function, bare(aggregate.argument), scope, groups)
                name = f"g{len(running)}_{aggregate.function}"
                found = Running(name, state.index, aggregate.function, aggregate.argument, scope, groups)
                running.setdefault(key, found)
    return Registers(tuple(captured.values()), tuple(running.values()))


def target(aggregate: Aggregate, reading: Reading, automaton: Automaton, by_name: dict[str, State]) -> State:
    """The state an aggregate runs over."""
    if aggregate.step is not None:
        return by_name[aggregate.step]
    assert reading.own is not None
    return automaton.states[reading.own]


def common(state: State, groups: Iterable[int]) -> tuple[int, ...]:
    """The looped groups around a step that are also around the place where it is read."""
    around = set(groups)
    return tuple(group for group in state.groups if group in around)


def scope_of(aggregate: Aggregate, groups: tuple[int, ...]) -> OneOf["visit", "iteration", "all"]:
    """How far back an aggregate reaches, by the looped groups around both it and where it stands."""
    if aggregate.step is None:
        return "visit"
    return "iteration" if groups else "all"


def simple(aggregate: Aggregate) -> bool:
    """Whether the element alone decides what is aggregated."""
    return aggregate.argument is None or is_element_only(aggregate.argument)


def readings(automaton: Automaton) -> Iterator[Reading]:
    """Every expression evaluated while runs wait; a threshold's `having` sees its own window, not registers."""
    for state in automaton.states:
        yield from of_place(state.place, state.groups)
        if state.having is not None:
            yield Reading(state.having, None, state.groups)
    for wait in automaton.waits:
        held = () if wait.hold is None else (wait.hold.absence,)
        for index in (*wait.absences, *wait.nexts, *(number for number, _ in wait.barred), *held):
            yield from of_place(automaton.absences[index], automaton.absences[index].groups)
        for bound in wait.until:
            yield from of_place(automaton.untils[bound.until], automaton.untils[bound.until].groups)
    if automaton.cancel is not None:
        yield from of_place(automaton.cancel, ())


def of_place(place: Place, groups: tuple[int, ...]) -> Iterable[Reading]:
    """The reading of one place."""
    return () if place.where is None else (Reading(place.where, place.step, groups),)


def bare(expression: Expression | None) -> str:
    """An expression without its places, for comparing and for fingerprints."""
    return "" if expression is None else shape(expression)


def shape(value: object) -> str:
    """A canonical text of resolved expressions and model nodes: class and fields, spans and syntax left out."""
    slots = getattr(value, "__dataclass_fields__", None)
    if slots is not None:
        parts = [shape(getattr(value, name)) for name in slots if name not in ("span", "syntax", "file")]
        return f"{type(value).__name__}({','.join(parts)})"
    if isinstance(value, tuple | list):
        return "[" + ",".join(shape(v) for v in value) + "]"
    return repr(value)
