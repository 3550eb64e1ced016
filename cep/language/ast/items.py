"""What stands at the top of a file: declarations, rules, tests; and the file itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf

from cep.language.ast.clauses import Clause
from cep.language.ast.expressions import Expression, Object
from cep.language.ast.patterns import Path
from cep.language.ast.types import Field, TypeNode
from cep.language.diagnostics import Span


@dataclass(frozen=True, slots=True)
class Module:
    """`module a.b timezone "Z"`."""

    name: str
    timezone: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Import:
    """`import "path"`, relative to the file."""

    path: str
    span: Span


@dataclass(frozen=True, slots=True)
class OrderKey:
    """One key of `order by`."""

    path: Path
    descending: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Event:
    """`event Name extends Base { … } time … order by … lateness … idle …`. Options not written are None or ()."""

    name: str
    name_span: Span
    base: str | None
    base_span: Span | None
    fields: tuple[Field, ...]
    time: Path | None
    order: tuple[OrderKey, ...]
    lateness: int | None
    idle: int | None
    span: Span


@dataclass(frozen=True, slots=True)
class ListDeclaration:
    """`list name: type`; `type` is the element's."""

    name: str
    name_span: Span
    type: TypeNode
    span: Span


@dataclass(frozen=True, slots=True)
class Param:
    """`param name: type = default range low .. high "text"`."""

    name: str
    name_span: Span
    type: TypeNode
    default: Expression
    low: Expression | None
    high: Expression | None
    description: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Argument:
    """`name: Type` of a define or function; for a define the type may be an event's name."""

    name: str
    type: TypeNode
    span: Span


@dataclass(frozen=True, slots=True)
class Define:
    """`define name(args) = expr`."""

    name: str
    name_span: Span
    arguments: tuple[Argument, ...]
    body: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Function:
    """`function name(args) -> type from python "module:name"`."""

    name: str
    name_span: Span
    arguments: tuple[Argument, ...]
    result: TypeNode
    target: str
    span: Span


@dataclass(frozen=True, slots=True)
class Rule:
    """`rule name "title" { clauses }`."""

    name: str
    name_span: Span
    title: str | None
    clauses: tuple[Clause, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class At:
    """When a test line happens. `offset`: microseconds since the start of the test (`hh:mm`); `after`: since the
    line before; `instant`: since the epoch."""

    kind: OneOf["offset", "after", "instant"]
    time: int
    span: Span


@dataclass(frozen=True, slots=True)
class Send:
    """A test line that hands over one event."""

    at: At
    event: str
    event_span: Span
    fields: Object
    span: Span


@dataclass(frozen=True, slots=True)
class Advance:
    """`advance 30m`, in microseconds."""

    by: int
    span: Span


@dataclass(frozen=True, slots=True)
class Expect:
    """`expect [N] match|matches|timeout|late [{ … }]`, or `expect no …` (`count` 0). `count` None: not written."""

    kind: OneOf["match", "timeout", "late"]
    count: int | None
    fields: Object | None
    span: Span


TestLine = Send | Advance | Expect


@dataclass(frozen=True, slots=True)
class Test:
    """`test "name" for rule with { … } { lines }`."""

    name: str
    rule: str
    rule_span: Span
    settings: Object | None
    lines: tuple[TestLine, ...]
    span: Span


Declaration = Import | Event | ListDeclaration | Param | Define | Function | Rule | Test


@dataclass(frozen=True, slots=True)
class File:
    """One `.pattern` file: `name` as shown in diagnostics, items in the order written."""

    name: str
    module: Module | None
    items: tuple[Declaration, ...]
    span: Span
