"""Params, lists and Python functions that a part of a rule names: what it depends on besides its own text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from enum import Enum
from typing import Literal as OneOf

from cep.language.resolved import Call, In, ListValue, ParamValue, PythonCall
from cep.language.types import Type

_TO_TEXT = frozenset({"string", "concat"})
"""Functions by which the digits of a number can be told apart from others of the same value."""
_ANY_OF = frozenset({"ip_in"})
"""Functions to which the order of a list's elements means nothing."""


@dataclass(frozen=True, slots=True)
class Use:
    """A param, list or function named by a part of a rule, by its qualified name.

    `exact`: the digits of a param, the order of a list may make a difference there, not only its value or elements.
    `type`: of the param, or of the list's elements.
    """

    kind: OneOf["param", "list", "function"]
    name: str
    exact: bool
    type: Type


@dataclass(frozen=True, slots=True)
class SettingEdit:
    """A param or list that has another value, or a function whose code is another.

    `before` and `after` in run-time form; of a list the elements, of a function how it is declared.
    """

    kind: OneOf["param", "list", "function"]
    name: str
    type: Type
    before: object = None
    after: object = None


def uses(part: object, exact: bool = False) -> Iterator[Use]:
    """What a part of a rule names, in the order of its text. `exact`: what is computed is shown as it is."""
    match part:
        case ParamValue():
            yield Use("param", part.name, exact, part.type)
        case ListValue():
            yield Use("list", part.name, True, part.type.element or part.type)
        case PythonCall():
            yield Use("function", part.name, exact, part.type)
            yield from uses(part.arguments, True)
        case In(container=ListValue() as named):
            yield from uses(part.value, exact)
            yield Use("list", named.name, exact, named.type.element or named.type)
        case Call() if part.function in _ANY_OF:
            for argument in part.arguments:
                for use in uses(argument, exact):
                    yield Use(use.kind, use.name, exact, use.type) if use.kind == "list" else use
        case Call():
            yield from uses(part.arguments, exact or tells_digits(part))
        case tuple():
            for item in part:
                yield from uses(item, exact)
        case _ if is_dataclass(part) and not isinstance(part, Enum | Type):
            for slot in fields(part):
                yield from uses(getattr(part, slot.name), exact)


def tells_digits(node: object) -> bool:
    """Whether what stands below a part sees the digits of a number, not only its value."""
    return isinstance(node, PythonCall) or (isinstance(node, Call) and node.function in _TO_TEXT)


def spelled(value: object, exact: bool) -> str:
    """A value as text to compare: with its digits if `exact`, else the same for all that are equal."""
    if not isinstance(value, Decimal) or exact or not value.is_finite():
        return repr(value)
    sign, digits, exponent = value.as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    zeros = len(text) - len(text.rstrip("0"))
    return f"Decimal({'-' * sign}{text.rstrip('0')}E{int(exponent) + zeros})" if text else "Decimal(0)"


def elements(values: tuple[object, ...], exact: bool) -> str:
    """A list's elements as text to compare: in their order if `exact`, else each once."""
    texts = [spelled(value, exact) for value in values]
    return str(texts if exact else sorted(set(texts)))
