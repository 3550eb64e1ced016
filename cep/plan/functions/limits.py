"""The ranges of numbers: beyond them is overflow."""

from __future__ import annotations

import math
import sys

INT_MIN, INT_MAX = -(2**63), 2**63 - 1
FLOAT_MAX = sys.float_info.max


def fitting_int(value: int) -> int:
    """`value`; `OverflowError` if it takes more than 64 bits."""
    if INT_MIN <= value <= INT_MAX:
        return value
    raise OverflowError("int beyond 64 bits")


def finite(value: float) -> float:
    """`value`; `OverflowError` if it is an infinity or NaN."""
    if math.isfinite(value):
        return value
    raise OverflowError("float out of range")
