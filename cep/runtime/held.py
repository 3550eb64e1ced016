"""Records held back for their place in event-time order."""

from __future__ import annotations

from bisect import bisect_left
from operator import itemgetter

from cep.engine.record import Record

_time = itemgetter(0)

RUNS = 8
"""Sorted lists that are kept side by side; of more, the last that are about as long are made one."""


class Held:
    """A queue in the order of records: (time, order, topic, partition, offset).

    Records come in through `fresh`, which stays the same list for good, in any order. Each batch is sorted for itself
    and kept as a run; what is taken are the beginnings of the runs, sorted once more. So a record is sorted twice, and
    again for every doubling of a queue that is longer than the batches.

    `by_time`: records of equal times come in their order, since one partition alone feeds the queue and no type has
    an `order by`. Whole numbers sort several times as fast as records do.
    """

    __slots__ = ("_runs", "by_time", "fresh")

    def __init__(self) -> None:
        self.fresh: list[Record] = []
        self.by_time = False
        self._runs: list[list[Record]] = []

    def __len__(self) -> int:
        return sum(map(len, self._runs)) + len(self.fresh)

    def in_order(self) -> list[Record]:
        """All records, sorted. Not to be changed by the caller."""
        self._gather()
        self._join(0)
        return self._runs[0] if self._runs else []

    def early(self, before: int) -> list[Record]:
        """The records with a time before `before`, in any order; they stay."""
        self._gather()
        return [record for run in self._runs if run[0][0] < before for record in run[: bisect_left(run, (before,))]]

    def take(self, before: int) -> list[Record]:
        """Remove and return the records with a time before `before` (microseconds), in order."""
        self._gather()
        place: tuple[int] = (before,)
        ready: list[Record] = []
        taken = 0
        for run in self._runs:
            if run[0][0] < before:
                count = bisect_left(run, place)
                ready += run[:count]
                del run[:count]
                taken += 1
        if taken:
            self._runs = [run for run in self._runs if run]
        if taken > 1:
            self._sort(ready)
        return ready

    def take_all(self) -> list[Record]:
        """Remove and return all records, in order."""
        ready = self.in_order()
        self._runs = []
        return ready

    def _gather(self) -> None:
        """Make a run of what has come in."""
        fresh = self.fresh
        if not fresh:
            return
        self._sort(fresh)
        runs = self._runs
        if runs and runs[-1][-1][0] < fresh[0][0]:
            runs[-1] += fresh
        else:
            runs.append(fresh.copy())
        fresh.clear()
        if len(runs) > RUNS:
            # Each at least twice as long as the next: a record is then sorted again for every doubling of the queue.
            last = len(runs) - 1
            size = len(runs[last])
            while last and len(runs[last - 1]) <= 2 * size:
                last -= 1
                size += len(runs[last])
            self._join(last)

    def _join(self, first: int) -> None:
        """Make one run of those from `first` on."""
        if len(self._runs) > first + 1:
            joined = [record for run in self._runs[first:] for record in run]
            self._sort(joined)
            self._runs[first:] = [joined]

    def _sort(self, records: list[Record]) -> None:
        # Sorting is stable, and runs are in the order in which they came.
        records.sort(key=_time) if self.by_time else records.sort()
