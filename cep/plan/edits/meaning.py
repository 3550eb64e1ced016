"""What a part of a rule means, as text to compare: places left out, settings and functions by what they are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum

from cep.language.model import EventType, FunctionInfo, Rule
from cep.language.resolved import Constant, Convert, ListValue, ParamValue, PythonCall
from cep.language.types import Type
from cep.plan.registers import shape


@dataclass(frozen=True, slots=True)
class Version:
    """A rule with what it refers to: event types, values of params and lists, functions, by qualified name."""

    rule: Rule
    events: Mapping[str, EventType] = field(default_factory=dict)
    params: Mapping[str, object] = field(default_factory=dict)
    lists: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    functions: Mapping[str, FunctionInfo] = field(default_factory=dict)

    def meaning(self, part: object) -> str:
        """A canonical text of a part of the rule, with the values it depends on."""
        return said(part) + "".join(f"|{text}" for text in self._settings(part))

    def settings_mark(self) -> str:
        """A fingerprint of the params, lists and functions that the whole rule depends on."""
        rule = self.rule
        parts = (rule.items, rule.cancel, rule.emit, rule.on_timeout, rule.suppress)
        return hashlib.sha256("|".join(self._settings(parts)).encode()).hexdigest()[:16]

    def _settings(self, part: object) -> list[str]:
        found: dict[str, None] = {}
        for node in nodes(part):
            match node:
                case ParamValue():
                    found[f"{node.name}={self.params.get(node.name)!r}"] = None
                case ListValue():
                    found[f"{node.name}={self.lists.get(node.name, ())!r}"] = None
                case PythonCall():
                    known = self.functions.get(node.name)
                    found[f"{node.name}={'' if known is None else shape(known)}"] = None
        return list(found)


def said(value: object) -> str:
    """A canonical text of a part, as `shape` gives it, without types: whether a field may be null, or which members an
    enum has, is a matter of its declaration."""
    if isinstance(value, Type):
        return value.kind.value
    slots = getattr(value, "__dataclass_fields__", None)
    if slots is not None:
        left_out = {"span", "syntax", "file"} | (set() if isinstance(value, Constant | Convert) else {"type"})
        parts = [said(getattr(value, name)) for name in slots if name not in left_out]
        return f"{type(value).__name__}({','.join(parts)})"
    if isinstance(value, tuple | list):
        return "[" + ",".join(map(said, value)) + "]"
    return repr(value)


def nodes(node: object) -> Iterator[object]:
    """A part of a rule and all parts below it."""
    if isinstance(node, tuple):
        for item in node:
            yield from nodes(item)
    elif is_dataclass(node) and not isinstance(node, Enum):
        yield node
        for part in fields(node):
            yield from nodes(getattr(node, part.name))


def functions_of(rule: Rule) -> set[str]:
    """Names of the Python functions that a rule calls."""
    parts = (rule.items, rule.cancel, rule.emit, rule.on_timeout, rule.suppress)
    return {node.name for node in nodes(parts) if isinstance(node, PythonCall)}
