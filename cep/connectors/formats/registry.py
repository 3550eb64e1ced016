"""What is asked of a schema registry: the port behind which stands confluent-kafka's client, or one made for a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf
from typing import Protocol

Kind = OneOf["AVRO", "PROTOBUF", "JSON"]
"""The kinds of schemas, as registries call them."""


@dataclass(frozen=True, slots=True)
class RegisteredSchema:
    """A schema as it was registered. `text`: JSON, or for Protobuf the bytes of its `FileDescriptorProto` in base64.
    `references`: the schemas it builds on, under the names by which it calls them."""

    kind: str
    text: str
    references: tuple[tuple[str, RegisteredSchema], ...] = ()


class SchemaUnknown(Exception):
    """The registry answers, and has no such schema."""


class RegistryTrouble(Exception):
    """The registry does not answer, or refuses to: its state or its settings, never the record's. The text is one
    sentence for a person, without secrets."""


class Registry(Protocol):
    """A registry of schemas, which never change once they have a number."""

    def fetch(self, number: int) -> RegisteredSchema:
        """The schema with this number. May take seconds. Raises `SchemaUnknown`, `RegistryTrouble`."""
