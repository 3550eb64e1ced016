"""What an event must have for a gate to open: constants that a field must equal, or a threshold that it must pass.

An anchor is implied by the gate, not equal to it: where none of a gate's anchors holds, the gate is shut, and so a rule
all of whose gates have anchors need not be looked at. `tables` finds the rules of an event by them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf

from cep.language.resolved import (
    Compare,
    Constant,
    Convert,
    Expression,
    FieldOf,
    In,
    ListLiteral,
    Logic,
    Negate,
    ParamValue,
)
from cep.language.types import Kind
from cep.plan.expressions.walk import walk

SCALARS = frozenset(
    {Kind.STRING, Kind.INT, Kind.FLOAT, Kind.DECIMAL, Kind.BOOL, Kind.TIMESTAMP, Kind.DURATION, Kind.ENUM}
)
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}

Test = OneOf["==", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Anchor:
    """The field at `path` is `test` one of `constants`, of which an order has but one."""

    path: tuple[str, ...]
    test: Test
    constants: tuple[Expression, ...]


def anchors(condition: Expression | None) -> list[tuple[Anchor, ...]]:
    """The choices of anchors of a gate, if any: of each choice at least one holds when the gate is open."""
    match condition:
        case Logic(op="and", items=items):
            return [choice for item in items for choice in anchors(item)]
        case Logic(op="or", items=items):
            alternatives = [anchors(item) for item in items]
            # One way each: their combinations would be too many to choose from.
            return [tuple(a for found in alternatives for a in found[0])] if all(alternatives) else []
        case Compare() | In():
            found = _compared(condition)
            return [] if found is None else [(found,)]
        case _:
            return []


def _compared(condition: Compare | In) -> Anchor | None:
    if isinstance(condition, In):
        constants = condition.container.items if isinstance(condition.container, ListLiteral) else ()
        path = _path(condition.value)
        if path is None or not constants or not all(_is_constant(constant) for constant in constants):
            return None
        return Anchor(path, "==", constants)
    op = condition.op
    for field, constant, test in (
        (condition.left, condition.right, op),
        (condition.right, condition.left, _MIRRORED.get(op, op)),
    ):
        path = _path(field)
        if path is not None and test != "!=" and _is_constant(constant):
            return Anchor(path, test, (constant,))  # type: ignore[arg-type]
    return None


def _path(value: Expression) -> tuple[str, ...] | None:
    return value.path if isinstance(value, FieldOf) and value.type.kind in SCALARS else None


def _is_constant(value: Expression) -> bool:
    parts = walk(value)
    return value.type.kind in SCALARS and all(isinstance(p, Constant | ParamValue | Convert | Negate) for p in parts)
