"""Checked rules: what the checker hands to the plan. Times are microseconds; every expression is resolved."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING
from typing import Literal as OneOf

from cep.language.diagnostics import Span
from cep.language.types import Type

if TYPE_CHECKING:
    from cep.language import ast
    from cep.language.resolved import Expression

# ---------------------------------------------------------------- declarations


@dataclass(frozen=True, slots=True)
class EventField:
    """A declared field: `source` is its name in the data, taken literally first and as a dotted path otherwise."""

    name: str
    type: Type
    source: str


@dataclass(frozen=True, slots=True)
class EventOrder:
    """One `order by` key: a path from a declared field."""

    path: tuple[str, ...]
    type: Type
    descending: bool


@dataclass(frozen=True, slots=True)
class EventType:
    """A declared event. `time` is the path of the event-time field, or the bare word `ingestion` / `arrival` in
    `time_kind`. `lateness` and `idle` in microseconds."""

    name: str
    fields: tuple[EventField, ...]
    time_kind: OneOf["event", "ingestion", "arrival"]
    time: tuple[str, ...]
    order: tuple[EventOrder, ...]
    lateness: int
    idle: int | None
    span: Span


@dataclass(frozen=True, slots=True)
class ListInfo:
    """A declared list; its values come from the job, or from a test's `with`."""

    name: str
    element: Type
    span: Span


@dataclass(frozen=True, slots=True)
class ParamInfo:
    """A declared param with its default and inclusive range, all in run-time form."""

    name: str
    type: Type
    default: object
    low: object | None
    high: object | None
    description: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class FunctionInfo:
    """A declared Python function: `module:name`, argument types, result. Not imported here."""

    name: str
    arguments: tuple[Type, ...]
    result: Type
    module: str
    attribute: str
    span: Span


@dataclass(frozen=True, slots=True)
class Declared:
    """Declarations of a file, in order."""

    events: tuple[EventType, ...] = ()
    lists: tuple[ListInfo, ...] = ()
    params: tuple[ParamInfo, ...] = ()
    functions: tuple[FunctionInfo, ...] = ()


# ---------------------------------------------------------------- patterns


@dataclass(frozen=True, slots=True)
class RoleKey:
    """Where one place reads the key: a field path for each key part; `null_is_key[i]` if null is a value there."""

    paths: tuple[tuple[str, ...], ...]
    null_is_key: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Guard:
    """`until`, `cancel on`: an event of type `event`, under `key`, for which `where` is true (None: always)."""

    event: str
    key: RoleKey
    where: Expression | None
    span: Span


@dataclass(frozen=True, slots=True)
class Link:
    """How the first event of an item follows the last event bound before it. Gaps are inclusive microseconds.

    The first item of a rule's or group's sequence has mode `then` and no gaps (a group's own link governs).
    """

    mode: OneOf["then", "next", "any"] = "then"
    within: int | None = None
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A step: `minimum`..`maximum` (None: open) events. A single step is 1..1; `having` makes it a threshold step
    (then 1..1, `within` the window's span, None: the header's). `within` bounds a loop from its first element."""

    name: str
    event: str
    key: RoleKey
    minimum: int
    maximum: int | None
    mode: OneOf["relaxed", "consecutive", "combinations"]
    greedy: bool
    where: Expression | None
    having: Expression | None
    within: int | None
    until: Guard | None
    span: Span

    @property
    def is_loop(self) -> bool:
        """Whether it can bind more than one event (threshold steps included)."""
        return self.having is not None or self.maximum is None or self.maximum > 1


@dataclass(frozen=True, slots=True)
class Absence:
    """`without [next] …`: no such event. `within` None: until the next step, or (trailing) the header's span."""

    event: str
    key: RoleKey
    where: Expression | None
    within: int | None
    next: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a sequence; the link of an absence is the default one and means nothing."""

    link: Link
    node: Step | Group | Either | AllOf | Absence


@dataclass(frozen=True, slots=True)
class Group:
    """`( … )` with a quantifier; mode, within and until as for a loop, over iterations."""

    items: tuple[Item, ...]
    minimum: int
    maximum: int | None
    mode: OneOf["relaxed", "consecutive", "combinations"]
    within: int | None
    until: Guard | None
    span: Span


@dataclass(frozen=True, slots=True)
class Either:
    """`either ( … | … )`; an alternative is a sequence, and may be a single absence."""

    alternatives: tuple[tuple[Item, ...], ...]
    within: int | None
    span: Span


@dataclass(frozen=True, slots=True)
class AllOf:
    """`all of` (`need` = number of members) and `at least N of`."""

    need: int
    members: tuple[Step | Absence, ...]
    within: int | None
    conjunction: bool
    """True for `all of`, where a hit of an absence ends the run."""
    span: Span


# ---------------------------------------------------------------- rules


@dataclass(frozen=True, slots=True)
class RuleKeyPart:
    """One part of the rule's key: its name (the last part of the path in `match by`), and its type."""

    name: str
    type: Type


@dataclass(frozen=True, slots=True)
class Over:
    """An extra event type the rule sees, and where it has the key."""

    event: str
    key: RoleKey


@dataclass(frozen=True, slots=True)
class Skip:
    """After-match skip. `step` only for first and last. Default: past, decided as completed."""

    kind: OneOf["past", "next", "first", "last", "nothing"] = "past"
    step: str | None = None
    in_start_order: bool = False


@dataclass(frozen=True, slots=True)
class Emit:
    """Output fields in the order written."""

    fields: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class OnTimeout:
    """`on timeout [at step] emit`. `at` None: any step without a clause of its own."""

    at: str | None
    emit: Emit


@dataclass(frozen=True, slots=True)
class Suppress:
    """At most `maximum` alerts per `within` microseconds of event time for each (rule key, `by` values)."""

    within: int
    by: tuple[Expression, ...]
    maximum: int


Mode = OneOf["live", "shadow", "off"]
"""Whether a rule's alerts go out, go to the shadow output, or it is only checked."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What alerts carry about the rule."""

    severity: str | None = None
    score: int | Decimal | None = None
    tags: tuple[str, ...] = ()
    owner: str | None = None
    description: str | None = None
    runbook: str | None = None
    version: int = 1
    mode: Mode = "live"


@dataclass(frozen=True, slots=True)
class Rule:
    """A checked rule. `name` is qualified by its module (`bank.fraud.card_testing`, or bare without a module)."""

    name: str
    title: str | None
    meta: Metadata
    key: tuple[RuleKeyPart, ...]
    within: int | None
    over: tuple[Over, ...]
    items: tuple[Item, ...]
    cancel: Guard | None
    skip: Skip
    report: OneOf["early", "final", "updates"]
    emit: Emit | None
    """None: the key and all bound events."""
    on_timeout: tuple[OnTimeout, ...]
    suppress: Suppress | None
    unbounded: bool
    limit_runs: int | None
    """None: the default of 10,000 per key."""
    events: tuple[str, ...]
    """Its alphabet: names of every event type it sees, in order of first mention."""
    file: str
    span: Span
    span_params: tuple[str, ...] = ()
    """Params some span was taken from, by qualified name: the rule must be checked again where one of them changes."""


@dataclass(frozen=True, slots=True)
class TestSettings:
    """`with { … }` of a test: param and list values by qualified name, in run-time form."""

    values: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class TestSend:
    """Hand over one event: `fields` are the declared fields written, in run-time form (timestamps as microseconds)."""

    at: ast.At
    event: str
    fields: tuple[tuple[str, object], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class TestExpect:
    """`expect …`; `count` None means at least one where fields are given in the form without a number (exactly one)."""

    kind: OneOf["match", "timeout", "late"]
    count: int | None
    fields: tuple[tuple[str, object], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Test:
    """A checked `test` block; `rule` is the qualified name."""

    name: str
    rule: str
    settings: TestSettings
    lines: tuple[TestSend | ast.Advance | TestExpect, ...]
    file: str
    span: Span


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Everything a job runs: rules with the declarations they use, by qualified name (module.name).

    Event types, lists, params and functions keep the bare name where no module is declared.
    """

    events: dict[str, EventType] = field(default_factory=dict)
    lists: dict[str, ListInfo] = field(default_factory=dict)
    params: dict[str, ParamInfo] = field(default_factory=dict)
    functions: dict[str, FunctionInfo] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    tests: tuple[Test, ...] = ()
    sources: dict[str, str] = field(default_factory=dict)
    """The text of each file by the name shown in diagnostics."""
    imports: dict[str, dict[str, str]] = field(default_factory=dict)
    """By file, the name of the file that each `import` of it means."""
