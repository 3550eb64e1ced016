"""From a planned rule to what `cep explain` says of it."""

from __future__ import annotations

from collections.abc import Iterator

from cep.analysis import bounds, visits
from cep.analysis.explanation import Explanation, RegisterView, StateView, Stop, WaitView
from cep.analysis.literals import path_text, span_text
from cep.analysis.naming import RuleNames, whole
from cep.analysis.planned import PlannedRule
from cep.analysis.shared import shared
from cep.language.model import Skip
from cep.plan.drafts import MODES
from cep.plan.indexing import Look, guard_class
from cep.plan.nfa import END, Edge, Place, State
from cep.plan.registers import Running

FOLLOWS = {
    ("forward", "relaxed"): "then: other events in between are skipped",
    ("forward", "next"): "then next: the very next event that the rule sees",
    ("forward", "any"): "then any: other events in between are skipped, and so are events that would fit",
    ("more", "relaxed"): "one more element: other events in between are skipped",
    ("more", "next"): "one more element (consecutive): the very next event that the rule sees",
    ("more", "any"): "one more element (combinations): also events that would fit are skipped",
}
JOINT = "; others of its group are waited for at the same time"
UNSEEN = {
    "start": "begins a run",
    "due": "complete when that time has passed",
    "after_next": "complete at the next event that the rule sees",
    "hold": "goes on when that time has passed",
}
KEPT = {
    "visit": "since the loop was entered",
    "iteration": "in this iteration of its group",
    "all": "over all its events",
}


def explain(planned: PlannedRule) -> Explanation:
    """The plan of a rule in words."""
    names = RuleNames(planned.plan, planned.rule)
    rule, automaton = planned.rule, planned.rule.automaton
    return Explanation(
        rule=rule.name,
        title=rule.title,
        version=rule.version,
        mode=rule.meta.mode,
        key=tuple(f"{name}: {type_}" for name, type_ in rule.key),
        sees=rule.events,
        within=None if rule.within is None else span_text(rule.within),
        states=tuple(_state(names, state) for state in automaton.states),
        leading=tuple(_stop(names, "without", automaton.absences[number]) for number in automaton.leading),
        waits=tuple(_wait(names, wait) for wait in automaton.waits),
        complete=tuple(_complete(names)),
        cancel=None if automaton.cancel is None else _cancel(names, automaton.cancel),
        selection=_selection(rule.skip, rule.report),
        shared=shared(names),
        cost=visits.cost(names),
        bounds=bounds.bounds(names, planned.unbounded),
        registers=tuple(_registers(names)),
        semantic=rule.semantic,
        layout=rule.layout,
    )


def _state(names: RuleNames, state: State) -> StateView:
    return StateView(
        name=state.name,
        event=names.event(state.place),
        by=names.by(state.place.key),
        amount=names.amount(state),
        where=names.text(state.place.where),
        having=names.text(state.having),
        window=None if state.window is None else span_text(state.window),
    )


def _stop(names: RuleNames, word: str, place: Place, armed: str | None = None, found: Look | None = None) -> Stop:
    return Stop(
        word=word,
        event=names.event(place) or "",
        by=names.by(place.key),
        where=names.text(place.where),
        guard=guard_class(visits.parts(place), found),
        armed=armed if place.within is None else f"for {span_text(place.within)}",
    )


def _cancel(names: RuleNames, place: Place) -> Stop:
    found = names.rule.looks.get((len(names.automaton.waits), "cancel", place))
    return _stop(names, "cancel on", place, None, found)


def _wait(names: RuleNames, wait: Edge) -> WaitView:
    origin = {left: w.index for w in names.automaton.waits for left in w.left if left not in (w.passed, w.rearmed)}
    reached, lasting = names.split(wait.conditions)
    return WaitView(
        index=wait.index,
        source=names.step(wait.source),
        target=names.step(wait.target),
        kind=wait.kind,
        contiguity=wait.contiguity,
        follows=_follows(wait, _contiguity(names, wait)),
        conditions=tuple(map(names.condition, reached)),
        lasting=tuple(map(names.condition, lasting)),
        after=None if wait.gap_after is None else span_text(wait.gap_after),
        ends=bounds.ends(names, wait),
        guard=visits.class_of(names, wait),
        answered=visits.answered(names, wait),
        stops=tuple(_stops(names, wait)),
        visits=visits.visits(names, wait) if wait.source >= 0 else (),
        left=origin.get(wait.index),
    )


def _contiguity(names: RuleNames, wait: Edge) -> str:
    """How the event must follow: between the elements of an item of a group by that item's mode."""
    inside = names.item(wait) if wait.kind == "more" else None
    return wait.contiguity if inside is None else MODES[inside[1].mode]


def _follows(wait: Edge, contiguity: str) -> str:
    """How the event must follow, in words."""
    if wait.kind in UNSEEN:
        return UNSEEN[wait.kind]
    if wait.kind == "iterate":
        return f"a further iteration of the group, {FOLLOWS['forward', contiguity]}"
    return FOLLOWS[wait.kind, contiguity] + (JOINT if wait.joint is not None else "")


def _stops(names: RuleNames, wait: Edge) -> Iterator[Stop]:
    """What may not come meanwhile."""
    automaton = names.automaton
    for number in wait.nexts:
        yield _stop(names, "without next", automaton.absences[number])
    for number in wait.absences:
        place = automaton.absences[number]
        yield _stop(names, "without", place, None, visits.look(names, wait, "without", place))
    for number, conditions in wait.guarded:
        place = automaton.absences[number]
        found = visits.look(names, wait, "without", place)
        yield _stop(names, "without", place, names.when(conditions) or None, found)
    if wait.hold is not None:
        place = automaton.absences[wait.hold.absence]
        yield _stop(names, "without", place, None, visits.look(names, wait, "hold", place))
    for bound in wait.until:
        place = automaton.untils[bound.until]
        yield _stop(names, "until", place, None, visits.look(names, wait, "until", place))
    for number in wait.greedy:
        place = automaton.states[number].place
        yield _stop(names, "greedy", place, None, visits.look(names, wait, "greedy", place))


def _complete(names: RuleNames) -> Iterator[str]:
    """When a run is a match."""
    for accept in names.automaton.accepts:
        when = "".join(f", {names.condition(condition)}" for condition in accept.conditions)
        yield f"after {names.quoted(accept.source)}{when}"
    for wait in whole(names.automaton):
        if wait.target == END:
            when = "".join(f", {names.condition(condition)}" for condition in wait.conditions)
            yield f"after {names.quoted(wait.source)}{when}, {_kept_away(names, wait)}"


def _kept_away(names: RuleNames, wait: Edge) -> str:
    """The absences that complete a run."""
    held = []
    for number in wait.nexts:
        held.append(f"at the next event, if it is no such {names.event(names.automaton.absences[number])}")
    ends = bounds.due(names, wait)
    if ends:
        events = " and no ".join(str(names.event(names.automaton.absences[number])) for number in wait.absences)
        due = ends[0] if len(ends) == 1 else f"the later of {' and '.join(ends)}"
        held.append(f"when no {events} has hit it until {due}")
    return " and ".join(held)


def _selection(skip: Skip, report: str) -> tuple[str, ...]:
    """Which matches are reported."""
    strategy = {
        "past": "past last: a match drops all that began at or before its last event",
        "next": "to next: a match drops all that began with its first event",
        "first": f"to first {skip.step}: a match drops all that began before its first `{skip.step}`",
        "last": f"to last {skip.step}: a match drops all that began before its last `{skip.step}`",
        "nothing": "nothing: every match is reported",
    }[skip.kind]
    order = ["in start order: a match waits for open runs that began earlier"] if skip.in_start_order else []
    return (strategy, *order, f"report {report}")


def _registers(names: RuleNames) -> Iterator[RegisterView]:
    """The values a run carries; outputs are computed from the bound events instead."""
    held = names.rule.registers
    for captured in held.captured:
        step = names.step(captured.step)
        yield RegisterView(captured.name, f"{step}.{path_text(captured.reference.path)}", f"when {step} is bound")
    for running in held.running:
        yield RegisterView(running.name, _aggregated(names, running), KEPT[running.scope])


def _aggregated(names: RuleNames, running: Running) -> str:
    step = names.step(running.step)
    if running.argument is None:
        return f"{running.function}({step})"
    return f"{running.function}({names.element(running.argument, step)})"
