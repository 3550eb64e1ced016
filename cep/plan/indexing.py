"""Which waits can be indexed by what their guard compares (DESIGN: never visit a run that the event cannot move).

A guard is an `and` of parts. What the event alone decides is its gate. Of the rest, one part of the form
`event side OP run side` can be answered by an index over the run side, which is fixed while the run waits: a hash for
`==`, an order for `<` and the like. Further parts are tested on the runs found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf

from cep.language.resolved import Aggregate, Bound, Candidate, Compare, Expression, KeyPart, Previous
from cep.language.types import Kind
from cep.plan.expressions.walk import aggregates, conjuncts, is_event_only, sources, walk
from cep.plan.nfa import Automaton, Edge

MIRROR: dict[str, OneOf["==", "<", "<=", ">", ">="]] = {"==": "==", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
ORDERED = frozenset({Kind.INT, Kind.FLOAT, Kind.DECIMAL, Kind.TIMESTAMP, Kind.DURATION, Kind.STRING})
HASHED = ORDERED | {Kind.ENUM, Kind.BOOL}


@dataclass(frozen=True, slots=True)
class Index:
    """The part of a wait's guard that an index answers: `event OP run`, and that part itself."""

    op: OneOf["==", "<", "<=", ">", ">="]
    event: Expression
    run: Expression
    part: Expression

    @property
    def hashed(self) -> bool:
        """Whether it is an equality."""
        return self.op == "=="


def guard_class(parts: tuple[Expression, ...], index: Index | None) -> str:
    """How costly a guard is: event-only, key, captured equality, captured inequality, or opaque."""
    rest = [p for p in parts if not is_event_only(p)]
    if not rest:
        return "event-only"
    if all(not sources(p) - {Candidate()} and not aggregates(p) for p in rest):
        return "key"
    if index is None:
        return "opaque"
    return "captured equality" if index.hashed else "one captured inequality"


def indexes(automaton: Automaton) -> dict[int, Index]:
    """The indexable waits of a rule."""
    found = {}
    for wait in automaton.waits:
        index = index_of(automaton, wait)
        if index is not None:
            found[wait.index] = index
    return found


def index_of(automaton: Automaton, wait: Edge) -> Index | None:
    """The index for one wait, an equality before an inequality."""
    plain = wait.contiguity != "next" and not (wait.nexts or wait.until or wait.greedy)
    if wait.source < 0 or wait.target < 0 or not plain or wait.joint is not None or wait.hold is not None:
        return None
    state = automaton.states[wait.target]
    if state.having is not None or state.place.where is None:
        return None
    candidates = [i for part in conjuncts(state.place.where) if (i := of_part(part, wait)) is not None]
    return min(candidates, key=lambda i: not i.hashed, default=None)


def of_part(part: Expression, wait: Edge) -> Index | None:
    """A part as `event OP run`, if it is one."""
    if not isinstance(part, Compare) or part.op == "!=":
        return None
    for op, event, run in ((part.op, part.left, part.right), (MIRROR[part.op], part.right, part.left)):
        kinds = HASHED if op == "==" else ORDERED
        if event.type.kind in kinds and is_event_side(event) and is_run_side(run, wait):
            return Index(op, event, run, part)
    return None


def is_event_side(expression: Expression) -> bool:
    """Whether the candidate alone gives the value, and it is not a mere constant."""
    return is_event_only(expression) and Candidate() in sources(expression)


def is_run_side(expression: Expression, wait: Edge) -> bool:
    """Whether the waiting run alone gives the value: bound events and earlier elements."""
    allowed = all(
        isinstance(source, Bound) or (isinstance(source, Previous) and wait.kind == "more")
        for source in sources(expression)
    )
    others = any(isinstance(p, Aggregate | KeyPart) for p in walk(expression))
    return allowed and not others and bool(sources(expression))
