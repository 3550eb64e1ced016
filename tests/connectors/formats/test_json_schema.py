"""JSON records of confluent-kafka's serializer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from confluent_kafka.schema_registry.json_schema import JSONSerializer

from cep.runtime.decode.malformed import Malformed
from tests.connectors.formats.loopback_registry import LoopbackRegistry
from tests.connectors.formats.support import VALUE, Reading, client

SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "bank.Order",
    "type": "object",
    "properties": {"card": {"type": "string"}, "total": {"type": "number"}},
}
RECORD = {"card": "é", "total": 600.5, "more": [1, {"a": None}]}


def written(registry: LoopbackRegistry, schema: dict[str, Any]) -> bytes:
    raw = JSONSerializer(json.dumps(schema), client(registry))(RECORD, VALUE)
    assert isinstance(raw, bytes)
    return raw


def test_the_record_itself_is_read(registry: LoopbackRegistry) -> None:
    raw = written(registry, SCHEMA)
    assert Reading(registry, "JSON").text(raw) == raw[5:].decode()
    assert json.loads(Reading(registry, "JSON").text(raw)) == RECORD


def test_the_title_names_the_type(registry: LoopbackRegistry) -> None:
    rules = "event Order { card: string  at: timestamp } time at"
    raw = written(registry, SCHEMA)
    assert json.loads(Reading(registry, "JSON", rules, by_name=True).text(raw)) == {"_type": "Order", **RECORD}
    assert json.loads(Reading(registry, "JSON", rules, by_name=True).text(raw, "Other"))["_type"] == "Other"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"type": "object"}', "schema 1 has no title, by which the type of its records would be told"),
        ("true", "schema 1 has no title, by which the type of its records would be told"),
        ("{", "schema 1 is not valid JSON"),
    ],
)
def test_a_schema_without_a_name_is_refused_where_it_is_needed(registry: LoopbackRegistry, text: str, why: str) -> None:
    number = registry.register("s", {"schema": text, "schemaType": "JSON"})
    raw = b"\0" + number.to_bytes(4, "big") + b"{}"
    assert Reading(registry, "JSON").text(raw) == "{}"
    with pytest.raises(Malformed) as refused:
        Reading(registry, "JSON", by_name=True).text(raw)
    assert refused.value.reason == why
