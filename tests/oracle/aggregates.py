"""Aggregates over the values of a loop's elements."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from cep.language.types import Kind, Type

EXACT = Context(prec=28, rounding=ROUND_HALF_EVEN)


def aggregate(function: str, values: Sequence[Any], kind: Type) -> Any:
    """One aggregate of `values` (of the events themselves for `count`), as a value of type `kind`."""
    match function:
        case "count":
            return len(values)
        case "first":
            return values[0] if values else None
        case "last":
            return values[-1] if values else None
        case "any":
            return _kleene(values, True)
        case "all":
            return _kleene(values, False)
    present = [v for v in values if v is not None]
    match function:
        case "sum":
            return _sum(present, kind)
        case "avg":
            return _average(present, kind)
        case "min":
            return min(present, default=None)
        case "max":
            return max(present, default=None)
        case "collect":
            return present
        case "collect_distinct":
            return _distinct(present)
        case "count_distinct":
            return len(_distinct(present))
    raise KeyError(function)


def _kleene(values: Sequence[Any], decisive: bool) -> bool | None:
    if decisive in values:
        return decisive
    return None if None in values else not decisive


def _sum(values: list[Any], kind: Type) -> Any:
    if kind.kind is Kind.DECIMAL:
        total = Decimal(0)
        for value in values:
            total = EXACT.add(total, value)
        return total
    return sum(values, 0.0 if kind.kind is Kind.FLOAT else 0)


def _average(values: list[Any], kind: Type) -> Any:
    if not values:
        return None
    if kind.kind is Kind.DECIMAL:
        return EXACT.divide(_sum(values, kind), Decimal(len(values)))
    if kind.kind is Kind.FLOAT:
        return sum(values) / len(values)
    mean = Context(prec=60).divide(Decimal(sum(values)), Decimal(len(values)))
    return int(mean.to_integral_value(rounding=ROUND_HALF_EVEN))


def _distinct(values: list[Any]) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found
