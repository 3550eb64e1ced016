"""The plan: everything the engine needs to know about the rules, as immutable data and source text."""

from __future__ import annotations

from dataclasses import dataclass, field

from cep.language.model import EventType, FunctionInfo, Metadata, ParamInfo, RoleKey, Skip, Suppress
from cep.language.types import Type
from cep.plan.indexing import Index, Look
from cep.plan.nfa import Automaton, Place
from cep.plan.registers import Registers
from cep.plan.sharing import Sharing


@dataclass(frozen=True, slots=True)
class TimeoutClause:
    """An `on timeout` clause: the step it is for (None: any other), and its output fields."""

    at: str | None
    fields: tuple[tuple[str, Type], ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Generated Python: its text, the name it goes by in tracebacks, and the constants it refers to.

    `names` are the global names it expects from the engine beside the constants.
    """

    name: str
    text: str
    constants: dict[str, object] = field(compare=False, hash=False)


@dataclass(frozen=True, slots=True)
class PlanRule:
    """One rule, planned. `emit` None: no emit clause. `sharing` None: partial matches are kept one by one. Spans are
    microseconds.

    `semantic` identifies what the rule matches and tells, `layout` what its state holds; neither depends on how the
    text is laid out.
    """

    index: int
    name: str
    title: str | None
    version: int
    meta: Metadata
    key: tuple[tuple[str, Type], ...]
    events: tuple[str, ...]
    automaton: Automaton
    registers: Registers
    indexes: dict[int, tuple[Index, ...]]
    looks: dict[tuple[int, str, Place], Look]
    within: int | None
    skip: Skip
    report: str
    skip_step: int | None
    emit: tuple[tuple[str, Type], ...] | None
    timeouts: tuple[TimeoutClause, ...]
    suppress: Suppress | None
    limit_runs: int | None
    source: Source
    semantic: str
    layout: str
    over: tuple[tuple[str, RoleKey], ...] = ()
    sharing: Sharing | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """All rules that run together. `Record.event` is the index into `events`.

    `dispatch` is the generated module with one function per event type, which decides what an event can move.
    """

    events: tuple[str, ...]
    types: dict[str, EventType] = field(compare=False, hash=False)
    rules: tuple[PlanRule, ...] = ()
    dispatch: Source = field(default_factory=lambda: Source("<cep dispatch>", "", {}))
    instrumented: bool = False
    params: dict[str, ParamInfo] = field(default_factory=dict, compare=False, hash=False)
    functions: dict[str, FunctionInfo] = field(default_factory=dict, compare=False, hash=False)
