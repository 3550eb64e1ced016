"""Protobuf schemas for tests, put together without a compiler."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_Field = descriptor_pb2.FieldDescriptorProto
_SIMPLE = {
    name: getattr(_Field, f"TYPE_{name.upper()}")
    for name in ("double", "float", "int64", "uint64", "int32", "sint64", "fixed32", "bool", "string", "bytes")
}


def field(name: str, number: int, kind: str, *, repeated: bool = False, optional: bool = False) -> Any:
    """A field; `kind`: a simple type, `.package.Message`, or `enum .package.Enum`."""
    made = _Field(name=name, number=number, label=_Field.LABEL_REPEATED if repeated else _Field.LABEL_OPTIONAL)
    if kind in _SIMPLE:
        made.type = _SIMPLE[kind]
    elif kind.startswith("enum "):
        made.type, made.type_name = _Field.TYPE_ENUM, kind.removeprefix("enum ")
    else:
        made.type, made.type_name = _Field.TYPE_MESSAGE, kind
    if optional:
        made.proto3_optional = True
    return made


def message(name: str, *fields: Any, nested: Sequence[Any] = (), oneof: str | None = None) -> Any:
    """A message; with `oneof`, of that name, all of its fields are in it. Optional fields get one each."""
    made = descriptor_pb2.DescriptorProto(name=name, nested_type=nested)
    if oneof is not None:
        made.oneof_decl.add(name=oneof)
    for each in fields:
        if oneof is not None:
            each.oneof_index = 0
        elif each.proto3_optional:
            each.oneof_index = len(made.oneof_decl)
            made.oneof_decl.add(name=f"_{each.name}")
        made.field.append(each)
    return made


def map_entry(name: str, key: str, value: str) -> Any:
    """The message behind a map."""
    made = message(name, field("key", 1, key), field("value", 2, value))
    made.options.map_entry = True
    return made


def enum(name: str, *values: str) -> Any:
    """An enumeration, numbered from 0."""
    made = descriptor_pb2.EnumDescriptorProto(name=name)
    for number, value in enumerate(values):
        made.value.add(name=value, number=number)
    return made


def file(
    name: str,
    *messages: Any,
    enums: Sequence[Any] = (),
    dependencies: Sequence[str] = (),
    package: str = "bank",
    syntax: str = "proto3",
) -> Any:
    """A file."""
    return descriptor_pb2.FileDescriptorProto(
        name=name, package=package, syntax=syntax, message_type=messages, enum_type=enums, dependency=dependencies
    )


def classes(proto: Any, *others: Any) -> Mapping[str, Any]:
    """The classes of a file's messages by full name; `others`: files that it builds on."""
    pool = descriptor_pool.DescriptorPool()
    for known in _known_files():
        pool.Add(known)
    for other in others:
        pool.Add(other)
    pool.Add(proto)
    found: Any = pool.FindFileByName(proto.name)
    made: dict[str, Any] = {}
    waiting = list(found.message_types_by_name.values())
    while waiting:
        descriptor = waiting.pop()
        made[descriptor.full_name] = message_factory.GetMessageClass(descriptor)
        waiting += descriptor.nested_types
    return made


def _known_files() -> Sequence[Any]:
    from confluent_kafka.schema_registry.confluent.type import decimal_pb2
    from google.protobuf import any_pb2, duration_pb2, struct_pb2, timestamp_pb2, wrappers_pb2
    from google.type import date_pb2, timeofday_pb2

    found = []
    for module in (
        any_pb2,
        duration_pb2,
        struct_pb2,
        timestamp_pb2,
        wrappers_pb2,
        date_pb2,
        timeofday_pb2,
        decimal_pb2,
    ):
        proto = descriptor_pb2.FileDescriptorProto()
        module.DESCRIPTOR.CopyToProto(proto)
        found.append(proto)
    return found
