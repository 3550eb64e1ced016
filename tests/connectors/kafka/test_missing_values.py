"""Tombstones, empty values and missing keys, whatever the format."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest
from confluent_kafka.schema_registry.json_schema import JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufSerializer

from tests.connectors.formats.loopback_registry import LoopbackRegistry
from tests.connectors.formats.protos import classes, field, file, message
from tests.connectors.formats.support import VALUE, client
from tests.connectors.kafka.test_formats import AVRO as REGISTRY
from tests.connectors.kafka.test_formats import KAFKA, ORDER, START, serialized
from tests.connectors.kafka.topic_job import TopicJob

RULES = """\
event Order { card: string  total: decimal  at: timestamp("us") } time at
rule big { match o: Order where total > 60  emit { card: o.card, total: o.total } }
"""
PROTO = file(
    "order.proto", message("Order", field("card", 1, "string"), field("total", 2, "int64"), field("at", 3, "int64"))
)
JSON_SCHEMA = {"title": "Order", "type": "object"}
Write = Callable[[LoopbackRegistry, dict[str, Any]], bytes]


def avro(registry: LoopbackRegistry, fields: dict[str, Any]) -> bytes:
    return serialized(registry, ORDER, **{**fields, "total": Decimal(fields["total"])})


def protobuf(registry: LoopbackRegistry, fields: dict[str, Any]) -> bytes:
    of = classes(PROTO)["bank.Order"]
    raw = ProtobufSerializer(of, client(registry), {"use.deprecated.format": False})(of(**fields), VALUE)
    assert isinstance(raw, bytes)
    return raw


def json_schema(registry: LoopbackRegistry, fields: dict[str, Any]) -> bytes:
    raw = JSONSerializer(json.dumps(JSON_SCHEMA), client(registry))(fields, VALUE)
    assert isinstance(raw, bytes)
    return raw


NO_HEADER = "it does not begin with a zero byte and the four bytes of a schema's number"
FORMATS: Mapping[str, tuple[str, Write, str]] = {
    "json": ("", lambda registry, fields: json.dumps(fields).encode(), "not valid JSON: the record is empty"),
    "csv": (
        ", columns: [card, total, at]",
        lambda registry, fields: ",".join(map(str, fields.values())).encode(),
        "not valid CSV: the record is empty",
    ),
    "avro": ("", avro, NO_HEADER),
    "protobuf": ("", protobuf, NO_HEADER),
    "json_schema": ("", json_schema, NO_HEADER),
}


@pytest.mark.parametrize("form", FORMATS)
def test_what_is_missing(registry: LoopbackRegistry, form: str) -> None:
    more, write, empty = FORMATS[form]
    job = TopicJob(RULES, f"{REGISTRY}sources: {{Order: {{topic: t, format: {form}{more}}}}}\n", registry)
    order = {"card": "c", "total": 99, "at": START}
    job.write("t", None, key=b"c")
    job.write("t", write(registry, order), key=None)
    job.write("t", b"", key=b"c")
    job.write("t", None)
    job.write("t", write(registry, {**order, "at": START + 1}), key=b"")
    job.write("t", write(registry, {**order, "at": START + 2}), key=b"\xff other")
    job.write("t", None)
    found = job.run()
    assert [alert["events"][0]["source"] for alert in found["alerts"]] == ["t/0/1", "t/0/4", "t/0/5"]
    assert [(dead["place"], dead["dead_letter"], dead["raw"]) for dead in found["dead_letters"]] == [
        ("t/0/2", empty, "")
    ]
    # all of them are dealt with, tombstones too
    assert job.cluster.committed("formats")["t", 0].offset == 7


def test_a_tombstone_needs_no_header() -> None:
    job = TopicJob(RULES, f"{KAFKA}sources: {{all: {{topic: t, type_header: kind}}}}\n")
    job.write("t", None)
    job.write("t", None, [("kind", b"Nothing")])
    assert job.run()["dead_letters"] == []
