"""Expressions where steps may not be bound: before a run has begun, and when it has run out of time."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

from cep.language.resolved import Aggregate, Bound, Expression, FieldOf

ALWAYS_THERE = frozenset({"count", "count_distinct", "collect", "collect_distinct"})
"""Aggregates that have a value over nothing."""


def loosened(expression: Expression) -> Expression:
    """The expression with every field of a bound event and every aggregate nullable: generated code tests for it."""
    return _loosened(expression)  # type: ignore[no-any-return]


def _loosened(value: Any) -> Any:
    if isinstance(value, FieldOf):
        return replace(value, type=value.type.as_nullable()) if isinstance(value.source, Bound) else value
    if isinstance(value, Aggregate) and value.function not in (
        "count",
        "count_distinct",
        "collect",
        "collect_distinct",
    ):
        return replace(value, argument=_loosened(value.argument), type=value.type.as_nullable())
    if isinstance(value, tuple):
        return tuple(_loosened(v) for v in value)
    if is_dataclass(value) and not isinstance(value, type) and type(value).__module__.endswith(".resolved"):
        changed = {f.name: _loosened(getattr(value, f.name)) for f in fields(value) if f.name not in ("span", "type")}
        return replace(value, **changed)
    return value
