"""Values that schemas know and JSON does not: times, dates, decimals, numbers that are none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal

from cep.connectors.formats.declared import Wanted
from cep.runtime.timestamps import format_timestamp

Convert = Callable[[object], object]
"""From what a library has read, which is not null, to what `msgspec.json` encodes. Raises `ValueError`."""

_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_DAY = 86_400
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_MOST_BYTES = 256
"""Bytes of a decimal, at most: some 600 digits, and the language ends at 400."""


def finite(value: float) -> float | str:
    """A number, or the name of one that JSON does not have, which a declared number then refuses."""
    if value - value == 0.0:
        return value
    if value != value:
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def decimal(raw: bytes, scale: int) -> Decimal:
    """An unscaled whole number, the highest byte first, in two's complement: digit for digit."""
    if len(raw) > _MOST_BYTES:
        raise ValueError("a decimal has more than 400 digits")
    return Decimal(f"{int.from_bytes(raw, 'big', signed=True)}E{-scale}")


def instant(unit: str, wanted: Wanted | None) -> Callable[[int], int | str] | None:
    """How a number of `unit` (`ms`, `us`, `ns`) since the epoch is written; None: as it is.

    In a coarser unit only where no digit is lost, else as text."""
    if wanted in (None, unit, "int", "duration", "other"):
        return None
    per_micro, micros = (1, 1_000_000 // _PER_SECOND[unit]) if unit != "ns" else (1_000, 1)

    def text(value: int) -> str:
        return format_timestamp(value * micros // per_micro)

    if wanted in ("text", "string"):
        return text
    own, other = _PER_SECOND[unit], _PER_SECOND[wanted]
    if other > own:
        factor = other // own
        return lambda value: value * factor
    divisor = own // other
    return lambda value: value // divisor if value % divisor == 0 else text(value)


def day(days: int, wanted: Wanted | None) -> int | str:
    """Days since the epoch: the first moment of the day where a time is declared, else as text such as 2026-11-20."""
    match wanted:
        case "s" | "ms" | "us" | "ns":
            return days * _DAY * _PER_SECOND[wanted]
        case "int":
            return days
    text = date.fromordinal(_EPOCH_DAY + days).isoformat()
    return f"{text}T00:00:00Z" if wanted == "text" else text


def time_of_day(micros: int, wanted: Wanted | None) -> str:
    """Microseconds since midnight: since then where a duration is declared, else as text such as 10:00:00."""
    if wanted == "duration":
        return duration(micros)
    minutes, rest = divmod(micros, 60_000_000)
    hours, minutes = divmod(minutes, 60)
    return time(hours, minutes, rest // 1_000_000, rest % 1_000_000).isoformat()


def duration(micros: int) -> str:
    """A length of time in ISO 8601, which declared durations take."""
    seconds, rest = divmod(abs(micros), 1_000_000)
    fraction = f".{rest:06}".rstrip("0") if rest else ""
    return f"{'-' if micros < 0 else ''}PT{seconds}{fraction}S"


def micros_of(moment: datetime) -> int:
    """Microseconds since the epoch; a time without a zone is in UTC."""
    whole = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    elapsed = whole - datetime(1970, 1, 1, tzinfo=UTC)
    return (elapsed.days * _DAY + elapsed.seconds) * 1_000_000 + elapsed.microseconds
