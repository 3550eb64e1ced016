"""Checked rules to a plan: automata, registers, generated source, fingerprints."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from cep.language import model
from cep.plan.build import build
from cep.plan.expressions.constants import Constants
from cep.plan.nfa import Automaton
from cep.plan.plan import Plan, PlanRule, Source, TimeoutClause
from cep.plan.registers import Registers, registers, shape
from cep.plan.sharing import Sharing, sharing, without_starts
from cep.plan.source.context import RuleContext
from cep.plan.source.dispatch import DispatchWriter, write_gates
from cep.plan.source.entry import Entry
from cep.plan.source.indexes import write_indexes
from cep.plan.source.leading import write_leading
from cep.plan.source.lines import Lines
from cep.plan.source.outputs import write_outputs
from cep.plan.source.shared import write_shared_steps
from cep.plan.source.states import write_states
from cep.plan.source.steps import StepFunction, write_steps
from cep.plan.source.takes import write_takes
from cep.plan.source.windows import write_windows


def compile_plan(
    rules: model.RuleSet,
    names: Sequence[str] | None = None,
    instrument: bool = False,
    share: bool = True,
    begins: bool = True,
) -> Plan:
    """Plan the rules of `rules` (those named, by qualified name; rules with `mode off` never run).

    `instrument` makes the generated code report guards and visits to a probe. `share` False keeps partial matches one
    by one in every rule, for comparison. With `begins` False no event begins a partial match: what is open is brought
    to its end.
    """
    chosen = [r for r in rules.rules if r.meta.mode != "off" and (names is None or r.name in set(names))]
    events = tuple(dict.fromkeys(event for rule in chosen for event in rule.events))
    planned: list[PlanRule] = []
    entries: dict[int, list[Entry]] = {}
    for index, rule in enumerate(chosen):
        one, functions = plan_rule(index, rule, events, rules.events, instrument, share, begins)
        planned.append(one)
        for function in functions:
            entries.setdefault(function.event, []).append(Entry(index, rule.name, function))
    dispatch = write_dispatch(entries, events, rules.events)
    return Plan(
        events, dict(rules.events), tuple(planned), dispatch, instrument, dict(rules.params), dict(rules.functions)
    )


def plan_rule(
    index: int,
    rule: model.Rule,
    events: tuple[str, ...],
    types: dict[str, model.EventType],
    instrument: bool,
    share: bool,
    begins: bool = True,
) -> tuple[PlanRule, list[StepFunction]]:
    """One rule."""
    automaton = build(rule, {name: i for i, name in enumerate(events)})
    shared = sharing(rule, automaton) if share else None
    if not begins:
        automaton = replace(automaton, starts=(), leading=())
        shared = None if shared is None else without_starts(shared)
    context = RuleContext(rule, automaton, registers(automaton), events, types, instrument)
    source, functions = write_rule(context) if shared is None else write_shared_rule(context, shared)
    steps = {s.name: s.index for s in automaton.states}
    planned = PlanRule(
        index=index,
        name=rule.name,
        title=rule.title,
        version=rule.meta.version,
        meta=rule.meta,
        key=tuple((k.name, k.type) for k in rule.key),
        events=rule.events,
        automaton=automaton,
        registers=context.registers,
        indexes={wait: tuple(found) for wait, found in context.indexes.items()},
        looks=dict(context.looks),
        within=rule.within,
        skip=rule.skip,
        report=rule.report,
        skip_step=None if rule.skip.step is None else steps[rule.skip.step],
        emit=None if rule.emit is None else tuple((name, e.type) for name, e in rule.emit.fields),
        timeouts=tuple(
            TimeoutClause(c.at, tuple((name, e.type) for name, e in c.emit.fields)) for c in rule.on_timeout
        ),
        suppress=rule.suppress,
        limit_runs=rule.limit_runs,
        source=source,
        semantic=semantic(rule, types),
        layout=layout(automaton, context.registers, events, shared),
        over=tuple((o.event, o.key) for o in rule.over),
        sharing=shared,
    )
    return planned, functions


def write_rule(context: RuleContext) -> tuple[Source, list[StepFunction]]:
    """The generated module of a rule."""
    constants = Constants()
    lines = Lines()
    lines.add(f"# rule {context.rule.name}", "")
    write_takes(context, constants, lines)
    write_states(context, lines)
    write_windows(context, constants, lines)
    write_leading(context, constants, lines)
    functions = write_steps(context, constants, lines)
    write_indexes(context, lines)
    write_gates(functions, context.types, constants, lines)
    write_outputs(context, constants, lines)
    return Source(f"<cep rule {context.rule.name}>", lines.text(), constants.namespace), functions


def write_shared_rule(context: RuleContext, shared: Sharing) -> tuple[Source, list[StepFunction]]:
    """The generated module of a rule whose partial matches are kept as a shared structure."""
    constants = Constants()
    lines = Lines()
    lines.add(f"# rule {context.rule.name}", "")
    functions = write_shared_steps(context, shared, constants, lines)
    write_gates(functions, context.types, constants, lines)
    write_outputs(context, constants, lines)
    return Source(f"<cep rule {context.rule.name}>", lines.text(), constants.namespace), functions


def write_dispatch(
    entries: dict[int, list[Entry]], events: tuple[str, ...], types: dict[str, model.EventType]
) -> Source:
    """The dispatch module of a plan."""
    constants = Constants()
    lines = Lines()
    for event in sorted(entries):
        DispatchWriter(event, types, events, constants, lines).write(entries[event])
    return Source("<cep dispatch>", lines.text(), constants.namespace)


def semantic(rule: model.Rule, types: dict[str, model.EventType]) -> str:
    """What a rule matches and tells: everything but places, title and the metadata that alerts only carry along."""
    parts = [
        rule.name,
        shape(rule.key),
        shape(rule.within),
        shape(rule.over),
        shape(rule.items),
        shape(rule.cancel),
        shape(rule.skip),
        rule.report,
        shape(rule.emit),
        shape(rule.on_timeout),
        shape(rule.suppress),
        shape(rule.limit_runs),
        shape(tuple(types[e] for e in rule.events)),
    ]
    return digest(parts)


def layout(automaton: Automaton, held: Registers, events: tuple[str, ...], shared: Sharing | None) -> str:
    """What a rule's state holds: states by step name, waits, registers. Event indices are replaced by names."""
    parts = [f"{s.name}:{events[s.place.event]}:{s.counter}:{s.span}:{s.groups}:{s.window}" for s in automaton.states]
    parts += [f"{w.source}>{w.target}:{w.kind}:{shape(w.effects)}:{w.opens}" for w in automaton.waits]
    parts += [shape(gathering) for gathering in automaton.gatherings]
    parts += [f"{c.name}:{c.step}" for c in held.captured]
    parts += [f"{r.name}:{r.step}:{r.function}:{r.scope}" for r in held.running]
    if shared is not None:
        parts.append("shared")
    return digest(parts)


def digest(parts: list[str]) -> str:
    """A fingerprint of texts."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
