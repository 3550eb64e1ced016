"""Deadlines in event time: one queue per matcher, so that silent keys time out too.

A deadline whose run or first event is gone does nothing when it comes. Such entries are left in the queue until they
outnumber the others, and are then taken out together: the queue is as long as there are open runs, not as events
were seen within a span.
"""

from __future__ import annotations

import heapq
from typing import Any

from cep.engine.run import Keyed, Run, Start


class Waking:
    """Stands for what is due in a key that is asleep: it has to be read."""


WAKING: Any = Waking()

Entry = tuple[int, int, Keyed, "Start | Run | None", int]
"""(deadline, sequence number, key state, what is due, bit mask of waits)."""

FEW = 1_024
"""A queue that is no longer than this is never looked through for deadlines that nothing waits for."""


class Timers:
    """A queue of deadlines. The sequence number keeps comparison away from the objects.

    `full`: the length at which it is looked through for deadlines that nothing waits for any more.
    """

    __slots__ = ("clock", "full", "heap", "sequence")

    def __init__(self) -> None:
        self.clock = 0
        self.heap: list[Entry] = []
        self.sequence = 0
        self.full = FEW

    def push(self, deadline: int, keyed: Keyed, subject: Start | Run | None, bits: int) -> None:
        """Something of `keyed` is due when event time has passed `deadline` (microseconds)."""
        self.sequence += 1
        heapq.heappush(self.heap, (deadline, self.sequence, keyed, subject, bits))

    def push_waking(self, deadline: int, keyed: Keyed) -> None:
        """The earliest deadline of a key that is asleep: the key is read before anything happens at that time."""
        self.sequence += 1
        heapq.heappush(self.heap, (deadline, -self.sequence, keyed, WAKING, 0))

    def compact(self) -> None:
        """Take out deadlines that nothing waits for; to be called when no key is being worked on.

        The queue may then grow to twice its new length, so that each deadline pays for its removal once."""
        self.heap[:] = [entry for entry in self.heap if is_awaited(entry)]
        heapq.heapify(self.heap)
        self.full = 2 * len(self.heap) + FEW

    def next(self) -> int | None:
        """The earliest deadline."""
        return self.heap[0][0] if self.heap else None

    def pop_due(self) -> tuple[int, list[tuple[Keyed, list[Entry]]]]:
        """The earliest deadline and all that is due then, by key state in an order that no history shapes; nothing
        where a key was asleep and has been read.

        A deadline that lay in the past when it came to be, since an absence had to hold first, is due at once."""
        heap = self.heap
        entry = heapq.heappop(heap)
        if entry[3] is WAKING:
            # Its deadlines are in the queue then.
            _ = entry[2].waits
            return self.clock, []
        deadline = entry[0]
        if deadline > self.clock:
            self.clock = deadline
        if not heap or heap[0][0] != deadline:
            return self.clock, [(entry[2], [entry])]
        groups: dict[int, tuple[Keyed, list[Entry]]] = {id(entry[2]): (entry[2], [entry])}
        while heap and heap[0][0] == deadline:
            entry = heapq.heappop(heap)
            groups.setdefault(id(entry[2]), (entry[2], []))[1].append(entry)
        due = list(groups.values())
        if len(due) > 1:
            due.sort(key=rank)
        return self.clock, due

    def come(self, keyed: Keyed, moment: int) -> list[Entry]:
        """What of one key has come to be due meanwhile, at `moment` or before."""
        heap = self.heap
        if not heap or heap[0][0] > moment:
            return []
        come: list[Entry] = []
        others: list[Entry] = []
        while heap and heap[0][0] <= moment:
            entry = heapq.heappop(heap)
            (come if entry[2] is keyed else others).append(entry)
        for entry in others:
            heapq.heappush(heap, entry)
        return come


def rank(group: tuple[Keyed, Any]) -> tuple[int, str]:
    """Rules in the order of the plan, keys by their text: the same after a restore as before."""
    keyed = group[0]
    return (keyed.machine.index, repr(keyed.key))


def is_awaited(entry: Entry) -> bool:
    """Whether something may still happen at a deadline.

    A first event whose runs have ended may get further ones until its key is swept, without a new deadline."""
    _, _, keyed, subject, bits = entry
    if isinstance(subject, Run):
        return bool(subject.live & bits)
    if subject is WAKING:
        return keyed.asleep
    if subject is not None:
        return bool(subject.runs)
    if keyed.ages():
        return True
    keyed.scheduled = None
    return False
