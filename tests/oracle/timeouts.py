"""Partial matches that ran out of time."""

from __future__ import annotations

from tests.oracle.nodes import Pattern
from tests.oracle.places import Awaited, Bindings, Thread
from tests.oracle.selection import written_order


class Expired:
    """The waiting places of each partial match whose limit has passed, while others of it are still open."""

    def __init__(self, pattern: Pattern) -> None:
        self.pattern = pattern
        self.awaited: dict[Bindings, Awaited | None] = {}

    def ended(self, expired: list[Thread], alive: list[Thread]) -> list[Bindings]:
        """The partial matches for which now every place has run out, in the order of selection."""
        for thread in sorted(expired, key=self._written, reverse=True):
            self.awaited[thread.bindings] = thread.awaited
        open_still = {thread.bindings for thread in alive}
        ended = {thread.bindings for thread in expired} - open_still
        return sorted(ended, key=lambda bindings: written_order(self.pattern, bindings))

    def _written(self, thread: Thread) -> int:
        return len(self.pattern.steps) if thread.awaited is None else thread.awaited[0]

    def waited_for(self, bindings: Bindings) -> str | None:
        """The first mandatory step that a partial match was waiting for."""
        awaited = self.awaited[bindings]
        return None if awaited is None else awaited[1]


def largest_by_first_event(ended: list[Bindings]) -> list[Bindings]:
    """Of each first event the partial match that bound most; the earlier in the order given among equals."""
    best: dict[int, Bindings] = {}
    for bindings in ended:
        first = bindings[0][1]
        if first not in best or len(bindings) > len(best[first]):
            best[first] = bindings
    return [best[first] for first in sorted(best)]
