"""What a threshold needs of its whole window: parts of `having` that no shorter run can fulfil if the whole does not.

`count() >= n`, `count_distinct(x) >= n` and `sum(x) >= c` are such parts (for a sum: its positive values). They are
kept while the window slides, so that an event that cannot reach the threshold costs the same in a long window as in a
short one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf

from cep.language.resolved import Aggregate, Compare, Expression
from cep.language.types import Kind
from cep.plan.expressions.walk import aggregates, conjuncts, uses_previous
from cep.plan.indexing import HASHED, WHOLE, sides
from cep.plan.registers import simple


@dataclass(frozen=True, slots=True)
class Needed:
    """`aggregate OP limit` must hold over the whole window; `limit` does not depend on where the run begins.

    `kept`: how the aggregate is kept: as a number of elements, of distinct values, an exact or a near sum."""

    kept: OneOf["count", "distinct", "sum", "near"]
    aggregate: Aggregate
    op: OneOf[">", ">="]
    limit: Expression


def needed(having: Expression) -> tuple[Needed, ...]:
    """The parts of a threshold's condition that the whole window must fulfil."""
    found = (of_part(part) for part in conjuncts(having) if isinstance(part, Compare))
    return tuple(part for part in found if part is not None)


def is_whole(having: Expression) -> bool:
    """Whether all parts are such: only a window that can reach the threshold is walked."""
    return len(needed(having)) == len(conjuncts(having))


def of_part(part: Compare) -> Needed | None:
    """A part as such a one, if it is."""
    for op, aggregate, limit in sides(part):
        if isinstance(aggregate, Aggregate) and aggregate.step is None and fixed(limit):
            kept = kept_as(aggregate)
            if kept in ("count", "distinct") and op == "==":
                return Needed(kept, aggregate, ">=", limit)
            if kept is not None and (op == ">" or op == ">="):
                return Needed(kept, aggregate, op, limit)
    return None


def fixed(limit: Expression) -> bool:
    """Whether a value is the same wherever the run of elements begins."""
    return all(aggregate.step is not None for aggregate in aggregates(limit)) and not uses_previous(limit)


def kept_as(aggregate: Aggregate) -> OneOf["count", "distinct", "sum", "near"] | None:
    """How an aggregate is kept over a sliding window."""
    if aggregate.function == "count" and aggregate.argument is None:
        return "count"
    if aggregate.argument is None or not simple(aggregate):
        return None
    if aggregate.function == "count_distinct" and aggregate.argument.type.kind in HASHED:
        return "distinct"
    if aggregate.function == "sum":
        return "sum" if aggregate.type.kind in WHOLE else "near" if aggregate.type.kind in NEAR else None
    return None


NEAR = frozenset({Kind.FLOAT, Kind.DECIMAL})
