"""Avro records as JSON objects, read by fastavro with the schema they were written with."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import fastavro
import msgspec

from cep.connectors.formats.avro_schema import AvroCompiler, record_name
from cep.connectors.formats.declared import Declared
from cep.connectors.formats.framed import HEADER, Read, SchemaUnusable
from cep.connectors.formats.json_record import typed
from cep.connectors.formats.registry import RegisteredSchema
from cep.runtime.decode.malformed import Malformed

_encode = msgspec.json.Encoder(decimal_format="number").encode


class AvroRecords:
    """Makes schemas ready. `by_name`: the name of a record is that of its event type."""

    def __init__(self, declared: Declared, *, by_name: bool = False) -> None:
        self._declared = declared
        self._by_name = by_name

    def __call__(self, schema: RegisteredSchema, label: str) -> Read:
        """What reads the records of a schema. Raises `SchemaUnusable`."""
        try:
            root = json.loads(schema.text)
            references = [json.loads(text) for text in _texts(schema)]
        except (ValueError, RecursionError):
            raise SchemaUnusable("is not valid JSON") from None
        if isinstance(root, list):
            return self._any_of(root, references, label)
        return self._reader(root, references, label, HEADER)

    def _reader(self, root: Any, references: list[Any], label: str, skipped: int) -> Read:
        name = record_name(root)
        declared = self._declared.named(name) if self._by_name else self._declared
        try:
            part = AvroCompiler(declared, references).part(root)
            parsed = fastavro.parse_schema(part.schema)
        except SchemaUnusable:
            raise
        except Exception as error:  # whatever is wrong with it, the registry took it
            raise SchemaUnusable(f"cannot be used: {type(error).__name__}: {error}") from error
        event = self._declared.event_of(name) if self._by_name else None
        return _reader(parsed, part.convert, event, f"{label} (`{name}`)", skipped)

    def _any_of(self, roots: list[Any], references: list[Any], label: str) -> Read:
        """A schema that is a union of records: which one it is stands before each."""
        if len(roots) >= 64:
            raise SchemaUnusable("is a union of more than 63 records")
        # Records of a union may use one another's types.
        readers = [self._reader(root, [*references, *roots], label, HEADER + 1) for root in roots]

        def read(value: bytes, event: str | None) -> bytes:
            branch = value[HEADER] if len(value) > HEADER else 0
            if branch % 2 or branch // 2 >= len(readers):
                raise Malformed(f"it does not say which record of {label} it is")
            return readers[branch // 2](value, event)

        return read


def _texts(schema: RegisteredSchema) -> list[str]:
    """The texts of all schemas that one builds on."""
    return [text for _, each in schema.references for text in (*_texts(each), each.text)]


def _reader(parsed: Any, convert: Callable[[Any], Any] | None, name: str | None, label: str, skipped: int) -> Read:
    read_record, stream_of = fastavro.schemaless_reader, io.BytesIO

    def read(value: bytes, event: str | None) -> bytes:
        stream = stream_of(value)
        stream.seek(skipped)
        try:
            found: Any = read_record(stream, parsed)
            if convert is not None:
                convert(found)
        except (EOFError, IndexError):
            if stream.tell() == len(value):
                raise Malformed(f"it ends before its record of {label} does") from None
            raise Malformed(f"it holds a branch or a symbol that {label} does not have") from None
        except Exception as error:  # any bytes may come
            raise Malformed(f"it is no record of {label}: {type(error).__name__}: {error}") from None
        if (left := len(value) - stream.tell()) != 0:
            raise Malformed(f"{left} bytes follow behind its record of {label}")
        told = event or name
        return _encode(found if told is None else typed(found, told))

    return read
