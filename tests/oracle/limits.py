"""Deadlines: when a thread can take nothing more, and when an absence it waits for has held."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import inf

from tests.oracle.conjunctions import absence_due, absence_holds, after_absences, entered, is_started
from tests.oracle.expand import behind_frame
from tests.oracle.gathered import FAILED, ends
from tests.oracle.places import (
    AllOfPlace,
    EndPlace,
    Frame,
    Place,
    StepPlace,
    Thread,
    TimerPlace,
    spans_around,
)
from tests.oracle.thresholds import begun_windows, may_still_begin, window_span
from tests.oracle.view import View


def limit(view: View, thread: Thread) -> int | None:
    """The last event time at which the thread can still take an event; None if there is no end to it."""
    return min(_limits(view, thread), default=None)


def _limits(view: View, thread: Thread) -> Iterator[int]:
    place = thread.place
    header = view.rule.within
    waits_for_events = not isinstance(place, EndPlace) or bool(thread.trailing_nexts)
    if header is not None and waits_for_events:
        origin = place.origin if isinstance(place, AllOfPlace) else None
        yield view.time(thread.first if origin is None else origin) + header
    match place:
        case StepPlace():
            yield from _step_limits(view, thread, place)
            yield from _span_limits(view, thread, place.frame)
        case AllOfPlace():
            yield from _all_of_limits(view, thread, place)
        case TimerPlace(follow=follow):
            if follow is not None and follow.within is not None:
                yield view.time(thread.last) + follow.within
            yield from _span_limits(view, thread, place.frame)


def _step_limits(view: View, thread: Thread, place: StepPlace) -> Iterator[int]:
    step = place.node.step
    if len(thread.bindings) > place.entered:
        if step.within is not None:
            yield view.time(thread.bindings[place.entered][1]) + step.within
        return
    gap = place.follow.within
    if step.having is not None:
        yield from _window_limits(view, thread, place)
    elif gap is not None:
        yield view.time(thread.last) + gap


def _window_limits(view: View, thread: Thread, place: StepPlace) -> Iterator[int]:
    """When neither a window that has begun can be filled any more, nor another begin."""
    gap, span = place.follow.within, window_span(view, place)
    begun = begun_windows(view, thread, place)
    if begun and span is None:
        return
    grown = [view.time(first) + span for first in begun if span is not None]
    if not may_still_begin(view, thread, place):
        yield from [max(grown)] if grown else []
    elif gap is not None:
        yield max([view.time(thread.last) + gap, *grown])


def _all_of_limits(view: View, thread: Thread, place: AllOfPlace) -> Iterator[int]:
    if not is_started(thread, place):
        place = entered(thread, place)
    yield from (int(end) for end in ends(view, thread, place) if end < inf)


def _span_limits(view: View, thread: Thread, frame: Frame) -> Iterator[int]:
    """Spans of the groups around a place, from the first event bound inside each."""
    for before, span in spans_around(frame):
        if len(thread.bindings) > before:
            yield view.time(thread.bindings[before][1]) + span


def due(view: View, thread: Thread) -> int | None:
    """When the thread goes on by itself because an absence has held; None if it waits for none."""
    place = thread.place
    match place:
        case TimerPlace():
            assert place.node.absence.within is not None
            return place.base + place.node.absence.within
        case AllOfPlace():
            times = [absence_due(view, thread, place, number) for number in range(len(place.states))]
            return min((t for t in times if t is not None), default=None)
        case EndPlace():
            ends = [armed.until for armed in thread.trailing]
            if thread.trailing_nexts or not ends or None in ends:
                return None
            return max(end for end in ends if end is not None)
    return None


def is_past_gap(view: View, thread: Thread, now: int) -> bool:
    """Whether a thread has come to an absence that begins a group when the gap before that had passed."""
    place = thread.place
    gap = place.follow.within if isinstance(place, TimerPlace) and place.follow is not None else None
    return gap is not None and view.time(thread.last) + gap < now


def _still_in(place: Place, before: Place) -> bool:
    """Whether a thread has only gone on inside its group."""
    return (
        isinstance(place, AllOfPlace)
        and isinstance(before, AllOfPlace)
        and (place.node, place.entered) == (before.node, before.entered)
    )


def goes_on(view: View, thread: Thread, now: int) -> list[Thread]:
    """The threads after the absences due at `now` have held; at the end, the thread with nothing left to wait for."""
    place = thread.place
    if isinstance(place, EndPlace):
        return [Thread(thread.bindings, EndPlace(now))]
    if isinstance(place, AllOfPlace):
        threads = absence_holds(view, thread, place, now)
    else:
        assert isinstance(place, TimerPlace)
        threads = behind_frame(view, thread.bindings, place.frame, thread)
    # Where incomplete items are left out, other ways have come to the same events.
    ways = {True: thread.ways, False: None}
    threads = [replace(found, ways=ways[found.bindings == thread.bindings]) for found in threads]
    return [later for found in threads for later in _entered_late(view, found, place, now)]


def _entered_late(view: View, thread: Thread, before: Place, now: int) -> list[Thread]:
    """A thread that begins to wait because an absence has held: absences it comes to count from the last event bound,
    so that they may have been hit already."""
    if isinstance(thread.place, EndPlace):
        return [replace(thread, place=EndPlace(now))]
    if _still_in(thread.place, before):
        return [thread]
    late = replace(thread, since=view.seen[-1])
    passed = view.between(late.last, len(view.events))
    place = late.place
    if isinstance(place, TimerPlace):
        end = due(view, late)
        within = [index for index in passed if end is not None and view.time(index) <= end]
        hit = any(view.hits(place.node.absence, index, late.bindings, place.frame) for index in within)
        return [] if hit else [late]
    if isinstance(place, AllOfPlace) and not is_started(late, place):
        place = entered(late, place)
        for index in passed:
            place = after_absences(view, late, place, index)
        return [replace(late, place=place)]
    return [late]


def is_possible(thread: Thread) -> bool:
    """Whether a group in any order that was just reached can be completed still: absences in it may have been hit."""
    place = thread.place
    if not isinstance(place, AllOfPlace):
        return True
    return sum(state != FAILED for state in place.states) >= place.node.all_of.need
