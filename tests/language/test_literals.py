"""Literals as the language reads them, and as the job file does."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cep.language.literals import (
    BadLiteral,
    parse_duration,
    parse_number,
    parse_string,
    parse_time_of_day,
    parse_timestamp,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [("0", 0), ("10", 10), ("1_000", 1000), ("-5", -5), ("9223372036854775807", 2**63 - 1), ("007", 7)],
)
def test_ints(text: str, value: int) -> None:
    found = parse_number(text)
    assert (found, type(found)) == (value, int)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.50", "1.50"),
        ("10_000.00", "10000.00"),
        ("-0.5", "-0.5"),
        ("90%", "0.90"),
        ("2.5%", "0.025"),
        ("0.10%", "0.0010"),
    ],
)
def test_decimals_and_percents_keep_their_digits(text: str, value: str) -> None:
    found = parse_number(text)
    assert isinstance(found, Decimal)
    assert str(found) == value


@pytest.mark.parametrize(
    "text", ["", "x", "1.", ".5", "1__0", "1_", "_1", "1e5", "0x1", "1,5", "9" * 20, "9" * 5000, "١"]
)
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(BadLiteral) as bad:
        parse_number(text)
    assert bad.value.message
    assert bad.value.fix


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("0s", 0),
        ("250ms", 250_000),
        ("30s", 30_000_000),
        ("5m", 300_000_000),
        ("1h30m", 5_400_000_000),
        ("1d2h3m4s5ms", 93_784_005_000),
        ("7d", 604_800_000_000),
        ("2w", 1_209_600_000_000),
        ("1.5h", 5_400_000_000),
        ("0.001ms", 1),
        ("1_000ms", 1_000_000),
        ("90m", 5_400_000_000),
    ],
)
def test_durations(text: str, microseconds: int) -> None:
    assert parse_duration(text) == microseconds


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("5", "is not a duration"),
        ("5 m", "is not a duration"),
        ("5min", "is not a duration"),
        ("-5m", "is not a duration"),
        ("30m1h", "longest to the shortest"),
        ("1h1h", "longest to the shortest"),
        ("0.0001ms", "whole number of microseconds"),
        ("999999999999w", "292,000 years"),
    ],
)
def test_what_is_no_duration(text: str, part: str) -> None:
    with pytest.raises(BadLiteral, match=part):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("@1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00Z", 0),
        ("@1970-01-02", 86_400_000_000),
        ("@1970-01-01T01:00+01:00", 0),
        ("@1969-12-31T23:59:59.5Z", -500_000),
        ("@2026-01-31T10:00:00.000001-05:30", 1_769_873_400_000_001),
        ("@9999-12-31T23:59:59-01:00", 253_402_304_399_000_000),
    ],
)
def test_timestamps(text: str, microseconds: int) -> None:
    assert parse_timestamp(text) == microseconds


@pytest.mark.parametrize(
    "text",
    [
        "@",
        "@2026-02-30",
        "@2026-1-1",
        "@2026-01-01T25:00Z",
        "@2026-01-01T10:00",
        "@2026-01-01T10:00:00.0000001Z",
        "@0000-01-01",
        "@2026-01-01T10:00+24:00",
    ],
)
def test_what_is_no_timestamp(text: str) -> None:
    with pytest.raises(BadLiteral):
        parse_timestamp(text)


@pytest.mark.parametrize(
    ("text", "microseconds"), [("00:00", 0), ("01:02", 3_720_000_000), ("99:59:59.250", 359_999_250_000)]
)
def test_times_of_a_test(text: str, microseconds: int) -> None:
    assert parse_time_of_day(text) == microseconds


@pytest.mark.parametrize("text", ["0:00", "00:60", "00:00:60", "00:00:00.0000001", "00"])
def test_what_is_no_time_of_a_test(text: str) -> None:
    with pytest.raises(BadLiteral):
        parse_time_of_day(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"a"', "a"),
        (r'""', ""),
        (r'"a\"b\\c\n\t\r"', 'a"b\\c\n\t\r'),
        (r'"é\u00e9"', "éé"),
        (r'"^\d+\.exe$"', r"^\d+\.exe$"),
        (r'"\\d"', r"\d"),
        (r'"\u12"', r"\u12"),
    ],
)
def test_strings(text: str, value: str) -> None:
    assert parse_string(text) == value


def test_half_a_character_is_no_text() -> None:
    with pytest.raises(BadLiteral):
        parse_string(r'"\ud800"')
