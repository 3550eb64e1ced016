"""How a guard's names are spelled where it is evaluated."""

from __future__ import annotations

from itertools import count
from typing import Literal as OneOf

from cep.language.resolved import Aggregate, Bound, Candidate, Element, Expression, FieldOf, KeyPart, Previous
from cep.plan.expressions.constants import Constants
from cep.plan.expressions.source import value
from cep.plan.nfa import State
from cep.plan.registers import RUNNING, common, scope_of, simple
from cep.plan.source.access import read
from cep.plan.source.context import RuleContext
from cep.plan.source.folding import empty, folded, grown, result, zero

Loop = OneOf["first", "more", "without", "empty"]
"""Where the candidate stands in its own loop: its first element, a further one, or (`until`) not part of it while it
has elements (`without`) or none yet (`empty`)."""


class Fresh:
    """Local names for assignment expressions, one series per function."""

    def __init__(self) -> None:
        self._numbers = count()

    def __call__(self) -> str:
        return f"v{next(self._numbers)}"


class GuardScope:
    """A guard evaluated for a waiting run: the candidate in `ev`, the run in `run` (None for a first step)."""

    def __init__(
        self,
        context: RuleContext,
        constants: Constants,
        fresh: Fresh,
        *,
        own: State | None,
        loop: Loop,
        started: bool,
        groups: tuple[int, ...] = (),
        cleared: tuple[int, ...] = (),
    ) -> None:
        self.context = context
        self.constants = constants
        self.make_fresh = fresh
        self.own = own
        self.loop = loop
        self.started = started
        self.cleared = set(cleared)
        self.groups = set(groups if own is None else own.groups)

    def field(self, ref: FieldOf) -> str:
        """A field of the candidate, of a bound event by its register, or of an earlier element."""
        match ref.source:
            case Candidate():
                return read("ev", self.context.type_of(ref.event), ref.path, self.make_fresh)
            case Bound(step) if not self.started or self.cleared & set(self.context.state(step).groups):
                return "None"
            case Bound(step):
                captured = self.context.registers.capture(self.context.state(step).index, ref.path)
                assert captured is not None
                return f"run.{captured.name}"
            case Previous(back):
                assert self.own is not None
                element = f"previous(run, {self.own.index}, {back}, {self.count()})"
                return read(element, self.context.type_of(ref.event), ref.path, self.make_fresh, unbound=True)
            case Element():
                return read("el", self.context.type_of(ref.event), ref.path, self.make_fresh)

    def count(self) -> str:
        """How many elements the own loop holds before the candidate."""
        if self.loop in ("first", "empty") or self.own is None or self.own.counter is None:
            return "0"
        return f"run.c{self.own.counter}"

    def aggregate(self, agg: Aggregate) -> str:
        """A register if there is one, else folded from the chain."""
        state = self.own if agg.step is None else self.context.state(agg.step)
        assert state is not None
        included = agg.step is None and self.loop in ("first", "more")
        anew = self.cleared & set(state.groups) & self.groups
        nothing = not self.started or bool(anew) or (agg.step is None and self.loop in ("first", "empty"))
        register = self.register(agg, state)
        if register is not None:
            return self.from_register(agg, register, included, nothing)
        elements = self.chain(agg, state, included, nothing)
        return folded(agg, elements, self.constants)

    def register(self, agg: Aggregate, state: State) -> str | None:
        """The register that keeps this aggregate."""
        if agg.function not in RUNNING or not simple(agg):
            return None
        groups = () if agg.step is None else common(state, self.groups)
        running = self.context.registers.aggregate(
            state.index, agg.function, agg.argument, scope_of(agg, groups), groups
        )
        return None if running is None else f"run.{running.name}"

    def from_register(self, agg: Aggregate, register: str, included: bool, nothing: bool) -> str:
        """The value of a register, with the candidate added where it counts."""
        before = empty(agg.function) if nothing else register
        if included:
            argument = "None" if agg.argument is None else self.argument(agg.argument, "ev")
            before = grown(agg.function, before, argument)
            if agg.function == "count":
                return f"({before})"
            if agg.function == "sum":
                name = self.make_fresh()
                return f"({zero(agg.type, self.constants)} if ({name} := {before}) is None else {name})"
        return result(agg.function, before, agg.type, self.constants)

    def chain(self, agg: Aggregate, state: State, included: bool, nothing: bool) -> str:
        """The list of the argument's values over the elements bound so far."""
        argument = "el" if agg.argument is None else self.argument(agg.argument, "el")
        if nothing:
            source = "()"
        elif agg.step is None:
            source = f"visited(run, {state.index}, {self.count()})"
        elif groups := common(state, self.groups):
            source = f"iterated(run, {state.index}, {self.context.clearing(groups)})"
        else:
            source = f"bound(run, {state.index})"
        if included:
            source = "(ev,)" if nothing else f"(*{source}, ev)"
        return f"[{argument} for el in {source}]"

    def argument(self, expression: Expression, base: str) -> str:
        """The aggregated expression over the element `base`."""
        inner = ArgumentScope(self, base)
        return value(expression, inner, self.constants)

    def key(self, part: KeyPart) -> str:
        """A part of the rule's key."""
        return f"key[{part.index}]"

    def fresh(self) -> str:
        """A local name."""
        return self.make_fresh()


class ArgumentScope:
    """The argument of an aggregate inside a guard: the element under `base`, the rest as in the guard."""

    def __init__(self, outer: GuardScope, base: str) -> None:
        self.outer = outer
        self.base = base

    def field(self, ref: FieldOf) -> str:
        """A field of the element, or of what the guard sees."""
        if isinstance(ref.source, Element):
            return read(self.base, self.outer.context.type_of(ref.event), ref.path, self.outer.make_fresh)
        return self.outer.field(ref)

    def aggregate(self, agg: Aggregate) -> str:
        """As in the guard."""
        return self.outer.aggregate(agg)

    def key(self, part: KeyPart) -> str:
        """A part of the rule's key."""
        return self.outer.key(part)

    def fresh(self) -> str:
        """A local name."""
        return self.outer.make_fresh()
