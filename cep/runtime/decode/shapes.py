"""Declared types as msgspec structs: decoding and validating is then one pass in C.

A field taken `from "a.b"` may sit under that literal name or inside the object `a`, and the literal name wins. So the
struct has an optional attribute for the literal name, and keeps the bytes of `a` aside for a second struct that is
only read where the literal name is absent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import nextafter
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

from cep.language.types import Kind, TimestampFormat, Type
from cep.plan.attributes import attribute
from cep.runtime.timestamps import LONGEST_MS, unit_bounds

LARGEST = 2**63 - 1
_INT = Annotated[int, Meta(ge=-LARGEST - 1, le=LARGEST)]
_DURATION: Any = Annotated[int, Meta(ge=-LONGEST_MS, le=LONGEST_MS)] | str
PLAIN_TIMESTAMP = TimestampFormat()
_SIMPLE: dict[Kind, Any] = {
    Kind.STRING: str,
    Kind.INT: _INT,
    Kind.FLOAT: float,
    # msgspec's own decimals take all text that Python's do, such as `1_0`; decoders get `float_hook=Decimal` instead.
    Kind.DECIMAL: Any,
    Kind.BOOL: bool,
    Kind.DURATION: _DURATION,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One declared field of a shape: its attribute, its source name (maybe a path), its type.

    `raw`: kept as bytes by the struct, because paths lead into the same object.
    """

    attribute: str
    source: str
    type: Type
    raw: bool = False

    @property
    def dotted(self) -> bool:
        """Whether the source may also be a path."""
        root, _, rest = self.source.partition(".")
        return bool(root and rest)


@dataclass(frozen=True, slots=True)
class Root:
    """An object that paths lead into: where its bytes are kept, its key, and the shape of what is sought inside."""

    attribute: str
    key: str
    inner: Shape


@dataclass(frozen=True, slots=True)
class Shape:
    """Declared fields of one object and where they are found. `lenient`: nothing in it is required by itself."""

    name: str
    entries: tuple[Entry, ...]
    roots: tuple[Root, ...]
    lenient: bool = False

    def struct(self, tag_field: str | None = None, tag: str | None = None) -> type[msgspec.Struct]:
        """The struct that msgspec decodes into. With `tag_field`, only objects with that `tag` there fit.

        A struct has one more attribute per root, whose leading underscore no declared field can have.
        """
        fields = [self._field(entry) for entry in self.entries]
        rename = {entry.attribute: entry.source for entry in self.entries}
        for root in self.roots:
            if root.attribute not in rename:
                fields.append((root.attribute, Raw | UnsetType, UNSET))
                rename[root.attribute] = root.key
        # Field values hold no reference back, so the collector need not track events.
        return msgspec.defstruct(
            self.name, fields, rename=rename, tag_field=tag_field, tag=tag, kw_only=True, gc=False, module=__name__
        )

    def _field(self, entry: Entry) -> tuple[str, Any, Any] | tuple[str, Any]:
        if entry.raw:
            return entry.attribute, Raw | UnsetType, UNSET
        declared = annotation(entry.type)
        if self.lenient or entry.dotted:
            return entry.attribute, declared | UnsetType, UNSET
        return (entry.attribute, declared, None) if entry.type.nullable else (entry.attribute, declared)


def shape(name: str, fields: Iterable[tuple[str, str, Type]], lenient: bool = False) -> Shape:
    """The shape of declared fields, each (name, source, type)."""
    entries = tuple(Entry(attribute(field), source, type_) for field, source, type_ in fields)
    return _shape(name, entries, lenient)


def record_shape(type_: Type) -> Shape:
    """The shape of a nested record type."""
    return shape("record", ((field.name, field.source, field.type) for field in type_.fields))


def _shape(name: str, entries: tuple[Entry, ...], lenient: bool) -> Shape:
    below: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.dotted:
            key, _, rest = entry.source.partition(".")
            below.setdefault(key, []).append(Entry(entry.attribute, rest, entry.type))
    owners = {entry.source: entry.attribute for entry in entries if entry.source in below}
    roots = tuple(
        Root(owners.get(key, f"_root{index}"), key, _shape(key, tuple(inner), lenient=True))
        for index, (key, inner) in enumerate(below.items())
    )
    kept = tuple(Entry(e.attribute, e.source, e.type, raw=e.source in owners) for e in entries)
    return Shape(name, kept, roots, lenient)


_records: dict[tuple[object, ...], type[msgspec.Struct]] = {}


def record_struct(type_: Type) -> type[msgspec.Struct]:
    """The struct of a nested record type, one per set of fields."""
    found = _records.get(type_.fields)
    if found is None:
        found = _records[type_.fields] = record_shape(type_).struct()
    return found


def annotation(type_: Type) -> Any:
    """What msgspec must find in the data for a declared type; conversions to run-time form come after (`finish`)."""
    found = _SIMPLE.get(type_.kind)
    if found is None:
        found = _compound(type_)
    return found | None if type_.nullable else found


def _compound(type_: Type) -> Any:
    match type_.kind:
        case Kind.TIMESTAMP:
            return _timestamp(type_.format or PLAIN_TIMESTAMP)
        case Kind.ENUM:
            return Literal[type_.members]
        case Kind.RECORD:
            return record_struct(type_)
        case Kind.LIST:
            return list[annotation(element(type_))]  # type: ignore[misc]
        case Kind.MAP:
            return dict[str, annotation(element(type_))]  # type: ignore[misc]
        case _:
            return type(None)


def element(type_: Type) -> Type:
    """The type of a list's elements or a map's values."""
    assert type_.element is not None, "the checker gives every list and map an element type"
    return type_.element


def _timestamp(form: TimestampFormat) -> Any:
    if "%" in form.unit:
        return str
    low, high = number_bounds(form)
    # Rounding up the last microsecond of 9999 to a float would leave the calendar.
    small, large = (float(low), float(high))
    if large > high:
        large = nextafter(large, 0.0)
    return Annotated[int, Meta(ge=low, le=high)] | Annotated[float, Meta(ge=small, le=large)] | str


def number_bounds(form: TimestampFormat) -> tuple[int, int]:
    """The least and greatest number taken as a timestamp of this form; nanoseconds end where 64 bits do."""
    low, high = unit_bounds(form.unit)
    return max(low, -LARGEST), min(high, LARGEST)
