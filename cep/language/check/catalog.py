"""The declarations one file sees: its own and those of the files it imports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from cep.language import ast
from cep.language.diagnostics import Span
from cep.language.model import Declared, EventType, FunctionInfo, ListInfo, ParamInfo
from cep.language.types import Type


@dataclass(frozen=True, slots=True)
class EventInfo:
    """A declared event with its fields by name. `broken`: fields whose declaration is wrong and already reported."""

    declared: EventType
    fields: dict[str, Type]
    broken: frozenset[str] = frozenset()
    whole: bool = True
    """False where some of it could not be read, so that an unknown field proves nothing."""

    @property
    def name(self) -> str:
        """Its name in rules and data."""
        return self.declared.name


@dataclass(frozen=True, slots=True)
class DefineInfo:
    """A `define` with the catalog of its own file, in which its body is read."""

    syntax: ast.Define
    catalog: Catalog


@dataclass(slots=True)
class Catalog:
    """Names visible in one file, bare. Values hold qualified names. Filled once, read-only afterwards."""

    file: str
    module: str | None = None
    timezone: str | None = None
    events: dict[str, EventInfo] = field(default_factory=dict)
    lists: dict[str, ListInfo] = field(default_factory=dict)
    params: dict[str, ParamInfo] = field(default_factory=dict)
    functions: dict[str, FunctionInfo] = field(default_factory=dict)
    defines: dict[str, DefineInfo] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)
    """Bare rule name to its qualified name."""
    broken: set[str] = field(default_factory=set)
    """Names whose declaration is wrong and already reported: using them says nothing more."""
    incomplete: bool = False
    """Some text of the file or its imports is no declaration that can be read: an unknown name proves nothing."""

    def qualified(self, name: str) -> str:
        """`module.name`, or the bare name where the file has no module."""
        return f"{self.module}.{name}" if self.module else name

    def values(self) -> Iterator[str]:
        """Names that can stand for a value or be called."""
        yield from self.lists
        yield from self.params
        yield from self.defines
        yield from self.functions

    def declared(self) -> Declared:
        """The declarations seen here, in order."""
        return Declared(
            tuple(event.declared for event in self.events.values()),
            tuple(self.lists.values()),
            tuple(self.params.values()),
            tuple(self.functions.values()),
        )


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a visible name was declared: to tell a second import of one thing from two things of one name."""

    file: str
    span: Span
