"""Types as written in fields, lists, params, defines and functions."""

from __future__ import annotations

from dataclasses import dataclass

from cep.language.diagnostics import Span


@dataclass(frozen=True, slots=True)
class ScalarType:
    """`string`, `timestamp("%d/%m/%Y", "Europe/Paris")` …; `name` may be unknown."""

    name: str
    arguments: tuple[str, ...]
    nullable: bool
    span: Span


@dataclass(frozen=True, slots=True)
class EnumType:
    """`enum("a", "b")`."""

    members: tuple[str, ...]
    nullable: bool
    span: Span


@dataclass(frozen=True, slots=True)
class ListType:
    """`list<T>`."""

    element: TypeNode
    nullable: bool
    span: Span


@dataclass(frozen=True, slots=True)
class MapType:
    """`map<K, V>`; the key must be `string`."""

    key: TypeNode
    value: TypeNode
    nullable: bool
    span: Span


@dataclass(frozen=True, slots=True)
class RecordType:
    """`{ name: type … }`."""

    fields: tuple[Field, ...]
    nullable: bool
    span: Span


TypeNode = ScalarType | EnumType | ListType | MapType | RecordType


@dataclass(frozen=True, slots=True)
class Field:
    """`name: type [from "source"]`."""

    name: str
    type: TypeNode
    source: str | None
    span: Span
