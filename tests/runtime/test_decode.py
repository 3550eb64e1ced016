"""Records to events: every declared form, and every reason for a refusal."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from cep.plan.attributes import attribute
from cep.runtime.decode.codec import EventCodec
from cep.runtime.decode.malformed import TROUBLE
from cep.runtime.decode.reasons import reason
from tests.runtime.support import event_type


def read(fields: str, record: dict[str, Any] | str, time: str = "ts") -> Any:
    """The event of a record of an event type with these fields."""
    codec = EventCodec(event_type(f"event E {{ {fields} ts: timestamp }} time {time}"))
    raw = record if isinstance(record, str) else json.dumps({"ts": 1, **record})
    return codec.read(raw.encode())[0]


def refusal(fields: str, record: dict[str, Any] | str) -> str:
    """Why a record is none of an event type with these fields."""
    event = event_type(f"event E {{ {fields} ts: timestamp }} time ts")
    raw = (record if isinstance(record, str) else json.dumps({"ts": 1, **record})).encode()
    with pytest.raises(TROUBLE) as caught:
        EventCodec(event).read(raw)
    return reason(caught.value, raw, event)


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        ("string", '"é\\u00e9"', "éé"),
        ("int", "-9223372036854775808", -(2**63)),
        ("int", "9223372036854775807", 2**63 - 1),
        ("float", "1", 1.0),
        ("float", "1e-400", 0.0),
        ("float", "123456789012345678901", 123456789012345678901.0),
        ("bool", "true", True),
        ('enum("a", "b")', '"b"', "b"),
        ("duration", "1500", 1_500_000),
        ("duration", '"1h30m"', 5_400_000_000),
        ("duration", '"-250ms"', -250_000),
        ("duration", '"PT1.5S"', 1_500_000),
        ("timestamp", "-1", -1000),
        ("timestamp", '"1970-01-01T00:00:01Z"', 1_000_000),
        ('timestamp("s")', "1.5", 1_500_000),
        ('timestamp("us")', "7", 7),
        ('timestamp("us")', '"1970-01-01T00:00:01Z"', 1_000_000),
        ('timestamp("ns")', "7999", 7),
        ('timestamp("%d/%m/%Y %H:%M", "Europe/Paris")', '"01/01/1970 01:00"', 0),
        ("list<timestamp>", "[1, 2]", [1000, 2000]),
        ("list<int?>", "[1, null]", [1, None]),
        ("map<string, duration>", '{"a": "1s"}', {"a": 1_000_000}),
        ("string?", "null", None),
    ],
)
def test_values_come_in_run_time_form(type_: str, text: str, value: object) -> None:
    found = read(f"x: {type_}", f'{{"ts": 1, "x": {text}}}').x
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "text", ["1.10", '"1.10"', "12345678901234567890.123456789012345678901234567890", "1E3", "-0.00"]
)
def test_decimals_keep_their_digits(text: str) -> None:
    found = read("x: decimal", f'{{"ts": 1, "x": {text}}}').x
    assert str(found) == str(Decimal(text.strip('"')))


@pytest.mark.parametrize(
    ("type_", "text", "why"),
    [
        ("string", "5", "field `x`: expected a string, got a number"),
        ("string", "null", "field `x`: expected a string, got null"),
        ("int", "9223372036854775808", "field `x`: expected a whole number of at most 64 bits, got a larger one"),
        ("int", "1" * 400, "field `x`: expected a whole number of at most 64 bits, got a larger one"),
        ("int", "1.0", "field `x`: expected a whole number, got a number with a fraction"),
        ("int", '"1"', "field `x`: expected a whole number, got a string"),
        ("int", "true", "field `x`: expected a whole number, got true or false"),
        ("float", "1e400", "field `x`: expected a number, got a number too large for one"),
        ("float", '"1"', "field `x`: expected a number, got a string"),
        ("float", "NaN", "not valid JSON: NaN at byte 15 is no JSON number"),
        ("float", "-Infinity", "not valid JSON: -Infinity at byte 15 is no JSON number"),
        ("decimal", '"NaN"', "field `x`: expected a number or numeric text, got other text"),
        ("decimal", '"sNaN"', "field `x`: expected a number or numeric text, got other text"),
        ("decimal", '"-Infinity"', "field `x`: expected a number or numeric text, got other text"),
        ("decimal", "1e999", "field `x`: expected a decimal of at most 400 digits before the point, got 1E+999"),
        *(
            ("decimal", text, "field `x`: expected a number or numeric text, got other text")
            for text in ('"1_0"', '" 5"', '"5 "', '"٥"', '".5"', '"5."', '""')
        ),
        ("decimal", "null", "field `x`: expected a number or numeric text, got null"),
        ("list<decimal>", "[null]", "field `x[]`: expected a number or numeric text, got null"),
        ("decimal", '"ten"', "field `x`: expected a number or numeric text, got other text"),
        ("bool", "1", "field `x`: expected true or false, got a number"),
        ('enum("a", "b")', '"c"', 'field `x`: expected one of "a", "b", got \'c\''),
        ('enum("a", "b")', "1", 'field `x`: expected one of "a", "b", got a number'),
        ("duration", '"5 minutes"', 'field `x`: expected a duration such as 1h30m, or milliseconds, got "5 minutes"'),
        ("duration", "9223372036854776", "field `x`: expected a duration of at most 292,000 years, got a longer one"),
        (
            "timestamp",
            '"yesterday"',
            'field `x`: expected a time such as 2026-01-31T10:00:00Z, with its zone, got "yesterday"',
        ),
        (
            "timestamp",
            "253402300800000",
            "field `x`: expected a time in the years 1 to 9999, got a number of milliseconds beyond",
        ),
        (
            'timestamp("s")',
            "-1e300",
            "field `x`: expected a time in the years 1 to 9999, got a number of seconds beyond",
        ),
        (
            'timestamp("ns")',
            "10000000000000000000",
            "field `x`: expected nanoseconds since the epoch in 64 bits, got a number beyond",
        ),
        ("timestamp", "true", "field `x`: expected milliseconds since the epoch or RFC 3339 text, got true or false"),
        (
            'timestamp("%d/%m/%Y", "Europe/Paris")',
            '"31/02/2026"',
            'field `x`: expected a time of the form `%d/%m/%Y`, got "31/02/2026"',
        ),
        ("list<int>", '[1, "a"]', "field `x[1]`: expected a whole number, got a string"),
        ("list<int>", "{}", "field `x`: expected a list, got an object"),
        ("map<string, int>", '{"k": "a"}', "field `x[...]`: expected a whole number, got a string"),
        ("{ a: int }", '{"a": "b"}', "field `x.a`: expected a whole number, got a string"),
        ("{ a: int }", "{}", "required field `x.a` is missing"),
        ("{ a: decimal }", '{"a": "NaN"}', "field `x.a`: expected a number or numeric text, got other text"),
    ],
)
def test_a_value_of_another_kind_is_refused_in_the_words_of_the_declaration(type_: str, text: str, why: str) -> None:
    assert refusal(f"x: {type_}", f'{{"ts": 1, "x": {text}}}') == why


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("", "not valid JSON: the record is empty"),
        ("   ", "not valid JSON: the record is empty"),
        ('{"ts": 1, "x": ', "not valid JSON: it ends too early"),
        ('{"ts": 1, "x": "a"} {}', "not valid JSON: trailing characters at byte 21"),
        ("xyz", "not valid JSON: invalid character at byte 0"),
        ("[1]", "expected a JSON object, got a list"),
        ("5", "expected a JSON object, got a number"),
        ("null", "expected a JSON object, got null"),
        ('"text"', "expected a JSON object, got a string"),
        ('{"x": "a"}', "required field `ts` is missing"),
        ('{"ts": 1}', "required field `x` is missing"),
        ('{"ts": 1, "x": "\\ud800"}', "not valid text: a \\ud800-\\udfff escape is half of a character"),
        ('{"ts": 1, "x": "a", "z": "\\ud800"}', "not valid text: a \\ud800-\\udfff escape is half of a character"),
    ],
)
def test_a_record_that_is_no_object_of_the_type_is_refused(raw: str, why: str) -> None:
    assert refusal("x: string", raw) == why


def test_undeclared_fields_are_skipped_and_nulls_may_be_absent() -> None:
    found = read("x: int?", {"y": {"deep": [1, 2]}})
    assert found.x is None
    assert not hasattr(found, "y")


def test_of_repeated_keys_the_last_counts_also_where_an_earlier_one_is_wrong() -> None:
    assert read("x: int", '{"ts": 1, "x": 1, "x": 2}').x == 2
    assert read("x: int", '{"ts": 1, "x": "one", "x": 2}').x == 2
    assert refusal("x: int", '{"ts": 1, "x": 2, "x": "two"}') == "field `x`: expected a whole number, got a string"


def test_names_that_python_cannot_spell_get_an_attribute() -> None:
    codec = EventCodec(event_type('event E { `class`: string  time: timestamp from "@timestamp" } time time'))
    data, time = codec.read(b'{"class": "c", "@timestamp": 5}')
    assert getattr(data, attribute("class")) == "c"
    assert time == 5000


PATHS = 'id: string? from "client.device.id"  n: int from "client.n"  client: { z: string? }?'


@pytest.mark.parametrize(
    ("record", "id_", "n", "z"),
    [
        ({"client": {"device": {"id": "d"}, "n": 5, "z": "q"}}, "d", 5, "q"),
        ({"client.n": 4}, None, 4, None),
        ({"client.n": 4, "client.device.id": "lit", "client": {"n": "wrong"}}, "lit", 4, None),
        ({"client.device.id": "lit", "client": {"device": {"id": "path"}, "n": 5}}, "lit", 5, None),
        ({"client.device.id": None, "client": {"device": {"id": "path"}, "n": 5}}, None, 5, None),
        ({"client": {"device.id": "half", "n": 5}}, "half", 5, None),
        ({"client": {"device": None, "n": 5}}, None, 5, None),
        ({"client": None, "client.n": 5}, None, 5, None),
    ],
)
def test_a_dotted_source_is_a_literal_name_first_and_a_path_else(
    record: dict[str, Any], id_: str | None, n: int, z: str | None
) -> None:
    found = read(PATHS, record)
    assert (found.id, found.n, found.client.z if found.client else None) == (id_, n, z)


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ({}, "required field `client.n` is missing"),
        ({"client": {"z": "q"}}, "required field `client.n` is missing"),
        ({"client": {"n": None}}, "field `client.n`: expected a whole number, got null"),
        ({"client": {"n": 1, "device": {"id": 7}}}, "field `client.device.id`: expected a string, got a number"),
        ({"client": {"n": 1, "z": 7}}, "field `client.z`: expected a string, got a number"),
        ({"client": 5}, "field `client`: expected an object, got a number"),
    ],
)
def test_a_path_that_fails_is_named_from_the_top(record: dict[str, Any], why: str) -> None:
    assert refusal(PATHS, record) == why


def test_paths_inside_nested_records_and_times_inside_lists_of_records() -> None:
    fields = 'x: list<{ at: timestamp("s") from "meta.at"  cost: decimal? }>'
    found = read(fields, {"x": [{"meta": {"at": 2}, "cost": "1.50"}, {"meta.at": 3}]})
    assert [item.at for item in found.x] == [2_000_000, 3_000_000]
    assert found.x[0].cost == Decimal("1.50")
    assert refusal(fields, {"x": [{}]}) == "required field `x[].meta.at` is missing"


def test_the_time_may_lie_in_a_nested_record() -> None:
    codec = EventCodec(event_type("event E { meta: { at: timestamp } } time meta.at"))
    assert codec.read(b'{"meta": {"at": 3}}')[1] == 3000


def test_a_type_without_a_time_of_its_own_gives_none() -> None:
    codec = EventCodec(event_type("event E { x: int } time ingestion"))
    assert codec.read(b'{"x": 3}')[1] is None


def test_decoded_events_are_not_tracked_by_the_collector() -> None:
    codec = EventCodec(event_type("event E { x: string ts: timestamp } time ts"))
    assert issubclass(codec.struct, msgspec.Struct)
    assert codec.struct.__struct_config__.gc is False
