"""Resolved expressions: every name is bound, every node is typed, defines and lets are substituted.

What the plan compiles and the oracle interprets. Conversions (int to decimal, int to float) are explicit nodes;
literals already have the type of the other operand. Null is `None`; logic is three-valued.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf

from cep.language.diagnostics import Span
from cep.language.types import Type

# ---------------------------------------------------------------- where an event comes from


@dataclass(frozen=True, slots=True)
class Candidate:
    """The event under test in `where`, `having`, `until`, `without`, `cancel on`."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The event bound to a single step (inside a looped group: this iteration's), null when it is not bound.

    For a step of one event, or an optional step. Loops are only reached through aggregates.
    """

    step: str


@dataclass(frozen=True, slots=True)
class Previous:
    """`prev(x, back)`: the element of the own loop `back` places before the candidate; null when there is none."""

    back: int


@dataclass(frozen=True, slots=True)
class Element:
    """Inside an aggregate's argument: the element being aggregated."""


Source = Candidate | Bound | Previous | Element

# ---------------------------------------------------------------- expressions


@dataclass(frozen=True, slots=True)
class Constant:
    """A value known when compiling, in the run-time form of its type."""

    value: object
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class FieldOf:
    """A field of an event: `path[0]` is the declared field's name, the rest steps into nested records.

    Null if the event is not bound, the field is null, or any record on the way is null.
    """

    source: Source
    event: str
    path: tuple[str, ...]
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class KeyPart:
    """The value of the `index`-th part of the rule's key."""

    index: int
    name: str
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class ParamValue:
    """A declared param's present value; `name` is qualified as in `RuleSet.params`."""

    name: str
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class ListValue:
    """A declared list's present value (right side of `in`, or an argument); `type` is the list type."""

    name: str
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Convert:
    """int to decimal or int to float, inserted by the checker."""

    value: Expression
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Negate:
    """Arithmetic minus."""

    value: Expression
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Both sides have the types the result implies: equal numbers, or timestamp/duration/number combinations.

    `+` on strings concatenates. int / int is float; duration / duration is float; decimal division has 28 digits,
    half-even. timestamp - timestamp is duration; timestamp +- duration is timestamp; duration * or / number is
    duration (rounded half-even to microseconds).
    """

    op: OneOf["+", "-", "*", "/"]
    left: Expression
    right: Expression
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Compare:
    """Both sides have the same kind. Strings compare by code point, bools and enums only by == and !=."""

    op: OneOf["==", "!=", "<", "<=", ">", ">="]
    left: Expression
    right: Expression
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Logic:
    """Three-valued `and` / `or` over two or more items."""

    op: OneOf["and", "or"]
    items: tuple[Expression, ...]
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Not:
    """Three-valued `not`."""

    value: Expression
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class In:
    """`value in container`; the container is a ListLiteral, a ListValue or a list-typed expression.

    Unknown when the value is null, or when it is not found and an element is null. `not in` is Not(In).
    """

    value: Expression
    container: Expression
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Like:
    """SQL `like` (`%` any run, `_` one character) on the whole value; any of `patterns`; `ignore_case` for `ilike`."""

    value: Expression
    patterns: tuple[str, ...]
    ignore_case: bool
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Matches:
    """RE2 search (unanchored); any of `patterns`."""

    value: Expression
    patterns: tuple[str, ...]
    ignore_case: bool
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class IsNull:
    """True or false, never unknown. `is not null` is Not(IsNull)."""

    value: Expression
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Coalesce:
    """The first item that is not null. Also `coalesce(a, b)`."""

    items: tuple[Expression, ...]
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Conditional:
    """`then if condition else otherwise`; an unknown condition counts as false."""

    condition: Expression
    then: Expression
    otherwise: Expression
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class ItemAt:
    """`list[index]` (negative from the end; null when out of range) or `map[key]` (null when absent)."""

    value: Expression
    index: Expression
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class ListLiteral:
    """`[a, b]`."""

    items: tuple[Expression, ...]
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class RecordLiteral:
    """`{ a: 1 }` in emit."""

    items: tuple[tuple[str, Expression], ...]
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Call:
    """A built-in function by its name in the language. Null arguments give null, unless the function says otherwise.

    `hour minute weekday date` always have two arguments: the timestamp and the zone (a string constant).
    `float`, `decimal`, `int`, `string` are casts. `any` / `all` over list fields are Call("any_of", …) with
    the list as argument.
    """

    function: str
    arguments: tuple[Expression, ...]
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class PythonCall:
    """A declared Python function; `name` as in `RuleSet.functions`."""

    name: str
    arguments: tuple[Expression, ...]
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Aggregate:
    """An aggregate over the elements bound to `step`, in the order bound, or over the own loop where `step` is None.

    Over the own loop (in that loop's `where`, `having`) the candidate is included as the last element; in `until`
    it is not. `argument` is an expression over `Element()`, None for `count`. Nulls are skipped by sum, avg, min, max,
    count_distinct, collect, collect_distinct; `first`/`last` take the first/last element's value as it is.
    Over nothing: count, count_distinct and sum are 0, collect is [], any is false, all is true, the others null.
    """

    function: OneOf[
        "count",
        "sum",
        "avg",
        "min",
        "max",
        "first",
        "last",
        "count_distinct",
        "collect",
        "collect_distinct",
        "any",
        "all",
    ]
    step: str | None
    event: str
    argument: Expression | None
    type: Type
    span: Span


Expression = (
    Constant
    | FieldOf
    | KeyPart
    | ParamValue
    | ListValue
    | Convert
    | Negate
    | Arithmetic
    | Compare
    | Logic
    | Not
    | In
    | Like
    | Matches
    | IsNull
    | Coalesce
    | Conditional
    | ItemAt
    | ListLiteral
    | RecordLiteral
    | Call
    | PythonCall
    | Aggregate
)
