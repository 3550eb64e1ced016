"""Partitions that say nothing, one by one: when rules stop waiting for them, and time goes on without them.

Silent is a partition that was read to its end and has brought nothing since, not one that is merely behind or paused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cep.connectors.kafka.changelog import Pending
from cep.connectors.kafka.port import Place
from cep.runtime.shard import Shard
from cep.runtime.silence import allowed_silence, makes_a_difference
from cep.runtime.wiring import Wiring

_UNSEEN = 5_000_000
"""Microseconds without a look at the cluster, behind which all are waited for anew; an allowed silence that is shorter
counts in its place. Not less, or rounds over a backlog that take long would have silent partitions waited for."""


@dataclass(slots=True)
class _Watched:
    """A partition: its source, whether it was read to its end, and when it was last heard (wall clock, µs)."""

    source: str
    heard: int
    at_end: bool = False


class Quiet:
    """Watches the partitions that a worker owns."""

    def __init__(self, wiring: Wiring) -> None:
        self._allowed = {name: allowed_silence(wiring, name) for name in wiring.sources}
        self._watched: dict[Place, _Watched] = {}
        self._looked = 0

    def change(self, wiring: Wiring) -> None:
        """Other rules may allow other silences."""
        self._allowed = {name: allowed_silence(wiring, name) for name in wiring.sources}

    def watch(self, place: Place, source: str, now: int) -> None:
        """A partition is read from now on."""
        self._watched[place] = _Watched(source, now)

    def forget(self, places: Sequence[Place]) -> None:
        """Partitions are not read any more."""
        for place in places:
            self._watched.pop(place, None)

    def looked(self, now: int) -> None:
        """The cluster was asked for records.

        While it was not, since a call hung or the process was stopped, nobody was silent: what came meanwhile of one
        partition is fetched before what came of another."""
        unseen, self._looked = now - self._looked, now
        for of in self._watched.values():
            allowed, _ = self._allowed[of.source]
            if allowed is not None and unseen > min(allowed, _UNSEEN):
                of.heard = max(of.heard, now)

    def heard(self, place: Place, now: int) -> None:
        """A partition has brought something."""
        if (of := self._watched.get(place)) is not None:
            of.heard, of.at_end = now, False

    def ended(self, place: Place) -> None:
        """A partition was read to its end."""
        if (of := self._watched.get(place)) is not None:
            of.at_end = True

    def is_at_end(self, place: Place) -> bool:
        """Whether a partition was read to its end and has brought nothing since."""
        of = self._watched.get(place)
        return of is not None and of.at_end

    def steps(self, shard: Shard, places: Sequence[Place], now: int) -> Iterator[Pending]:
        """The steps that the silence until now asks for, in a shard; each makes a difference to it."""
        for place in places:
            of = self._watched.get(place)
            if of is None or not of.at_end:
                continue
            allowed, lateness = self._allowed[of.source]
            if allowed is None or now - of.heard < allowed:
                continue
            watermark = now - allowed - lateness
            if makes_a_difference(shard, shard.partitions[place], watermark):
                yield Pending("idle", shard.positions(), *place, watermark)
