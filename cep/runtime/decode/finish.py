"""What is left to do once msgspec has decoded and validated an event: generated Python, one function per event type.

It puts fields found along paths in their place, turns timestamps and durations into microseconds, refuses decimals
that are not finite, and returns the event time. A field whose decoded form is already its run-time form costs nothing.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import UNSET

from cep.language.model import EventType
from cep.language.types import Kind, Type
from cep.plan.attributes import attribute
from cep.runtime.decode.convert import (
    DECIMAL_LIMIT,
    Convert,
    bad_decimal,
    decimal_converter,
    duration_converter,
    exact,
    timestamp_converter,
)
from cep.runtime.decode.malformed import Malformed
from cep.runtime.decode.shapes import PLAIN_TIMESTAMP, Entry, Root, Shape, annotation, element, record_shape

Finish = Callable[[Any], int | None]


def finisher(event: EventType, shape: Shape) -> Finish:
    """The function for an event type: finishes the struct in place, returns its event time in microseconds.

    None for a type whose time is not in the event. Raises `Malformed`.
    """
    writer = _Writer(shape, "")
    writer.write()
    if event.time_kind == "event":
        writer.lines.append("return e." + ".".join(attribute(name) for name in event.time))
    return writer.compile(f"<cep decode {event.name}>")


def _record_finisher(type_: Type, place: str) -> Callable[[Any], Any] | None:
    writer = _Writer(record_shape(type_), place + ".")
    writer.write()
    return writer.compile(f"<cep decode {place}>") if writer.lines else None


class _Writer:
    """Writes the function's lines and collects the objects they refer to."""

    def __init__(self, shape: Shape, prefix: str) -> None:
        self.shape = shape
        self.prefix = prefix
        self.lines: list[str] = []
        self.names: dict[str, object] = {
            "UNSET": UNSET,
            "HIGH": DECIMAL_LIMIT,
            "LOW": -DECIMAL_LIMIT,
            "Decimal": Decimal,
            "bad_decimal": bad_decimal,
            "exact": exact,
            "missing": missing,
        }

    def write(self) -> None:
        """All lines of the shape: paths first, since conversions work on what they found."""
        for root in self.shape.roots:
            self.lines += _fetch(root, self._name(_reader(root.inner, self.prefix + root.key)))
        for entry in self.shape.entries:
            if entry.raw:
                self.lines.append(f"if e.{entry.attribute} is not UNSET:")
                read = self._name(_value_reader(entry.type, self.prefix + entry.source))
                self.lines.append(f"    e.{entry.attribute} = {read}(e.{entry.attribute})")
        if self.shape.lenient:
            return
        for entry in self.shape.entries:
            if entry.raw or entry.dotted:
                self.lines += self._absent(entry)
            self.lines += self._convert(entry)

    def compile(self, title: str) -> Callable[[Any], Any]:
        """The function, with its source at hand for tracebacks."""
        body = self.lines or ["pass"]
        text = "def finish(e):\n" + "".join(f"    {line}\n" for line in body)
        linecache.cache[title] = (len(text), None, text.splitlines(keepends=True), title)
        exec(compile(text, title, "exec"), self.names)
        return self.names["finish"]  # type: ignore[return-value]

    def _name(self, value: object) -> str:
        name = f"f{len(self.names)}"
        self.names[name] = value
        return name

    def _absent(self, entry: Entry) -> Iterator[str]:
        yield f"if e.{entry.attribute} is UNSET:"
        if entry.type.nullable:
            yield f"    e.{entry.attribute} = None"
        else:
            yield f"    raise missing({self.prefix + entry.source!r})"

    def _convert(self, entry: Entry) -> Iterator[str]:
        lines = list(self._conversion(entry))
        if not lines:
            return
        yield f"v = e.{entry.attribute}"
        if entry.type.nullable:
            yield "if v is not None:"
            lines = ["    " + line for line in lines]
        yield from lines

    def _conversion(self, entry: Entry) -> Iterator[str]:
        """Lines that bring `v`, the value of the entry, to run-time form; the usual kinds without a call."""
        place = self.prefix + entry.source
        target = f"e.{entry.attribute}"
        if entry.type.kind is Kind.DECIMAL:
            yield f"if v.__class__ is not Decimal: v = {target} = exact({place!r}, v)"
            yield "if not (v.is_finite() and LOW < v < HIGH):"
            yield f"    raise bad_decimal({place!r}, v)"
            return
        convert = converter(entry.type, place)
        if convert is None:
            return
        call = self._name(convert)
        if entry.type.kind is not Kind.TIMESTAMP:
            yield f"{target} = {call}(v)"
            return
        match (entry.type.format or PLAIN_TIMESTAMP).unit:
            case "ms":
                yield f"{target} = v * 1000 if v.__class__ is int else {call}(v)"
            case "us":
                yield f"if v.__class__ is not int: {target} = {call}(v)"
            case _:
                yield f"{target} = {call}(v)"


def _fetch(root: Root, reader: str) -> Iterator[str]:
    """Lines that fill the attributes still unset from the object the paths lead into."""
    wanted = [entry.attribute for entry in root.inner.entries]
    yield f"if e.{root.attribute} is not UNSET and (" + " or ".join(f"e.{name} is UNSET" for name in wanted) + "):"
    yield f"    inner = {reader}(e.{root.attribute})"
    yield "    if inner is not None:"
    for name in wanted:
        yield f"        if e.{name} is UNSET: e.{name} = inner.{name}"
    if root.attribute.startswith("_"):
        yield f"e.{root.attribute} = UNSET"


def _reader(shape: Shape, place: str) -> Callable[[bytes], Any]:
    """Reads the object that paths lead into; null leads nowhere."""
    decode = msgspec.json.Decoder(shape.struct() | None, float_hook=Decimal).decode
    writer = _Writer(shape, place + ".")
    writer.write()
    finish = writer.compile(f"<cep decode {place}>")

    def read(raw: bytes) -> Any:
        found = _placed(decode, raw, place)
        if found is not None:
            finish(found)
        return found

    return read


def _value_reader(type_: Type, place: str) -> Callable[[bytes], Any]:
    decode = msgspec.json.Decoder(annotation(type_), float_hook=Decimal).decode
    return lambda raw: _placed(decode, raw, place)


def _placed(decode: Callable[[bytes], Any], raw: bytes, place: str) -> Any:
    """Decode a part of an event; an error's path then starts at the event, not at the part."""
    try:
        return decode(raw)
    except msgspec.ValidationError as error:
        text = str(error)
        what, found, path = text.rpartition(" - at `$")
        text = f"{what} - at `$.{place}{path}" if found else f"{text} - at `$.{place}`"
        raise msgspec.ValidationError(text) from None


def converter(type_: Type, place: str) -> Convert | None:
    """What turns a decoded value that is not null into run-time form; None where it has that form already."""
    match type_.kind:
        case Kind.TIMESTAMP:
            return timestamp_converter(type_, place)
        case Kind.DECIMAL:
            return decimal_converter(place)
        case Kind.DURATION:
            return duration_converter(place)
        case Kind.RECORD:
            return _record(type_, place)
        case Kind.LIST | Kind.MAP:
            return _container(type_, place)
        case _:
            return None


def _record(type_: Type, place: str) -> Convert | None:
    finish = _record_finisher(type_, place)
    if finish is None:
        return None

    def convert(value: Any) -> Any:
        finish(value)
        return value

    return convert


def _container(type_: Type, place: str) -> Convert | None:
    inner = element(type_)
    bare = converter(inner, f"{place}[]")
    if bare is None:
        return None

    def convert(value: Any) -> Any:
        return None if value is None and inner.nullable else bare(value)

    if type_.kind is Kind.LIST:
        return lambda values: [convert(value) for value in values]
    return lambda values: {key: convert(value) for key, value in values.items()}


def missing(place: str) -> Malformed:
    """The refusal of an event without a required field."""
    return Malformed(f"required field `{place}` is missing")
