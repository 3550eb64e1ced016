"""Exact decimals, independent of the calling thread's decimal context."""

from __future__ import annotations

from decimal import (
    ROUND_CEILING,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)

from cep.plan.functions.limits import fitting_int

_TROUBLE = [InvalidOperation, DivisionByZero, Overflow]

EXACT = Context(prec=1000, rounding=ROUND_HALF_EVEN, traps=[*_TROUBLE, Inexact])
"""For sums, differences and products: they keep every digit, and one of more than 1000 digits is overflow."""

DIVISION = Context(prec=28, rounding=ROUND_HALF_EVEN, traps=_TROUBLE)
"""For quotients, roots and powers: 28 digits, half-even."""

_ROUNDING = Context(prec=1000, rounding=ROUND_HALF_EVEN, traps=_TROUBLE)
_ONE = Decimal(1)


def round_decimal(value: Decimal, digits: int = 0) -> Decimal:
    """`value` with `digits` places (negative: tens, hundreds …), half-even; `round(2.5, 2)` is 2.50."""
    rounded = value.quantize(_ONE.scaleb(-digits), context=_ROUNDING)
    return rounded if digits >= 0 else rounded.quantize(_ONE, context=_ROUNDING)


def floor_decimal(value: Decimal) -> Decimal:
    """The greatest whole number not above `value`."""
    return value.to_integral_value(ROUND_FLOOR, context=_ROUNDING)


def ceil_decimal(value: Decimal) -> Decimal:
    """The least whole number not below `value`."""
    return value.to_integral_value(ROUND_CEILING, context=_ROUNDING)


def whole(value: Decimal) -> int:
    """A decimal without its fraction as an int of 64 bits; `OverflowError` beyond."""
    if value.adjusted() > 20:
        raise OverflowError("decimal beyond 64 bits")
    return fitting_int(int(value))


def scale(duration: int, factor: Decimal) -> int:
    """A duration (microseconds) times a decimal, rounded half-even."""
    return whole(EXACT.multiply(Decimal(duration), factor).to_integral_value(ROUND_HALF_EVEN))


def shrink(duration: int, divisor: Decimal) -> int:
    """A duration (microseconds) over a decimal, rounded half-even."""
    return whole(_ROUNDING.divide(Decimal(duration), divisor).to_integral_value(ROUND_HALF_EVEN))
