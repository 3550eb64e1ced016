"""What a record of each format costs before it is an event, beside confluent-kafka's own deserializers.

python -m benchmarks.formats

A payment of eight fields (text, a decimal, a time, an optional text, an inner record of two, a flag, one of a set, a
fraction). `read`: from the record to the JSON object that a shard takes; `event`: from there to the event, which is the
same for all. CPU microseconds of one process, the least of several rounds; schemas are known.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from google.protobuf.timestamp_pb2 import DESCRIPTOR as TIMESTAMPS

from cep.connectors.formats.csv_record import CsvRecords
from cep.connectors.formats.declared import Declared
from cep.connectors.formats.framed import FramedRecords
from cep.connectors.formats.json_record import with_type
from cep.connectors.formats.reading import SchemaAwaited
from cep.connectors.formats.registry import Kind, RegisteredSchema
from cep.connectors.formats.schemas import Schemas
from cep.connectors.formats.topics import compiler
from cep.connectors.rows import row_encoder
from cep.language.load import load_text
from cep.runtime.decode.codec import EventCodec
from cep.runtime.source import Source

RULES = """
event CardAuth {
  card: string  amount: decimal  at: timestamp  country: string?  merchant: string from "merchant.id"  ok: bool
} time at
event Login { card: string  at: timestamp } time at
"""
EVENTS = load_text(RULES).events
AT = datetime(2026, 11, 20, 10, tzinfo=UTC)
MILLIS = 1_795_168_800_000
PLAIN = {
    "card": "c-1234567890",
    "amount": 600.5,
    "at": MILLIS,
    "country": "DE",
    "merchant": {"id": "m-77", "mcc": 5411},
    "ok": True,
    "kind": "ONLINE",
    "score": 0.25,
}
AVRO = {
    "type": "record",
    "name": "CardAuth",
    "namespace": "bank",
    "fields": [
        {"name": "card", "type": "string"},
        {"name": "amount", "type": {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2}},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "country", "type": ["null", "string"]},
        {
            "name": "merchant",
            "type": {
                "type": "record",
                "name": "Merchant",
                "fields": [{"name": "id", "type": "string"}, {"name": "mcc", "type": "int"}],
            },
        },
        {"name": "ok", "type": "boolean"},
        {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["CARD", "ONLINE"]}},
        {"name": "score", "type": "double"},
    ],
}
JSON_SCHEMA = {
    "title": "CardAuth",
    "type": "object",
    "properties": {"card": {"type": "string"}, "amount": {"type": "number"}},
}
CONTEXT = SerializationContext("payments", MessageField.VALUE)
ROUNDS, LEAST = 5, 0.05
"""Rounds of each measurement, and CPU seconds that one takes at least."""


@dataclass(frozen=True, slots=True)
class Case:
    """A record, what reads it into JSON, and what confluent-kafka offers (None: nothing)."""

    value: bytes
    read: Callable[[], bytes]
    peer: Callable[[], object] | None = None


class Known:
    """A registry that answers from the memory of a client."""

    def __init__(self, client: Any, kind: Kind) -> None:
        self._client, self._kind = client, kind

    def fetch(self, number: int) -> RegisteredSchema:
        """A schema that was registered by a serializer."""
        found = self._client.get_schema(number, fmt="serialized" if self._kind == "PROTOBUF" else None)
        return RegisteredSchema(found.schema_type, found.schema_str)


def payment_class() -> Any:
    """The Protobuf message of a payment, whose amount is in cents."""
    of = descriptor_pb2.FieldDescriptorProto
    proto = descriptor_pb2.FileDescriptorProto(
        name="payment.proto", package="bank", syntax="proto3", dependency=["google/protobuf/timestamp.proto"]
    )
    kind = proto.enum_type.add(name="Kind")
    kind.value.add(name="CARD", number=0)
    kind.value.add(name="ONLINE", number=1)
    message = proto.message_type.add(name="CardAuth")
    inner = message.nested_type.add(name="Merchant")
    inner.field.add(name="id", number=1, type=of.TYPE_STRING, label=of.LABEL_OPTIONAL)
    inner.field.add(name="mcc", number=2, type=of.TYPE_INT32, label=of.LABEL_OPTIONAL)
    message.oneof_decl.add(name="_country")
    fields: list[tuple[str, int, dict[str, Any]]] = [
        ("card", of.TYPE_STRING, {}),
        ("amount", of.TYPE_INT64, {}),
        ("at", of.TYPE_MESSAGE, {"type_name": ".google.protobuf.Timestamp"}),
        ("country", of.TYPE_STRING, {"proto3_optional": True, "oneof_index": 0}),
        ("merchant", of.TYPE_MESSAGE, {"type_name": ".bank.CardAuth.Merchant"}),
        ("ok", of.TYPE_BOOL, {}),
        ("kind", of.TYPE_ENUM, {"type_name": ".bank.Kind"}),
        ("score", of.TYPE_DOUBLE, {}),
    ]
    for number, (name, type_, more) in enumerate(fields, 1):
        message.field.add(name=name, number=number, type=type_, label=of.LABEL_OPTIONAL, **more)
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(TIMESTAMPS.serialized_pb)
    pool.Add(proto)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("bank.CardAuth"))


def framed(client: Any, kind: Kind, value: bytes) -> Callable[[], bytes]:
    """What reads a record behind the number of a schema that is known by now."""
    schemas = Schemas(Known(client, kind), threaded=False)
    records = FramedRecords(schemas, kind, compiler(kind, Declared([EVENTS["CardAuth"]]), by_name=False))
    try:
        records.read(value, None)
    except SchemaAwaited:
        schemas.step()
    return lambda: records.read(value, None)


def cases() -> dict[str, Case]:
    """The formats by name."""
    client = SchemaRegistryClient.new_client({"url": "mock://"})
    plain = json.dumps(PLAIN, separators=(",", ":")).encode()
    columns = ("card", "amount", "at", "country", "merchant.id", "merchant.mcc", "ok", "kind", "score")
    row = b"c-1234567890,600.50,%d,DE,m-77,5411,true,ONLINE,0.25" % MILLIS
    csv = CsvRecords(columns, ",", row_encoder(Source("CardAuth", ("CardAuth",), None), EVENTS))
    avro = AvroSerializer(client, json.dumps(AVRO))({**PLAIN, "amount": Decimal("600.50"), "at": AT}, CONTEXT)
    of = payment_class()
    message = of(**{**PLAIN, "amount": 60050, "at": AT, "kind": 1})
    given = {"use.deprecated.format": False}
    proto = ProtobufSerializer(of, client, given)(message, CONTEXT)
    schema = JSONSerializer(json.dumps(JSON_SCHEMA), client)(PLAIN, CONTEXT)
    assert isinstance(avro, bytes) and isinstance(proto, bytes) and isinstance(schema, bytes)
    of_avro, of_proto = AvroDeserializer(client), ProtobufDeserializer(of, given, client)
    of_schema = JSONDeserializer(json.dumps(JSON_SCHEMA), schema_registry_client=client)
    return {
        "json": Case(plain, lambda: plain),
        "json, type by header": Case(plain, lambda: with_type(plain, "CardAuth")),
        "csv": Case(row, lambda: csv.read(row, None)),
        "avro": Case(avro, framed(client, "AVRO", avro), lambda: of_avro(avro, CONTEXT)),
        "protobuf": Case(
            proto, framed(client, "PROTOBUF", proto), lambda: json_format.MessageToDict(of_proto(proto, CONTEXT))
        ),
        "json_schema": Case(schema, framed(client, "JSON", schema), lambda: of_schema(schema, CONTEXT)),
    }


def micros(work: Callable[[], object]) -> float:
    """CPU microseconds of one call."""
    count = 1
    while (spent := _spent(work, count)) < LEAST:
        count = max(2 * count, int(count * LEAST / max(spent, 1e-6)))
    return min(_spent(work, count) for _ in range(ROUNDS)) / count * 1e6


def _spent(work: Callable[[], object], count: int) -> float:
    begun = time.process_time()
    for _ in range(count):
        work()
    return time.process_time() - begun


def main(found: Mapping[str, Case] | None = None) -> None:
    """Print a table."""
    codec = EventCodec(EVENTS["CardAuth"])
    nothing = micros(lambda: None)
    print(f"{'format':<24}{'bytes':>7}{'read':>9}{'event':>9}{'confluent-kafka':>18}")
    for name, case in (found or cases()).items():
        raw = case.read()
        read, event = micros(case.read) - nothing, micros(lambda raw=raw: codec.read(raw)) - nothing  # type: ignore[misc]
        peer = "-" if case.peer is None else f"{micros(case.peer) - nothing:.1f}"
        print(f"{name:<24}{len(case.value):>7}{max(read, 0.0):>9.2f}{event:>9.2f}{peer:>18}", flush=True)


if __name__ == "__main__":
    main()
