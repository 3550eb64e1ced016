"""What a group in any order has gathered, and whether a match can still, or may already, be made of it.

Nothing of a threshold is bound before its `having` holds, and of an item that is not completed nothing is part of the
match. So which event comes first in the group is known only at its end, and what bears on that event (gap, strictness,
an absence before the group, `cancel on`, the head of a rule) is looked at then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import inf

from cep.language import model
from tests.oracle.absences import begins_unhindered
from tests.oracle.fitting import closes, forbidden, greedy_wants
from tests.oracle.nodes import AbsenceNode, StepNode
from tests.oracle.places import AllOfPlace, Bindings, Thread, spans_around
from tests.oracle.view import View

DONE, FAILED = -1, -2


def is_complete(place: AllOfPlace) -> bool:
    """Whether as many items as the group needs are complete."""
    return sum(state == DONE for state in place.states) >= place.node.all_of.need


def kept_of(thread: Thread, place: AllOfPlace) -> Bindings:
    """The bindings without elements of items that are not complete."""
    done = _steps(place, (DONE,))
    return tuple(b for i, b in enumerate(thread.bindings) if i < place.entered or b[0] in done)


def is_sound(view: View, thread: Thread, place: AllOfPlace, kept: Bindings, due: int | None) -> bool:
    """Whether a complete group is a match of it; `due`: the time, if an absence was the last to hold."""
    group = kept[place.entered :]
    if not group:
        return bool(place.entered) and _may_stay_empty(view, thread, place, due)
    first, last = group[0][1], group[-1][1]
    within = place.node.all_of.within
    if within is not None and view.time(last) - view.time(first) > within:
        return False
    if any(view.time(last) > end for end in span_ends(view, kept, place)):
        return False
    bound = {index for _, index in group}
    return opens(view, thread, place, first) and all(index in bound for index in _owed(place))


def opens(view: View, thread: Thread, place: AllOfPlace, index: int) -> bool:
    """Whether an event may be the first of the group: gap, strictness and absences before it. At the head of a rule
    a match begins at one event, and what came before does not matter."""
    if not place.entered:
        return index == place.origin
    base, follow = _base(thread, place), place.follow
    gap = view.time(index) - view.time(base.last)
    if (follow.within is not None and gap > follow.within) or (follow.after is not None and gap < follow.after):
        return False
    passed = view.between(base.begun, index)
    return not (follow.mode == "next" and passed) and (place.hit is None or index <= place.hit)


def warded(view: View, thread: Thread, place: AllOfPlace, index: int) -> AllOfPlace:
    """The place after an event that may have hit an absence before the group, or that a greedy loop before it wants or
    is closed by: that is waited for still, in case what came first is no part of the match."""
    if not place.entered:
        return place
    base = _base(thread, place)
    wanted = any(greedy_wants(view, base, greed, index) for greed in place.greeds)
    place = replace(place, greeds=tuple(greed for greed in place.greeds if not closes(view, base, greed, index)))
    if place.hit is not None or not (wanted or forbidden(view, base, index)):
        return place
    return replace(place, hit=index - 1 if wanted else index)


def unhindered(view: View, place: AllOfPlace, step: str, index: int) -> bool:
    """Whether the absences at the head of the rule let a match begin with this binding; only its first is asked."""
    return place.entered > 0 or index != place.origin or begins_unhindered(view, Thread(((step, index),), place))


def is_open(view: View, thread: Thread, place: AllOfPlace, now: int) -> bool:
    """Whether the group can still become complete."""
    return all(end >= now for end in ends(view, thread, place))


def begun(view: View, thread: Thread, place: AllOfPlace, now: int) -> bool:
    """Whether there is an event already with which the group may begin."""
    return any(end >= now for end in _ends_of_first(view, thread, place))


def ends(view: View, thread: Thread, place: AllOfPlace) -> Iterator[float]:
    """Times after which the group cannot become complete any more."""
    need, within = place.node.all_of.need, place.node.all_of.within
    yield sorted((deadline(view, thread, place, n) for n in range(len(place.states))), reverse=True)[need - 1]
    done = [view.time(i) for name, i in thread.bindings[place.entered :] if name in _steps(place, (DONE,))]
    if place.origin is not None:
        done.append(view.time(place.origin))
    if done and within is not None:
        yield min(done) + within
    yield from span_ends(view, thread.bindings, place)
    yield max(_ends_of_beginning(view, thread, place), default=-inf)
    for index in _owed(place):
        yield max(_ends_of(view, thread, place, index), default=-inf)


def span_ends(view: View, bindings: Bindings, place: AllOfPlace) -> Iterator[int]:
    """When the spans of the groups around end, counted from the first event bound inside each."""
    for entered, span in spans_around(place.frame):
        inside = [index for _, index in bindings[entered:]]
        if place.origin is not None:
            inside.append(place.origin)
        if inside:
            yield view.time(min(inside)) + span


def deadline(view: View, thread: Thread, place: AllOfPlace, number: int) -> float:
    """When an item can no longer be completed by further events, as far as it alone goes."""
    member, state = place.node.members[number], place.states[number]
    if state == FAILED:
        return -inf
    if isinstance(member, AbsenceNode) or state <= 0:
        return inf
    first = next(i for name, i in thread.bindings[place.entered :] if name == member.step.name)
    spans = [span for span in (member.step.within, place.node.all_of.within) if span is not None]
    return view.time(first) + min(spans, default=inf)


def window_span(view: View, step: model.Step, place: AllOfPlace) -> float:
    """How long the window of a threshold in a group may be."""
    own = [span for span in (step.within, view.rule.within, place.node.all_of.within) if span is not None]
    return min([*own, *(span for _, span in spans_around(place.frame))], default=inf)


def _ends_of_beginning(view: View, thread: Thread, place: AllOfPlace) -> Iterator[float]:
    """Until when the group may have a first event: one that is there, or one still to come."""
    yield from _ends_of_first(view, thread, place)
    if not place.entered:
        return
    base, follow = _base(thread, place), place.follow
    passed = view.between(base.begun, len(view.events))
    if not (follow.mode == "next" and passed) and place.hit is None:
        yield inf if follow.within is None else view.time(base.last) + follow.within


def _ends_of_first(view: View, thread: Thread, place: AllOfPlace) -> Iterator[float]:
    """Until when each event that is there and may be the first of the group can still be part of it."""
    there = {i for _, i in thread.bindings[place.entered :]} | {i for window in place.windows for i in window}
    for index in there:
        if opens(view, thread, place, index):
            yield from _ends_of(view, thread, place, index)


def _ends_of(view: View, thread: Thread, place: AllOfPlace, index: int) -> Iterator[float]:
    """Until when an event can still be part of the match, by each item that has it."""
    for number, member in enumerate(place.node.members):
        if not isinstance(member, StepNode) or place.states[number] == FAILED:
            continue
        if (member.step.name, index) in thread.bindings[place.entered :]:
            yield deadline(view, thread, place, number)
        if index in place.windows[number]:
            yield view.time(index) + window_span(view, member.step, place)


def _owed(place: AllOfPlace) -> list[int]:
    """The events that must be bound: what an item has let pass by matters only if the match has that item."""
    every = place.node.all_of.need == len(place.states)
    return [index for number, index in place.owed if number is None or every or place.states[number] == DONE]


def _may_stay_empty(view: View, thread: Thread, place: AllOfPlace, due: int | None) -> bool:
    """Whether absences alone may complete the group, with no event in it."""
    base, follow = _base(thread, place), place.follow
    if due is not None and follow.within is not None and due - view.time(base.last) > follow.within:
        return False
    passed = view.between(base.begun, len(view.events))
    return not (follow.mode == "next" and passed) and place.hit is None


def _base(thread: Thread, place: AllOfPlace) -> Thread:
    """The thread as it was before the group."""
    return replace(thread, bindings=thread.bindings[: place.entered], guards=place.guards, since=place.since)


def _steps(place: AllOfPlace, states: tuple[int, ...]) -> set[str]:
    members = zip(place.node.members, place.states, strict=True)
    return {member.step.name for member, state in members if isinstance(member, StepNode) and state in states}
