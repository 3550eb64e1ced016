"""What is visible at one place of a rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cep.language import ast
from cep.language.check.catalog import Catalog, EventInfo
from cep.language.diagnostics import Span
from cep.language.findings import Broken, Findings
from cep.language.model import RoleKey, RuleKeyPart
from cep.language.resolved import Expression, Source

Fact = tuple[Source, tuple[str, ...]]
"""A field known not to be null; with an empty path: a step known to be bound."""


@dataclass(frozen=True, slots=True)
class StepView:
    """A step as later places see it: what it binds, and whether it surely binds something."""

    name: str
    event: EventInfo
    loop: bool
    optional: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """The event under test: where it comes from, its type, and where it has the rule's key."""

    source: Source
    event: EventInfo
    key: RoleKey
    step: str | None = None
    """The step that tests it, whose name then means this event (for a loop: see `OwnLoop`)."""


@dataclass(frozen=True, slots=True)
class OwnLoop:
    """The loop whose own condition is checked: its elements can be aggregated by bare field names."""

    step: str
    event: EventInfo
    key: RoleKey
    previous: bool
    """Whether `prev` has a meaning here (not in `until`)."""


@dataclass(frozen=True, slots=True)
class EventRef:
    """A whole event, as an argument of a define or before a dot.

    `through` names an aggregate (`first`, `last`) of the loop `step` where the event is reached through one.
    """

    event: EventInfo
    source: Source
    label: str
    through: str | None = None
    step: str | None = None
    unsure: bool = False
    """Whether the step may not be bound, so that its fields may be null whatever a guard says."""


@dataclass(frozen=True, slots=True)
class LoopRef:
    """A loop named as a whole: good for aggregates only. `own`: inside the loop's own condition."""

    view: StepView
    own: bool = False


Reference = Expression | EventRef | LoopRef
"""What a name can stand for."""


@dataclass(slots=True)
class RuleNames:
    """Names of the rule under check, the same at all its places."""

    name: str
    damaged: bool = False
    """A clause of the rule did not parse: an unknown name may be one it declares."""
    key: tuple[RuleKeyPart, ...] = ()
    key_paths: tuple[tuple[str, ...], ...] = ()
    lets: dict[str, ast.Let] = field(default_factory=dict)
    let_values: dict[str, Expression] = field(default_factory=dict)
    """Lets as `emit` sees them, resolved once."""
    broken_lets: set[str] = field(default_factory=set)
    used_lets: set[str] = field(default_factory=set)
    steps: dict[str, str] = field(default_factory=dict)
    """Every step of the rule and its event type, bound yet or not."""
    absent: set[str] = field(default_factory=set)
    """Event types named after `without`."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Names, facts and place of one expression. Immutable: narrower scopes are copies."""

    catalog: Catalog
    findings: Findings
    rule: RuleNames
    place: str
    """What the expression belongs to, for messages: `where`, `having`, `emit` …"""
    steps: Mapping[str, StepView] = field(default_factory=dict)
    candidate: Candidate | None = None
    own_loop: OwnLoop | None = None
    facts: frozenset[Fact] = frozenset()
    condition: bool = False
    """Whether unknown would silently count as no here, so that a nullable field deserves a warning."""
    locals: Mapping[str, Expression | EventRef] = field(default_factory=dict)
    """Arguments of the define whose body is read."""
    element: str | None = None
    """The loop whose element an aggregate's argument is about: `d.x` is then a field of that element."""
    at: Span | None = None
    """Where to report instead of the node's own place: the call of a define, the use of a let."""
    within: tuple[str, ...] = ()
    """Defines and lets being read, to find circles."""
    is_final: bool = False
    """Whether the whole pattern is matched here: `emit`, where lets have the value computed once."""
    quiet: bool = False
    """Whether warnings are held back, as in parts that deal with null themselves."""
    warned: set[Fact | Span] = field(default_factory=set)
    """Fields already warned about in this condition; inside a define or let, the places of their use."""

    def error(self, code: str, message: str, span: Span, fix: str) -> Broken:
        """Record an error and return the exception to raise."""
        if self.within and self.at is not None:
            message = f"{message} (in `{self.within[-1]}`)"
        return self.findings.error(code, message, self.at or span, fix)

    def warn(self, code: str, message: str, span: Span, fix: str) -> None:
        """Record a warning."""
        self.findings.warn(code, message, self.at or span, fix)

    def knowing(self, facts: frozenset[Fact]) -> Scope:
        """The same place where some facts hold."""
        return replace(self, facts=self.facts | facts) if facts - self.facts else self

    def calm(self) -> Scope:
        """The same place inside a part that deals with null itself."""
        return self if self.quiet else replace(self, quiet=True)

    def without_candidate(self) -> Scope:
        """The same place as a `let` sees it: no event under test."""
        return replace(self, candidate=None, own_loop=None)
