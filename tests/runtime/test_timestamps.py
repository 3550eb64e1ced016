"""Timestamps between text, numbers and microseconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cep.language.types import TimestampFormat
from cep.runtime.timestamps import (
    EARLIEST,
    LATEST,
    BadTime,
    format_timestamp,
    parse_rfc3339,
    timestamp_reader,
    unit_bounds,
)

NOON = 1_769_860_800_000_000
"""2026-01-31T12:00:00Z."""


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-01-31T12:00:00Z", NOON),
        ("2026-01-31t12:00:00z", NOON),
        ("2026-01-31 12:00:00Z", NOON),
        ("2026-01-31T13:30:00+01:30", NOON),
        ("2026-01-31T02:00:00-10:00", NOON),
        ("2026-01-31T12:00:00.5Z", NOON + 500_000),
        ("2026-01-31T12:00:00.123456999Z", NOON + 123_456),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000_000),
        ("1969-12-31T23:59:59.5Z", -500_000),
        ("0001-01-01T00:00:00Z", EARLIEST),
        ("9999-12-31T23:59:59.999999Z", LATEST),
    ],
)
def test_rfc3339_text_is_an_instant(text: str, time: int) -> None:
    assert parse_rfc3339(text) == time


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "2026-01-31",
        "2026-01-31T12:00:00",
        "2026-01-31T12:00Z",
        "2026-02-30T12:00:00Z",
        "2026-01-31T25:00:00Z",
        "2026-W05-6T12:00:00Z",
        "0001-01-01T00:00:00+05:00",
        "9999-12-31T23:59:59-01:00",
        "２026-01-31T12:00:00Z",
        "2026-01-31T12:00:00Z ",
    ],
)
def test_text_that_names_no_instant_is_refused(text: str) -> None:
    with pytest.raises(BadTime):
        parse_rfc3339(text)


@pytest.mark.parametrize(
    ("unit", "value", "time"),
    [
        ("ms", 1_769_860_800_000, NOON),
        ("ms", 1_769_860_800_000.25, NOON + 250),
        ("ms", -1, -1000),
        ("s", 1_769_860_800, NOON),
        ("s", 1_769_860_800.123457, NOON + 123_457),
        ("us", NOON + 1, NOON + 1),
        ("ns", (NOON + 1) * 1000 + 999, NOON + 1),
        ("ns", -1, -1),
        ("s", "2026-01-31T12:00:00Z", NOON),
    ],
)
def test_each_unit_becomes_microseconds(unit: str, value: int | float | str, time: int) -> None:
    assert timestamp_reader(TimestampFormat(unit))(value) == time


@pytest.mark.parametrize(
    ("pattern", "zone", "text", "time"),
    [
        ("%d/%m/%Y %H:%M", "Europe/Paris", "31/01/2026 13:00", NOON),
        ("%d/%m/%Y %H:%M", "Europe/Paris", "31/07/2026 14:00", NOON + 181 * 86_400_000_000),
        ("%Y-%m-%d %H:%M:%S%z", None, "2026-01-31 14:00:00+0200", NOON),
        ("%d/%m/%Y %H:%M", "Europe/Paris", "2026-01-31T12:00:00Z", NOON),
    ],
)
def test_a_pattern_reads_text_in_its_zone(pattern: str, zone: str | None, text: str, time: int) -> None:
    assert timestamp_reader(TimestampFormat(pattern, zone))(text) == time


@pytest.mark.parametrize(
    ("pattern", "zone", "text"),
    [
        ("%d/%m/%Y %H:%M", "Europe/Paris", "2026-01-31"),
        ("%d/%m/%Y %H:%M", "Europe/Paris", "31/02/2026 13:00"),
        ("%d/%m/%Y %H:%M", None, "31/01/2026 13:00"),
    ],
)
def test_a_pattern_refuses_other_text(pattern: str, zone: str | None, text: str) -> None:
    with pytest.raises(BadTime):
        timestamp_reader(TimestampFormat(pattern, zone))(text)


@pytest.mark.parametrize("unit", ["s", "ms", "us"])
def test_the_bounds_of_a_unit_are_the_years_1_to_9999(unit: str) -> None:
    low, high = unit_bounds(unit)
    read = timestamp_reader(TimestampFormat(unit))
    assert read(low) == EARLIEST
    assert LATEST - 1_000_000 < read(high) <= LATEST
    assert read(high + 1) > LATEST
    assert read(low - 1) < EARLIEST


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_000, "1970-01-01T00:00:00.001Z"),
        (1_001, "1970-01-01T00:00:00.001001Z"),
        (123_400, "1970-01-01T00:00:00.1234Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (LATEST + 1, "+010000-01-01T00:00:00.000Z"),
        (EARLIEST - 366 * 86_400_000_000 - 1, "-000001-12-31T23:59:59.999999Z"),
    ],
)
def test_timestamps_are_written_with_three_digits_or_as_many_as_there_are(time: int, text: str) -> None:
    assert format_timestamp(time) == text


@given(st.integers(EARLIEST, LATEST))
def test_written_timestamps_read_back(time: int) -> None:
    text = format_timestamp(time)
    assert parse_rfc3339(text) == time
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time)
    assert text[:19] == moment.strftime("%Y").zfill(4) + moment.strftime("-%m-%dT%H:%M:%S")
