"""How literals are read: numbers, durations, timestamps and strings as the language writes them.

The job file reads its scalars by the same rules, so that `10_000.00` and `1h30m` mean there what they mean in a rule.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

UNITS = {"w": 604_800_000_000, "d": 86_400_000_000, "h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000, "ms": 1_000}
"""Microseconds of each unit of a duration, from the longest."""
LARGEST_INT = 2**63 - 1
_SHOWN = 40

_DIGITS = r"[0-9]+(?:_[0-9]+)*"
_INT = re.compile(rf"-?{_DIGITS}")
_DECIMAL = re.compile(rf"-?{_DIGITS}\.{_DIGITS}")
_PERCENT = re.compile(rf"-?{_DIGITS}(?:\.{_DIGITS})?%")
_DURATION = re.compile(rf"(?:{_DIGITS}(?:\.[0-9]+)?(?:ms|[smhdw]))(?:[0-9]+(?:ms|[smhdw]))*")
_DURATION_PART = re.compile(r"([0-9_]+(?:\.[0-9]+)?)(ms|[smhdw])")
_TIMESTAMP = re.compile(
    r"@?(\d{4}-\d\d-\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(?:(Z)|([+-])(\d\d):(\d\d))?)?", re.ASCII
)
_TIME_OF_DAY = re.compile(r"(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?", re.ASCII)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadLiteral(ValueError):
    """Text that is no literal of the kind asked for: what is wrong, in one sentence, and one fix."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix


def parse_number(text: str) -> int | Decimal:
    """`10` as an int, `1_000.50` as a Decimal with its digits, `90%` as the fraction 0.90. Raises BadLiteral."""
    if _INT.fullmatch(text):
        digits = text.replace("_", "")
        # Counted before the conversion: Python refuses to read thousands of digits.
        if len(digits.lstrip("-0")) > 19 or abs(int(digits)) > LARGEST_INT:
            raise BadLiteral("an int has at most 64 bits", "write a decimal, such as `1.0`, for a number this large")
        return int(digits)
    if _DECIMAL.fullmatch(text):
        return Decimal(text.replace("_", ""))
    if _PERCENT.fullmatch(text):
        return Decimal(text.removesuffix("%").replace("_", "")).scaleb(-2)
    raise BadLiteral(f"`{text[:_SHOWN]}` is not a number", "write a number such as `10`, `1_000.50` or `90%`")


def parse_duration(text: str) -> int:
    """`250ms`, `1h30m`, `7d` in microseconds. Raises BadLiteral."""
    if not _DURATION.fullmatch(text):
        fix = "write a duration such as `250ms`, `30s`, `5m`, `1h30m`, `7d` or `2w`"
        raise BadLiteral(f"`{text[:_SHOWN]}` is not a duration", fix)
    parts = [(Decimal(number.replace("_", "")), unit) for number, unit in _DURATION_PART.findall(text)]
    lengths = [UNITS[unit] for _, unit in parts]
    if any(later >= earlier for earlier, later in pairwise(lengths)):
        ordered = sorted(parts, key=lambda part: -UNITS[part[1]])
        fix = "".join(f"{number}{unit}" for number, unit in ordered)
        raise BadLiteral(
            "the units of a duration go from the longest to the shortest, each once",
            f"write `{fix}`" if len(set(lengths)) == len(lengths) else "add up the parts of the same unit",
        )
    total = sum(number * length for number, length in zip((number for number, _ in parts), lengths, strict=True))
    if total != int(total):
        raise BadLiteral("a duration is a whole number of microseconds", "write fewer digits")
    if total > LARGEST_INT:
        raise BadLiteral("this duration is longer than 292,000 years", "write a shorter duration")
    return int(total)


def parse_timestamp(text: str) -> int:
    """`@2026-01-31T10:00:00Z` (the `@` may be left out) in microseconds since the epoch. A date alone is its midnight
    in UTC; a time needs its zone. Raises BadLiteral."""
    found = _TIMESTAMP.fullmatch(text)
    example = "write a timestamp such as `@2026-01-31T10:00:00Z`"
    if not found:
        raise BadLiteral(f"`{text[:_SHOWN]}` is not a timestamp", example)
    day, hour, minute, second, fraction, utc, sign, zone_hours, zone_minutes = found.groups()
    if hour is not None and utc is None and sign is None:
        raise BadLiteral("a timestamp with a time of day needs its zone", f"write `{text}Z` or `{text}+01:00`")
    if len(fraction or "") > 6:
        raise BadLiteral("a timestamp has at most six digits after the second", "write fewer digits")
    try:
        if int(zone_hours or 0) > 23 or int(zone_minutes or 0) > 59:
            raise ValueError
        midnight = date.fromisoformat(day)
        zone = timedelta(hours=int(zone_hours or 0), minutes=int(zone_minutes or 0))
        moment = datetime(
            midnight.year,
            midnight.month,
            midnight.day,
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            int((fraction or "0").ljust(6, "0")),
            tzinfo=UTC,
        )
    except ValueError:
        raise BadLiteral(f"`{text}` is not in the calendar or not a time of day", example) from None
    elapsed = moment - _EPOCH
    return (elapsed - zone if sign == "+" else elapsed + zone) // timedelta(microseconds=1)


def parse_time_of_day(text: str) -> int:
    """`00:30`, `01:00:05.250`: microseconds since the start of a test. Raises BadLiteral."""
    found = _TIME_OF_DAY.fullmatch(text)
    if not found or int(found[2]) > 59 or int(found[3] or 0) > 59 or len(found[4] or "") > 6:
        message = f"`{text[:_SHOWN]}` is not a time of the form `hh:mm[:ss[.mmm]]`"
        raise BadLiteral(message, "write a time such as `00:05:30`")
    hours, minutes, seconds = int(found[1]), int(found[2]), int(found[3] or 0)
    return (hours * 3600 + minutes * 60 + seconds) * 1_000_000 + int((found[4] or "0").ljust(6, "0"))


def parse_string(text: str) -> str:
    r"""A quoted string's value. `\"`, `\\`, `\n`, `\t`, `\r` and `\u00e9` are escapes; a backslash before anything else
    stands for itself, so that a regular expression such as `"\d+"` is written as it is. Raises BadLiteral."""
    return _ESCAPE.sub(_unescape, text[1:-1]) if "\\" in text else text[1:-1]


def _unescape(escape: re.Match[str]) -> str:
    letter = escape[1]
    if len(letter) == 5:
        character = chr(int(letter[1:], 16))
        if "\ud800" <= character <= "\udfff":
            raise BadLiteral(f"`{escape[0]}` is half of a character", "write the character itself")
        return character
    return _ESCAPED.get(letter, escape[0])
