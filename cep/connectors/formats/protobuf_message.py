"""From a message to a dictionary that goes into JSON: generated Python, one function per message type and place.

Names are those of the `.proto` file. What is not set is null where Protobuf can tell, else the value that Protobuf
reads: 0, false, the empty text. Maps are sorted, since the library gives them in no order.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable
from keyword import iskeyword
from typing import Any

from cep.connectors.formats import protobuf_values
from cep.connectors.formats.declared import Declared
from cep.connectors.formats.framed import SchemaUnusable
from cep.connectors.formats.values import finite

Write = Callable[[Any], Any]
"""From a message to what `msgspec.json` encodes. Raises `ValueError`."""

_MOST = 20_000
"""Fields, at most: a type that is used in many places is looked at in each."""
_NOWHERE = Declared(())


class MessageCompiler:
    """Makes the messages of one schema ready."""

    def __init__(self, declared: Declared) -> None:
        self._declared = declared
        self._count = 0
        self._recursive: dict[str, Write] = {}

    def write(self, descriptor: Any) -> Write:
        """For the message at the head of a record. Raises `SchemaUnusable`."""
        return self._message(descriptor, "", self._declared, ())

    def _message(self, descriptor: Any, path: str, declared: Declared, around: tuple[str, ...]) -> Write:
        """`path`: where the message stands in the record; `around`: the messages in which it stands."""
        name = descriptor.full_name
        known = protobuf_values.known(name, declared.wanted(path)) if path else None
        if known is not None:
            return known
        if name in around:
            return self._inside_itself(descriptor)
        names: dict[str, object] = {"finite": finite, "key": protobuf_values.key}
        lines = []
        for field in descriptor.fields:
            self._count += 1
            if self._count > _MOST:
                raise SchemaUnusable(f"has more than {_MOST} fields")
            inner = f"{path}.{field.name}" if path else field.name
            lines.append(f"    {field.name!r}: {self._value(field, inner, declared, (*around, name), names)},\n")
        text = "def write(m):\n    return {\n" + "".join(lines) + "    }\n"
        title = f"<cep protobuf {name}>"
        linecache.cache[title] = (len(text), None, text.splitlines(keepends=True), title)
        exec(compile(text, title, "exec"), names)
        return names["write"]  # type: ignore[return-value]

    def _inside_itself(self, descriptor: Any) -> Write:
        """A message that may hold its like, however deep (the library ends at 100): nothing is declared for it."""
        name = descriptor.full_name
        if name not in self._recursive:
            self._recursive[name] = lambda message: made(message)
            made = self._message_anywhere(descriptor)
        return self._recursive[name]

    def _message_anywhere(self, descriptor: Any) -> Write:
        return self._message(descriptor, "", _NOWHERE, ())

    def _value(
        self, field: Any, path: str, declared: Declared, around: tuple[str, ...], names: dict[str, object]
    ) -> str:
        """The expression for a field of `m`."""
        found = f"getattr(m, {field.name!r})" if not _is_plain(field.name) else f"m.{field.name}"
        if field.is_repeated:
            if _is_map(field):
                value = field.message_type.fields_by_name["value"]
                one = self._one(value, "each", f"{path}[]", declared, around, names)
                return f"{{key(k): {one} for k, each in sorted({found}.items())}}"
            one = self._one(field, "each", f"{path}[]", declared, around, names)
            return f"list({found})" if one == "each" else f"[{one} for each in {found}]"
        one = self._one(field, found, path, declared, around, names)
        if field.has_presence and not field.has_default_value:
            return f"{one} if m.HasField({field.name!r}) else None"
        return one

    def _one(
        self, field: Any, found: str, path: str, declared: Declared, around: tuple[str, ...], names: dict[str, object]
    ) -> str:
        """The expression for one value, which `found` gives."""
        if field.message_type is not None:
            return f"{_named(names, self._message(field.message_type, path, declared, around))}({found})"
        if field.enum_type is not None:
            # A number without a name stays a number, which no declared text takes.
            numbers = _named(names, {number: value.name for number, value in field.enum_type.values_by_number.items()})
            return f"{numbers}.get({found}, {found})"
        return f"finite({found})" if field.cpp_type in (field.CPPTYPE_FLOAT, field.CPPTYPE_DOUBLE) else found


def _named(names: dict[str, object], value: object) -> str:
    name = f"f{len(names)}"
    names[name] = value
    return name


def _is_map(field: Any) -> bool:
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def _is_plain(name: str) -> bool:
    return name.isidentifier() and not iskeyword(name)
