"""Deadlines in event time: one queue per matcher, so that silent keys time out too."""

from __future__ import annotations

import heapq
from typing import Any

from cep.engine.run import Keyed, Run, Start

Entry = tuple[int, int, Keyed, "Start | Run | None", int]
"""(deadline, sequence number, key state, what is due, bit mask of waits)."""


class Timers:
    """A queue of deadlines. The sequence number keeps comparison away from the objects."""

    __slots__ = ("heap", "sequence")

    def __init__(self) -> None:
        self.heap: list[Entry] = []
        self.sequence = 0

    def push(self, deadline: int, keyed: Keyed, subject: Start | Run | None, bits: int) -> None:
        """Something of `keyed` is due when event time has passed `deadline` (microseconds)."""
        self.sequence += 1
        heapq.heappush(self.heap, (deadline, self.sequence, keyed, subject, bits))

    def next(self) -> int | None:
        """The earliest deadline."""
        return self.heap[0][0] if self.heap else None

    def pop_due(self) -> tuple[int, list[tuple[Keyed, list[Entry]]]]:
        """The earliest deadline and all that is due then, by key state in an order that no history shapes."""
        heap = self.heap
        deadline = heap[0][0]
        groups: dict[int, tuple[Keyed, list[Entry]]] = {}
        while heap and heap[0][0] == deadline:
            entry = heapq.heappop(heap)
            groups.setdefault(id(entry[2]), (entry[2], []))[1].append(entry)
        due = list(groups.values())
        if len(due) > 1:
            due.sort(key=rank)
        return deadline, due


def rank(group: tuple[Keyed, Any]) -> tuple[int, str]:
    """Rules in the order of the plan, keys by their text: the same after a restore as before."""
    keyed = group[0]
    return (keyed.machine.index, repr(keyed.key))
