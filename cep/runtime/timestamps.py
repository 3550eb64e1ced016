"""Timestamps and durations between their form in the data and integer microseconds.

Every form of the declaration also takes RFC 3339 text, since that names an instant whatever the unit. Microseconds
are the resolution inside: finer digits are cut off.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

from cep.language.types import TimestampFormat

EARLIEST = -62_135_596_800_000_000
"""0001-01-01T00:00:00Z in microseconds."""
LATEST = 253_402_300_799_999_999
"""The last microsecond of the year 9999."""
FURTHEST = 7_258_118_400_000_000
"""2200-01-01T00:00:00Z: an event later than that has a broken clock, and would make every event behind it late."""
LONGEST_MS = (2**63 - 1) // 1000
"""The longest duration in milliseconds: its microseconds are a 64-bit integer."""

_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:([Zz])|([+-])(\d\d):?(\d\d))", re.ASCII
)
_DAYS_TO_EPOCH = 719_468


class BadTime(ValueError):
    """A value that is no timestamp or duration of the declared form; the message says what was expected."""


def unit_bounds(unit: str) -> tuple[int, int]:
    """The numbers of `unit` (`s`, `ms`, `us`, `ns`) that lie in the years 1 to 9999, both inclusive."""
    scale = _PER_SECOND[unit]
    return EARLIEST * scale // 1_000_000, (LATEST + 1) * scale // 1_000_000 - 1


def timestamp_reader(form: TimestampFormat) -> Callable[[int | float | str], int]:
    """How a value in the data becomes microseconds. The function raises `BadTime`.

    A number in bounds never fails; fractions of a unit are rounded to the microsecond.
    """
    return _pattern_reader(form) if "%" in form.unit else _unit_reader(form.unit)


def _unit_reader(unit: str) -> Callable[[int | float | str], int]:
    scale = _PER_SECOND[unit]

    def read(value: int | float | str) -> int:
        if isinstance(value, str):
            return parse_rfc3339(value)
        if isinstance(value, int):
            return value * 1_000_000 // scale
        return round(value * 1_000_000 / scale)

    return read


def _pattern_reader(form: TimestampFormat) -> Callable[[int | float | str], int]:
    zone = ZoneInfo(form.zone) if form.zone else None

    def read(value: int | float | str) -> int:
        text = str(value)
        try:
            moment = datetime.strptime(text, form.unit)
        except ValueError:
            if _RFC3339.fullmatch(text):
                return parse_rfc3339(text)
            raise BadTime(f"expected a time of the form `{form.unit}`") from None
        return _instant(moment, zone)

    return read


def _instant(moment: datetime, zone: ZoneInfo | None) -> int:
    if moment.tzinfo is None:
        if zone is None:
            raise BadTime("neither the text nor the declaration names a time zone")
        moment = moment.replace(tzinfo=zone)
    try:
        return from_datetime(moment)
    except OverflowError:
        raise BadTime("expected a time in the years 1 to 9999") from None


def parse_rfc3339(text: str) -> int:
    """RFC 3339 text in microseconds; digits past the microsecond are cut off. Raises `BadTime`.

    A leap second counts as the first moment of the next minute.
    """
    # The library's parser takes a tenth of the time, but also takes dates alone, weeks, and times without a zone.
    if len(text) >= 20 and text[4] == text[7] == "-" and text[10] in "Tt " and text[16] == ":" and text.isascii():
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return _in_calendar(text)
        if moment.tzinfo is not None:
            return _in_range(from_datetime(moment))
    return _in_calendar(text)


def _in_calendar(text: str) -> int:
    found = _RFC3339.fullmatch(text)
    if found is None:
        raise BadTime("expected a time such as 2026-01-31T10:00:00Z, with its zone")
    year, month, day, hour, minute, second, fraction, utc, sign, zone_hours, zone_minutes = found.groups()
    leap = second == "60"
    try:
        zone = UTC if utc else timezone(_offset(sign, zone_hours, zone_minutes))
        moment = datetime(int(year), int(month), int(day), int(hour), int(minute), 59 if leap else int(second))
    except ValueError:
        raise BadTime("expected a time that is in the calendar") from None
    whole = from_datetime(moment.replace(tzinfo=zone))
    return _in_range(whole + 1_000_000 if leap else whole + int((fraction or "0")[:6].ljust(6, "0")))


def _in_range(time: int) -> int:
    if not EARLIEST <= time <= LATEST:
        raise BadTime("expected a time in the years 1 to 9999")
    return time


def _offset(sign: str, hours: str, minutes: str) -> timedelta:
    if int(minutes) > 59:
        raise ValueError(minutes)
    length = timedelta(hours=int(hours), minutes=int(minutes))
    return -length if sign == "-" else length


def from_datetime(moment: datetime) -> int:
    """Microseconds since the epoch of a datetime with a zone. Raises `BadTime` without one."""
    if moment.tzinfo is None:
        raise BadTime("expected a datetime with a time zone")
    elapsed = moment - _EPOCH
    return (elapsed.days * 86_400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds


def format_timestamp(time: int) -> str:
    """Microseconds as RFC 3339 text in UTC: three digits after the second, more only if there are more.

    A deadline may lie past the year 9999; its year then has a sign and six digits, as in ISO 8601.
    """
    return timestamp_bytes(time).decode()


def timestamp_bytes(time: int) -> bytes:
    """The text of `format_timestamp` in ASCII."""
    minutes, within = divmod(time, 60_000_000)
    millis, rest = divmod(within, 1_000)
    text = b"%b%02d.%03d" % (_to_the_minute(minutes), millis // 1_000, millis % 1_000)
    return text + b"%bZ" % (b"%03d" % rest).rstrip(b"0") if rest else text + b"Z"


@lru_cache(maxsize=4096)
def _to_the_minute(minutes: int) -> bytes:
    """The text up to the seconds. Remembered, since the alerts of some days share their minutes."""
    days, clock = divmod(minutes, 1_440)
    year, month, day = _civil(days)
    years = f"{year:04d}" if 0 <= year <= 9999 else f"{year:+07d}"
    return f"{years}-{month:02d}-{day:02d}T{clock // 60:02d}:{clock % 60:02d}:".encode()


def _civil(days: int) -> tuple[int, int, int]:
    """Year, month and day of a day since the epoch in the proleptic Gregorian calendar, for any year.

    Days are counted from 0000-03-01, so that the leap day ends a year of the count.
    """
    era, of_era = divmod(days + _DAYS_TO_EPOCH, 146_097)
    year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * of_year + 2) // 153
    day = of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year + era * 400 + (month <= 2), month, day
