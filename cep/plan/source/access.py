"""How generated code reads a field of a decoded event."""

from __future__ import annotations

from collections.abc import Callable

from cep.language.model import EventType
from cep.language.types import Type
from cep.plan.attributes import attribute


def step_types(event: EventType, path: tuple[str, ...]) -> list[Type]:
    """The type at each part of a path."""
    types = [next(f.type for f in event.fields if f.name == path[0])]
    for part in path[1:]:
        types.append(next(f.type for f in types[-1].fields if f.name == part))
    return types


def read(base: str, event: EventType, path: tuple[str, ...], fresh: Callable[[], str], unbound: bool = False) -> str:
    """An operand that reads `path` of the event data `base`; None where a record on the way is null.

    `unbound`: the base itself may be None.
    """
    types = step_types(event, path)
    text = base
    missing = unbound
    for part, type_ in zip(path, types, strict=True):
        if missing:
            name = text if text.isidentifier() else fresh()
            test = name if name == text else f"({name} := {text})"
            text = f"(None if {test} is None else {name}.{attribute(part)})"
        else:
            text = f"{text}.{attribute(part)}"
        missing = type_.nullable or missing
    return text


def key_parts(base: str, event: EventType, paths: tuple[tuple[str, ...], ...], fresh: Callable[[], str]) -> list[str]:
    """Operands for the parts of a key."""
    return [read(base, event, path, fresh) for path in paths]


def may_be_null(event: EventType, path: tuple[str, ...]) -> bool:
    """Whether a path can be null."""
    return any(t.nullable for t in step_types(event, path))
