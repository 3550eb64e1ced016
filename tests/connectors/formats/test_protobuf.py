"""Protobuf records of confluent-kafka's serializer as JSON."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from confluent_kafka.schema_registry.protobuf import ProtobufSerializer
from google.protobuf import json_format

from cep.runtime.decode.malformed import Malformed
from tests.connectors.formats.loopback_registry import LoopbackRegistry
from tests.connectors.formats.protos import classes, enum, field, file, map_entry, message
from tests.connectors.formats.support import VALUE, Reading, client

SECONDS = 1_795_168_800
"""2026-11-20T10:00:00Z."""
IMPORTS = (
    "google/protobuf/timestamp.proto",
    "google/protobuf/duration.proto",
    "google/protobuf/struct.proto",
    "google/protobuf/wrappers.proto",
    "google/protobuf/any.proto",
    "google/type/date.proto",
    "google/type/timeofday.proto",
    "confluent/type/decimal.proto",
)
EVERYTHING = file(
    "everything.proto",
    message(
        "E",
        field("text", 1, "string"),
        field("small", 2, "int32"),
        field("large", 3, "int64"),
        field("unsigned", 4, "uint64"),
        field("yes", 5, "bool"),
        field("real", 6, "double"),
        field("short", 7, "float"),
        field("raw", 8, "bytes"),
        field("kind", 9, "enum .bank.Kind"),
        field("maybe", 10, "string", optional=True),
        field("maybe_number", 11, "double", optional=True),
        field("inner", 12, ".bank.E.Inner"),
        field("many", 13, "double", repeated=True),
        field("texts", 14, "string", repeated=True),
        field("inners", 15, ".bank.E.Inner", repeated=True),
        field("by_name", 16, ".bank.E.ByNameEntry", repeated=True),
        field("by_number", 17, ".bank.E.ByNumberEntry", repeated=True),
        field("kinds", 18, "enum .bank.Kind", repeated=True),
        field("class", 19, "string"),
        field("by_flag", 20, ".bank.E.ByFlagEntry", repeated=True),
        nested=[
            message("Inner", field("x", 1, "int32"), field("wide", 2, "double")),
            map_entry("ByNameEntry", "string", "double"),
            map_entry("ByNumberEntry", "int64", ".bank.E.Inner"),
            map_entry("ByFlagEntry", "bool", "string"),
        ],
    ),
    message(
        "Known",
        field("at", 1, ".google.protobuf.Timestamp"),
        field("took", 2, ".google.protobuf.Duration"),
        field("any", 3, ".google.protobuf.Any"),
        field("wrapped", 4, ".google.protobuf.DoubleValue"),
        field("name", 5, ".google.protobuf.StringValue"),
        field("json", 6, ".google.protobuf.Struct"),
        field("day", 7, ".google.type.Date"),
        field("clock", 8, ".google.type.TimeOfDay"),
        field("amount", 9, ".confluent.type.Decimal"),
        field("times", 10, ".google.protobuf.Timestamp", repeated=True),
    ),
    message(
        "Tree", field("name", 1, "string"), field("left", 2, ".bank.Tree"), field("at", 3, ".google.protobuf.Timestamp")
    ),
    message("One", field("a", 1, "string"), field("b", 2, "int32"), oneof="choice"),
    enums=[enum("Kind", "NONE", "CARD", "CASH")],
    dependencies=IMPORTS,
)
CLASSES = classes(EVERYTHING)
ABSENT = {
    "text": "",
    "small": 0,
    "large": 0,
    "unsigned": 0,
    "yes": False,
    "real": "0.0",
    "short": "0.0",
    "raw": "",
    "kind": "NONE",
    "maybe": None,
    "maybe_number": None,
    "inner": None,
    "many": [],
    "texts": [],
    "inners": [],
    "by_name": {},
    "by_number": {},
    "kinds": [],
    "class": "",
    "by_flag": {},
}


def written(registry: LoopbackRegistry, made: Any) -> bytes:
    """A record as confluent-kafka's serializer writes it."""
    raw = ProtobufSerializer(type(made), client(registry), {"use.deprecated.format": False})(made, VALUE)
    assert isinstance(raw, bytes)
    return raw


def test_what_is_not_set(registry: LoopbackRegistry) -> None:
    assert Reading(registry, "PROTOBUF")(written(registry, CLASSES["bank.E"]())) == ABSENT


def test_every_type_as_json(registry: LoopbackRegistry) -> None:
    made = CLASSES["bank.E"](
        text="é",
        small=-7,
        large=2**62,
        unsigned=2**64 - 1,
        yes=True,
        real=0.25,
        short=float("inf"),
        raw=b"\0\xff",
        kind=2,
        maybe="",
        maybe_number=float("nan"),
        inner={"x": 1},
        many=[0.5, float("-inf")],
        texts=["a", "b"],
        inners=[{"x": 1}, {"wide": 0.5}],
        by_name={"b": 0.5, "a": 1.0},
        by_number={10: {"x": 1}, 9: {"x": 2}},
        kinds=[1, 9],
        by_flag={True: "t", False: "f"},
    )
    setattr(made, "class", "keyword")
    raw = written(registry, made)
    assert Reading(registry, "PROTOBUF")(raw) == {
        "text": "é",
        "small": -7,
        "large": 2**62,
        "unsigned": 2**64 - 1,
        "yes": True,
        "real": "0.25",
        "short": "Infinity",
        "raw": "AP8=",
        "kind": "CASH",
        "maybe": "",
        "maybe_number": "NaN",
        "inner": {"x": 1, "wide": "0.0"},
        "many": ["0.5", "-Infinity"],
        "texts": ["a", "b"],
        "inners": [{"x": 1, "wide": "0.0"}, {"x": 0, "wide": "0.5"}],
        "by_name": {"a": "1.0", "b": "0.5"},
        "by_number": {"9": {"x": 2, "wide": "0.0"}, "10": {"x": 1, "wide": "0.0"}},
        "kinds": ["CARD", 9],
        "class": "keyword",
        "by_flag": {"false": "f", "true": "t"},
    }
    assert '"by_name":{"a":1.0,"b":0.5},"by_number":{"9":' in Reading(registry, "PROTOBUF").text(raw)


def known(**fields: Any) -> Any:
    return json_format.ParseDict(fields, CLASSES["bank.Known"]())


def test_messages_that_everybody_knows(registry: LoopbackRegistry) -> None:
    made = known(
        at="2026-11-20T10:00:00.123456789Z",
        took="-90.5s",
        wrapped=0.5,
        name="",
        json={"b": [1, 2.5, None, True, {"x": "y"}], "a": 7},
        day={"year": 2026, "month": 11, "day": 20},
        clock={"hours": 10, "nanos": 5_000_000},
        amount={"value": base64.b64encode((60010).to_bytes(3, "big")).decode(), "scale": 2},
        times=["2026-11-20T10:00:00Z"],
    )
    made.any.Pack(CLASSES["bank.One"](b=1))
    found = Reading(registry, "PROTOBUF")(written(registry, made))
    assert found == {
        "at": "2026-11-20T10:00:00.123456Z",
        "took": "-PT90.5S",
        "any": {"type_url": "type.googleapis.com/bank.One", "value": "EAE="},
        "wrapped": "0.5",
        "name": "",
        "json": {"a": 7, "b": [1, "2.5", None, True, {"x": "y"}]},
        "day": "2026-11-20",
        "clock": "10:00:00.005000",
        "amount": "600.10",
        "times": ["2026-11-20T10:00:00.000Z"],
    }
    nothing = {name: [] if name == "times" else None for name in found}
    assert Reading(registry, "PROTOBUF")(written(registry, known())) == nothing


@pytest.mark.parametrize(
    ("declared", "fraction", "read"),
    [
        ("timestamp", "", SECONDS * 1000),
        ("timestamp", ".123", SECONDS * 1000 + 123),
        ("timestamp", ".1234", "2026-11-20T10:00:00.1234Z"),
        ('timestamp("us")', ".123456", SECONDS * 1_000_000 + 123456),
        ('timestamp("ns")', ".123456789", SECONDS * 1_000_000_000 + 123456789),
        ('timestamp("s")', "", SECONDS),
        ('timestamp("%d.%m.%Y", "UTC")', "", "2026-11-20T10:00:00.000Z"),
        ("string", "", "2026-11-20T10:00:00.000Z"),
    ],
)
def test_a_time_is_written_as_it_is_declared(
    registry: LoopbackRegistry, declared: str, fraction: str, read: Any
) -> None:
    rules = f"event Known {{ at: {declared}  other: timestamp }} time other"
    raw = written(registry, known(at=f"2026-11-20T10:00:00{fraction}Z"))
    assert Reading(registry, "PROTOBUF", rules)(raw)["at"] == read


def test_a_message_that_holds_its_like(registry: LoopbackRegistry) -> None:
    tree = CLASSES["bank.Tree"](name="a", left={"name": "b", "left": {"name": "c"}})
    tree.left.at.FromSeconds(SECONDS)
    tree.at.FromSeconds(SECONDS)
    rules = "event Tree { name: string  at: timestamp } time at"
    assert Reading(registry, "PROTOBUF", rules)(written(registry, tree)) == {
        "name": "a",
        "left": {
            "name": "b",
            "left": {"name": "c", "left": None, "at": None},
            "at": "2026-11-20T10:00:00.000Z",
        },
        "at": SECONDS * 1000,
    }


def test_a_choice(registry: LoopbackRegistry) -> None:
    reading = Reading(registry, "PROTOBUF")
    assert reading(written(registry, CLASSES["bank.One"](b=0))) == {"a": None, "b": 0}
    assert reading(written(registry, CLASSES["bank.One"]())) == {"a": None, "b": None}


def test_messages_are_found_by_their_places_and_name_types(registry: LoopbackRegistry) -> None:
    rules = "event Inner { x: int  at: timestamp } time at"
    reading = Reading(registry, "PROTOBUF", rules, by_name=True)
    inner = written(registry, CLASSES["bank.E.Inner"](x=7))
    assert inner[5:8] == b"\x04\x00\x00"
    assert reading(inner) == {"_type": "Inner", "x": 7, "wide": "0.0"}
    one = written(registry, CLASSES["bank.One"](a="x"))
    assert one[5:7] == b"\x02\x06"
    assert reading(one) == {"_type": "One", "a": "x", "b": None}
    assert reading(one, "Two")["_type"] == "Two"


def test_schemas_that_build_on_others(registry: LoopbackRegistry) -> None:
    money = file("money.proto", message("Money", field("units", 1, "int64")), package="shared")
    order = file(
        "order.proto",
        message("Order", field("total", 1, ".shared.Money"), field("at", 2, ".google.protobuf.Timestamp")),
        dependencies=["money.proto", "google/protobuf/timestamp.proto"],
    )
    made = classes(order, money)["bank.Order"](total={"units": 5})
    assert Reading(registry, "PROTOBUF")(written(registry, made)) == {"total": {"units": 5}, "at": None}


def test_old_and_new_records_are_both_read(registry: LoopbackRegistry) -> None:
    first = classes(file("e.proto", message("E", field("x", 1, "int32"))))["bank.E"]
    second = classes(file("e.proto", message("E", field("x", 1, "int32"), field("y", 2, "string"))))["bank.E"]
    reading = Reading(registry, "PROTOBUF")
    old, new = written(registry, first(x=1)), written(registry, second(x=2, y="new"))
    assert [reading(raw) for raw in (old, new, old)] == [{"x": 1}, {"x": 2, "y": "new"}, {"x": 1}]


def test_defaults_of_the_second_version(registry: LoopbackRegistry) -> None:
    with_default = field("x", 1, "int32")
    with_default.default_value = "7"
    proto = file("e.proto", message("E", with_default, field("y", 2, "string")), syntax="proto2")
    reading = Reading(registry, "PROTOBUF")
    assert reading(written(registry, classes(proto)["bank.E"]())) == {"x": 7, "y": None}


def framed(registry: LoopbackRegistry, text: str, body: bytes) -> bytes:
    number = registry.register("s", {"schema": text, "schemaType": "PROTOBUF"})
    return b"\0" + number.to_bytes(4, "big") + body


def as_text(proto: Any) -> str:
    return base64.b64encode(proto.SerializeToString()).decode()


TREE = as_text(file("t.proto", message("Tree", field("left", 1, ".bank.Tree"), field("s", 2, "string"))))


def nested(depth: int) -> bytes:
    """A tree as deep as that."""
    raw = b""
    for _ in range(depth):
        size, length = len(raw), b""
        while size > 127:
            length += bytes([size & 127 | 128])
            size >>= 7
        raw = b"\x0a" + length + bytes([size]) + raw
    return raw


HOSTILE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "cut off": (TREE, lambda: b"\0\x12\x05ab", "it is no `bank.Tree` of schema 1: "),
    "no text": (TREE, lambda: b"\0\x12\x02\xff\xfe", "it is no `bank.Tree` of schema 1: "),
    "without an index": (TREE, lambda: b"", "it does not say which message of its schema it is"),
    "an index without end": (TREE, lambda: b"\x02" + b"\xff" * 20, "it does not say which message of its schema it is"),
    "a thousand indexes": (
        TREE,
        lambda: b"\xd0\x0f" + b"\0" * 1000,
        "it does not say which message of its schema it is",
    ),
    "an index below zero": (TREE, lambda: b"\x02\x01", "schema 1 has no message at -1"),
    "a message that is not there": (TREE, lambda: b"\x02\x08", "schema 1 has no message at 4"),
    "deep": (TREE, lambda: b"\0" + nested(20_000), "it is no `bank.Tree` of schema 1: "),
    "no descriptor": ("AAAA", lambda: b"\0", "schema 1 is no descriptor of a file"),
    "an import that is not there": (
        as_text(file("t.proto", dependencies=["other.proto"])),
        lambda: b"\0",
        "schema 1 builds on `other.proto`, which it does not bring",
    ),
    "a type that is not there": (
        as_text(file("t.proto", message("E", field("x", 1, ".bank.No")))),
        lambda: b"\0",
        "schema 1 cannot be used: ",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_cannot_be_read_is_refused(registry: LoopbackRegistry, name: str) -> None:
    text, body, why = HOSTILE[name]
    reading = Reading(registry, "PROTOBUF")
    for _ in range(2):
        with pytest.raises(Malformed) as refused:
            reading(framed(registry, text, body()))
        assert refused.value.reason.startswith(why)
