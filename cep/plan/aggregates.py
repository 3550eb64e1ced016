"""Aggregates at run time: folds over lists of values, and registers that grow one element at a time.

Nulls are skipped by all but `first` and `last`. A register is None before the first element; `avg` holds (sum, count),
`first` and `last` hold a one-element tuple, since the element's own value may be null.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from cep.plan.functions.decimals import DIVISION

WIDE = Context(prec=200, rounding=ROUND_HALF_EVEN)
"""Sums keep up to 200 digits, and never fail."""


def add(total: Any, value: Any) -> Any:
    """`total + value`, decimals with all digits."""
    if isinstance(total, Decimal):
        return WIDE.add(total, value)
    return total + value


def divide(total: Any, count: int) -> Any:
    """A mean: decimal for decimals, float otherwise."""
    if isinstance(total, Decimal):
        return DIVISION.divide(total, Decimal(count))
    return total / count


def known(values: Iterable[Any]) -> list[Any]:
    """The values that are not null."""
    return [v for v in values if v is not None]


def fold_sum(values: list[Any], zero: Any) -> Any:
    """The sum, `zero` over nothing."""
    total = zero
    for value in known(values):
        total = add(total, value)
    return total


def fold_avg(values: list[Any], zero: Any) -> Any:
    """The mean, None over nothing."""
    present = known(values)
    return divide(fold_sum(present, zero), len(present)) if present else None


def fold_min(values: list[Any]) -> Any:
    """The least value, None over nothing."""
    return min(known(values), default=None)


def fold_max(values: list[Any]) -> Any:
    """The greatest value, None over nothing."""
    return max(known(values), default=None)


def fold_first(values: list[Any]) -> Any:
    """The first element's value, null or not; None over nothing."""
    return values[0] if values else None


def fold_last(values: list[Any]) -> Any:
    """The last element's value, null or not; None over nothing."""
    return values[-1] if values else None


def distinct(values: Iterable[Any]) -> list[Any]:
    """Values without repeats, in order of first appearance; unhashable values (lists, records) by their text."""
    seen: dict[Any, Any] = {}
    for value in known(values):
        try:
            seen.setdefault(value, value)
        except TypeError:
            seen.setdefault(repr(value), value)
    return list(seen.values())


def fold_count_distinct(values: list[Any]) -> int:
    """How many different values."""
    return len(distinct(values))


def fold_collect(values: list[Any]) -> list[Any]:
    """The values in order."""
    return known(values)


def fold_collect_distinct(values: list[Any]) -> list[Any]:
    """The different values, in order of first appearance."""
    return distinct(values)


def fold_any(values: list[Any]) -> bool | None:
    """Three-valued or."""
    return True if any(v for v in values) else None if None in values else False


def fold_all(values: list[Any]) -> bool | None:
    """Three-valued and."""
    return False if any(v is False for v in values) else None if None in values else True


def grow_sum(register: Any, value: Any) -> Any:
    """A running sum."""
    if value is None:
        return register
    return value if register is None else add(register, value)


def grow_avg(register: tuple[Any, int] | None, value: Any) -> tuple[Any, int] | None:
    """A running sum and count."""
    if value is None:
        return register
    return (value, 1) if register is None else (add(register[0], value), register[1] + 1)


def grow_min(register: Any, value: Any) -> Any:
    """A running least value."""
    if value is None or register is None:
        return register if value is None else value
    return value if value < register else register


def grow_max(register: Any, value: Any) -> Any:
    """A running greatest value."""
    if value is None or register is None:
        return register if value is None else value
    return value if value > register else register


def grow_first(register: tuple[Any] | None, value: Any) -> tuple[Any]:
    """The first value, kept."""
    return (value,) if register is None else register


def grow_last(register: tuple[Any] | None, value: Any) -> tuple[Any]:
    """The latest value."""
    return (value,)


def result_avg(register: tuple[Any, int] | None) -> Any:
    """The mean of a running average."""
    return None if register is None else divide(register[0], register[1])


def result_first(register: tuple[Any] | None) -> Any:
    """The value of a running `first`."""
    return None if register is None else register[0]


result_last = result_first


def namespace() -> dict[str, object]:
    """The names generated code uses."""
    return {
        name: value
        for name, value in globals().items()
        if name.startswith(("fold_", "grow_", "result_")) and callable(value)
    }
