"""The events of a file, decoded, in batches: in the order of event time, or as they come."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path

import msgspec

LATENESS = 5_000
"""Milliseconds by which an event may come late."""
_PIECE = 128 * 1024


class Event(msgspec.Struct, gc=False):
    """The fields that the workloads read; `ts` in milliseconds."""

    id: int
    ts: int
    user: str
    type: str
    amount: float
    country: str


Batches = Iterator[list[Event]]


def as_they_come(path: Path) -> Batches:
    """Events in the order of the file."""
    decode = msgspec.json.Decoder(Event).decode
    with path.open("rb", buffering=0) as file:
        rest = b""
        while piece := file.read(_PIECE):
            lines = (rest + piece).split(b"\n")
            rest = lines.pop()
            yield [decode(line) for line in lines]
    if rest:
        yield [decode(rest)]


def by_event_time(path: Path) -> Batches:
    """Events in the order of their time, equal times as they come; none comes later than `LATENESS`."""
    time = attrgetter("ts")
    held: list[Event] = []
    latest = 0
    for batch in as_they_come(path):
        latest = max(latest, max(map(time, batch), default=0))
        held += batch
        held.sort(key=time)
        ready = bisect_left(held, latest - LATENESS, key=time)
        yield held[:ready]
        del held[:ready]
    yield held
