"""Parts of a timestamp (microseconds since the epoch) in a time zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def hour_in_zone(timestamp: int, zone: ZoneInfo) -> int:
    """The hour of the day there, 0 to 23."""
    return _local(timestamp, zone).hour


def minute_in_zone(timestamp: int, zone: ZoneInfo) -> int:
    """The minute of the hour there, 0 to 59."""
    return _local(timestamp, zone).minute


def weekday_in_zone(timestamp: int, zone: ZoneInfo) -> int:
    """The ISO day of the week there: 1 is Monday, 7 is Sunday."""
    return _local(timestamp, zone).isoweekday()


def date_in_zone(timestamp: int, zone: ZoneInfo) -> str:
    """The calendar date there, `2026-01-31`."""
    return _local(timestamp, zone).date().isoformat()


def hour(timestamp: int, zone: str) -> int:
    """`hour_in_zone` with the zone by name; `ValueError` for an unknown one."""
    return hour_in_zone(timestamp, _zone(zone))


def minute(timestamp: int, zone: str) -> int:
    """`minute_in_zone` with the zone by name."""
    return minute_in_zone(timestamp, _zone(zone))


def weekday(timestamp: int, zone: str) -> int:
    """`weekday_in_zone` with the zone by name."""
    return weekday_in_zone(timestamp, _zone(zone))


def date(timestamp: int, zone: str) -> str:
    """`date_in_zone` with the zone by name."""
    return date_in_zone(timestamp, _zone(zone))


def _local(timestamp: int, zone: ZoneInfo) -> datetime:
    if timestamp < 0:  # not every platform takes negative seconds
        return (_EPOCH + timedelta(microseconds=timestamp)).astimezone(zone)
    return datetime.fromtimestamp(timestamp // 1_000_000, zone)


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError as error:
        raise ValueError(f"unknown time zone {name}") from error
