"""How far a worker is while it reads state, and while it catches up on records: said every 10 s as long as it lasts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from cep.connectors.kafka.port import Consumer, Place
from cep.connectors.kafka.repartition.home_run import HomeRun
from cep.connectors.kafka.restorer import Restorer
from cep.connectors.kafka.shard_run import ShardRun
from cep.runtime.notice import Notice

EVERY = 10.0
"""Seconds between two times that it is said."""
BEHIND = 10_000
"""Records behind which a shard has to be to be told: one batch."""


def lags(group: Consumer, runs: Iterable[ShardRun | HomeRun]) -> dict[Place, int]:
    """By partition how many offsets there are behind the last record read, as far as the brokers have told: markers of
    transactions count too, and records whose transaction is open."""
    found = {}
    for run in runs:
        for place in run.places:
            if (limits := group.known_limits(place)) is not None:
                found[place] = max(limits[1] - run.next_offset(place), 0)
    return found


class Progress:
    """Says how it goes on. What has not lasted from one time to the next is not worth a word. `now`: seconds since some
    moment."""

    def __init__(
        self, group: Consumer, restorer: Restorer, tell: Callable[[str], None], now: Callable[[], float]
    ) -> None:
        self._group = group
        self._restorer = restorer
        self._tell = tell
        self._now = now
        self._due = now() + EVERY
        self._restoring: set[int] = set()
        self._behind: set[int] = set()
        self._told: set[int] = set()

    def look(self, runs: Collection[ShardRun | HomeRun]) -> None:
        """Say it, if it is time; to be called now and then."""
        if self._now() < self._due:
            return
        self._due = self._now() + EVERY
        self._tell_restores()
        self._tell_lags(runs)

    def _tell_restores(self) -> None:
        readings = {of.shard: of for of in self._restorer.progress()}
        for shard in sorted(readings.keys() & self._restoring):
            self._tell(Notice(f"restoring {readings[shard]}", shard=shard))
        self._restoring = set(readings)

    def _tell_lags(self, runs: Collection[ShardRun | HomeRun]) -> None:
        behind = {run.number: sum(lags(self._group, [run]).values()) for run in runs}
        far = {shard for shard, lag in behind.items() if lag >= BEHIND}
        for shard in sorted(far & self._behind):
            self._tell(Notice(f"shard {shard} is {behind[shard]:,} records behind", shard=shard))
        for shard in sorted((self._told & behind.keys()) - far):
            self._tell(Notice(f"shard {shard} has caught up", shard=shard))
        self._told = (self._told - behind.keys()) | (far & self._behind)
        self._behind = far
