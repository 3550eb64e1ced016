"""Protobuf records as JSON objects, read by the library's own parser with the schema they were written with."""

from __future__ import annotations

from typing import Any

import msgspec
from google.protobuf import message_factory
from google.protobuf.message import DecodeError

from cep.connectors.formats.declared import Declared
from cep.connectors.formats.framed import HEADER, Read, refusing
from cep.connectors.formats.json_record import typed
from cep.connectors.formats.protobuf_message import MessageCompiler
from cep.connectors.formats.protobuf_schema import ProtobufFile, message_indexes
from cep.connectors.formats.registry import RegisteredSchema
from cep.runtime.decode.malformed import Malformed

_encode = msgspec.json.Encoder(decimal_format="number").encode


class ProtobufRecords:
    """Makes schemas ready. `by_name`: the name of a message is that of its event type."""

    def __init__(self, declared: Declared, *, by_name: bool = False) -> None:
        self._declared = declared
        self._by_name = by_name

    def __call__(self, schema: RegisteredSchema, label: str) -> Read:
        """What reads the records of a schema. Raises `SchemaUnusable`."""
        file = ProtobufFile(schema)
        readers: dict[tuple[int, ...], Any] = {(0,): self._reader(file, (0,), label)}

        def read(value: bytes, event: str | None) -> bytes:
            indexes: tuple[int, ...]
            if value[HEADER : HEADER + 1] == b"\0":
                indexes, start = (0,), HEADER + 1
            else:
                indexes, start = message_indexes(value)
            if indexes not in readers:
                readers[indexes] = self._reader(file, indexes, label)
            found: bytes = readers[indexes](value[start:], event)
            return found

        return read

    def _reader(self, file: ProtobufFile, indexes: tuple[int, ...], label: str) -> Read:
        """What reads one of its messages, from where it begins."""
        try:
            descriptor = file.message(indexes)
        except IndexError:
            return refusing(f"{label} has no message at {'.'.join(map(str, indexes))}")
        name = descriptor.full_name
        declared = self._declared.named(name) if self._by_name else self._declared
        write = MessageCompiler(declared).write(descriptor)
        parse: Any = message_factory.GetMessageClass(descriptor).FromString
        told = self._declared.event_of(name) if self._by_name else None

        def read(raw: bytes, event: str | None) -> bytes:
            try:
                found = write(parse(raw))
            except (DecodeError, ValueError, OverflowError) as error:
                raise Malformed(f"it is no `{name}` of {label}: {str(error).splitlines()[0]}") from None
            type_name = event or told
            return _encode(found if type_name is None else typed(found, type_name))

        return read
