"""A Protobuf schema made ready: descriptors from what the registry gives, and the message that a record names in them.

A registry keeps `.proto` texts, and gives on demand what comes of compiling them (`format=serialized`): the bytes of a
`FileDescriptorProto` in base64.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.message import DecodeError

from cep.connectors.formats.framed import HEADER, SchemaUnusable
from cep.connectors.formats.registry import RegisteredSchema
from cep.runtime.decode.malformed import Malformed

_KNOWN = {"google/": "google.", "confluent/": "confluent_kafka.schema_registry.confluent."}
"""Files that schemas build on without saying so to the registry, and the packages that bring them."""
_MOST_INDEXES = 100
"""How deep a message may be declared inside others."""


class ProtobufFile:
    """The file at the head of a schema, with those that it imports. Raises `SchemaUnusable`."""

    def __init__(self, schema: RegisteredSchema) -> None:
        pool = descriptor_pool.DescriptorPool()
        added: set[str] = set()
        for name, text in _references(schema):
            _add(pool, _proto(name, text), added)
        self._proto = _proto("schema.proto", schema.text)
        # Its own name may be that of a file that is there already.
        self._proto.name = "the schema's own file"
        try:
            _add(pool, self._proto, added)
            self._file: Any = pool.FindFileByName(self._proto.name)
        except (TypeError, KeyError, ValueError) as error:
            raise SchemaUnusable(f"cannot be used: {str(error).splitlines()[0]}") from None

    def message(self, indexes: Sequence[int]) -> Any:
        """The descriptor of the message that stands at these places among those declared. Raises `IndexError`."""
        protos: Any = self._proto.message_type
        found: Any = None
        for index in indexes:
            if index < 0:
                raise IndexError(index)
            name = protos[index].name
            found = self._file.message_types_by_name[name] if found is None else found.nested_types_by_name[name]
            protos = protos[index].nested_type
        return found


def message_indexes(value: bytes) -> tuple[tuple[int, ...], int]:
    """The places that stand before a record, and where the record begins. Raises `Malformed`.

    They are variable-length numbers in zigzag, first how many; the usual single 0 is written as no places at all."""
    try:
        count, at = _number(value, HEADER)
        if count == 0:
            return (0,), at
        if not 0 < count <= _MOST_INDEXES:
            raise IndexError(count)
        found = []
        for _ in range(count):
            index, at = _number(value, at)
            found.append(index)
    except IndexError:
        raise Malformed("it does not say which message of its schema it is") from None
    return tuple(found), at


def _number(value: bytes, at: int) -> tuple[int, int]:
    found = shift = 0
    while shift < 64:
        byte = value[at]
        at += 1
        found |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return (found >> 1) ^ -(found & 1), at
    raise IndexError(at)


def _known(name: str) -> Any:
    """The descriptor of a file that everybody knows. Raises `SchemaUnusable` where it is not one, or not installed."""
    for prefix, package in _KNOWN.items():
        if name.startswith(prefix):
            module = name.removeprefix(prefix).removesuffix(".proto").replace("/", ".") + "_pb2"
            try:
                file = import_module(package + module).DESCRIPTOR
            except ImportError:
                break
            proto = descriptor_pb2.FileDescriptorProto()
            file.CopyToProto(proto)
            return proto
    raise SchemaUnusable(f"builds on `{name}`, which it does not bring")


def _references(schema: RegisteredSchema) -> Iterator[tuple[str, str]]:
    """Names and texts of all files that a schema builds on, each behind those that it builds on itself."""
    for name, each in schema.references:
        yield from _references(each)
        yield name, each.text


def _proto(name: str, text: str) -> Any:
    proto = descriptor_pb2.FileDescriptorProto()
    try:
        proto.ParseFromString(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError, DecodeError):
        raise SchemaUnusable("is no descriptor of a file") from None
    proto.name = name
    return proto


def _add(pool: Any, proto: Any, added: set[str]) -> None:
    if proto.name in added:
        return
    added.add(proto.name)
    for name in proto.dependency:
        if name not in added:
            _add(pool, _known(name), added)
    pool.Add(proto)
