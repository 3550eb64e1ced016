"""What is to be delivered: in order for each key, and up to where all of a partition is done."""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field

from cep.connectors.kafka.port import Place

FIRST, LONGEST = 1.0, 60.0
"""Seconds between two attempts at one message: the first time, and at most."""


@dataclass(slots=True, eq=False)
class Message:
    """One alert on its way. `attempts`: made so far; `is_active`: one is under way."""

    queue: PartitionQueue
    offset: int
    key: bytes | None
    message: str
    body: bytes
    attempts: int = 0
    is_active: bool = False


@dataclass(slots=True, eq=False)
class PartitionQueue:
    """The messages of one partition that are not done, and the offset to commit. `is_owned`: not given up meanwhile."""

    place: Place
    position: int
    committed: int
    lanes: dict[bytes | None, deque[Message]] = field(default_factory=dict)
    open: dict[int, None] = field(default_factory=dict)
    """Offsets that are not done, in their order."""
    is_owned: bool = True

    @property
    def done(self) -> int:
        """Everything before this offset was delivered, or refused for good."""
        return next(iter(self.open), self.position)


class Schedule:
    """Which messages may go now. A message goes once all before it with the same key are done; `pace`: the factor of
    the waits."""

    def __init__(self, pace: float = 1.0) -> None:
        self._due: list[tuple[float, int, Message]] = []
        self._count = 0
        self._pace = pace
        self.waiting = 0
        """Messages that are not done."""
        self.bytes = 0
        """Bytes of their bodies."""

    def add(self, message: Message, now: float) -> None:
        """One more, behind those of its key."""
        queue = message.queue
        queue.open[message.offset] = None
        queue.position = message.offset + 1
        self.waiting += 1
        self.bytes += len(message.body)
        lane = queue.lanes.setdefault(message.key, deque())
        lane.append(message)
        if len(lane) == 1:
            self._push(message, now)

    def next(self, now: float) -> Message | None:
        """One that may go now."""
        while self._due and self._due[0][0] <= now:
            _, _, message = heapq.heappop(self._due)
            if message.queue.is_owned:
                message.is_active = True
                message.attempts += 1
                return message
        return None

    def done(self, message: Message, now: float) -> None:
        """It needs no more attempt: the next one of its key may go."""
        queue = message.queue
        message.is_active = False
        if not queue.is_owned:
            return
        self.waiting -= 1
        self.bytes -= len(message.body)
        del queue.open[message.offset]
        lane = queue.lanes[message.key]
        lane.popleft()
        if lane:
            self._push(lane[0], now)
        else:
            del queue.lanes[message.key]

    def again(self, message: Message, now: float, wait: float | None) -> float:
        """It needs another attempt, after `wait` seconds at least; in how many that will be."""
        message.is_active = False
        pause = max(wait or 0.0, self._pace * min(LONGEST, FIRST * 2.0 ** min(message.attempts - 1, 10)))
        self._push(message, now + pause)
        return pause

    def drop(self, queue: PartitionQueue) -> None:
        """A partition is not ours any more."""
        queue.is_owned = False
        self.waiting -= len(queue.open)
        self.bytes -= sum(len(message.body) for lane in queue.lanes.values() for message in lane)

    def _push(self, message: Message, due: float) -> None:
        self._count += 1
        heapq.heappush(self._due, (due, self._count, message))
