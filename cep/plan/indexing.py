"""Which runs an event can move where they wait, by what its guards compare (DESIGN: never visit a run that the event
cannot move).

A guard is an `and` of parts. Those that the event alone decides are its gate, those that are the same for every run of
the key are asked once. Of the others, each of the form `event side OP run side` can be answered by an index over the
run side, which does not change while the run waits: a hash over all that must be equal, an order for one `<` or the
like, or an order within each bucket of the hash. Parts that speak of the run alone are compared with true. What is
left is asked of the runs found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal as OneOf

from cep.language.resolved import Arithmetic, Candidate, Compare, Expression, KeyPart
from cep.language.types import Kind
from cep.plan.expressions.walk import aggregates, fields, is_event_only, sources, walk

Op = OneOf["==", "!=", "<", "<=", ">", ">="]

MIRROR: dict[str, Op] = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
ORDERED = frozenset({Kind.INT, Kind.FLOAT, Kind.DECIMAL, Kind.TIMESTAMP, Kind.DURATION, Kind.STRING})
WHOLE = frozenset({Kind.INT, Kind.TIMESTAMP, Kind.DURATION})
HASHED = ORDERED | {Kind.ENUM, Kind.BOOL}


@dataclass(frozen=True, slots=True)
class Comparison:
    """`event OP run` as source text: `run` is fixed while the run waits, `event` is the same for all runs of the key.

    `part`: the part of the guard that it is, as the rule's author wrote it; words where it is about time or counters.
    """

    op: Op
    event: str
    run: str
    part: Expression | str
    exact: bool = True
    """Whether the part holds for every run for which this does; otherwise it is asked as well."""


@dataclass(frozen=True, slots=True)
class Index:
    """An index over the runs that wait at one place: what must be equal, and what they are ordered by (source text
    over `run`). `apart`: what is called equal must differ."""

    equal: tuple[str, ...]
    order: str | None
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Lookup:
    """How a guard is answered by an index, and which of its comparisons that covers. `apart`: one that leaves out most
    runs for which it does not hold, and is asked of the others."""

    index: Index
    equal: tuple[Comparison, ...]
    order: Comparison | None
    apart: Comparison | None = None

    @property
    def used(self) -> tuple[Comparison, ...]:
        """The comparisons that hold for every run found."""
        return self.equal if self.order is None else (*self.equal, self.order)


@dataclass(frozen=True, slots=True)
class Look:
    """What an event that gets past the gate of a guard costs at one place: `every`: all runs that wait there; else
    those that an index finds by the comparisons `by`. `rest`: how many parts of the guard are then asked of each."""

    every: bool
    by: tuple[Comparison, ...] = ()
    rest: int = 0


def lookup(comparisons: Sequence[Comparison]) -> Lookup | None:
    """The index that answers most: all equalities together, with one inequality; one the author wrote before one that
    is about time. Runs that differ in something are found by that alone where there is nothing else to find them by,
    and beside an inequality where nothing has to be equal."""
    equal = tuple(c for c in comparisons if c.op == "==")
    unequal = [c for c in comparisons if c.op == "!="]
    ordered = sorted((c for c in comparisons if c.op not in ("==", "!=")), key=lambda c: isinstance(c.part, str))
    order = ordered[0] if ordered else None
    if not equal and order is None:
        equal = tuple(unequal[:1])
    if not equal and order is None:
        return None
    if not equal and order is not None and unequal:
        return Lookup(Index((unequal[0].run,), order.run, apart=True), equal, order, unequal[0])
    return Lookup(Index(tuple(c.run for c in equal), None if order is None else order.run), equal, order)


def is_key_only(expression: Expression) -> bool:
    """Whether a part is the same for every run of the key: it reads the event under test and the key, nothing bound."""
    return sources(expression) <= {Candidate()} and not aggregates(expression)


def is_event_side(expression: Expression) -> bool:
    """Whether the candidate, with the key, gives the value, and it is not a mere constant."""
    return is_key_only(expression) and Candidate() in sources(expression)


def sides(part: Compare) -> tuple[tuple[Op, Expression, Expression], ...]:
    """A comparison as written, and read from the right."""
    return (part.op, part.left, part.right), (MIRROR[part.op], part.right, part.left)


def differences(part: Compare) -> Iterator[tuple[Op, Expression, Expression, Expression, str]]:
    """The ways to read a comparison with a difference of whole numbers or times, such as `ts - a.ts > 5m`, as
    (OP, x, y, z, sign): `x OP y sign z`."""
    for op, difference, other in sides(part):
        if isinstance(difference, Arithmetic) and difference.op == "-" and difference.type.kind in WHOLE:
            yield op, difference.left, difference.right, other, "+"
            yield MIRROR[op], difference.right, difference.left, other, "-"


def is_fixed(expression: Expression, counts_candidate: bool) -> bool:
    """Whether a value is a constant, or one that the waiting run alone gives."""
    constant = not fields(expression) and not aggregates(expression)
    keyed = any(isinstance(part, KeyPart) for part in walk(expression))
    return (constant and not keyed) or is_run_side(expression, counts_candidate)


def is_run_side(expression: Expression, counts_candidate: bool) -> bool:
    """Whether the waiting run alone gives the value: bound events, earlier elements, aggregates of steps; not its own
    loop where that counts the candidate in."""
    own = any(aggregate.step is None for aggregate in aggregates(expression))
    if own and counts_candidate:
        return False
    if Candidate() in sources(expression) or any(isinstance(part, KeyPart) for part in walk(expression)):
        return False
    return bool(fields(expression) or aggregates(expression))


def guard_class(parts: tuple[Expression, ...], look: Look | None) -> str:
    """How costly a guard is: event-only, key, captured equality, captured inequality, or opaque."""
    rest = [p for p in parts if not is_event_only(p)]
    if not rest:
        return "event-only"
    if all(map(is_key_only, rest)):
        return "key"
    if look is None or look.every:
        return "opaque"
    written = [comparison.op for comparison in look.by if not isinstance(comparison.part, str)]
    ordered, equal = any(op != "==" for op in written), "==" in written
    if not written:
        return "opaque"
    found = "one captured inequality" if ordered else "captured equality"
    if ordered and equal:
        found = "captured equality and one inequality"
    return f"{found}, the rest opaque" if look.rest else found
