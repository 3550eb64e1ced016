"""What bounds the state of a rule: how long a run may wait, and how many a key may have open."""

from __future__ import annotations

from collections.abc import Iterator

from cep.analysis.branching import left_behind
from cep.analysis.literals import span_text
from cep.analysis.naming import RuleNames, whole
from cep.analysis.shared import most_nodes
from cep.engine.machine import DEFAULT_LIMIT
from cep.plan.nfa import Edge
from cep.plan.sharing import Sharing


def ends(names: RuleNames, wait: Edge) -> tuple[str, ...]:
    """When waiting ends in time, whichever comes first; empty: never."""
    if wait.source < 0:
        return ()
    if wait.kind == "due":
        return due(names, wait)
    if wait.hold is not None:
        base = "" if wait.hold.base is None else " before the group"
        return (f"{span_text(wait.hold.length)} after the last event bound{base}",)
    found = []
    if wait.gap_within is not None:
        found.append(f"{span_text(wait.gap_within)} after {names.quoted(wait.source)}")
    found += [names.bound(bound) for bound in wait.spans]
    found += _gathered(names, wait)
    if names.rule.within is not None:
        found.append(f"{span_text(names.rule.within)} after the first event")
    return tuple(dict.fromkeys(found))


def _gathered(names: RuleNames, wait: Edge) -> Iterator[str]:
    """The spans of a group whose end tells what is part of the match, and of its item."""
    inside = names.item(wait)
    if inside is None:
        return
    gathering, item = inside
    if gathering.within is not None:
        group = names.group([found.state for found in gathering.items])
        yield f"{span_text(gathering.within)} after the first event of {group}"
    if wait.kind == "more" and item.within is not None:
        yield f"{span_text(item.within)} after the first {names.quoted(item.state)}"


def due(names: RuleNames, wait: Edge) -> tuple[str, ...]:
    """When trailing absences have held: the later of these."""
    return tuple(dict.fromkeys(_due(names, number) for number in wait.absences))


def _due(names: RuleNames, number: int) -> str:
    absence = names.automaton.absences[number]
    if absence.header:
        return f"{span_text(names.rule.within or 0)} after the first event"
    return f"{span_text(absence.within or 0)} after the last event bound"


def bounds(names: RuleNames, unbounded: bool) -> tuple[str, ...]:
    """What bounds the open runs, one sentence each."""
    if not any(wait.source >= 0 for wait in names.automaton.waits):
        return ("no run stays open: a match is complete as soon as it begins", *_kept(names))
    growth = dict.fromkeys(_growth(names)) if names.rule.sharing is None else _graph(names, names.rule.sharing)
    return (*_time(names, unbounded), *_number(names), *growth, *_kept(names))


def _time(names: RuleNames, unbounded: bool) -> Iterator[str]:
    within = names.rule.within
    waits = [wait for wait in whole(names.automaton) if wait.source >= 0]
    if within is not None:
        yield f"a run is over {span_text(within)} after its first event (`within` of the header)"
        return
    for_ever = [wait for wait in waits if not ends(names, wait)]
    if not for_ever:
        yield "every place where a run waits has an end of its own (see `ends`)"
    for wait in for_ever:
        allowed = ", which `unbounded` allows" if unbounded else ""
        yield f"a run may wait for ever at {names.quoted(wait.source)} for {names.quoted(wait.target)}{allowed}"


def _number(names: RuleNames) -> Iterator[str]:
    limit = names.rule.limit_runs
    said = "the default; `limit runs` sets it" if limit is None else "`limit runs`"
    gone = "the oldest is" if names.rule.sharing is None else "all of the earliest first event are"
    yield f"at most {limit or DEFAULT_LIMIT:,} open runs a key ({said}); past it {gone} dropped and counted"


def _growth(names: RuleNames) -> Iterator[str]:
    """How the runs of one first event multiply."""
    for wait in whole(names.automaton):
        if wait.source < 0 or wait.target < 0:
            continue
        target = names.quoted(wait.target)
        if wait.contiguity == "any" and wait.hold is None:
            if wait.kind == "more":
                most = names.automaton.states[wait.target].maximum
                runs = "each set of them" if most is None else f"each set of up to {most} of them"
                yield f"of the events that fit {target}, {runs} may be a run (`combinations`)"
            else:
                yield f"each event that fits {target} opens one more run, and the one before it waits on (`any`)"
        else:
            yield from left_behind(names, wait)


def _graph(names: RuleNames, sharing: Sharing) -> Iterator[str]:
    """What is kept of the runs where they share it."""
    most = most_nodes(names, sharing)
    nodes = "a node" if most == 1 else f"up to {most} nodes"
    yield f"an event leaves {nodes}, kept while an open run leads through; runs are counted, not kept"


def _kept(names: RuleNames) -> Iterator[str]:
    """What is kept beside the runs."""
    automaton = names.automaton
    for state in automaton.states:
        if state.having is not None:
            heads = {automaton.waits[i].target for i in automaton.starts}
            gathered = any(item.state == state.index for g in automaton.gatherings for item in g.items)
            whose = "a key" if state.index in heads else "a waiting run"
            if gathered and state.index in heads:
                whose = "a key, and one for each run that waits in its group"
            span = "" if state.window is None else f" of {span_text(state.window)}"
            yield f"{names.quoted(state.index)} keeps a window{span} for {whose}: the events that fit its `where`"
    for number in automaton.leading:
        place = automaton.absences[number]
        kept = span_text(place.within or 0)
        yield f"each {names.event(place)} that the leading `without` looks for is kept for {kept}"
    if names.rule.suppress is not None:
        yield f"`suppress` keeps one count a key for {span_text(names.rule.suppress.within)} after its alert"
