"""Expressions as written: `a.amount >= 500.00 and status == "approved"`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal as OneOf

from cep.language.diagnostics import Span


@dataclass(frozen=True, slots=True)
class Literal:
    """A literal. `value`: int, Decimal (also a percent, as its fraction), str, bool, None; a duration and a
    timestamp are int microseconds."""

    kind: OneOf["int", "decimal", "percent", "string", "bool", "null", "duration", "timestamp"]
    value: int | Decimal | str | bool | None
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Name:
    """A bare name, without back quotes."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Attribute:
    """`value.name`, or `value?.name` where `optional`. `name_span` is the place of the name alone."""

    value: Expression
    name: str
    optional: bool
    name_span: Span
    span: Span


@dataclass(frozen=True, slots=True)
class Index:
    """`value[index]`."""

    value: Expression
    index: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Call:
    """`function(arguments)`; the callee is an expression so that a slip like `a.b(1)` has a place."""

    function: Expression
    arguments: tuple[Expression, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ListOf:
    """`[a, b]` or the tuple `(a, b)`."""

    items: tuple[Expression, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Pair:
    """`name: value` of an object; the shorthand `host.id` has the last path part as its name."""

    name: str
    value: Expression
    span: Span
    shorthand: bool = False


@dataclass(frozen=True, slots=True)
class Object:
    """`{ a: 1, b }`."""

    pairs: tuple[Pair, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Negative:
    """`-operand`."""

    operand: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`left op right`."""

    op: OneOf["+", "-", "*", "/"]
    left: Expression
    right: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Compare:
    """`left op right`."""

    op: OneOf["==", "!=", "<", "<=", ">", ">="]
    left: Expression
    right: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Logic:
    """`a and b and c`, or with `or`; flat."""

    op: OneOf["and", "or"]
    items: tuple[Expression, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Not:
    """`not operand`."""

    operand: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class In:
    """`value [not] in container`."""

    value: Expression
    container: Expression
    negated: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Like:
    """`value [not] like|ilike|matches|imatches pattern`; the pattern may be a sequence: any of."""

    op: OneOf["like", "ilike", "matches", "imatches"]
    value: Expression
    pattern: Expression
    negated: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Between:
    """`value [not] between low and high`."""

    value: Expression
    low: Expression
    high: Expression
    negated: bool
    span: Span


@dataclass(frozen=True, slots=True)
class IsNull:
    """`value is [not] null`."""

    value: Expression
    negated: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Coalesce:
    """`a ?? b ?? c`; flat."""

    items: tuple[Expression, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Conditional:
    """`then if condition else otherwise`."""

    condition: Expression
    then: Expression
    otherwise: Expression
    span: Span


Expression = (
    Literal
    | Name
    | Attribute
    | Index
    | Call
    | ListOf
    | Object
    | Negative
    | Arithmetic
    | Compare
    | Logic
    | Not
    | In
    | Like
    | Between
    | IsNull
    | Coalesce
    | Conditional
)
