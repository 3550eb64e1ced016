"""Output fields: `emit(key, links)`, `timeout_<i>(key, links)`, `suppress_by(key, links)`, tuples of values.

`links` are the runs of the chain, oldest first. Nothing is kept while a run grows; outputs are computed when there is
something to report.
"""

from __future__ import annotations

from collections.abc import Iterable

from cep.language.resolved import Aggregate, Bound, Expression, FieldOf, KeyPart
from cep.plan.expressions.constants import Constants
from cep.plan.expressions.source import value
from cep.plan.expressions.walk import aggregates, bound_steps, walk
from cep.plan.source.access import read
from cep.plan.source.context import RuleContext
from cep.plan.source.folding import folded
from cep.plan.source.lines import Lines
from cep.plan.source.scopes import Fresh
from cep.plan.unbound import loosened


def write_outputs(context: RuleContext, constants: Constants, lines: Lines) -> None:
    """The output functions of the rule."""
    rule = context.rule
    if rule.emit is not None:
        Output(context, constants, lines).write("emit", [e for _, e in rule.emit.fields])
    for index, clause in enumerate(rule.on_timeout):
        Output(context, constants, lines).write(f"timeout_{index}", [loosened(e) for _, e in clause.emit.fields])
    if rule.suppress is not None and rule.suppress.by:
        Output(context, constants, lines).write("suppress_by", list(rule.suppress.by))


def steps_read(expressions: Iterable[Expression]) -> list[str]:
    """The steps whose events the expressions need."""
    names: dict[str, None] = {}
    for expression in expressions:
        names.update(dict.fromkeys(sorted(bound_steps(expression))))
        names.update({a.step: None for a in aggregates(expression) if a.step is not None})
        for part in walk(expression):
            if isinstance(part, FieldOf) and isinstance(part.source, Bound):
                names[part.source.step] = None
    return list(names)


class Output:
    """Writes one output function; itself the scope of its expressions."""

    def __init__(self, context: RuleContext, constants: Constants, lines: Lines) -> None:
        self.context = context
        self.constants = constants
        self.lines = lines
        self.make_fresh = Fresh()

    def write(self, name: str, expressions: list[Expression]) -> None:
        """The function."""
        with self.lines.block(f"def {name}(key, links):"):
            for step in steps_read(expressions):
                index = self.context.state(step).index
                self.lines.add(f"e{index} = [link.rec[6] for link in links if link.step == {index}]  # {step}")
            values = [value(e, self, self.constants) for e in expressions]
            self.lines.add("return (", *(f"    {v}," for v in values), ")")
        self.lines.add("")

    def field(self, ref: FieldOf) -> str:
        """A field of the last event bound to a step, None where there is none."""
        assert isinstance(ref.source, Bound)
        events = f"e{self.context.state(ref.source.step).index}"
        latest = f"({events}[-1] if {events} else None)"
        return read(latest, self.context.type_of(ref.event), ref.path, self.make_fresh, unbound=True)

    def aggregate(self, agg: Aggregate) -> str:
        """Folded from the events bound to the step."""
        assert agg.step is not None
        events = f"e{self.context.state(agg.step).index}"
        argument = "el" if agg.argument is None else value(agg.argument, Argument(self), self.constants)
        return folded(agg, f"[{argument} for el in {events}]" if argument != "el" else events, self.constants)

    def key(self, part: KeyPart) -> str:
        """A part of the rule's key."""
        return f"key[{part.index}]"

    def fresh(self) -> str:
        """A local name."""
        return self.make_fresh()


class Argument:
    """The argument of an aggregate in an output: the element in `el`."""

    def __init__(self, outer: Output) -> None:
        self.outer = outer

    def field(self, ref: FieldOf) -> str:
        """A field of the element, or of a bound event."""
        if isinstance(ref.source, Bound):
            return self.outer.field(ref)
        return read("el", self.outer.context.type_of(ref.event), ref.path, self.outer.make_fresh)

    def aggregate(self, agg: Aggregate) -> str:
        """Another aggregate, as in the output."""
        return self.outer.aggregate(agg)

    def key(self, part: KeyPart) -> str:
        """A part of the rule's key."""
        return f"key[{part.index}]"

    def fresh(self) -> str:
        """A local name."""
        return self.outer.make_fresh()
