"""`all of` and `at least N of`: several items wait side by side."""

from __future__ import annotations

from dataclasses import replace

from cep.language import model
from tests.oracle.expand import Crossed, Expansion, Way, behind_frame, looped_groups
from tests.oracle.nodes import AbsenceNode, StepNode
from tests.oracle.places import AllOfPlace, Bindings, Follow, StepPlace, Thread
from tests.oracle.thresholds import fitting_elements, shortest_window
from tests.oracle.view import View

DONE, FAILED = -1, -2


def meet_all_of(view: View, thread: Thread, place: AllOfPlace, index: int) -> tuple[tuple[Thread, ...], Thread | None]:
    """Threads that took the event for one of the members, and the thread itself if it waits on."""
    started = len(thread.bindings) > place.entered
    states = after_absences(view, thread, place, index)
    if states is None:
        return (), None
    place = replace(place, states=states)
    thread = replace(thread, place=place)
    if not started and not _gap_fits(view, thread, place.follow, index):
        return (), thread if place.follow.mode != "next" else None
    taken: list[Thread] = []
    must_take = False
    for number, member in enumerate(place.node.members):
        if isinstance(member, AbsenceNode) or states[number] < 0:
            continue
        found = _take(view, thread, place, number, member, index)
        if found is not None:
            taken += _reached(view, found[0], replace(place, states=found[1]), index, number)
            must_take = must_take or (member.step.having is None and not _is_loose(place, number, member))
    passes = not must_take and not _strict_member_open(place, None)
    if not started and place.follow.mode != "then":
        passes = place.follow.mode == "any"
    return tuple(taken), thread if passes else None


def absence_due(view: View, thread: Thread, place: AllOfPlace, number: int) -> int | None:
    """When an open absence among the members holds; None while nothing is bound that it could be counted from."""
    member = place.node.members[number]
    if not isinstance(member, AbsenceNode) or place.states[number] != 0 or not thread.bindings:
        return None
    base = thread.bindings[place.entered - 1] if place.entered else thread.bindings[0]
    assert member.absence.within is not None
    return view.time(base[1]) + member.absence.within


def absence_holds(view: View, thread: Thread, place: AllOfPlace, due: int) -> list[Thread]:
    """The threads after the absences due at `due` have held."""
    states = tuple(
        DONE if absence_due(view, thread, place, number) == due else state for number, state in enumerate(place.states)
    )
    place = replace(place, states=states)
    if _is_complete(place):
        return _completed(view, thread.bindings, place, thread)
    return [replace(thread, place=place)]


def _take(
    view: View, thread: Thread, place: AllOfPlace, number: int, member: StepNode, index: int
) -> tuple[Bindings, tuple[int, ...]] | None:
    """Bindings and states after a member has taken the event, None if it does not fit."""
    step = member.step
    if step.having is not None:
        own = StepPlace(member, len(thread.bindings[: place.entered]), place.follow, place.frame)
        before = replace(thread, bindings=thread.bindings[: place.entered])
        elements = [i for i in fitting_elements(view, before, own, index) if (i not in _events(thread.bindings))]
        window = shortest_window(view, before, own, elements) if index in elements else None
        if window is None:
            return None
        return _merged(thread.bindings, place.entered, step.name, window), _with(place.states, number, DONE)
    if not _fits(view, thread, place, step, index):
        return None
    count = place.states[number] + 1
    state = DONE if count == step.minimum else count
    return (*thread.bindings, (step.name, index)), _with(place.states, number, state)


def _fits(view: View, thread: Thread, place: AllOfPlace, step: model.Step, index: int) -> bool:
    if not view.plays(step.event, step.key, index):
        return False
    own = [i for name, i in thread.bindings[place.entered :] if name == step.name]
    if own and step.within is not None and view.time(index) - view.time(own[0]) > step.within:
        return False
    return view.passes_as_element(step.where, index, thread.bindings, place.frame, own)


def _reached(view: View, bindings: Bindings, place: AllOfPlace, index: int, taker: int) -> list[Thread]:
    """The threads behind a member's take: on to the next item if enough members are complete, else still here."""
    if _is_complete(place):
        return _completed(view, bindings, place)
    if _strict_member_open(place, taker):
        return []
    expansion = Expansion(view, bindings)
    return expansion.threads([Way(place, Crossed(), True)], looped_groups(place.frame))


def _completed(view: View, bindings: Bindings, place: AllOfPlace, waited: Thread | None = None) -> list[Thread]:
    """Leave the group; elements of members that were not completed are not part of the match, nor is a match that has
    nothing else."""
    open_steps = {
        member.step.name
        for member, state in zip(place.node.members, place.states, strict=True)
        if isinstance(member, StepNode) and state >= 0
    }
    kept = tuple(b for i, b in enumerate(bindings) if i < place.entered or b[0] not in open_steps)
    return behind_frame(view, kept, place.frame, waited) if kept else []


def _is_complete(place: AllOfPlace) -> bool:
    return sum(state == DONE for state in place.states) >= place.node.all_of.need


def after_absences(view: View, thread: Thread, place: AllOfPlace, index: int) -> tuple[int, ...] | None:
    """The states after the event has hit absences among the members, None if that ends the thread."""
    states = list(place.states)
    for number, member in enumerate(place.node.members):
        due = absence_due(view, thread, place, number)
        if due is None or view.time(index) > due or not isinstance(member, AbsenceNode):
            continue
        if view.hits(member.absence, index, thread.bindings, place.frame):
            states[number] = FAILED
    possible = sum(state != FAILED for state in states)
    return tuple(states) if possible >= place.node.all_of.need else None


def _gap_fits(view: View, thread: Thread, follow: Follow, index: int) -> bool:
    if not thread.bindings:
        return True
    gap = view.time(index) - view.time(thread.last)
    return (follow.within is None or gap <= follow.within) and (follow.after is None or gap >= follow.after)


def _is_loose(place: AllOfPlace, number: int, member: StepNode) -> bool:
    """Whether a member may leave a fitting event out: between the elements of `combinations`."""
    return member.step.mode == "combinations" and place.states[number] > 0


def _strict_member_open(place: AllOfPlace, taker: int | None) -> bool:
    """Whether a `consecutive` member other than the taker is under way, which ends where another event comes."""
    return any(
        isinstance(member, StepNode) and member.step.mode == "consecutive" and state > 0 and number != taker
        for number, (member, state) in enumerate(zip(place.node.members, place.states, strict=True))
    )


def _merged(bindings: Bindings, entered: int, step: str, window: list[int]) -> Bindings:
    """Bindings in time order once a window of earlier events has joined them."""
    inside = sorted([*bindings[entered:], *((step, i) for i in window)], key=lambda binding: binding[1])
    return (*bindings[:entered], *inside)


def _events(bindings: Bindings) -> set[int]:
    return {index for _, index in bindings}


def _with(states: tuple[int, ...], number: int, state: int) -> tuple[int, ...]:
    return (*states[:number], state, *states[number + 1 :])
