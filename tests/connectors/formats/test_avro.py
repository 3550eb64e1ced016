"""Avro records of confluent-kafka's serializer as JSON."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from confluent_kafka.schema_registry import Schema, SchemaReference
from confluent_kafka.schema_registry.avro import AvroSerializer

from cep.runtime.decode.malformed import Malformed
from tests.connectors.formats.loopback_registry import LoopbackRegistry
from tests.connectors.formats.support import VALUE, Reading, client

AT = datetime(2026, 11, 20, 10, 0, 0, 123000, tzinfo=UTC)
MILLIS = 1795168800123
Field = tuple[str, Any]


def record(name: str, *fields: Field, namespace: str = "bank") -> dict[str, Any]:
    """A record's schema."""
    return {
        "type": "record",
        "name": name,
        "namespace": namespace,
        "fields": [{"name": of, "type": kind} for of, kind in fields],
    }


def logical(kind: str, word: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "logicalType": word, **more}


def written(registry: LoopbackRegistry, schema: Any, value: dict[str, Any]) -> bytes:
    """A record as confluent-kafka's serializer writes it."""
    raw = AvroSerializer(client(registry), json.dumps(schema))(value, VALUE)
    assert isinstance(raw, bytes)
    return raw


SIMPLE = {
    "string": ("string", "é\n", "é\n"),
    "int": ("int", -7, -7),
    "long": ("long", 2**62, 2**62),
    "boolean": ("boolean", True, True),
    "double": ("double", 0.25, "0.25"),
    "not a number": ("double", float("nan"), "NaN"),
    "infinite": ("float", float("-inf"), "-Infinity"),
    "bytes": ("bytes", b"\x00\xff", "AP8="),
    "null": ("null", None, None),
    "enum": ({"type": "enum", "name": "E", "symbols": ["A", "B"]}, "B", "B"),
    "fixed": ({"type": "fixed", "name": "F", "size": 2}, b"\x00\xff", "AP8="),
    "list": ({"type": "array", "items": "int"}, [1, 2], [1, 2]),
    "map": ({"type": "map", "values": "double"}, {"a": 0.5}, {"a": "0.5"}),
    "an optional there": (["null", "string"], "x", "x"),
    "an optional that is not": (["null", "string"], None, None),
    "record": (record("R", ("x", "int"), ("y", ["null", "double"])), {"x": 1, "y": 0.5}, {"x": 1, "y": "0.5"}),
    "an unknown logical type": (logical("string", "ssn"), "x", "x"),
    "decimal": (logical("bytes", "decimal", precision=12, scale=2), Decimal("600.00"), "600.00"),
    "a negative decimal": (logical("bytes", "decimal", precision=12, scale=4), Decimal("-0.0010"), "-0.0010"),
    "a whole decimal": (logical("bytes", "decimal", precision=40, scale=0), Decimal(10**38 + 1), 10**38 + 1),
    "a long decimal": (
        logical("bytes", "decimal", precision=60, scale=30),
        Decimal("123456789012345678901234567890.123456789012345678901234567890"),
        "123456789012345678901234567890.123456789012345678901234567890",
    ),
    "fixed decimal": (
        {"type": "fixed", "name": "D", "size": 8, "logicalType": "decimal", "precision": 12, "scale": 2},
        Decimal("600.10"),
        "600.10",
    ),
    "uuid": (logical("string", "uuid"), uuid.UUID(int=5), str(uuid.UUID(int=5))),
    "timestamp-millis": (logical("long", "timestamp-millis"), AT, MILLIS),
    "timestamp-micros": (logical("long", "timestamp-micros"), AT, MILLIS * 1000),
    "local-timestamp-millis": (logical("long", "local-timestamp-millis"), AT.replace(tzinfo=None), MILLIS),
    "date": (logical("int", "date"), date(2026, 11, 20), "2026-11-20"),
    "time-millis": (logical("int", "time-millis"), time(10, 0, 0, 5000), "10:00:00.005000"),
    "time-micros": (logical("long", "time-micros"), time(23, 59), "23:59:00"),
    "an optional decimal": (["null", logical("bytes", "decimal", precision=4, scale=1)], Decimal("1.5"), "1.5"),
    "decimals in a list": (
        {"type": "array", "items": logical("bytes", "decimal", precision=4, scale=1)},
        [Decimal("1.5")],
        ["1.5"],
    ),
    "decimals in a map": (
        {"type": "map", "values": ["null", logical("bytes", "decimal", precision=4, scale=1)]},
        {"a": Decimal("1.5"), "b": None},
        {"a": "1.5", "b": None},
    ),
    "numbers told apart in a union": (["null", "string", "long", "double"], 7, 7),
    "a time beside a number": (["null", "long", logical("long", "timestamp-millis")], AT, MILLIS),
    "a number beside a time": (["null", logical("long", "timestamp-micros"), "long"], 7, 7),
    "records told apart in a union": (
        [record("R1", ("x", "double")), record("R2", ("y", "double"))],
        {"y": 0.5},
        {"y": "0.5"},
    ),
}


@pytest.mark.parametrize("name", SIMPLE)
def test_a_type_as_json(registry: LoopbackRegistry, name: str) -> None:
    kind, value, read = SIMPLE[name]
    raw = written(registry, record("E1", ("f", kind), ("last", "string")), {"f": value, "last": "z"})
    assert Reading(registry, "AVRO")(raw) == {"f": read, "last": "z"}


AS_DECLARED = [
    ("timestamp", "timestamp-millis", "long", AT, MILLIS),
    ('timestamp("us")', "timestamp-millis", "long", AT, MILLIS * 1000),
    ('timestamp("s")', "timestamp-millis", "long", AT.replace(microsecond=0), MILLIS // 1000),
    ('timestamp("s")', "timestamp-millis", "long", AT, "2026-11-20T10:00:00.123Z"),
    ('timestamp("%d.%m.%Y", "UTC")', "timestamp-micros", "long", AT, "2026-11-20T10:00:00.123Z"),
    ("string", "timestamp-millis", "long", AT, "2026-11-20T10:00:00.123Z"),
    ("int", "timestamp-millis", "long", AT, MILLIS),
    ("timestamp", "date", "int", date(2026, 11, 20), MILLIS - 36_000_123),
    ('timestamp("%d.%m.%Y", "UTC")', "date", "int", date(2026, 11, 20), "2026-11-20T00:00:00Z"),
    ("string", "date", "int", date(2026, 11, 20), "2026-11-20"),
    ("int", "date", "int", date(1970, 1, 3), 2),
    ("duration", "time-millis", "int", time(1, 0, 0, 5000), "PT3600.005S"),
    ("int", "time-millis", "int", time(0, 0, 1), 1000),
]


@pytest.mark.parametrize(("declared", "word", "kind", "value", "read"), AS_DECLARED)
def test_a_time_is_written_as_it_is_declared(
    registry: LoopbackRegistry, declared: str, word: str, kind: str, value: Any, read: Any
) -> None:
    rules = f'event E {{ f: {declared} from "a.f"  at: timestamp }} time at'
    inner = record("Inner", ("f", ["null", logical(kind, word)]))
    raw = written(registry, record("E", ("a", inner), ("at", "long")), {"a": {"f": value}, "at": 0})
    assert Reading(registry, "AVRO", rules)(raw)["a"] == {"f": read}


def test_types_are_declared_apart_by_the_records_name(registry: LoopbackRegistry) -> None:
    rules = 'event A { at: timestamp } time at\nevent B { at: timestamp("us") } time at'
    reading = Reading(registry, "AVRO", rules, by_name=True)
    first = written(registry, record("A", ("at", logical("long", "timestamp-millis"))), {"at": AT})
    second = written(registry, record("B", ("at", logical("long", "timestamp-millis"))), {"at": AT})
    third = written(registry, record("C", ("at", logical("long", "timestamp-millis"))), {"at": AT})
    assert reading(first) == {"_type": "A", "at": MILLIS}
    assert reading(second) == {"_type": "B", "at": MILLIS * 1000}
    # of no declared type: as the declared ones all take it
    assert reading(third) == {"_type": "C", "at": "2026-11-20T10:00:00.123Z"}
    assert reading(first, "B")["_type"] == "B"


def test_a_union_of_records_at_the_head(registry: LoopbackRegistry) -> None:
    schema = [record("A", ("x", "int")), record("B", ("y", "double"), ("a", ["null", "A"]))]
    number = registry.register("s", {"schema": json.dumps(schema)})
    header = b"\0" + number.to_bytes(4, "big")
    reading = Reading(registry, "AVRO", by_name=True)
    assert reading(header + b"\x00\x0e") == {"_type": "A", "x": 7}
    assert reading(header + b"\x02" + b"\0" * 6 + b"\xe0\x3f" + b"\x02\x0e") == {
        "_type": "B",
        "y": "0.5",
        "a": {"x": 7},
    }
    for wrong in (b"\x01", b"\x04", b""):
        with pytest.raises(Malformed):
            reading(header + wrong)


def test_schemas_that_build_on_others(registry: LoopbackRegistry) -> None:
    money = record("Money", ("amount", logical("bytes", "decimal", precision=9, scale=2)))
    line = record("Line", ("price", "Money"))
    registry.register("money", {"schema": json.dumps(money)})
    registry.register(
        "line",
        {
            "schema": json.dumps(line),
            "references": [{"name": "bank.Money", "subject": "money", "version": 1}],
        },
    )
    order = record("Order", ("lines", {"type": "array", "items": "bank.Line"}), ("total", "bank.Money"))
    references = [SchemaReference("bank.Line", "line", 1), SchemaReference("bank.Money", "money", 1)]
    serializer = AvroSerializer(client(registry), Schema(json.dumps(order), "AVRO", references))
    money_of = [{"amount": Decimal(f"{n}.50")} for n in range(2)]
    raw = serializer({"lines": [{"price": each} for each in money_of], "total": {"amount": Decimal("2.00")}}, VALUE)
    assert isinstance(raw, bytes)
    assert Reading(registry, "AVRO").text(raw) == (
        '{"lines":[{"price":{"amount":0.50}},{"price":{"amount":1.50}}],"total":{"amount":2.00}}'
    )


def test_old_and_new_records_are_both_read(registry: LoopbackRegistry) -> None:
    reading = Reading(registry, "AVRO")
    old = written(registry, record("E", ("x", "int")), {"x": 1})
    new = written(registry, record("E", ("n", ["null", "string"]), ("x", "long")), {"n": "new", "x": 2})
    assert [reading(raw) for raw in (old, new, old)] == [{"x": 1}, {"n": "new", "x": 2}, {"x": 1}]
    assert len([each for each in registry.asked if each.startswith("GET schemas")]) == 2


def framed(registry: LoopbackRegistry, schema: Any, body: bytes) -> bytes:
    """A record of a schema, made by hand."""
    number = registry.register("s", {"schema": schema if isinstance(schema, str) else json.dumps(schema)})
    return b"\0" + number.to_bytes(4, "big") + body


def test_a_type_may_be_wrapped(registry: LoopbackRegistry) -> None:
    schema = record("E", ("f", {"type": {"type": "string"}}), ("a", {"type": {"type": "array", "items": "int"}}))
    assert Reading(registry, "AVRO")(framed(registry, schema, b"\x02x\x02\x0e\0")) == {"f": "x", "a": [7]}


CARD = record("E", ("s", "string"), ("n", "long"))
HOSTILE = {
    "cut off": (CARD, b"\x04ab", "it ends before its record of schema 1 (`bank.E`) does"),
    "empty": (CARD, b"", "it ends before its record of schema 1 (`bank.E`) does"),
    "a length below zero": (CARD, b"\x09ab", "it ends before its record of schema 1 (`bank.E`) does"),
    "a length of terabytes": (CARD, b"\xff" * 6 + b"\x0f", "it ends before its record of schema 1 (`bank.E`) does"),
    "too long": (CARD, b"\x02a\x02xyz", "3 bytes follow behind its record of schema 1 (`bank.E`)"),
    "no text": (CARD, b"\x02\xff\x02", "it is no record of schema 1 (`bank.E`): UnicodeDecodeError: "),
    "a branch that is not there": (
        record("E", ("f", ["null", "int"])),
        b"\x08\0",
        "it holds a branch or a symbol that schema 1 (`bank.E`) does not have",
    ),
    "a symbol that is not there": (
        record("E", ("f", {"type": "enum", "name": "S", "symbols": ["A"]})),
        b"\x08\0",
        "it holds a branch or a symbol that schema 1 (`bank.E`) does not have",
    ),
    "a decimal without end": (
        record("E", ("f", logical("bytes", "decimal", precision=9, scale=2))),
        b"\xd0\x0f" + b"\x7f" * 1000,
        "it is no record of schema 1 (`bank.E`): ValueError: a decimal has more than 400 digits",
    ),
    "a day past the calendar": (
        record("E", ("f", logical("int", "date"))),
        b"\xfe\xff\xff\xff\x0f",
        "it is no record of",
    ),
    "no record": ('"int"', b"\x02", "schema 1 is no record, so that its fields have no names"),
    "a record in itself": (
        record("E", ("next", ["null", "E"])),
        b"\x02" * 1_000_000 + b"\0",
        "schema 1 is recursive: a `E` may hold another one",
    ),
    "billions of nothing": (
        record("E", ("f", {"type": "array", "items": "null"})),
        b"\xfe\xff\xff\xff\x0f\0",
        "schema 1 has a list of items that take no bytes",
    ),
    "billions of empty records": (
        record("E", ("f", {"type": "array", "items": record("N", ("x", "null"))})),
        b"\xfe\xff\xff\xff\x0f\0",
        "schema 1 has a list of items that take no bytes",
    ),
    "a type that is not there": (record("E", ("f", "Other")), b"", "schema 1 names a type `Other` that is not in it"),
    "branches alike": (
        record("E", ("f", [record("A", ("x", "double")), record("B", ("x", "double"))])),
        b"",
        "schema 1 has a union whose branches cannot be told apart once they are read",
    ),
    "no JSON": ("{", b"", "schema 1 is not valid JSON"),
    "a mistaken schema": (record("E", ("f", {"type": "array"})), b"", "schema 1 cannot be used: KeyError: 'items'"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_cannot_be_read_is_refused(registry: LoopbackRegistry, name: str) -> None:
    schema, body, why = HOSTILE[name]
    reading = Reading(registry, "AVRO")
    for _ in range(2):
        with pytest.raises(Malformed) as refused:
            reading(framed(registry, schema, body))
        assert refused.value.reason.startswith(why)


def test_a_type_used_in_many_places_has_a_bound(registry: LoopbackRegistry) -> None:
    fields: list[Field] = [("f", "int")]
    records = [record("R0", *fields)]
    for n in range(1, 16):
        records.append(record(f"R{n}", ("a", f"R{n - 1}"), ("b", f"R{n - 1}")))
    schema = record("E", *((f"f{n}", each) for n, each in enumerate(records)))
    with pytest.raises(Malformed, match="has more than 20000 parts"):
        Reading(registry, "AVRO")(framed(registry, schema, b""))


def test_names_with_dots_and_a_field_that_is_called_type(registry: LoopbackRegistry) -> None:
    schema = record("E", ("_type", "string"), ("a", record("x.y.Inner", ("b", "int"))))
    raw = written(registry, schema, {"_type": "own", "a": {"b": 1}})
    assert Reading(registry, "AVRO")(raw) == {"_type": "own", "a": {"b": 1}}
    assert Reading(registry, "AVRO")(raw, "T") == {"_type": "T", "a": {"b": 1}}
