"""What one event does to one thread: it is taken, passed by, or ends the thread."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tests.oracle.conjunctions import meet_all_of
from tests.oracle.expand import behind_step
from tests.oracle.fitting import cancelled, closes, closes_group, fits_step, forbidden, greedy_wants
from tests.oracle.places import AllOfPlace, EndPlace, StepPlace, Thread, TimerPlace
from tests.oracle.thresholds import meet_threshold
from tests.oracle.view import View


@dataclass(frozen=True, slots=True)
class Outcome:
    """Threads that took the event, and the thread itself if it lives on without it."""

    taken: tuple[Thread, ...] = ()
    stays: Thread | None = None


ENDS = Outcome()


def meet(view: View, thread: Thread, index: int) -> Outcome:
    """The event at `index` comes to a thread. A thread without bindings is a place where a match may begin."""
    if any(view.hits(armed.node.absence, index, thread.bindings, armed.frame) for armed in thread.nexts):
        return ENDS
    thread = replace(thread, nexts=(), trailing_nexts=())
    place = thread.place
    if isinstance(place, EndPlace):
        outcome = _pass_by(view, thread, index)
        return Outcome((), _without_past(view, outcome.stays, index))
    if isinstance(place, TimerPlace) and view.hits(place.node.absence, index, thread.bindings, place.frame):
        return ENDS
    if any(greedy_wants(view, thread, greed, index) for greed in thread.greeds):
        return ENDS
    if thread.bindings:
        # An `until` closes the loop, and with it its greed; before a match has begun there is none to close.
        thread = replace(thread, greeds=tuple(g for g in thread.greeds if not closes(view, thread, g, index)))
    if closes_group(view, thread, index):
        return ENDS
    if isinstance(place, TimerPlace):
        strict = place.follow is not None and place.follow.mode == "next"
        return ENDS if strict else _pass_by(view, thread, index)
    if isinstance(place, AllOfPlace):
        found, waiting = meet_all_of(view, thread, place, index)
        return Outcome(tuple(found), waiting)
    if place.node.step.having is not None:
        taken, stays = meet_threshold(view, thread, place, index)
        return Outcome(taken, stays)
    return _meet_step(view, thread, place, index)


def _meet_step(view: View, thread: Thread, place: StepPlace, index: int) -> Outcome:
    step = place.node.step
    fits = fits_step(view, thread, place, index)
    first = len(thread.bindings) == place.entered
    closed = closes(view, thread, place, index)
    if closed and not first:
        return ENDS
    taken: tuple[Thread, ...] = ()
    if fits and not closed:
        bindings = (*thread.bindings, (step.name, index))
        taken = tuple(behind_step(view, bindings, place))
    mode = place.follow.mode if first else {"relaxed": "then", "consecutive": "next", "combinations": "any"}[step.mode]
    passes = mode == "any" or (mode == "then" and not fits)
    return Outcome(taken, _survivor(view, thread, index) if passes else None)


def _without_past(view: View, thread: Thread | None, index: int) -> Thread | None:
    """A thread at the end, where only a `without next` kept it after its timed absences had held."""
    if thread is None:
        return None
    past = [a.until for a in thread.trailing if a.until is not None and a.until < view.time(index)]
    open_still = tuple(a for a in thread.trailing if a.until is None or a.until >= view.time(index))
    return replace(thread, trailing=open_still, place=EndPlace(max(past, default=None)))


def _pass_by(view: View, thread: Thread, index: int) -> Outcome:
    return Outcome((), _survivor(view, thread, index))


def _survivor(view: View, thread: Thread, index: int) -> Thread | None:
    """The thread, unless passing this event by is forbidden by an absence or `cancel on`."""
    return None if forbidden(view, thread, index) or cancelled(view, thread, index) else thread
