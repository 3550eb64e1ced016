"""Records of several partitions in the order of their timestamps, while as few as possible wait for the others.

A record goes once every partition that has more to come has one waiting: the order depends on the records alone, not on
how they were fetched. A partition that is far ahead is asked to stand still.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cep.connectors.kafka.port import Fetched, Headers, Place


@dataclass(frozen=True, slots=True)
class Copied:
    """A record on its way. `stamp`: microseconds."""

    place: Place
    offset: int
    stamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers

    @property
    def size(self) -> int:
        """Bytes it holds, about."""
        return 200 + len(self.value or b"") + len(self.key or b"")


class Merge:
    """Holds what waits. `allowed`: bytes that one partition may have waiting before it should stand still."""

    def __init__(self, places: Iterable[Place], allowed: int) -> None:
        self._waiting: dict[Place, deque[Copied]] = {place: deque() for place in places}
        self._open = set(self._waiting)
        self._lacking = set(self._waiting)
        self._sizes = dict.fromkeys(self._waiting, 0)
        self._allowed = allowed
        self._heads: list[tuple[int, Place, int]] = []

    @property
    def is_over(self) -> bool:
        """Whether nothing waits and nothing is to come."""
        return not self._open and not self._heads

    @property
    def open(self) -> frozenset[Place]:
        """Partitions of which more is to come."""
        return frozenset(self._open)

    def add(self, fetched: Fetched, end: int) -> None:
        """Records of a partition, of which those before `end` are taken."""
        place = fetched.place
        if place not in self._open:
            return
        headers = fetched.headers or [()] * len(fetched.offsets)
        waiting = self._waiting[place]
        was_empty = not waiting
        for offset, stamp, key, value, of in zip(
            fetched.offsets, fetched.stamps, fetched.keys, fetched.values, headers, strict=True
        ):
            if offset < end:
                record = Copied(place, offset, stamp, key, value, of)
                waiting.append(record)
                self._sizes[place] += record.size
        if was_empty and waiting:
            self._lacking.discard(place)
            self._push(place)

    def close(self, place: Place) -> None:
        """Nothing more is to come of a partition."""
        self._open.discard(place)
        self._lacking.discard(place)

    def is_full(self, place: Place) -> bool:
        """Whether a partition should stand still."""
        return self._sizes[place] > self._allowed

    def is_low(self, place: Place) -> bool:
        """Whether a partition that stands still should go on."""
        return self._sizes[place] < self._allowed // 2

    def ready(self) -> Iterator[Copied]:
        """The records that may go, in order."""
        while self._heads and not self._lacking:
            _, place, _ = heapq.heappop(self._heads)
            waiting = self._waiting[place]
            record = waiting.popleft()
            self._sizes[place] -= record.size
            if waiting:
                self._push(place)
            elif place in self._open:
                self._lacking.add(place)
            yield record

    def _push(self, place: Place) -> None:
        head = self._waiting[place][0]
        heapq.heappush(self._heads, (head.stamp, place, head.offset))
