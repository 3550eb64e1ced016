"""What leading absences look back at: the hits of a key, by time, or by a value that a start's must equal."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from cep.engine.record import Record
from cep.engine.run import Keyed


class Hits:
    """The hits of one absence by a value, oldest first; those without one forbid nothing."""

    __slots__ = ("buckets", "hits", "value")

    def __init__(self, value: Callable[[Any], Any]) -> None:
        self.value = value
        self.hits: deque[tuple[Record, Any]] = deque()
        self.buckets: dict[Any, deque[Record]] = {}

    def follow(self, recs: list[Record]) -> None:
        """Take over what was added at the end, and what has left at the beginning."""
        hits, buckets = self.hits, self.buckets
        while hits and hits[0][0] is not recs[0]:
            _, value = hits.popleft()
            buckets[value].popleft()
            if not buckets[value]:
                del buckets[value]
        for rec in recs[len(hits) :]:
            value = self.value(rec[6])
            hits.append((rec, value))
            buckets.setdefault(value, deque()).append(rec)


def remembered(keyed: Keyed, absence: int, rec: Record, span: int) -> Iterator[Record]:
    """The hits of a leading absence that lie before `rec` and within `span` of it, newest first."""
    recs = [] if keyed.history is None else keyed.history.get(absence, [])
    return before(reversed(recs), rec, span)


def remembered_equal(
    keyed: Keyed, place: tuple[int, int], rec: Record, span: int, value: Callable[[Any], Any], wanted: Any
) -> Iterator[Record]:
    """Those whose `value` is the one wanted. `place`: the absence, and the edge that asks."""
    recs = [] if keyed.history is None else keyed.history.get(place[0], [])
    if wanted is None or not recs:
        return iter(())
    if keyed.hits is None:
        keyed.hits = {}
    index = keyed.hits.get(place)
    if index is None:
        index = keyed.hits[place] = Hits(value)
    index.follow(recs)
    return before(reversed(index.buckets.get(wanted, ())), rec, span)


def before(newest_first: Iterator[Record], rec: Record, span: int) -> Iterator[Record]:
    """Those of some events that lie before `rec` and within `span` of it."""
    oldest, place = rec[0] - span, rec[:5]
    for past in newest_first:
        if past[0] < oldest:
            return
        if past[:5] < place:
            yield past
