"""Records that begin with the number of their schema: a zero byte, then four bytes, the highest first.

So Confluent's serializers write them, and all that follow them (Apicurio, Karapace and Redpanda among the registries).
"""

from __future__ import annotations

from collections.abc import Callable

from cep.connectors.formats.registry import Kind, RegisteredSchema
from cep.connectors.formats.schemas import Schemas
from cep.runtime.decode.malformed import Malformed

HEADER = 5
"""Bytes before the record itself, or before Protobuf's message indexes."""

Read = Callable[[bytes, str | None], bytes]
"""Reads a whole record, header included, into a JSON object; beside it the type's name. Raises `Malformed`."""
Compile = Callable[[RegisteredSchema, str], Read]
"""Makes what reads the records of a schema; `label` names it in reasons. Raises `SchemaUnusable`."""


class SchemaUnusable(Exception):
    """A schema whose records cannot be read; the text says why, and goes on from its name."""


class FramedRecords:
    """Records of schemas of one `kind`; each schema is made ready once."""

    def __init__(self, schemas: Schemas, kind: Kind, compile: Compile) -> None:
        self.schemas = schemas
        self.kind = kind
        self._compile = compile
        self._readers: dict[bytes, Read] = {}

    def read(self, value: bytes, event: str | None) -> bytes:
        """A record as a JSON object. Raises `Malformed`, `SchemaAwaited`."""
        reader = self._readers.get(value[:HEADER])
        if reader is None:
            reader = self._reader(value[:HEADER])
        return reader(value, event)

    def _reader(self, header: bytes) -> Read:
        if len(header) < HEADER or header[0] != 0:
            raise Malformed("it does not begin with a zero byte and the four bytes of a schema's number")
        number = int.from_bytes(header[1:], "big")
        schema = self.schemas.get(number)
        if schema is None:
            raise Malformed(f"the registry knows no schema {number}")
        label = f"schema {number}"
        reader: Read
        try:
            if schema.kind != self.kind:
                raise SchemaUnusable(f"is of kind {schema.kind}, and the source says {self.kind}")
            reader = self._compile(schema, label)
        except SchemaUnusable as error:
            reader = refusing(f"{label} {error}")
        self._readers[header] = reader
        return reader


def refusing(reason: str) -> Read:
    """What refuses all records, with one reason."""

    def read(value: bytes, event: str | None) -> bytes:
        raise Malformed(reason)

    return read
