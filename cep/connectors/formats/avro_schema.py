"""An Avro schema made ready: what fastavro reads by, and what is left to do with the values it gives.

Logical types are taken out, since fastavro would make an object of each, which JSON does not know either; the values
are brought to their form here, and those whose form is JSON's already cost nothing. Only where the branches of a union
could not be told apart then, they stay in. The schema is the writer's own, so nothing has to be resolved between two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from cep.connectors.formats import avro_values
from cep.connectors.formats.declared import Declared
from cep.connectors.formats.framed import SchemaUnusable

Convert = Callable[[Any], Any]
"""Brings a value that is not null to its form, in place where it is a record, a list or a map."""

_SIMPLE = ("null", "boolean", "int", "long", "float", "double", "bytes", "string")
_NAMED = ("record", "error", "enum", "fixed")
_MOST = 20_000
"""Parts of a schema, at most: one that uses a type in many places is looked at in each."""


@dataclass(frozen=True, slots=True)
class Part:
    """A schema for fastavro, and what to do with what it reads by it (None: nothing)."""

    schema: Any
    convert: Convert | None = None


@dataclass(frozen=True, slots=True)
class _Definition:
    """A named type as it was written, and in which namespace."""

    schema: Mapping[str, Any]
    namespace: str
    short: str


def record_name(schema: Any) -> str:
    """The full name of a record at the head of a schema. Raises `SchemaUnusable` where there is none."""
    if isinstance(schema, Mapping) and schema.get("type") in ("record", "error"):
        return _full(schema, "")
    raise SchemaUnusable("is no record, so that its fields have no names")


class AvroCompiler:
    """Makes one schema ready. `references`: the schemas it builds on, as JSON values, each before those that use it."""

    def __init__(self, declared: Declared, references: Sequence[Any] = ()) -> None:
        self._declared = declared
        self._known: dict[str, _Definition] = {}
        self._written: set[str] = set()
        self._open: list[str] = []
        self._count = 0
        for schema in references:
            self._learn(schema, "")

    def part(self, schema: Any, namespace: str = "", path: str = "", *, logical: bool = False) -> Part:
        """One part of the schema; `path`: where it stands in the record. `logical`: fastavro makes objects of it."""
        self._count += 1
        if self._count > _MOST:
            raise SchemaUnusable(f"has more than {_MOST} parts")
        if isinstance(schema, str):
            return (
                Part(schema, avro_values.simple(schema)) if schema in _SIMPLE else self._named(schema, namespace, path)
            )
        if isinstance(schema, Sequence):
            return self._union(schema, namespace, path)
        if not isinstance(schema, Mapping) or "type" not in schema:
            raise SchemaUnusable("is no Avro schema")
        kind = schema["type"]
        match kind:
            case "record" | "error" | "enum" | "fixed":
                self._learn(schema, namespace)
                return self._named(_full(schema, namespace), "", path)
            case "array":
                return self._array(schema, namespace, path)
            case "map":
                inner = self.part(schema["values"], namespace, path + "[]")
                return Part(
                    {"type": "map", "values": inner.schema}, inner.convert and partial(_each_value, inner.convert)
                )
            case str() if kind in _SIMPLE and "logicalType" in schema:
                return self._logical(schema, path, logical)
        # `{"type": {…}}` is a way to write the inner one
        return self.part(kind, namespace, path, logical=logical)

    def _logical(self, schema: Mapping[str, Any], path: str, kept: bool) -> Part:
        wanted = self._declared.wanted(path)
        if kept:
            return Part(dict(schema), avro_values.of_object(schema, wanted))
        return Part(schema["type"], avro_values.logical(schema, wanted))

    def _array(self, schema: Mapping[str, Any], namespace: str, path: str) -> Part:
        inner = self.part(schema["items"], namespace, path + "[]")
        if self._is_empty(schema["items"], namespace):
            # a few bytes would say that there are billions of them
            raise SchemaUnusable("has a list of items that take no bytes")
        return Part({"type": "array", "items": inner.schema}, inner.convert and partial(_each_item, inner.convert))

    def _is_empty(self, schema: Any, namespace: str) -> bool:
        """Whether values of a schema take no bytes."""
        if isinstance(schema, str) and schema not in _SIMPLE:
            schema = self._definition(schema, namespace).schema
        if not isinstance(schema, Mapping):
            return bool(schema == "null")
        match schema.get("type"):
            case "record" | "error":
                return all(self._is_empty(each["type"], _space(schema, namespace)) for each in schema.get("fields", ()))
            case "fixed":
                return schema.get("size") == 0
            case "enum" | "array" | "map":
                return False
            case inner:
                return self._is_empty(inner, namespace)

    # ------------------------------------------------------------ named types

    def _learn(self, schema: Any, namespace: str) -> None:
        """Remember the named types of a schema: those it defines can be used by name from there on."""
        if isinstance(schema, Mapping):
            kind = schema.get("type")
            if kind in _NAMED:
                name, inner = _full(schema, namespace), _space(schema, namespace)
                if name not in self._known:
                    self._known[name] = _Definition(schema, inner, f"t{len(self._known)}")
                for each in schema.get("fields", ()):
                    self._learn(each.get("type"), inner)
            else:
                for each in (kind, schema.get("items"), schema.get("values")):
                    self._learn(each, namespace)
        elif isinstance(schema, Sequence) and not isinstance(schema, str):
            for each in schema:
                self._learn(each, namespace)

    def _definition(self, name: str, namespace: str) -> _Definition:
        found = self._known.get(f"{namespace}.{name}" if namespace and "." not in name else name) or self._known.get(
            name
        )
        if found is None:
            raise SchemaUnusable(f"names a type `{name}` that is not in it")
        return found

    def _named(self, name: str, namespace: str, path: str) -> Part:
        found = self._definition(name, namespace)
        if found.short in self._open:
            # fastavro follows a record into itself as deep as its bytes say, past the end of the stack
            raise SchemaUnusable(f"is recursive: a `{name}` may hold another one")
        self._open.append(found.short)
        part = self._of_definition(found, path)
        self._open.pop()
        # The second time a type is called by its name alone.
        is_new = found.short not in self._written
        self._written.add(found.short)
        return part if is_new else Part(found.short, part.convert)

    def _of_definition(self, found: _Definition, path: str) -> Part:
        schema = found.schema
        match schema["type"]:
            case "enum":
                # The symbols are only looked up by their number; a default is for other readers.
                return Part({"type": "enum", "name": found.short, "symbols": list(schema["symbols"])})
            case "fixed":
                convert = avro_values.logical(schema, self._declared.wanted(path)) or avro_values.simple("bytes")
                return Part({"type": "fixed", "name": found.short, "size": schema["size"]}, convert)
        fields, converts = [], []
        for each in schema["fields"]:
            part = self.part(each["type"], found.namespace, f"{path}.{each['name']}" if path else each["name"])
            fields.append({"name": each["name"], "type": part.schema})
            if part.convert is not None:
                converts.append((each["name"], part.convert))
        convert = partial(_each_field, tuple(converts)) if converts else None
        return Part({"type": "record", "name": found.short, "fields": fields}, convert)

    # ------------------------------------------------------------ unions

    def _union(self, branches: Sequence[Any], namespace: str, path: str) -> Part:
        kinds = [self._kind(branch, namespace) for branch in branches if branch != "null"]
        apart = len(set(kinds)) == len(kinds)
        parts = [self.part(branch, namespace, path, logical=not apart) for branch in branches]
        by_class: dict[type, list[tuple[Any, Convert | None]]] = {}
        for branch, part in zip(branches, parts, strict=True):
            if branch != "null":
                of = avro_values.class_of(self._resolved(branch, namespace), kept=not apart)
                by_class.setdefault(of, []).append((branch, part.convert))
        chosen = {of: self._one_of(found, namespace) for of, found in by_class.items()}
        converts = {of: convert for of, convert in chosen.items() if convert is not None}
        return Part([part.schema for part in parts], partial(_by_class, converts) if converts else None)

    def _one_of(self, found: list[tuple[Any, Convert | None]], namespace: str) -> Convert | None:
        """What to do with values of branches that come as one class."""
        converts = [convert for _, convert in found]
        if len(found) == 1 or not any(converts):
            return converts[0]
        by_names: dict[tuple[str, ...], Convert | None] = {}
        for branch, convert in found:
            schema = self._resolved(branch, namespace)
            names = tuple(each["name"] for each in schema["fields"]) if "fields" in schema else ()
            if not names or names in by_names:
                raise SchemaUnusable("has a union whose branches cannot be told apart once they are read")
            by_names[names] = convert
        return partial(_by_names, by_names)

    def _resolved(self, schema: Any, namespace: str) -> Mapping[str, Any]:
        if isinstance(schema, str):
            return {"type": schema} if schema in _SIMPLE else self._definition(schema, namespace).schema
        if isinstance(schema, Mapping):
            return schema if isinstance(schema.get("type"), str) else self._resolved(schema.get("type"), namespace)
        raise SchemaUnusable("has a union inside a union")

    def _kind(self, schema: Any, namespace: str) -> type:
        return avro_values.class_of(self._resolved(schema, namespace), kept=False)


def _full(schema: Mapping[str, Any], namespace: str) -> str:
    name = schema.get("name")
    if not isinstance(name, str):
        raise SchemaUnusable("has a type without a name")
    space = schema.get("namespace", namespace)
    return f"{space}.{name}" if space and "." not in name else name


def _space(schema: Mapping[str, Any], namespace: str) -> str:
    """The namespace in which names inside a named type are looked up."""
    return _full(schema, namespace).rpartition(".")[0]


# ---------------------------------------------------------------- conversions, for each record


def _each_field(converts: tuple[tuple[str, Convert], ...], value: dict[str, Any]) -> dict[str, Any]:
    for name, convert in converts:
        value[name] = convert(value[name])
    return value


def _each_item(convert: Convert, value: list[Any]) -> list[Any]:
    return [convert(each) for each in value]


def _each_value(convert: Convert, value: dict[str, Any]) -> dict[str, Any]:
    return {key: convert(each) for key, each in value.items()}


def _by_class(converts: Mapping[type, Convert], value: Any) -> Any:
    convert = converts.get(value.__class__)
    return value if convert is None else convert(value)


def _by_names(converts: Mapping[tuple[str, ...], Convert | None], value: dict[str, Any]) -> dict[str, Any]:
    convert = converts.get(tuple(value))
    return value if convert is None else convert(value)
