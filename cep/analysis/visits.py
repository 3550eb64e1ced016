"""Which runs an event looks at where they wait: the cost of a rule, place by place.

It says of each place what the generated step function does there (`plan/source/visits.py`): a gate that the event
alone decides keeps an event away from all runs; behind it an index finds runs, or all that wait are asked. A run that
takes the event, or waits no longer, is visited at most once for it; only runs that are asked in vain cost more the
longer they wait.
"""

from __future__ import annotations

from collections.abc import Iterator

from cep.analysis.explanation import Cost, Runs, Visit
from cep.analysis.naming import RuleNames, whole
from cep.engine.indexed import MANY
from cep.language.resolved import Expression
from cep.plan.expressions.walk import conjuncts, is_event_only, uses_previous
from cep.plan.indexing import guard_class
from cep.plan.nfa import Edge, Place, State

FOUND = "only the runs that an index finds"
MOVED = "only runs it moves"
ALL = "every run that waits here"
SHARED = "all that wait here at once: they are kept as one"


def parts(place: Place, first: bool = False) -> tuple[Expression, ...]:
    """The `and` parts of a guard; on a loop's first element those with `prev` are not tested."""
    found = () if place.where is None else conjuncts(place.where)
    return tuple(part for part in found if not (first and uses_previous(part)))


def class_of(names: RuleNames, wait: Edge) -> str | None:
    """The class of the guard a wait is for."""
    if wait.target < 0 or wait.hold is not None:
        return None
    state = names.automaton.states[wait.target]
    found = guard_class(parts(state.place, wait.kind != "more"), names.rule.indexes.get(wait.index))
    return found if state.having is None or wait.kind == "more" else f"{found}, then `having` over the window"


def gate(names: RuleNames, place: Place) -> str:
    """The events that get past the gate of a place, in words."""
    alone = [part for part in parts(place) if is_event_only(part)]
    texts = [text for part in alone if (text := names.text(part)) is not None]
    event = str(names.event(place))
    return f"{event} with {' and '.join(texts)}" if texts else event


def decided(place: Place) -> bool:
    """Whether the event alone decides a guard."""
    return all(is_event_only(part) for part in parts(place))


def visits(names: RuleNames, wait: Edge) -> tuple[Visit, ...]:
    """What each kind of event costs where `wait` is waited at."""
    found = [] if _strict(names, wait) else list(_stopped(names, wait))
    if wait.hold is None and (wait.target >= 0 or wait.kind == "after_next"):
        found.insert(0, _taken(names, wait))
    return tuple(found)


def _strict(names: RuleNames, wait: Edge) -> bool:
    """Whether every event that the rule sees ends the waiting, or moves it on, whatever it is."""
    threshold = wait.target >= 0 and names.automaton.states[wait.target].having is not None and wait.kind != "more"
    return not threshold and (wait.contiguity == "next" or bool(wait.nexts) or wait.kind == "after_next")


def _taken(names: RuleNames, wait: Edge) -> Visit:
    """The event that is waited for."""
    state = names.automaton.states[wait.target] if wait.target >= 0 else None
    if state is not None and state.having is not None and wait.kind != "more":
        words = f"{ALL}: each has a window of its own"
        return Visit(gate(names, state.place), "threshold", "all", words)
    if state is None or _strict(names, wait):
        return Visit("every event the rule sees", "strict", "moved", f"{MOVED}: each waits for one event only")
    event = gate(names, state.place)
    return Visit(event, "taken", *_asked(names, wait, state))


def _asked(names: RuleNames, wait: Edge, state: State) -> tuple[Runs, str]:
    """The runs that a relaxed wait asks."""
    if names.rule.sharing is not None:
        return "moved", SHARED
    index = names.rule.indexes.get(wait.index)
    if index is not None:
        rest = len([p for p in parts(state.place) if not is_event_only(p)]) - 1
        also = f"; {rest} more part{'s' if rest > 1 else ''} asked of each" if rest else ""
        return "found", f"{FOUND} by {names.text(index.part)} (in use above {MANY}){also}"
    if wait.gap_after is not None:
        return "all", f"{ALL}: some have not waited long enough"
    if guard_class(parts(state.place, wait.kind != "more"), None) != "event-only":
        return "all", f"{ALL}: the guard must be asked of each"
    if wait.contiguity == "any":
        return "all", f"{ALL}: each takes it and waits on"
    return "moved", f"{MOVED}: all that wait here take it"


def _stopped(names: RuleNames, wait: Edge) -> Iterator[Visit]:
    """The events that end the waiting."""
    automaton = names.automaton
    for number in wait.absences:
        place = automaton.absences[number]
        in_time = place.within is None or wait.target < 0
        yield _ending(names, place, "without", decided(place) and in_time)
    for number, conditions in wait.guarded:
        place = automaton.absences[number]
        whole_ = decided(place) and not conditions and place.within is None
        yield _ending(names, place, "without", whole_)
    if wait.hold is not None:
        place = automaton.absences[wait.hold.absence]
        yield _ending(names, place, "without", decided(place))
    for bound in wait.until:
        place = automaton.untils[bound.until]
        yield _ending(names, place, "until", decided(place) and not bound.first)
    for number in wait.greedy:
        state = automaton.states[number]
        closable = any(edge.target == number and edge.until for edge in automaton.waits)
        yield _ending(names, state.place, "greedy", decided(state.place) and not closable)


def _ending(names: RuleNames, place: Place, word: str, every: bool) -> Visit:
    words = f"{MOVED}: it ends all that wait here" if every else f"{ALL}: it need not end each"
    return Visit(gate(names, place), word, "moved" if every else "all", words)


def cost(names: RuleNames) -> Cost:
    """The cost of the whole rule."""
    linear = [
        f"{names.quoted(wait.source)} waiting for {names.quoted(wait.target)}: {visit.event} visits {visit.words}"
        for wait in whole(names.automaton)
        if wait.source >= 0
        for visit in visits(names, wait)
        if visit.runs == "all"
    ]
    cancel = names.automaton.cancel
    if cancel is not None and not decided(cancel):
        linear.append(f"`cancel on`: {gate(names, cancel)} visits every open run of its key")
    found = any(names.rule.indexes.get(wait.index) for wait in names.automaton.waits)
    words = f"constant: an event visits {MOVED}{' or that an index finds' if found else ''}"
    if names.rule.sharing is not None:
        words = "constant: runs that wait at one place are kept as one, and moved together"
    if linear:
        words = "linear in the open runs of a key at some places:"
    return Cost(not linear, words, tuple(dict.fromkeys(linear)), tuple(_walked(names)))


def _walked(names: RuleNames) -> Iterator[str]:
    """Windows and kept events that are walked."""
    automaton = names.automaton
    for state in automaton.states:
        if state.having is not None:
            yield (
                f"{names.quoted(state.index)}: an event that fits walks the window back from its newest element, "
                "until `having` holds"
            )
    for number in automaton.leading:
        yield f"an event that begins a run looks through the kept events of the leading {absent(names, number)}"


def absent(names: RuleNames, number: int) -> str:
    """An absence by what may not come."""
    return f"`without {names.event(names.automaton.absences[number])}`"
