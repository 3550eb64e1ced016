"""What a part of a rule means, as text to compare: places left out, settings and functions by what they are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from enum import Enum

from cep.language.model import EventType, FunctionInfo, Rule
from cep.language.resolved import Constant, Convert, In, ListLiteral, PythonCall
from cep.language.types import Type
from cep.plan.edits.settings import SettingEdit, Use, elements, spelled, tells_digits, uses
from cep.plan.registers import shape


@dataclass(frozen=True, slots=True)
class Version:
    """A rule with what it refers to: event types, values of params and lists, functions with a mark of their code where
    it could be looked at, by qualified name."""

    rule: Rule
    events: Mapping[str, EventType] = field(default_factory=dict)
    params: Mapping[str, object] = field(default_factory=dict)
    lists: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    functions: Mapping[str, FunctionInfo] = field(default_factory=dict)
    code: Mapping[str, str] = field(default_factory=dict)

    def meaning(self, part: object, exact: bool = False) -> str:
        """A canonical text of a part of the rule, with the values it depends on. `exact`: what it computes is shown, so
        that the digits of numbers and the order of lists count."""
        return said(part, exact) + "".join(f"|{text}" for text in self._settings(part, exact).values())

    def settings_mark(self) -> str:
        """A fingerprint of the params, lists and functions that the whole rule depends on."""
        rule = self.rule
        parts = (rule.items, rule.cancel, rule.emit, rule.on_timeout, rule.suppress)
        return hashlib.sha256("|".join(self._settings(parts, True).values()).encode()).hexdigest()[:16]

    def comparable(self, other: Version) -> Version:
        """The same version with the code of those functions that could be looked at in the other one too."""
        return replace(self, code={name: mark for name, mark in self.code.items() if name in other.code})

    def setting_edits(self, other: Version, part: object, exact: bool = False) -> tuple[SettingEdit, ...]:
        """Which params, lists and functions that a part names here have another value in the other version."""
        here, there = self._settings(part, exact), other._settings(part, exact)
        found = (
            SettingEdit(use.kind, use.name, use.type, self._value(use), other._value(use))
            for use, text in here.items()
            if there[use] != text and self._knows(use) and other._knows(use)
        )
        return tuple(dict.fromkeys(found))

    def _settings(self, part: object, exact: bool) -> dict[Use, str]:
        """What a part names, each with its value as text to compare."""
        return {use: f"{use.name}={self._text(use)}" for use in uses(part, exact)}

    def _text(self, use: Use) -> str:
        match use.kind:
            case "param":
                return spelled(self.params.get(use.name), use.exact)
            case "list":
                return elements(self.lists.get(use.name, ()), use.exact)
            case "function":
                known = self.functions.get(use.name)
                return "" if known is None else f"{shape(known)}:{self.code.get(use.name)}"

    def _knows(self, use: Use) -> bool:
        """Whether a param or function is declared here; lists may have no values."""
        known = {"param": self.params, "function": self.functions}.get(use.kind)
        return known is None or use.name in known

    def _value(self, use: Use) -> object:
        """The value of a param or list in run-time form; of a function how it is declared."""
        match use.kind:
            case "param":
                return self.params.get(use.name)
            case "list":
                return self.lists.get(use.name, ())
            case "function":
                known = self.functions[use.name]
                arguments = ", ".join(map(str, known.arguments))
                return f"({arguments}) -> {known.result} from {known.module}:{known.attribute}"


def said(value: object, exact: bool = False) -> str:
    """A canonical text of a part, as `shape` gives it, without types: whether a field may be null, or which members an
    enum has, is a matter of its declaration."""
    if isinstance(value, Type):
        return value.kind.value
    if isinstance(value, In) and isinstance(value.container, ListLiteral):
        found = {said(item, exact) for item in value.container.items}
        return f"In({said(value.value, exact)},{sorted(found)})"
    slots = getattr(value, "__dataclass_fields__", None)
    if slots is not None:
        exact = exact or tells_digits(value)
        left_out = {"span", "syntax", "file"} | (set() if isinstance(value, Constant | Convert) else {"type"})
        parts = [said(getattr(value, name), exact) for name in slots if name not in left_out]
        return f"{type(value).__name__}({','.join(parts)})"
    if isinstance(value, tuple | list):
        return "[" + ",".join(said(item, exact) for item in value) + "]"
    return spelled(value, exact)


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
