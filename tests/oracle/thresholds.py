"""Threshold steps: at each fitting event the shortest run of consecutive fitting events for which `having` holds."""

from __future__ import annotations

from tests.oracle.expand import behind_step
from tests.oracle.expressions import holds
from tests.oracle.fitting import cancelled, closes_group, forbidden, greedy_wants
from tests.oracle.places import Bindings, StepPlace, Thread, spans_around
from tests.oracle.view import View


def meet_threshold(
    view: View, thread: Thread, place: StepPlace, index: int
) -> tuple[tuple[Thread, ...], Thread | None]:
    """Threads behind the threshold if it is reached at this event, and the waiting thread if it lives on: its window
    slides on whether or not it was reached."""
    elements = fitting_elements(view, thread, place, index)
    window = shortest_window(view, thread, place, elements) if index in elements else None
    taken: tuple[Thread, ...] = ()
    if window is not None:
        bindings = (*thread.bindings, *((place.node.step.name, i) for i in window))
        taken = tuple(behind_step(view, bindings, place))
    return taken, thread if _waits_on(view, thread, place, elements, index) else None


def fitting_elements(view: View, thread: Thread, place: StepPlace, index: int) -> list[int]:
    """The fitting events behind the last one bound, up to this one; too early ones are skipped."""
    step = place.node.step
    taken = {i for _, i in thread.bindings}
    elements: list[int] = []
    for candidate in view.between(thread.begun, index + 1):
        if not thread.bindings and closes_group(view, thread, candidate):
            # Before a match has begun, too, the `until` of a group ends every wait inside.
            elements = []
            continue
        early = (
            thread.bindings and place.follow.after is not None and _gap(view, thread, candidate) < place.follow.after
        )
        if candidate in taken or early or not view.plays(step.event, step.key, candidate):
            continue
        if view.passes_as_element(step.where, candidate, thread.bindings, place.frame, elements):
            elements.append(candidate)
    return elements


def shortest_window(view: View, thread: Thread, place: StepPlace, elements: list[int]) -> list[int] | None:
    """The shortest run that ends with the last element, may begin where it begins, and fulfils `having`."""
    step = place.node.step
    span = window_span(view, place)
    for length in range(1, len(elements) + 1):
        window = elements[-length:]
        if span is not None and view.time(window[-1]) - view.time(window[0]) > span:
            return None
        scope = view.scope(thread.bindings, place.frame)
        own = tuple(view.data(i) for i in window[:-1])
        scope = scope.testing(view.data(window[-1]), own)
        if _may_begin(view, thread, place, window) and holds(step.having, scope):
            return window
    return None


def _may_begin(view: View, thread: Thread, place: StepPlace, window: list[int]) -> bool:
    """Gap, strictness, absences before the window, and `cancel on` up to its end, as they bear on its first event."""
    bindings = thread.bindings
    if bindings:
        if place.follow.within is not None and _gap(view, thread, window[0]) > place.follow.within:
            return False
        passed = view.between(thread.begun, window[0])
        if place.follow.mode == "next" and passed:
            return False
        if any(forbidden(view, thread, i) for i in passed):
            return False
    elif any(
        closes_group(view, thread, i) or any(greedy_wants(view, thread, greed, i) for greed in thread.greeds)
        for i in view.between(window[0] - 1, window[-1] + 1)
    ):
        # A match that begins here would have passed by, or taken, what a greedy loop before it wants, or what closes
        # the group around it.
        return False
    return not _cancelled_within(view, thread, place, window)


def _cancelled_within(view: View, thread: Thread, place: StepPlace, window: list[int]) -> bool:
    """Whether `cancel on` hit since the first event of the match, not counting events that are part of it."""
    cancel = view.rule.cancel
    if cancel is None:
        return False
    first = thread.begun if thread.bindings else window[0]
    bindings: Bindings = thread.bindings
    passed = [i for i in view.between(first, window[-1]) if i not in window]
    return any(view.hits(cancel, i, bindings, None) for i in passed)


def _waits_on(view: View, thread: Thread, place: StepPlace, elements: list[int], index: int) -> bool:
    """Whether the wait can still be fulfilled after this event: by a window that has begun, or by one yet to begin."""
    if index not in elements and cancelled(view, thread, index):
        return False
    span = window_span(view, place)
    now = view.time(index)
    begun = begun_windows(view, thread, place)
    return may_still_begin(view, thread, place) or any(span is None or now - view.time(e) <= span for e in begun)


def window_span(view: View, place: StepPlace) -> int | None:
    """The span of a threshold's window: its own, and no longer than the whole match, or a group around, may be."""
    own = [span for span in (place.node.step.within, view.rule.within) if span is not None]
    return min([*own, *(span for _, span in spans_around(place.frame))], default=None)


def begun_windows(view: View, thread: Thread, place: StepPlace) -> list[int]:
    """The elements so far with which a window may begin."""
    elements = fitting_elements(view, thread, place, len(view.events))
    return [e for e in elements if _may_begin(view, thread, place, [e])]


def may_still_begin(view: View, thread: Thread, place: StepPlace) -> bool:
    """Whether a later event may be the first of a window, as far as contiguity, absences and `cancel on` go."""
    passed = view.between(thread.begun, len(view.events))
    if place.follow.mode == "next" and passed and thread.bindings:
        return False
    return not any(forbidden(view, thread, i) or cancelled(view, thread, i) for i in passed)


def _gap(view: View, thread: Thread, index: int) -> int:
    return view.time(index) - view.time(thread.last)
