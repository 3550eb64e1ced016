"""Deadlines in event time: one queue per matcher, so that silent keys time out too.

Most deadlines lie one constant span, that of a rule, behind a first event, and first events come in order: those need
no sorting. They wait in a queue of their own, the start alone, and only the first of them stands among the others.

A deadline whose run or first event is gone does nothing when it comes. Such entries are left in the queue until they
outnumber the others, and are then taken out together: the queue is as long as there are open runs, not as events
were seen within a span.
"""

from __future__ import annotations

import heapq
from collections import deque
from typing import Any

from cep.engine.run import Keyed, Run, Start


class Waking:
    """Stands for what is due in a key that is asleep: it has to be read."""


WAKING: Any = Waking()

Entry = tuple[int, int, Any, "Start | Run | Span | None", int]
"""(deadline, sequence number, key state, what is due, bit mask of waits). Of a `Span` there is no key state."""


FEW = 1_024
"""A queue that is no longer than this is never looked through for deadlines that nothing waits for."""


FEW_STARTS = 64
"""The same of the starts of one rule."""


class Span:
    """The deadlines of a rule's first events, `length` microseconds behind them; `bits`: the waits that they end.

    As long as there are `starts`, and only then, it stands in the queue of all deadlines, no later than its first.
    `full`: the length at which it is looked through for those whose runs are gone. `only_ends`: nothing but the end of
    partial matches comes of them (`deadlines.end`).
    """

    __slots__ = ("bits", "full", "length", "only_ends", "starts")

    def __init__(self, length: int, bits: int) -> None:
        self.length = length
        self.bits = bits
        self.starts: deque[Start] = deque()
        self.full = FEW_STARTS
        self.only_ends = False

    def entry(self, start: Start, number: int) -> Entry:
        """The deadline of a start."""
        return (start.rec[0] + self.length, number, start.keyed, start, self.bits)

    def due(self, limit: int) -> list[Entry]:
        """Take out what is due at `limit` or before, of which something is left, and what nothing is left of."""
        starts, first = self.starts, limit - self.length
        found = []
        while starts and (starts[0].rec[0] <= first or not starts[0].runs):
            start = starts.popleft()
            if start.runs:
                found.append(self.entry(start, 0))
        return found

    def compact(self) -> None:
        """Take out starts whose runs are gone, but for the first, which stands in the queue of all."""
        starts = self.starts
        self.starts = deque(start for start in starts if start.runs or start is starts[0])
        self.full = 2 * len(self.starts) + FEW_STARTS


class Timers:
    """A queue of deadlines. The sequence number keeps comparison away from the objects.

    `full`: the length at which it is looked through for deadlines that nothing waits for any more.
    """

    __slots__ = ("clock", "full", "heap", "sequence", "spans")

    def __init__(self) -> None:
        self.clock = 0
        self.heap: list[Entry] = []
        self.sequence = 0
        self.full = FEW
        self.spans: list[Span] = []

    def __len__(self) -> int:
        """How many deadlines there are."""
        waiting = [len(span.starts) for span in self.spans]
        # One of each that has any stands in the queue as well.
        return len(self.heap) + sum(waiting) - sum(1 for length in waiting if length)

    def push(self, deadline: int, keyed: Keyed, subject: Start | Run | None, bits: int) -> None:
        """Something of `keyed` is due when event time has passed `deadline` (microseconds)."""
        self.sequence += 1
        heapq.heappush(self.heap, (deadline, self.sequence, keyed, subject, bits))

    def push_start(self, span: Span, start: Start) -> None:
        """A first event whose deadline is not behind those of its rule, or is the first of them."""
        if span.starts:
            self.push(start.rec[0] + span.length, start.keyed, start, span.bits)
        else:
            span.starts.append(start)
            self.stand(span)

    def stand(self, span: Span) -> None:
        """A rule's first events stand in the queue with the deadline of the first."""
        self.sequence += 1
        heapq.heappush(self.heap, (span.starts[0].rec[0] + span.length, self.sequence, None, span, 0))

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
        where a key was asleep, and has been read or is gone.

        A deadline that lay in the past when it came to be, since an absence had to hold first, is due at once."""
        heap = self.heap
        entry = heapq.heappop(heap)
        if entry[3] is WAKING:
            # Its deadlines are in the queue then.
            if entry[2].asleep and entry[2].machine.rouse(entry[2], entry[0]):
                self.clock = max(self.clock, entry[0])
            return self.clock, []
        deadline = entry[0]
        if deadline > self.clock:
            self.clock = deadline
        entries = self.taken(entry, deadline)
        while heap and heap[0][0] == deadline:
            entries += self.taken(heapq.heappop(heap), deadline)
        if len(entries) == 1:
            return self.clock, [(entries[0][2], entries)]
        groups: dict[int, tuple[Keyed, list[Entry]]] = {}
        for entry in entries:
            groups.setdefault(id(entry[2]), (entry[2], []))[1].append(entry)
        due = list(groups.values())
        if len(due) > 1:
            due.sort(key=rank)
        return self.clock, due

    def pop_start(self, limit: int) -> Start | None:
        """The first event whose deadline is the earliest before `limit`, if nothing but the end of its partial matches
        comes of that, and nothing else is due then. Nearly all deadlines are such: what `pop_due` does beside is for
        the others."""
        heap = self.heap
        while heap and heap[0][0] < limit:
            entry = heap[0]
            span = entry[3]
            if type(span) is not Span or not span.only_ends:
                return None
            starts = span.starts
            while starts and not starts[0].runs:
                starts.popleft()
            if not starts:
                heapq.heappop(heap)
                continue
            due = starts[0].rec[0] + span.length
            if due == entry[0]:
                if is_tied(heap, due) or (len(starts) > 1 and starts[1].rec[0] == starts[0].rec[0]):
                    return None
                start = starts.popleft()
                self.clock = max(self.clock, due)
                self.stand_first(span)
                return start
            self.stand_first(span)
        return None

    def stand_first(self, span: Span) -> None:
        """What stands first in the queue stands in it with the deadline of its first start now, if it has one."""
        if span.starts:
            self.sequence += 1
            heapq.heapreplace(self.heap, (span.starts[0].rec[0] + span.length, self.sequence, None, span, 0))
        else:
            heapq.heappop(self.heap)

    def taken(self, entry: Entry, moment: int) -> list[Entry]:
        """What an entry that has been taken out stands for, as far as it is due at `moment`."""
        span = entry[3]
        if not isinstance(span, Span):
            return [entry]
        found = span.due(moment)
        if span.starts:
            self.stand(span)
        return found

    def come(self, keyed: Keyed, moment: int) -> list[Entry]:
        """What of one key has come to be due meanwhile, at `moment` or before."""
        heap = self.heap
        if not heap or heap[0][0] > moment:
            return []
        come: list[Entry] = []
        others: list[Entry] = []
        while heap and heap[0][0] <= moment:
            for entry in self.taken(heapq.heappop(heap), moment):
                (come if entry[2] is keyed else others).append(entry)
        for entry in others:
            heapq.heappush(heap, entry)
        return come


def is_tied(heap: list[Entry], deadline: int) -> bool:
    """Whether something else is due with what stands first."""
    return (len(heap) > 1 and heap[1][0] == deadline) or (len(heap) > 2 and heap[2][0] == deadline)


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
        return bool(keyed.asleep)
    if isinstance(subject, Span):
        return True
    if subject is not None:
        return bool(subject.runs)
    if keyed.ages():
        return True
    keyed.scheduled = None
    return False
