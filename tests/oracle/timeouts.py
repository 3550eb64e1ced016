"""Partial matches that ran out of time."""

from __future__ import annotations

from tests.oracle.conjunctions import AllOfPlace
from tests.oracle.nodes import Pattern, StepNode
from tests.oracle.places import Bindings, StepPlace, Thread
from tests.oracle.selection import written_order


class Expired:
    """The waiting places of each partial match whose limit has passed, while others of it are still open."""

    def __init__(self, pattern: Pattern) -> None:
        self.pattern = pattern
        self.places: dict[Bindings, list[Thread]] = {}

    def ended(self, expired: list[Thread], alive: list[Thread]) -> list[Bindings]:
        """The partial matches for which now every place has run out, in the order of selection."""
        for thread in expired:
            self.places.setdefault(thread.bindings, []).append(thread)
        open_still = {thread.bindings for thread in alive}
        ended = {thread.bindings for thread in expired} - open_still
        return sorted(ended, key=lambda bindings: written_order(self.pattern, bindings))

    def waited_for(self, bindings: Bindings) -> str | None:
        """The first mandatory step that a partial match was waiting for, in the order written."""
        waits = [(not thread.mandatory, node.order, node.step.name) for thread, node in self._steps(bindings)]
        return min(waits)[2] if waits else None

    def _steps(self, bindings: Bindings) -> list[tuple[Thread, StepNode]]:
        found = []
        for thread in self.places[bindings]:
            place = thread.place
            if isinstance(place, StepPlace):
                found.append((thread, place.node))
            elif isinstance(place, AllOfPlace):
                members = zip(place.node.members, place.states, strict=True)
                found += [(thread, m) for m, state in members if isinstance(m, StepNode) and state >= 0]
        return found


def largest_by_first_event(ended: list[Bindings]) -> list[Bindings]:
    """Of each first event the partial match that bound most; the earlier in the order given among equals."""
    best: dict[int, Bindings] = {}
    for bindings in ended:
        first = bindings[0][1]
        if first not in best or len(bindings) > len(best[first]):
            best[first] = bindings
    return [best[first] for first in sorted(best)]
