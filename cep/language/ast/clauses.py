"""The clauses of a rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf

from cep.language.ast.expressions import Expression, Name, Object
from cep.language.ast.patterns import Guard, KeyPath, Path, SpanValue, Steps
from cep.language.diagnostics import Span


@dataclass(frozen=True, slots=True)
class Meta:
    """`severity high`, `score 7`, `tags [..]`, `owner`, `description`, `runbook`, `version 3`, `mode live`."""

    key: str
    value: Expression
    """A bare word such as `high` or `live` arrives as a Name."""
    span: Span


@dataclass(frozen=True, slots=True)
class Match:
    """`match by KEY, … within SPAN over T, … sequence`."""

    keys: tuple[KeyPath, ...]
    within: SpanValue | None
    over: tuple[Name, ...]
    body: Steps
    span: Span


@dataclass(frozen=True, slots=True)
class Cancel:
    """`cancel on T where …`."""

    guard: Guard
    span: Span


@dataclass(frozen=True, slots=True)
class Skip:
    """`after match skip …`."""

    kind: OneOf["past", "next", "first", "last", "nothing"]
    step: Name | None
    in_start_order: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Report:
    """`report early | final | updates`."""

    kind: OneOf["early", "final", "updates"]
    span: Span


@dataclass(frozen=True, slots=True)
class Let:
    """`let x = expr`."""

    name: str
    name_span: Span
    value: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Emit:
    """`emit { … }`."""

    fields: Object
    span: Span


@dataclass(frozen=True, slots=True)
class OnTimeout:
    """`on timeout [at step] emit { … }`."""

    at: Name | None
    fields: Object
    span: Span


@dataclass(frozen=True, slots=True)
class Suppress:
    """`suppress for SPAN by PATH, … max N`."""

    within: SpanValue
    by: tuple[Path, ...]
    maximum: int | None
    span: Span


@dataclass(frozen=True, slots=True)
class Unbounded:
    """`unbounded`."""

    span: Span


@dataclass(frozen=True, slots=True)
class LimitRuns:
    """`limit runs N`."""

    count: int
    span: Span


Clause = Meta | Match | Cancel | Skip | Report | Let | Emit | OnTimeout | Suppress | Unbounded | LimitRuns
