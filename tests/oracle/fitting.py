"""Whether an event fits a place, closes a loop, or is forbidden."""

from __future__ import annotations

from tests.oracle.places import AllOfPlace, Greed, Iteration, StepPlace, Thread, TimerPlace
from tests.oracle.view import View


def fits_step(view: View, thread: Thread, place: StepPlace, index: int) -> bool:
    """Whether an event has the type, key, gap and span of a step's next element and fulfils its condition."""
    step = place.node.step
    if not view.plays(step.event, step.key, index):
        return False
    own = [i for _, i in thread.bindings[place.entered :]]
    time = view.time(index)
    if own:
        if step.within is not None and time - view.time(own[0]) > step.within:
            return False
    elif thread.bindings:
        gap = time - view.time(thread.last)
        follow = place.follow
        if (follow.within is not None and gap > follow.within) or (follow.after is not None and gap < follow.after):
            return False
    return view.passes_as_element(step.where, index, thread.bindings, place.frame, own)


def closes(view: View, thread: Thread, place: StepPlace | Greed, index: int) -> bool:
    """Whether the `until` of a step's loop fits; its aggregates cover the elements taken so far."""
    until = place.node.step.until
    if until is None or not view.plays(until.event, until.key, index):
        return False
    own = [i for _, i in thread.bindings[place.entered :]]
    return view.passes(until.where, index, thread.bindings, place.frame, own, with_candidate=False)


def greedy_wants(view: View, thread: Thread, greed: Greed, index: int) -> bool:
    """Whether an event fits the condition of a greedy loop that was left behind, also past its maximum, its span or
    its gap; what closes the loop is not wanted."""
    step = greed.node.step
    own = [i for _, i in thread.bindings[greed.entered :]]
    return (
        view.plays(step.event, step.key, index)
        and view.passes_as_element(step.where, index, thread.bindings, greed.frame, own)
        and not closes(view, thread, greed, index)
    )


def closes_group(view: View, thread: Thread, index: int) -> bool:
    """Whether the event closes a group that the thread waits in."""
    place = thread.place
    frame = place.frame if isinstance(place, StepPlace | AllOfPlace | TimerPlace) else None
    while frame is not None:
        if isinstance(frame, Iteration):
            until = frame.group.group.until
            if until is not None and view.hits(until, index, thread.bindings, frame.outer):
                return True
        frame = frame.outer
    return False


def forbidden(view: View, thread: Thread, index: int) -> bool:
    """Whether an event hits an absence in force."""
    time = view.time(index)
    return any(
        index > armed.since
        and (armed.until is None or time <= armed.until)
        and view.hits(armed.node.absence, index, thread.bindings, armed.frame)
        for armed in (*thread.guards, *thread.trailing)
    )


def cancelled(view: View, thread: Thread, index: int) -> bool:
    """Whether an event ends the partial match by `cancel on`."""
    cancel = view.rule.cancel
    return cancel is not None and bool(thread.bindings) and view.hits(cancel, index, thread.bindings, None)
