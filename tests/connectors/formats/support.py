"""Records of confluent-kafka's own serializers, read back."""

from __future__ import annotations

import json
from typing import Any

from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.serialization import MessageField, SerializationContext

from cep.connectors.formats.confluent_registry import ConfluentRegistry
from cep.connectors.formats.declared import Declared
from cep.connectors.formats.framed import FramedRecords
from cep.connectors.formats.reading import SchemaAwaited
from cep.connectors.formats.registry import Kind
from cep.connectors.formats.schemas import Schemas
from cep.connectors.formats.topics import compiler
from cep.language.load import load_text
from tests.connectors.formats.loopback_registry import LoopbackRegistry

VALUE = SerializationContext("topic", MessageField.VALUE)


def client(registry: LoopbackRegistry) -> SchemaRegistryClient:
    """A client for serializers."""
    return SchemaRegistryClient({"url": registry.url})


class Reading:
    """Reads records as a topic of one format, whose events are declared by `rules`."""

    def __init__(self, registry: LoopbackRegistry, kind: Kind, rules: str = "", *, by_name: bool = False) -> None:
        events = list(load_text(rules).events.values()) if rules else []
        self.schemas = Schemas(ConfluentRegistry({"url": registry.url}, kind), threaded=False)
        self.records = FramedRecords(self.schemas, kind, compiler(kind, Declared(events), by_name=by_name))

    def text(self, value: bytes, event: str | None = None) -> str:
        """A record's JSON. Raises `Malformed`."""
        try:
            return self.records.read(value, event).decode()
        except SchemaAwaited:
            self.schemas.step()
            return self.records.read(value, event).decode()

    def __call__(self, value: bytes, event: str | None = None) -> Any:
        """A record's JSON, decoded with all digits as text."""
        return json.loads(self.text(value, event), parse_float=str)
