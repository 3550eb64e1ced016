"""Partitions that run ahead of those whose events theirs have to wait for.

Events wait in memory until nothing that may still come can precede them: while a backlog of days is read, all that one
partition brings waits for what another has yet to bring. So the one that is far ahead in event time is held back until
the other has come closer; what waits is then what the faster one brings in that time, and one batch.

Nobody is held back for a partition that was read to its end: that one is waited for as its `idle` says. Held back is
not silent either.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from cep.connectors.kafka.pausing import Pauses
from cep.connectors.kafka.port import Place
from cep.connectors.kafka.repartition.home_run import HomeRun
from cep.connectors.kafka.shard_run import ShardRun
from cep.runtime.lane import Lane
from cep.runtime.watermark import BEGINNING, Progress

Waits = dict[Place, set[Place]]
"""Who is too far ahead of whom."""


class Alignment:
    """Holds partitions back by `pauses`. `ahead`: how far (µs of event time) one may be ahead of the slowest of those
    that feed a rule with it; `is_at_end`: whether a partition was read to its end."""

    def __init__(self, ahead: int, pauses: Pauses, is_at_end: Callable[[Place], bool]) -> None:
        self._ahead = ahead
        self._pauses = pauses
        self._is_at_end = is_at_end
        self._held: set[Place] = set()

    @property
    def held(self) -> Collection[Place]:
        """Partitions that are held back."""
        return self._held

    def look(self, runs: Collection[ShardRun | HomeRun]) -> None:
        """Hold back who is too far ahead now, and let go on who is not any more."""
        waits: Waits = {}
        wanted = {place for run in runs for place in self._ahead_in(run, waits)}
        own = {place for run in runs for place in run.places}
        wanted |= {place for place in waits if place in own and not _waits_for_itself(place, waits)}
        if back := sorted(wanted - self._held):
            self._pauses.pause(back)
        if on := sorted(self._held - wanted):
            self._pauses.resume(on)
        self._held = wanted

    def forget(self, places: Iterable[Place]) -> None:
        """These are not read any more, or read anew."""
        self._held.difference_update(places)

    def _ahead_in(self, run: ShardRun | HomeRun, waits: Waits) -> Collection[Place]:
        """Add who is too far ahead of whom in a shard; whom to hold back whatever the others do."""
        if len(run.shard.partitions) < 2:
            return ()
        if run.is_catching_up:
            # What is new has to wait until all that waited before is back. An end that was told is not told again, so
            # that of who is there nothing is held back before something comes.
            held = [place for place in run.places if place not in run.replaying and not self._is_at_end(place)]
            for place in held:
                waits.setdefault(place, set()).update(run.replaying)
            return held
        for lane in run.shard.lanes:
            if lane.plan.kind != "arrival":
                self._compare(run, lane, waits)
        return ()

    def _compare(self, run: ShardRun | HomeRun, lane: Lane, waits: Waits) -> None:
        """Who is too far ahead of whom in one lane."""
        marks = sorted(
            (of.clocks[lane.plan.kind].watermark, (of.topic, of.number))
            for of in lane.partitions
            if of.progress is Progress.OPEN and not self._has_ended(run, (of.topic, of.number))
        )
        for mark, place in marks[1:]:
            least, slowest = marks[0]
            # once held back, it is worth the while to let it come closer
            allowed = self._ahead // 2 if place in self._held else self._ahead
            if mark > BEGINNING and mark - least > allowed:
                waits.setdefault(place, set()).add(slowest)

    def _has_ended(self, run: ShardRun | HomeRun, place: Place) -> bool:
        """Whether a partition was read to its end. Where another worker may read it, it has told so."""
        return self._is_at_end(place) or (isinstance(run, HomeRun) and run.has_ended(place))


def _waits_for_itself(place: Place, waits: Waits) -> bool:
    """Whether partitions wait for each other in a circle, as those of rules on different kinds of time might."""
    seen: set[Place] = set()
    left = list(waits[place])
    while left:
        other = left.pop()
        if other == place:
            return True
        if other not in seen:
            seen.add(other)
            left += waits.get(other, ())
    return False
