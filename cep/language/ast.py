"""The syntax tree: what was written, before names and types are known. Every node carries its span."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal as OneOf

from cep.language.diagnostics import Span

# ---------------------------------------------------------------- expressions


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

# ---------------------------------------------------------------- types


@dataclass(frozen=True, slots=True)
class ScalarType:
    """`string`, `timestamp("%d/%m/%Y", "Europe/Paris")` …; `name` may be unknown."""

    name: str
    arguments: tuple[str, ...]
    nullable: bool
    span: Span


@dataclass(frozen=True, slots=True)
class EnumType:
    """`enum("a", "b")`."""

    members: tuple[str, ...]
    nullable: bool
    span: Span


@dataclass(frozen=True, slots=True)
class ListType:
    """`list<T>`."""

    element: TypeNode
    nullable: bool
    span: Span


@dataclass(frozen=True, slots=True)
class MapType:
    """`map<K, V>`; the key must be `string`."""

    key: TypeNode
    value: TypeNode
    nullable: bool
    span: Span


@dataclass(frozen=True, slots=True)
class RecordType:
    """`{ name: type … }`."""

    fields: tuple[Field, ...]
    nullable: bool
    span: Span


TypeNode = ScalarType | EnumType | ListType | MapType | RecordType


@dataclass(frozen=True, slots=True)
class Field:
    """`name: type [from "source"]`."""

    name: str
    type: TypeNode
    source: str | None
    span: Span


# ---------------------------------------------------------------- patterns


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


# ---------------------------------------------------------------- clauses of a rule


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


# ---------------------------------------------------------------- items of a file


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
