"""Records held back for their place in event-time order."""

from __future__ import annotations

from bisect import bisect_left

from cep.engine.record import Record


class Held:
    """A queue in the order of records: (time, order, topic, partition, offset).

    Records come in through `fresh`, which stays the same list for good, in any order. They are sorted a batch at a
    time, together with that part of the queue which they reach back into, so that a long queue costs nothing.
    """

    __slots__ = ("_sorted", "fresh")

    def __init__(self) -> None:
        self.fresh: list[Record] = []
        self._sorted: list[Record] = []

    def __len__(self) -> int:
        return len(self._sorted) + len(self.fresh)

    def in_order(self) -> list[Record]:
        """All records, sorted. Not to be changed by the caller."""
        fresh, queue = self.fresh, self._sorted
        if fresh:
            fresh.sort()
            if queue and fresh[0] < queue[-1]:
                at = bisect_left(queue, fresh[0])
                tail = queue[at:]
                tail += fresh
                tail.sort()
                queue[at:] = tail
            else:
                queue += fresh
            fresh.clear()
        return queue

    def take(self, before: int) -> list[Record]:
        """Remove and return the records with a time before `before` (microseconds), in order."""
        queue = self.in_order()
        place: tuple[int] = (before,)
        count = bisect_left(queue, place)
        ready = queue[:count]
        del queue[:count]
        return ready

    def take_all(self) -> list[Record]:
        """Remove and return all records, in order."""
        ready = self.in_order()
        self._sorted = []
        return ready
