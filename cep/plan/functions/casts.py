"""The casts `string`, `int`, `float`, `decimal`. Text that is no such number is trouble (`ValueError`)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from cep.plan.functions.decimals import whole
from cep.plan.functions.limits import finite, fitting_int

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INT = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_LONGEST_PLAIN = 64
_UNITS = ((86_400_000_000, "d"), (3_600_000_000, "h"), (60_000_000, "m"), (1_000_000, "s"), (1_000, "ms"), (1, "us"))


def string_from_bool(value: bool) -> str:
    """`true` or `false`."""
    return "true" if value else "false"


def string_from_decimal(value: Decimal) -> str:
    """All digits without an exponent, unless that would be a very long text."""
    return format(value, "f") if abs(value.adjusted()) < _LONGEST_PLAIN else str(value)


def string_from_timestamp(value: int) -> str:
    """RFC 3339 in UTC with three digits of a second, six where needed: `2026-01-31T10:00:00.000Z`."""
    moment = _EPOCH + timedelta(microseconds=value)
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds" if value % 1000 else "milliseconds") + "Z"


def string_from_duration(value: int) -> str:
    """As the language writes it: `1d2h`, `1m30s`, `250ms`, `0s`."""
    rest = abs(value)
    parts: list[str] = []
    for size, unit in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return ("-" if value < 0 else "") + ("".join(parts) or "0s")


def int_from_float(value: float) -> int:
    """Without the fraction, toward zero."""
    return fitting_int(int(value))


def int_from_decimal(value: Decimal) -> int:
    """Without the fraction, toward zero."""
    return whole(value)


def int_from_string(text: str) -> int:
    """Decimal digits with an optional sign, spaces around them allowed."""
    stripped = text.strip()
    if not _INT.fullmatch(stripped) or len(stripped) > _LONGEST_PLAIN:
        raise ValueError("not an int")
    return fitting_int(int(stripped))


def float_from_string(text: str) -> float:
    """A number with an optional fraction and exponent; no NaN or infinity."""
    return finite(float(_number(text)))


def float_from_decimal(value: Decimal) -> float:
    """The nearest float."""
    return finite(float(value))


def decimal_from_string(text: str) -> Decimal:
    """A number with an optional fraction and exponent, its digits kept."""
    return Decimal(_number(text))


def decimal_from_float(value: float) -> Decimal:
    """The shortest decimal that reads as this float: 0.1 is 0.1."""
    return Decimal(repr(value))


def _number(text: str) -> str:
    stripped = text.strip()
    if not _NUMBER.fullmatch(stripped):
        raise ValueError("not a number")
    return stripped
