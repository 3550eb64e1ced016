"""Which runs an event looks at where they wait: the cost of a rule, place by place.

It says of each place what the generated step function does there, as noted when it was written
(`plan/source/visits.py`): what the event decides, alone or with the key, keeps it away from all runs; behind that an
index finds runs, or all that wait are asked. A run that takes the event and waits elsewhere then, or waits no longer,
is visited once for it. What grows with the open runs of a key are runs that are asked in vain, and those that take one
event after the other at the same place, as an open loop does.
"""

from __future__ import annotations

from collections.abc import Iterator

from cep.analysis.explanation import Cost, Runs, Visit
from cep.analysis.naming import RuleNames, whole
from cep.engine.indexed import MANY
from cep.language.resolved import Expression
from cep.plan.expressions.walk import conjuncts, is_event_only, uses_previous
from cep.plan.indexing import Look, guard_class, is_key_only
from cep.plan.nfa import Edge, Place
from cep.plan.reaching import is_whole, needed
from cep.plan.source.leading import equality

FOUND = "only the runs that an index finds"
MOVED = "only runs it moves"
ALL = "every run that waits here"
LINEAR = ("all", "asked", "carried")
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
    found = guard_class(parts(state.place, wait.kind != "more"), look(names, wait, "taken", state.place))
    return found if state.having is None or wait.kind == "more" else f"{found}, then `having` over the window"


def answered(names: RuleNames, wait: Edge) -> str | None:
    """The parts of its guard that an index answers."""
    if wait.target < 0 or wait.hold is not None:
        return None
    found = look(names, wait, "taken", names.automaton.states[wait.target].place)
    written = [names.text(c.part) for c in found.by if not isinstance(c.part, str)]
    return " and ".join(text for text in written if text is not None) or None


def look(names: RuleNames, wait: Edge, role: str, place: Place) -> Look:
    """Which runs a guard looks at where they wait."""
    return names.rule.looks.get((wait.index, role, place), Look(every=True))


def gate(names: RuleNames, place: Place) -> str:
    """The events that get past the gate of a place, in words."""
    alone = [part for part in parts(place) if is_event_only(part)]
    texts = [text for part in alone if (text := names.text(part)) is not None]
    event = str(names.event(place))
    return f"{event} with {' and '.join(texts)}" if texts else event


def decided(place: Place, first: bool = False) -> bool:
    """Whether an event fits for every run of its key or for none."""
    return all(is_event_only(part) or is_key_only(part) for part in parts(place, first))


def visits(names: RuleNames, wait: Edge) -> tuple[Visit, ...]:
    """What each kind of event costs where `wait` is waited at."""
    found = [] if _strict(names, wait) else list(_stopped(names, wait))
    if wait.hold is None and (wait.target >= 0 or wait.kind == "after_next"):
        found.insert(0, _taken(names, wait))
    inside = names.item(wait)
    if inside is not None and any(item.mode == "consecutive" for item in inside[0].items):
        found.append(Visit("every event the rule sees", "strict", "all", f"{ALL}: an item of its group is consecutive"))
    return tuple(found)


def _strict(names: RuleNames, wait: Edge) -> bool:
    """Whether every event that the rule sees ends the waiting, or moves it on, whatever it is."""
    threshold = wait.target >= 0 and names.automaton.states[wait.target].having is not None and wait.kind != "more"
    return not threshold and (wait.contiguity == "next" or bool(wait.nexts) or wait.kind == "after_next")


def stays(names: RuleNames, wait: Edge) -> str | None:
    """Why a run that takes the event leaves one that waits at the same place, in words; None: it does not."""
    state = names.automaton.states[wait.target] if wait.target >= 0 else None
    if state is not None and state.having is not None and wait.kind != "more":
        return "each has a window of its own"
    if wait.contiguity == "any" and wait.hold is None:
        return "each takes it and waits on"
    if wait.target < 0 or not _turns(names, wait):
        return None
    if wait.kind != "iterate" and _turns(names, wait, iterating=False):
        return "each takes it and waits for more"
    return "each takes it, and comes back with each iteration of its group"


def _turns(names: RuleNames, wait: Edge, iterating: bool = True) -> bool:
    """Whether a run comes back to where it waits now, and may do so without end; also by `iterating` a group."""
    ways = [edge for edge in names.automaton.waits if edge.target >= 0 and (iterating or edge.kind != "iterate")]
    reached, open_ = {wait.target}, [wait.target]
    while open_:
        here = open_.pop()
        for edge in ways:
            if edge.source == here and edge.target not in reached and not _counted(edge):
                reached.add(edge.target)
                open_.append(edge.target)
    return not _counted(wait) and wait.source in reached


def _counted(edge: Edge) -> bool:
    """Whether an edge is taken only so many times."""
    turning = edge.kind in ("more", "iterate") or edge.joint is not None
    return turning and any(condition.high is not None for condition in edge.conditions)


def _taken(names: RuleNames, wait: Edge) -> Visit:
    """The event that is waited for."""
    if names.rule.sharing is not None and wait.target >= 0:
        return Visit(gate(names, names.automaton.states[wait.target].place), "taken", "moved", SHARED)
    why = stays(names, wait)
    if wait.target < 0 or _strict(names, wait):
        runs: Runs = "moved" if why is None else "carried"
        words = f"{MOVED}: each waits for one event only" if why is None else f"{ALL}: {_if_it_fits(why)}"
        return Visit("every event the rule sees", "strict", runs, words)
    place = names.automaton.states[wait.target].place
    found = look(names, wait, "taken", place)
    because = "threshold" if names.automaton.states[wait.target].having is not None else "taken"
    if found.every and decided(place, wait.kind != "more"):
        runs, words = ("moved", f"{MOVED}: all that wait here take it") if why is None else ("carried", f"{ALL}: {why}")
        return Visit(gate(names, place), because, runs, words)
    return Visit(gate(names, place), because, *_found(names, found, why))


def _if_it_fits(why: str) -> str:
    """What the very next event does: it is taken or ends the waiting."""
    return why.replace("takes it", "takes it if it fits", 1) + "; if not, it waits here no longer"


def _found(names: RuleNames, found: Look, why: str | None) -> tuple[Runs, str]:
    """The runs that are asked, or found; `why` those that fit wait on."""
    if found.every:
        return "all", f"{ALL}: the guard must be asked of each"
    by = " and ".join(c.part if isinstance(c.part, str) else str(names.text(c.part)) for c in found.by)
    words = f"{FOUND} by {by} (in use above {MANY})"
    if found.rest:
        return "asked", f"{words}; {found.rest} more part{'s' if found.rest > 1 else ''} asked of each"
    return ("found", words) if why is None else ("carried", f"{words}: {why}")


def _stopped(names: RuleNames, wait: Edge) -> Iterator[Visit]:
    """The events that end the waiting."""
    automaton = names.automaton
    for number in (*wait.absences, *(absence for absence, _ in wait.guarded)):
        yield _ending(names, wait, "without", automaton.absences[number])
    if wait.hold is not None:
        yield _ending(names, wait, "hold", automaton.absences[wait.hold.absence])
    for bound in wait.until:
        if not bound.first:
            yield _ending(names, wait, "until", automaton.untils[bound.until])
    for number in wait.greedy:
        yield _ending(names, wait, "greedy", automaton.states[number].place)


def _ending(names: RuleNames, wait: Edge, role: str, place: Place) -> Visit:
    found = look(names, wait, role, place)
    word = "without" if role == "hold" else role
    if found.every and not found.rest and decided(place):
        return Visit(gate(names, place), word, "moved", f"{MOVED}: it ends all that wait here")
    return Visit(gate(names, place), word, *_found(names, found, None))


def over_at_once(names: RuleNames, wait: Edge) -> bool:
    """Whether a run that could wait here is a match as soon as it begins to, and dropped by its own report."""
    skip = names.rule.skip
    drops = skip.kind in ("past", "next") and not skip.in_start_order and names.rule.report == "early"
    return drops and any(a.source == wait.source and not a.conditions for a in names.automaton.accepts)


def cost(names: RuleNames) -> Cost:
    """The cost of the whole rule."""
    linear = [
        f"{names.quoted(wait.source)} waiting for {names.quoted(wait.target)}: {visit.event} visits {visit.words}"
        for wait in whole(names.automaton)
        if wait.source >= 0 and not over_at_once(names, wait)
        for visit in visits(names, wait)
        if visit.runs in LINEAR
    ]
    linear += _cancelling(names)
    found = bool(names.rule.indexes)
    words = f"constant: an event visits {MOVED}{' or that an index finds' if found else ''}"
    if names.rule.sharing is not None:
        words = "constant: runs that wait at one place are kept as one, and moved together"
    if linear:
        words = "linear in the open runs of a key at some places:"
    return Cost(not linear, words, tuple(dict.fromkeys(linear)), tuple(_walked(names)))


def _cancelling(names: RuleNames) -> Iterator[str]:
    """What `cancel on` costs, if that is not only the runs it ends."""
    cancel = names.automaton.cancel
    if cancel is None or decided(cancel):
        return
    found = names.rule.looks.get((len(names.automaton.waits), "cancel", cancel), Look(every=True))
    runs, words = _found(names, found, None)
    if runs in LINEAR:
        visited = words.replace(ALL, "every open run of its key").replace(FOUND, "the open runs that an index finds")
        yield f"`cancel on`: {gate(names, cancel)} visits {visited}"


def _walked(names: RuleNames) -> Iterator[str]:
    """Windows and kept events that are walked."""
    automaton = names.automaton
    for state in automaton.states:
        if state.having is not None:
            yield f"{names.quoted(state.index)}: an event that fits {_walk(state.having)}"
    for number in automaton.leading:
        yield f"an event that begins a run looks {_back(names, number)} of the leading {absent(names, number)}"


def _back(names: RuleNames, number: int) -> str:
    asked = [part for part in parts(names.automaton.absences[number]) if not is_event_only(part)]
    if not asked:
        return "at the newest kept event"
    by = [names.text(part) for part in asked if equality(part) is not None]
    if not by:
        return "through the kept events"
    return f"up the kept events by {by[0]}" + (" and asks each the rest" if len(asked) > 1 else "")


def _walk(having: Expression) -> str:
    back = "walks the window back from its newest element, until `having` holds"
    if not needed(having):
        return back
    if is_whole(having):
        return f"{back}, where the whole window can reach it"
    return f"{back}, where the whole window can reach {' and '.join(_kept(having))}"


def _kept(having: Expression) -> list[str]:
    words = {"count": "the count", "distinct": "the distinct values", "sum": "the sum", "near": "the sum"}
    return list(dict.fromkeys(words[part.kept] for part in needed(having)))


def absent(names: RuleNames, number: int) -> str:
    """An absence by what may not come."""
    return f"`without {names.event(names.automaton.absences[number])}`"
