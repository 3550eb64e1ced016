"""Partial matches that ran out of time (LANGUAGE section 4.10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cep.engine.detection import Detection
from cep.engine.ordering import longest_first, written_order
from cep.engine.run import Keyed, Run, chain, events_of
from cep.engine.thresholds import tell_windows

if TYPE_CHECKING:
    from cep.engine.machine import Machine
    from cep.plan.nfa import Condition, Edge


def report_timeouts(machine: Machine, keyed: Keyed, ended: list[Run], due: int) -> None:
    """Report the partial matches that ended at deadline `due`, as the skip strategy counts them."""
    if machine.ambiguous:
        ended = undivided(machine, ended)
    if machine.skip == "nothing":
        for run in sorted((run for run in ended if not run.reported), key=written_order):
            report(machine, keyed, run, due)
        return
    complete = [*(run for run, *_ in keyed.done or ()), *(growth.latest for growth in keyed.growths or ())]
    held = {link.rec[:5] for run in complete for link in chain(run)}
    for run in each_start(ended):
        start = run.start
        told = start.matched or start.timed_out or start.dropped or start.rec[:5] in held
        if told or outgrown(run) or not report(machine, keyed, run, due):
            continue
        bound = {link.rec[:5] for link in chain(run)}
        for start in (*keyed.order, *(other.start for other in ended)):
            if start.rec[:5] in bound:
                start.timed_out = True
        tell_windows(keyed, bound)


def undivided(machine: Machine, ended: list[Run]) -> list[Run]:
    """One run for events that were bound in several ways, when none of the ways is open any more: the one that waited
    for the earliest step as written."""
    ways: dict[tuple[Any, ...], list[Run]] = {}
    for run in ended:
        ways.setdefault(events_of(run), []).append(run)
    found = []
    for events, runs in ways.items():
        if not any(other.live and events_of(other) == events for other in runs[0].start.runs):
            last = len(machine.rule.automaton.states)
            found.append(min(runs, key=lambda run: last if (at := waited_for(machine, run)) is None else at))
    return found


def outgrown(run: Run) -> bool:
    """Whether one of the same first event that bound more is still open."""
    length = len(chain(run))
    return any(other.live and len(chain(other)) > length for other in run.start.runs)


def each_start(ended: list[Run]) -> list[Run]:
    """Otherwise: one per first event, the one that bound most, in the order of the first events."""
    best: dict[int, Run] = {}
    for run in ended:
        known = best.get(id(run.start))
        if known is None or longest_first(run) < longest_first(known):
            best[id(run.start)] = run
    return sorted(best.values(), key=written_order)


def waited_for(machine: Machine, run: Run) -> int | None:
    """The first mandatory step that the run's bindings lack; None where only an absence is left to be confirmed."""
    automaton = machine.rule.automaton
    edges = (automaton.waits[i] for i in automaton.states[run.step].edges)
    waits = [w for w in edges if all(is_met(run, c) or is_hope(machine, c) for c in w.conditions)]
    return min((w.target for w in waits if w.target >= 0 and is_mandatory(run, w)), default=None)


def is_mandatory(run: Run, wait: Edge) -> bool:
    """Whether there is no way round what is waited for."""
    return wait.mandatory and not any(all(is_met(run, c) for c in way) for way in wait.spared)


def is_hope(machine: Machine, condition: Condition) -> bool:
    """Whether a condition only says that an absence has not been hit: without, the step is lacking all the same."""
    return condition.counter in machine.hopes and (condition.low, condition.high) == (None, 1)


def is_met(run: Run, condition: Condition) -> bool:
    """Whether a counter of the run is within the bounds of a condition."""
    count: int = getattr(run, f"c{condition.counter}")
    low, high = condition.low, condition.high
    return (low is None or count >= low) and (high is None or count <= high)


def report(machine: Machine, keyed: Keyed, run: Run, due: int) -> bool:
    """Make a time-out a detection, by the clause for the step it waited for. False if no clause asks for it."""
    state = waited_for(machine, run)
    at = machine.rule.automaton.states[state].name if state is not None else None
    clauses = machine.rule.timeouts
    index = next((i for i, c in enumerate(clauses) if c.at == at), None)
    if index is None:
        index = next((i for i, c in enumerate(clauses) if c.at is None), None)
    if index is None:
        return False
    links = chain(run)
    suppressed = machine.throttled(keyed, links, "timeout", due)
    if suppressed is None:
        return True
    machine.detections.append(
        Detection(
            rule=machine.index,
            kind="timeout",
            key=keyed.key,
            events=machine.labelled(links),
            fields=machine.code.timeout_emits[index](keyed.key, links),
            emit=index,
            due=due,
            at=at,
            suppressed=suppressed,
        )
    )
    return True
