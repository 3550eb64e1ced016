"""`all of` and `at least N of`: several items wait side by side.

One event binds one item of a thread, with a branch for each it fits. A threshold binds nothing before its `having`
holds: an event that fits one is held for it in a branch of its own, and where the event also fits an item that would
have to take it, that branch *owes* the event: it is a match only if the threshold binds it in the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from tests.oracle.expand import Crossed, Expansion, Way, behind_frame, looped_groups
from tests.oracle.expressions import holds
from tests.oracle.fitting import cancelled, forbidden
from tests.oracle.gathered import (
    DONE,
    FAILED,
    begun,
    deadline,
    is_complete,
    is_open,
    is_sound,
    kept_of,
    opens,
    unhindered,
    warded,
    window_span,
)
from tests.oracle.lacking import is_passed, passed_over
from tests.oracle.nodes import AbsenceNode, StepNode
from tests.oracle.places import AllOfPlace, Bindings, Thread
from tests.oracle.view import View

T = TypeVar("T")


def meet_all_of(view: View, thread: Thread, place: AllOfPlace, index: int) -> tuple[list[Thread], Thread | None]:
    """Threads that took the event for one of the items, and the thread itself if it waits on."""
    if not is_started(thread, place):
        place = entered(thread, place)
    place = warded(view, thread, after_absences(view, thread, place, index), index)
    taken: list[Thread] = []
    numbers = [] if _comes_early(view, thread, place, index) else list(_fitting(view, thread, place, index))
    for number in numbers:
        member = place.node.members[number]
        assert isinstance(member, StepNode)
        if member.step.having is not None:
            taken += _reach(view, thread, place, number, index)
        else:
            taken += _bind(view, thread, place, number, index, [n for n in numbers if n != number])
    return taken, _stays(view, thread, place, numbers, index)


def entered(thread: Thread, place: AllOfPlace) -> AllOfPlace:
    """The place of a thread that waits to enter the group."""
    return replace(place, guards=thread.guards, greeds=thread.greeds, since=thread.since, lacking=thread.awaited)


def is_started(thread: Thread, place: AllOfPlace) -> bool:
    """Whether anything is bound in the group."""
    return len(thread.bindings) > place.entered


# ---------------------------------------------------------------- what the event fits


def _fitting(view: View, thread: Thread, place: AllOfPlace, index: int) -> Iterator[int]:
    """The items that the event fits, provided the group has a first event by then."""
    if not (opens(view, thread, place, index) or begun(view, thread, place, view.time(index))):
        return
    for number, member in enumerate(place.node.members):
        if not isinstance(member, StepNode) or place.states[number] < 0:
            continue
        step = member.step
        if not view.plays(step.event, step.key, index) or view.time(index) > deadline(view, thread, place, number):
            continue
        own = [i for name, i in thread.bindings[place.entered :] if name == step.name]
        if view.passes_as_element(step.where, index, thread.bindings, place.frame, own):
            yield number


def _comes_early(view: View, thread: Thread, place: AllOfPlace, index: int) -> bool:
    after = place.follow.after
    return (
        bool(thread.bindings)
        and not is_started(thread, place)
        and after is not None
        and view.time(index) - view.time(thread.last) < after
    )


def _must_take(place: AllOfPlace, number: int) -> bool:
    """Whether an item takes the next event that fits it: a threshold holds it, `combinations` may leave it out."""
    member = place.node.members[number]
    assert isinstance(member, StepNode)
    loose = member.step.mode == "combinations" and place.states[number] > 0
    return member.step.having is None and not loose


# ---------------------------------------------------------------- branches that take the event


def _bind(
    view: View, thread: Thread, place: AllOfPlace, number: int, index: int, others: list[int]
) -> Iterator[Thread]:
    """The threads in which a step or `{n}` has taken the event; of others that must take it, it is owed."""
    member = place.node.members[number]
    assert isinstance(member, StepNode)
    count = place.states[number] + 1
    states = _with(place.states, number, DONE if count == member.step.minimum else count)
    owed = (*place.owed, *((other, index) for other in others if _must_take(place, other)))
    bindings = (*thread.bindings, (member.step.name, index))
    if unhindered(view, place, member.step.name, index):
        yield from _reached(view, thread, replace(place, states=states, owed=owed), bindings, number, index)


def _reach(view: View, thread: Thread, place: AllOfPlace, number: int, index: int) -> Iterator[Thread]:
    """The threads in which a threshold has been reached at this event."""
    member = place.node.members[number]
    assert isinstance(member, StepNode)
    window = _shortest_window(view, thread, place, number, index)
    if window is None or not unhindered(view, place, member.step.name, window[0]):
        return
    windows = tuple(
        () if n == number else tuple(i for i in held if i not in window) for n, held in enumerate(place.windows)
    )
    place = replace(place, states=_with(place.states, number, DONE), windows=windows)
    bindings = _merged(thread.bindings, place.entered, member.step.name, window)
    yield from _reached(view, thread, place, bindings, number, index)


def _shortest_window(view: View, thread: Thread, place: AllOfPlace, number: int, index: int) -> tuple[int, ...] | None:
    """The shortest run of held events that ends with this one and fulfils `having`. Where no other item has an event
    with which the group may begin, this one must, as far as it can."""
    member = place.node.members[number]
    assert isinstance(member, StepNode)
    held = (*place.windows[number], index)
    others = replace(place, windows=_with(place.windows, number, ()))
    must_begin = place.entered > 0 and not begun(view, thread, others, view.time(index))
    scope = view.scope(thread.bindings, place.frame)
    for length in range(1, len(held) + 1):
        window = held[-length:]
        if view.time(index) - view.time(window[0]) > window_span(view, member.step, place):
            return None
        tested = scope.testing(view.data(index), tuple(view.data(i) for i in window[:-1]))
        if holds(member.step.having, tested) and (not must_begin or opens(view, thread, place, window[0])):
            return window
    return None


def _reached(
    view: View, before: Thread, place: AllOfPlace, bindings: Bindings, taker: int, index: int
) -> Iterator[Thread]:
    """The threads behind a take: on to the next item if enough items are complete, else still here."""
    place = _broken(place, taker)
    if not place.entered and not before.bindings:
        place = _counting(view, place, bindings, index)
    thread = replace(before, bindings=bindings, place=place)
    if is_complete(place):
        yield from _completed(view, thread, place)
    elif is_open(view, thread, place, view.time(index)):
        ways = [Way(place, Crossed(), True)]
        yield from Expansion(view, bindings).threads(ways, looped_groups(place.frame, len(bindings)))


def _completed(view: View, thread: Thread, place: AllOfPlace, due: int | None = None) -> list[Thread]:
    """The threads behind the group; `due`: when the absence held that was the last to complete it."""
    kept = kept_of(thread, place)
    if not is_sound(view, thread, place, kept, due):
        return []
    if len(kept) > place.entered:
        return behind_frame(view, kept, place.frame, None if due is None else thread)
    # Where nothing of the group is left, what stands before it bears on what follows.
    before = replace(thread, guards=place.guards, greeds=place.greeds)
    threads = behind_frame(view, kept, place.frame, None if due is None else before)
    steps = frozenset(passed_over(place))
    lacking = [place.lacking] if place.lacking is not None and not is_passed(place.lacking, steps) else []
    return [
        replace(t, awaited=min([*lacking, *([] if t.awaited is None else [t.awaited])], default=None)) for t in threads
    ]


# ---------------------------------------------------------------- the branch that does not


def _stays(view: View, thread: Thread, place: AllOfPlace, numbers: list[int], index: int) -> Thread | None:
    """The thread in which no item is completed by the event; thresholds hold it."""
    windows = tuple(
        (*held, index) if n in numbers and _holds(view, place, n, index) else held
        for n, held in enumerate(place.windows)
    )
    held = windows != place.windows
    started = is_started(thread, place)
    waits_for_any = not started and place.follow.mode == "any"
    must = [] if waits_for_any else [number for number in numbers if _must_take(place, number)]
    owed: list[int | None] = [*must, *([None] if _is_hit(view, thread, place, index) else [])]
    if owed and not held:
        return None
    place = replace(place, owed=(*place.owed, *((number, index) for number in owed)))
    unbroken, place = place, _broken(replace(place, windows=windows), None)
    thread = replace(thread, place=place)
    if place.states != unbroken.states:
        again = Expansion(view, thread.bindings).threads([Way(place, Crossed(), True)], [])
        thread = replace(thread, awaited=again[0].awaited)
    return thread if is_open(view, thread, place, view.time(index)) else None


def _is_hit(view: View, thread: Thread, place: AllOfPlace, index: int) -> bool:
    """Whether the event may not be passed by: `cancel on`, or an absence of a loop around the group."""
    if not place.entered and not thread.bindings:
        cancel = view.rule.cancel
        return cancel is not None and index != place.origin and view.hits(cancel, index, (), None)
    return cancelled(view, thread, index) or (is_started(thread, place) and forbidden(view, thread, index))


def _broken(place: AllOfPlace, taker: int | None) -> AllOfPlace:
    """Where a `consecutive` item other than the taker is under way, it has failed."""
    states = tuple(
        FAILED if number != taker and state > 0 and _is_consecutive(place, number) else state
        for number, state in enumerate(place.states)
    )
    return replace(place, states=states)


def _is_consecutive(place: AllOfPlace, number: int) -> bool:
    member = place.node.members[number]
    return isinstance(member, StepNode) and member.step.mode == "consecutive"


def _holds(view: View, place: AllOfPlace, number: int, index: int) -> bool:
    """Whether an item is a threshold that holds an event which fits it, the match's first only if it may be that."""
    member = place.node.members[number]
    assert isinstance(member, StepNode)
    return member.step.having is not None and unhindered(view, place, member.step.name, index)


# ---------------------------------------------------------------- absences among the items


def absence_due(view: View, thread: Thread, place: AllOfPlace, number: int) -> int | None:
    """When an open absence among the items holds; None while nothing is bound that it could be counted from."""
    member = place.node.members[number]
    if not isinstance(member, AbsenceNode) or place.states[number] != 0 or not thread.bindings:
        return None
    base = view.time(thread.bindings[place.entered - 1][1]) if place.entered else place.base
    assert member.absence.within is not None and base is not None
    return base + member.absence.within


def absence_holds(view: View, thread: Thread, place: AllOfPlace, due: int) -> list[Thread]:
    """The threads after the absences due at `due`, or before it, have held."""
    ends = [absence_due(view, thread, place, number) for number in range(len(place.states))]
    states = tuple(
        DONE if end is not None and end <= due else state for state, end in zip(place.states, ends, strict=True)
    )
    if not is_started(thread, place):
        place = entered(thread, place)
    place = replace(place, states=states)
    if is_complete(place):
        return _completed(view, thread, place, due)
    return [replace(thread, place=place)]


def after_absences(view: View, thread: Thread, place: AllOfPlace, index: int) -> AllOfPlace:
    """The place after the event has hit absences among the items."""
    states = list(place.states)
    for number, member in enumerate(place.node.members):
        due = absence_due(view, thread, place, number)
        if due is None or view.time(index) > due or not isinstance(member, AbsenceNode):
            continue
        if view.hits(member.absence, index, thread.bindings, place.frame):
            states[number] = FAILED
    return replace(place, states=tuple(states))


def _counting(view: View, place: AllOfPlace, bindings: Bindings, index: int) -> AllOfPlace:
    """At the head of a rule: absences count from the first event of what was bound first. A window's lies in the past;
    what has come since has hit them or not, read as it came, when nothing was bound."""
    since = view.time(bindings[0][1])
    states = list(place.states)
    for number, member in enumerate(place.node.members):
        if not isinstance(member, AbsenceNode):
            continue
        assert member.absence.within is not None
        due = since + member.absence.within
        passed = [i for i in view.between(bindings[0][1], index + 1) if view.time(i) <= due]
        if any(view.hits(member.absence, i, (), place.frame) for i in passed):
            states[number] = FAILED
        elif due < view.time(index):
            states[number] = DONE
    return replace(place, base=since, states=tuple(states))


# ---------------------------------------------------------------- helpers


def _merged(bindings: Bindings, entered: int, step: str, window: tuple[int, ...]) -> Bindings:
    """Bindings in time order once a window of earlier events has joined them."""
    inside = sorted([*bindings[entered:], *((step, i) for i in window)], key=lambda binding: binding[1])
    return (*bindings[:entered], *inside)


def _with(values: tuple[T, ...], number: int, value: T) -> tuple[T, ...]:
    return (*values[:number], value, *values[number + 1 :])
