"""Patterns as written: steps, what links them, groups and absences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf

from cep.language.ast.expressions import Expression
from cep.language.diagnostics import Span


@dataclass(frozen=True, slots=True)
class Path:
    """`host.id`: a dotted path of names."""

    parts: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class SpanValue:
    """A duration, or the name of a param of type duration."""

    value: int | str
    """Microseconds, or the param's name."""
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class KeyPath:
    """One part of a key: `path`, `path?` (null is a key value), `part = path` (for one part by name)."""

    path: Path
    null_is_key: bool
    part: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Guard:
    """`Type by … where …` after `until` and `cancel on`."""

    event: str
    event_span: Span
    keys: tuple[KeyPath, ...]
    where: Expression | None
    span: Span


@dataclass(frozen=True, slots=True)
class Quantifier:
    """`?` (0, 1), `+` (1, None), `*` (0, None), `{3}`, `{2,}`, `{2,5}`."""

    minimum: int
    maximum: int | None
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Mode:
    """`consecutive`, `combinations` or `greedy`."""

    name: OneOf["consecutive", "combinations", "greedy"]
    span: Span


@dataclass(frozen=True, slots=True)
class Step:
    """`name: Type QUANTIFIER MODES by … where … having … within … until …`."""

    name: str
    name_span: Span
    event: str
    event_span: Span
    quantifier: Quantifier | None
    modes: tuple[Mode, ...]
    keys: tuple[KeyPath, ...]
    where: Expression | None
    having: Expression | None
    within: SpanValue | None
    until: Guard | None
    span: Span


@dataclass(frozen=True, slots=True)
class Absent:
    """`without [next] Type by … where … within …`."""

    event: str
    event_span: Span
    next: bool
    any: bool
    """`without any` was written: always an error, reported by the checker."""
    keys: tuple[KeyPath, ...]
    where: Expression | None
    within: SpanValue | None
    span: Span


@dataclass(frozen=True, slots=True)
class Link:
    """What stands before a step: `then [next|any] [within S] [after S]`. The first item of a sequence has none."""

    mode: OneOf["then", "next", "any"]
    within: SpanValue | None
    after: SpanValue | None
    span: Span


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a sequence: a linked step or group, or an absence (whose link is None)."""

    link: Link | None
    node: Step | Group | Either | AllOf | Absent
    span: Span


@dataclass(frozen=True, slots=True)
class Steps:
    """`a … then b … without C`: the items in the order written."""

    items: tuple[Item, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Group:
    """`( sequence ) QUANTIFIER MODES within … until …`."""

    body: Steps
    quantifier: Quantifier | None
    modes: tuple[Mode, ...]
    within: SpanValue | None
    until: Guard | None
    span: Span


@dataclass(frozen=True, slots=True)
class Either:
    """`either ( sequence | sequence )`."""

    alternatives: tuple[Steps, ...]
    within: SpanValue | None
    span: Span


@dataclass(frozen=True, slots=True)
class AllOf:
    """`all of ( … , … )` (`need` None) or `at least N of ( … )`."""

    need: int | None
    members: tuple[Step | Group | Either | AllOf | Absent, ...]
    within: SpanValue | None
    span: Span
