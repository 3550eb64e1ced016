"""Thresholds: `having_<state>(run, key, window, floor, ceiling)` finds the shortest run of elements that holds.

It goes from the newest element back, growing the aggregates, and returns the index of the first element of the match,
or -1. Only elements from `floor` to below `ceiling` may begin it.
"""

from __future__ import annotations

from cep.language.resolved import Aggregate, Bound, Candidate, Element, FieldOf, KeyPart, Previous
from cep.plan.expressions.constants import Constants
from cep.plan.expressions.source import value, when_true
from cep.plan.expressions.walk import aggregates
from cep.plan.nfa import State
from cep.plan.reaching import needed
from cep.plan.registers import bare, simple
from cep.plan.source.access import read
from cep.plan.source.context import RuleContext
from cep.plan.source.folding import folded, zero
from cep.plan.source.lines import Lines
from cep.plan.source.scopes import ArgumentScope, Fresh, GuardScope

GROWING = frozenset({"count", "sum", "min", "max"})
"""Aggregates that grow by one element at the front; the others are folded from the window."""


def write_windows(context: RuleContext, constants: Constants, lines: Lines) -> None:
    """The functions of all threshold steps."""
    for state in context.automaton.states:
        if state.having is not None:
            Having(context, constants, lines, state).write()


class Having:
    """Writes the function of one threshold; itself the scope of its condition."""

    def __init__(self, context: RuleContext, constants: Constants, lines: Lines, state: State) -> None:
        self.context = context
        self.constants = constants
        self.lines = lines
        self.state = state
        self.make_fresh = Fresh()
        self.outer = GuardScope(context, constants, self.make_fresh, own=None, loop="without", started=True)
        self.outer.groups = set(state.groups)
        self.grown: dict[str, tuple[str, Aggregate]] = {}

    def write(self) -> None:
        """The function."""
        assert self.state.having is not None
        for aggregate in aggregates(self.state.having):
            if self.grows(aggregate):
                self.grown.setdefault(bare(aggregate), (f"a{len(self.grown)}", aggregate))
        condition = when_true(self.state.having, self, self.constants)
        with self.lines.block(f"def having_{self.state.index}(run, key, window, floor, ceiling):"):
            add = self.lines.add
            add("ev = window[-1][6]")
            for name, aggregate in self.grown.values():
                add(f"{name} = {'0' if aggregate.function == 'count' else 'None'}")
            with self.lines.block("for i in range(len(window) - 1, floor - 1, -1):"):
                add("el = window[i][6]")
                for name, aggregate in self.grown.values():
                    add(f"{name} = {self.grow(name, aggregate)}")
                add(f"if i < ceiling and {condition}:", "    return i")
            add("return -1")
        self.lines.add("")
        self.reach()

    def reach(self) -> None:
        """What the whole window must fulfil: `having_<state>.reach(run, key, window)`."""
        assert self.state.having is not None
        parts = needed(self.state.having)
        if not parts:
            return
        kept = [part for part in parts if part.kept != "count"]
        index = self.state.index
        for number, part in enumerate(kept):
            with self.lines.block(f"def element_{index}_{number}(el):"):
                self.lines.add(f"return {self.argument(part.aggregate, 'el')}")
        tracked = ", ".join(f"({part.kept!r}, element_{index}_{number})" for number, part in enumerate(kept))
        self.lines.add(f"tracked_{index} = ({tracked}{',' if kept else ''})")
        with self.lines.block(f"def reach_{index}(run, key, window):"):
            self.lines.add("recs = window.recs", "ev = recs[-1][6]")
            if kept:
                self.lines.add(f"most = totals(window, tracked_{index})")
            for part in parts:
                most = "len(recs)" if part.kept == "count" else f"most[{kept.index(part)}]"
                limit = "nearly(limit)" if part.kept == "near" else "limit"
                self.lines.add(f"limit = {value(part.limit, self, self.constants)}")
                self.lines.add(f"if limit is None or not {most} {part.op} {limit}:", "    return False")
            self.lines.add("return True")
        self.lines.add(f"having_{index}.reach = reach_{index}", "")

    def grows(self, aggregate: Aggregate) -> bool:
        """Whether an aggregate is kept while walking back."""
        return aggregate.step is None and aggregate.function in GROWING and simple(aggregate)

    def grow(self, name: str, aggregate: Aggregate) -> str:
        """The aggregate with the element `el` added."""
        if aggregate.function == "count":
            return f"{name} + 1"
        assert aggregate.argument is not None
        return f"grow_{aggregate.function}({name}, {self.argument(aggregate, 'el')})"

    def argument(self, aggregate: Aggregate, base: str) -> str:
        """What is aggregated, of the element `base`."""
        assert aggregate.argument is not None
        return value(aggregate.argument, ArgumentScope(self.outer, base), self.constants)

    # ------------------------------------------------------------ the scope of the condition

    def field(self, ref: FieldOf) -> str:
        """The candidate is the newest element; `prev` looks back from it."""
        match ref.source:
            case Candidate():
                return read("ev", self.context.type_of(ref.event), ref.path, self.make_fresh)
            case Previous(back):
                earlier = f"(window[-{back + 1}][6] if len(window) - i > {back} else None)"
                return read(earlier, self.context.type_of(ref.event), ref.path, self.make_fresh, unbound=True)
            case Bound() | Element():
                return self.outer.field(ref)

    def aggregate(self, agg: Aggregate) -> str:
        """Grown, or folded from the elements that would be bound."""
        if agg.step is not None:
            return self.outer.aggregate(agg)
        known = self.grown.get(bare(agg))
        if known is not None:
            name = known[0]
            if agg.function != "sum":
                return name
            return f"({zero(agg.type, self.constants)} if {name} is None else {name})"
        argument = "el_" if agg.argument is None else self.argument(agg, "el_")
        return folded(agg, f"[{argument} for el_ in [r[6] for r in window[i:]]]", self.constants)

    def key(self, part: KeyPart) -> str:
        """A part of the rule's key."""
        return f"key[{part.index}]"

    def fresh(self) -> str:
        """A local name."""
        return self.make_fresh()
