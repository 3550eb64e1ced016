"""Functions of ints, floats and durations.

Rounding is half-even. `mod` has the sign of its first argument, as in SQL: `mod(-7, 3)` is -1.
"""

from __future__ import annotations

import math
from decimal import Decimal

from cep.plan.functions import decimals
from cep.plan.functions.limits import finite, fitting_int


def abs_int(value: int) -> int:
    """The absolute value of an int or duration."""
    return fitting_int(abs(value))


def round_int(value: int, digits: int = 0) -> int:
    """An int rounded to tens, hundreds … by negative `digits`."""
    return fitting_int(round(value, max(digits, -30))) if digits < 0 else value


def round_float(value: float, digits: int = 0) -> float:
    """A float rounded to `digits` places, half-even."""
    return finite(round(value, digits))


def floor_float(value: float) -> float:
    """The greatest whole number not above `value`."""
    return float(math.floor(value))


def ceil_float(value: float) -> float:
    """The least whole number not below `value`."""
    return float(math.ceil(value))


def mod_int(value: int, divisor: int) -> int:
    """The remainder of ints or durations, with the sign of `value`."""
    rest = abs(value) % abs(divisor)
    return -rest if value < 0 else rest


def pow_float(base: float, exponent: float) -> float:
    """A power of floats; trouble where there is no real result."""
    return finite(math.pow(base, exponent))


def divide_float(dividend: float, divisor: float) -> float:
    """The quotient of ints, floats or durations as a float."""
    return finite(dividend / divisor)


def scale_duration(duration: int, factor: int | float | Decimal) -> int:
    """A duration (microseconds) times a number, rounded half-even to microseconds."""
    if isinstance(factor, Decimal):
        return decimals.scale(duration, factor)
    return fitting_int(round(duration * factor))


def divide_duration(duration: int, divisor: int | float | Decimal) -> int:
    """A duration (microseconds) over a number, rounded half-even to microseconds."""
    if isinstance(divisor, Decimal):
        return decimals.shrink(duration, divisor)
    if isinstance(divisor, int):
        return _half_even_quotient(duration, divisor)
    return fitting_int(round(duration / divisor))


def _half_even_quotient(dividend: int, divisor: int) -> int:
    if divisor < 0:
        dividend, divisor = -dividend, -divisor
    quotient, rest = divmod(dividend, divisor)
    if 2 * rest > divisor or (2 * rest == divisor and quotient % 2):
        quotient += 1
    return fitting_int(quotient)


def item_at(items: list[object], index: int) -> object:
    """`items[index]`, from the end if negative, null when out of range."""
    return items[index] if -len(items) <= index < len(items) else None


def any_of(items: list[bool | None]) -> bool | None:
    """Whether one is true; unknown if none is and one is null."""
    return True if True in items else None if None in items else False


def all_of(items: list[bool | None]) -> bool | None:
    """Whether none is false; unknown if none is and one is null."""
    return False if False in items else None if None in items else True
