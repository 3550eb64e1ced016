"""A `without` before the first step: `leads_<absence>_<edge>(ks, rec)` says whether the past forbids a start.

Hits are remembered per key for the absence's span. Its condition may use the first step's fields, so what the event
alone decides is a gate. Of the rest an equality is looked up, and what is left is asked of the hits found when a run
would start, newest first.
"""

from __future__ import annotations

from dataclasses import dataclass

from cep.language.resolved import Aggregate, Bound, Candidate, Compare, Element, Expression, FieldOf, KeyPart, Previous
from cep.plan.expressions.constants import Constants
from cep.plan.expressions.source import value, when_true
from cep.plan.expressions.walk import is_event_only, sources
from cep.plan.indexing import HASHED, is_event_side
from cep.plan.nfa import Edge
from cep.plan.source.access import read
from cep.plan.source.context import RuleContext
from cep.plan.source.folding import folded
from cep.plan.source.guards import parts_of
from cep.plan.source.lines import Lines
from cep.plan.source.scopes import Fresh


def write_leading(context: RuleContext, constants: Constants, lines: Lines) -> None:
    """The functions of every leading absence and start edge."""
    for absence in context.automaton.leading:
        for index in context.automaton.starts:
            Leading(context, constants, lines, absence, context.automaton.waits[index]).write()


@dataclass(frozen=True, slots=True)
class Equality:
    """A part that compares a value of the hit with one that the start gives."""

    part: Expression
    hit: Expression
    start: Expression


def equality(part: Expression) -> Equality | None:
    """A part as such a one, if it is: hits are then looked up by their value."""
    if not isinstance(part, Compare) or part.op != "==":
        return None
    for hit, start in ((part.left, part.right), (part.right, part.left)):
        if hit.type.kind in HASHED and is_event_side(hit) and is_event_only(hit) and Candidate() not in sources(start):
            return Equality(part, hit, start)
    return None


class Leading:
    """Writes one function; itself the scope of the condition: the hit in `el`, the first step's event in `ev`."""

    def __init__(self, context: RuleContext, constants: Constants, lines: Lines, absence: int, edge: Edge) -> None:
        self.context = context
        self.constants = constants
        self.lines = lines
        self.absence = absence
        self.edge = edge
        self.first = context.automaton.states[edge.target]
        self.make_fresh = Fresh()

    def write(self) -> None:
        """The function."""
        place = self.context.automaton.absences[self.absence]
        asked = [part for part in parts_of(place.where) if not is_event_only(part)]
        equal = next((found for part in asked if (found := equality(part)) is not None), None)
        assert place.within is not None
        if equal is None:
            past = f"remembered(ks, {self.absence}, rec, {place.within})"
        else:
            name = f"hit_{self.absence}_{self.edge.index}"
            with self.lines.block(f"def {name}(el):"):
                self.lines.add(f"return {value(equal.hit, self, self.constants)}", "")
            asked.remove(equal.part)
            where = f"({self.absence}, {self.edge.index})"
            wanted = value(equal.start, self, self.constants)
            past = f"remembered_equal(ks, {where}, rec, {place.within}, {name}, {wanted})"
        rest = [when_true(part, self, self.constants) for part in asked]
        with self.lines.block(f"def leads_{self.absence}_{self.edge.index}(ks, rec):  # {self.first.name}"):
            self.lines.add("ev = rec[6]", "key = ks.key")
            with self.lines.block(f"for past in {past}:"):
                self.lines.add("el = past[6]")
                if rest:
                    self.lines.add(f"if {' and '.join(rest)}:", "    return True")
                else:
                    self.lines.add("return True")
            self.lines.add("return False")
        self.lines.add("")

    def field(self, ref: FieldOf) -> str:
        """The hit's field, or one of the first step's event; other steps are not bound yet."""
        event = self.context.type_of(ref.event)
        match ref.source:
            case Candidate() | Element():
                return read("el", event, ref.path, self.make_fresh)
            case Bound(step) if step == self.first.name:
                return read("ev", event, ref.path, self.make_fresh)
            case Bound() | Previous():
                return "None"

    def aggregate(self, agg: Aggregate) -> str:
        """Of the first step there is one event so far, of others none."""
        if agg.step != self.first.name:
            return folded(agg, "[]", self.constants)
        argument = "ev" if agg.argument is None else self.argument(agg.argument)
        return folded(agg, f"[{argument}]", self.constants)

    def argument(self, expression: Expression) -> str:
        """What is aggregated of the first step's event."""
        return value(expression, FirstEvent(self), self.constants)

    def key(self, part: KeyPart) -> str:
        """A part of the rule's key."""
        return f"key[{part.index}]"

    def fresh(self) -> str:
        """A local name."""
        return self.make_fresh()


class FirstEvent:
    """The argument of an aggregate over the first step: its one event in `ev`."""

    def __init__(self, outer: Leading) -> None:
        self.outer = outer

    def field(self, ref: FieldOf) -> str:
        """A field of the first step's event."""
        if isinstance(ref.source, Element):
            return read("ev", self.outer.context.type_of(ref.event), ref.path, self.outer.make_fresh)
        return self.outer.field(ref)

    def aggregate(self, agg: Aggregate) -> str:
        """As outside."""
        return self.outer.aggregate(agg)

    def key(self, part: KeyPart) -> str:
        """A part of the rule's key."""
        return self.outer.key(part)

    def fresh(self) -> str:
        """A local name."""
        return self.outer.make_fresh()
