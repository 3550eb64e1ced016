"""Generated source made callable. Sources are registered with `linecache`, so that a traceback shows their lines."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import CodeType
from typing import Any, Protocol

from cep.engine import elements, following, history, thresholds, totals
from cep.engine.dispatch_tables import Thresholds, equal_table, in_rule_order, merged
from cep.engine.gathering import Gathering
from cep.engine.gathering_time import GatheringTime
from cep.engine.heads import Head
from cep.engine.indexed import IndexedWait, Maker, kind
from cep.engine.parts import Gatherer
from cep.engine.record import Record
from cep.engine.run import Keyed, Run, Start
from cep.engine.values import Values
from cep.engine.variants import Variants
from cep.language.model import FunctionInfo
from cep.plan import aggregates
from cep.plan.functions import runtime_namespace
from cep.plan.nfa import Automaton
from cep.plan.plan import Plan, PlanRule, Source
from cep.plan.source.fields import fields_of_run


class Probe(Protocol):
    """What instrumented code reports to: coverage, explain and tests hang on it. Of a rule that keeps its partial
    matches as a shared structure there are no runs: all that wait alike are looked at as one."""

    def visited(self, rule: str, wait: int, run: Run | None, rec: Record) -> None:
        """A waiting run was looked at because of an event."""
        ...

    def guard(self, rule: str, step: str, outcome: bool, run: Run | None, rec: Record) -> bool:
        """A guard was tried on a waiting run; returns `outcome`."""
        ...


class Counter(Protocol):
    """Counts expressions that could not be computed."""

    def add(self) -> None:
        """Count one."""
        ...


class Code:
    """The functions of one rule, by state, edge or event, and the masks of its waits.

    `header`: waits that the header's span ends. `completing`: waits that complete the run when their deadline comes,
    `ending`: all that complete it without a further step; `late`: where a run waits on whose deadline came before the
    next event, `postponed` the mask of such;
    `holding`: waits for an absence that has to hold, `variants`: what is left of waits once something has passed;
    `windowed`: waits at thresholds; `gathering`: waits of the groups that gather events, `gathered`:
    their thresholds. `only_ends`: a deadline does nothing but end partial matches. `is_unlimited`: only the header's
    span bounds runs. `is_plain`: there is no group that gathers events, nor an absence in one.
    """

    def __init__(
        self,
        rule: PlanRule,
        values: Values,
        counters: Any,
        probe: Probe | None = None,
        declared: Mapping[str, FunctionInfo] | None = None,
    ) -> None:
        automaton = rule.automaton
        self.counters = counters
        run_class = type("Run", (Run,), {"__slots__": tuple(fields_of_run(automaton, rule.registers))})
        self.names: dict[str, Any] = {
            **aggregates.namespace(),
            **runtime_namespace(values.params, values.lists, values.functions, counters, declared),
            **rule.source.constants,
            "Run": run_class,
            "Start": Start,
            "IndexedWait": IndexedWait,
            "probe": probe,
            "close": elements.close,
            "bound": elements.bound,
            "visited": elements.visited,
            "iterated": elements.iterated,
            "previous": elements.previous,
            "remembered": history.remembered,
            "remembered_equal": history.remembered_equal,
            "totals": totals.totals,
            "nearly": totals.nearly,
            "head_window": thresholds.head_window,
            "begin": thresholds.begin,
            "cancel_growth": following.cancel_growth,
            "cancel_run": thresholds.cancel_run,
            "cancel_window": thresholds.cancel_window,
            "run_window": thresholds.run_window,
            "window_of": thresholds.window_of,
            "limit_window": thresholds.limit_window,
            "close_window": thresholds.close_window,
            "bind": thresholds.bind,
            "together": elements.together,
        }
        execute(rule.source, self.names)
        states = range(len(automaton.states))
        self.enter: list[Callable[[Run], int]] = [self.names[f"enter_{s}"] for s in states]
        self.accepts: list[Callable[[Run], bool] | None] = [self.names.get(f"accepts_{s}") for s in states]
        self.limits: list[Callable[..., None] | None] = [self.names.get(f"limits_{s}") for s in states]
        self.is_unlimited = not any(self.limits)
        self.takes: dict[int, Callable[[Any, Record], Run]] = {
            w.index: self.names[f"take_{w.index}"] for w in automaton.waits if w.target >= 0
        }
        self.indexes: dict[int, list[Maker]] = {
            wait: [(kind(index), self.names[f"index_{wait}_{number}"]) for number, index in enumerate(indexes)]
            for wait, indexes in rule.indexes.items()
        }
        self.extends = {s.index: self.names[f"extend_{s.index}"] for s in automaton.states if s.having is not None}
        self.emit: Callable[[tuple[object, ...], list[Run]], tuple[object, ...]] | None = self.names.get("emit")
        self.timeout_emits = [self.names[f"timeout_{i}"] for i in range(len(rule.timeouts))]
        self.suppress_by: Callable[..., tuple[object, ...]] | None = self.names.get("suppress_by")
        waiting = [w for w in automaton.waits if w.source >= 0]
        self.completing = sum(1 << w.index for w in waiting if w.kind == "due")
        self.ending = sum(1 << w.index for w in waiting if w.kind in ("due", "after_next"))
        self.late = {w.index: w.late for w in waiting if w.late is not None}
        self.postponed = sum(1 << index for index in self.late)
        self.groups = [
            Gathering(Gatherer(found, automaton.waits, rule.within), automaton, self.names)
            for found in automaton.gatherings
        ]
        self.gathered = {state for group in self.groups for state in group.having}
        gathered = {group.joint for group in self.groups}
        for group in self.groups:
            self.names |= {f"gather_{group.joint}": group.gather, f"close_{group.joint}": group.close}
            self.names[f"note_{group.joint}"] = group.note
        self.heads = [Head(group, ways) for group in self.groups if (ways := self.starting(automaton, group))]
        for head in self.heads:
            self.names[f"head_{head.group.joint}"] = head
        self.times = [GatheringTime(group) for group in self.groups]
        for time in self.times:
            self.names[f"failed_{time.group.joint}"] = time.failed
        self.timed = {index: time for time in self.times for index in time.group.waits}
        self.gathering = sum(1 << w.index for w in waiting if w.joint in gathered)
        self.holding = sum(1 << w.index for w in waiting if w.hold is not None)
        self.is_plain: bool = not self.holding and not automaton.gatherings
        self.variants = Variants(automaton)
        self.windowed = sum(
            1 << w.index
            for w in waiting
            if w.target >= 0 and w.kind != "more" and automaton.states[w.target].having is not None
            if w.joint not in gathered
        )
        self.header = sum(1 << w.index for w in waiting) & ~self.completing
        self.window_spans = {i: automaton.states[automaton.waits[i].target].window for i in automaton.starts}
        self.history_spans = {a: automaton.absences[a].within or 0 for a in automaton.leading}
        more = (self.completing, self.holding, self.postponed, self.windowed, self.gathering, self.history_spans)
        self.only_ends = not any(more)

    def starting(self, automaton: Automaton, group: Gathering) -> dict[int, int]:
        """The waits with which a match begins in a gathering group, by state."""
        starts = [automaton.waits[index] for index in automaton.starts]
        return {wait.target: wait.index for wait in starts if wait.joint == group.joint}

    def step(self, event: int) -> Callable[..., None] | None:
        """The step function for an event type."""
        return self.names.get(f"step_{event}")

    def settle_with(self, settle: Callable[[Keyed, list[Run], list[Run], int], None]) -> None:
        """Give the step functions the machine that takes over what they moved."""
        self.names["settle"] = settle


MISSING = object()
"""Stands for a key that has no value; equal to nothing else."""


def execute(source: Source, names: dict[str, Any]) -> None:
    """Run generated source in `names`."""
    linecache.cache[source.name] = (len(source.text), None, source.text.splitlines(keepends=True), source.name)
    exec(_code(source), names)


@lru_cache(maxsize=1024)
def _code(source: Source) -> CodeType:
    # Every shard of a job, and every restart of one, runs the same source.
    return compile(source.text, source.name, "exec")


def dispatch(
    plan: Plan, machines: Mapping[int, Any], values: Values, counters: Counter, detections: list[Any]
) -> dict[str, Any]:
    """The names of the dispatch module, bound to the machines of the rules and what these tell (`detections`):
    `on_<event>` is called for each event of a type, and calls `step_<rule>_<event>` for those that it may move."""
    names: dict[str, Any] = {
        **runtime_namespace(values.params, values.lists, {}, counters),
        **plan.dispatch.constants,
        "missing": MISSING,
        "detections": detections,
        "equal_table": equal_table,
        "Thresholds": Thresholds,
        "merged": merged,
        "in_rule_order": in_rule_order,
    }
    for index, machine in machines.items():
        names[f"keys_{index}"] = machine.keys
        names[f"open_{index}"] = machine.open
        names[f"counters_{index}"] = machine.counters
        for event, name in enumerate(plan.events):
            if name in plan.rules[index].events:
                names[f"step_{index}_{event}"] = machine.code.step(event)
        for name, value in machine.code.names.items():
            if name.startswith("gate_"):
                names[f"gate_{index}_{name.removeprefix('gate_')}"] = value
    execute(plan.dispatch, names)
    return names
