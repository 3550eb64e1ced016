"""When records were written that are not passed yet, at a cost per poll and not per record."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Sequence

from cep.connectors.kafka.port import Fetched, Place

SAMPLES = 64
"""Records of a partition and poll whose timestamps are kept; of more, every second or third and so on."""
POLLS = 4_096
"""Polls that are remembered of a partition, at most: an alert on an older record has no known latency."""


class Stamps:
    """Timestamps (µs) by place. Exact for polls of up to `SAMPLES` records of a partition; in larger ones that of the
    nearest sampled record before, which came at most some hundredth of the poll earlier."""

    def __init__(self) -> None:
        self._polls: dict[Place, deque[tuple[Sequence[int], Sequence[int]]]] = {}

    def note(self, fetched: Fetched) -> None:
        """Records have come."""
        if fetched.offsets:
            step = -(-len(fetched.offsets) // SAMPLES)
            polls = self._polls.setdefault(fetched.place, deque(maxlen=POLLS))
            polls.append((fetched.offsets[::step], fetched.stamps[::step]))

    def of(self, topic: str, partition: int, offset: int) -> int | None:
        """When a record was written; None: it is not known any more."""
        for offsets, stamps in reversed(self._polls.get((topic, partition), ())):
            if offsets[0] <= offset:
                return stamps[bisect_right(offsets, offset) - 1]
        return None

    def passed(self, place: Place, offset: int) -> None:
        """What lies before an offset is not asked for any more; the poll that holds it stays."""
        polls = self._polls.get(place)
        while polls and len(polls) > 1 and polls[1][0][0] <= offset:
            polls.popleft()

    def forget(self, places: Sequence[Place]) -> None:
        """Partitions are not read any more."""
        for place in places:
            self._polls.pop(place, None)
