"""Live sources that say nothing: when the rules stop waiting for them, and when time goes on without them.

The only place, beside `time arrival`, where a wall clock has a say; each step it causes is in the shard's output.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cep.runtime.output import Output
from cep.runtime.partition import Partition
from cep.runtime.shard import Shard
from cep.runtime.watermark import Progress
from cep.runtime.wiring import Wiring

_TOLD_ANEW = 1_000_000
"""Microseconds of silence after which it is told anew where events are carried to."""


@dataclass(slots=True)
class _Live:
    """One live source: microseconds of silence it is allowed (None: any), and when it was last heard."""

    name: str
    allowed: int | None
    lateness: int
    heard: int


class Silence:
    """Watches the live sources of a shard. Times are wall-clock microseconds."""

    def __init__(self, shard: Shard, live: Iterable[str], now: int) -> None:
        self._shard = shard
        self._live = {name: self._watched(name, now) for name in live}

    def _watched(self, name: str, now: int) -> _Live:
        return _Live(name, *allowed_silence(self._shard.wiring, name), now)

    def watch(self, shard: Shard) -> None:
        """The sources feed another shard, whose rules may allow them other silences."""
        self._shard = shard
        self._live = {name: self._watched(name, of.heard) for name, of in self._live.items()}

    def heard(self, source: str, now: int) -> None:
        """A source has something to read."""
        if source in self._live:
            self._live[source].heard = now

    def ended(self, source: str) -> None:
        """A source is at its end."""
        self._live.pop(source, None)

    def outputs(self, now: int) -> Iterator[Output]:
        """What the silence until now brings about."""
        for of in self._live.values():
            if of.allowed is None or now - of.heard < of.allowed:
                continue
            watermark = now - of.allowed - of.lateness
            for place, partition in list(self._shard.partitions.items()):
                if partition.source.name == of.name and makes_a_difference(self._shard, partition, watermark):
                    yield self._shard.idle(*place, watermark)


def makes_a_difference(shard: Shard, partition: Partition, watermark: int) -> bool:
    """Whether to tell a shard that a partition is silent, so far that time may go on to `watermark` (µs): each telling
    is a step that a replay has to take."""
    if partition.progress is not Progress.IDLE:
        return partition.progress is Progress.OPEN
    if partition.outlets and watermark >= partition.silent + _TOLD_ANEW:
        # what waits elsewhere is not known here
        return True
    timer = shard.next_timer()
    return watermark > partition.silent and (shard.held() > 0 or (timer is not None and timer < watermark))


def allowed_silence(wiring: Wiring, source: str) -> tuple[int | None, int]:
    """How long a source may be silent before rules stop waiting for it (None: for ever), and the lateness of its
    events; microseconds, each the longest of its types."""
    types = [wiring.codecs[event].event for event in wiring.sources[source].events]
    declared = [of.idle for of in types if of.idle is not None]
    return max(declared, default=None), max((of.lateness for of in types), default=0)
