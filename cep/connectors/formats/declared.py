"""What the rules declare at a place of a record, as far as it decides on the form of a value there.

JSON has no times: a time that a schema knows as one is written as the declaration reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal as OneOf

from cep.language.model import EventType
from cep.language.types import Kind, Type
from cep.runtime.decode.reasons import declared_type
from cep.runtime.decode.shapes import PLAIN_TIMESTAMP

Wanted = OneOf["s", "ms", "us", "ns", "text", "string", "int", "duration", "other"]
"""A time as a number of this unit or as text (RFC 3339), a string, a whole number, a duration, or something else."""

_TIMES = frozenset({"s", "ms", "us", "ns", "text"})


class Declared:
    """The event types that a source may bring."""

    def __init__(self, events: Sequence[EventType]) -> None:
        self.events = tuple(events)

    def named(self, name: str) -> Declared:
        """Only the type of this name, if there is one."""
        event = self.event_of(name)
        found = [each for each in self.events if each.name == event]
        return Declared(found) if found else self

    def event_of(self, name: str) -> str:
        """The event type that a schema's name means: the same name, or the only one that ends alike; else the last part
        of the name, which is then no declared type."""
        names = [event.name for event in self.events]
        bare = name.rpartition(".")[2]
        for known in (name, bare):
            if known in names:
                return known
        ends = [known for known in names if known.endswith(f".{bare}")]
        return ends[0] if len(ends) == 1 else bare

    def wanted(self, path: str) -> Wanted | None:
        """What is declared at a path such as `a.b[].c`; None where nothing is, or types disagree."""
        found = {_wanted(type_) for event in self.events if (type_ := declared_type(event, path)) is not None}
        if len(found) == 1:
            return found.pop()
        # Every declared form of a time takes text.
        return "text" if found and found <= _TIMES else None


def _wanted(type_: Type) -> Wanted:
    match type_.kind:
        case Kind.TIMESTAMP:
            match (type_.format or PLAIN_TIMESTAMP).unit:
                case "s" | "ms" | "us" | "ns" as unit:
                    return unit
                case _:
                    return "text"
        case Kind.STRING:
            return "string"
        case Kind.INT:
            return "int"
        case Kind.DURATION:
            return "duration"
        case _:
            return "other"
