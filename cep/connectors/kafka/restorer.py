"""Reads the state of newly owned shards from the changelog, beside the work on the others, never inside a callback."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cep.connectors.kafka.changelog import Restoring, sequence_in
from cep.connectors.kafka.port import BEGINNING_OF_LOG, Consumer, KafkaFailure, Place, Position, Trouble

PORTION = 20_000
"""Records of changelogs read at a time."""
SECONDS = 5.0
"""How long the group's offsets may take to settle before the other work goes on."""


@dataclass(frozen=True, slots=True)
class Restored:
    """A shard whose state was read."""

    shard: int
    state: Restoring


@dataclass(frozen=True, slots=True)
class Reading:
    """How far the changelog of a shard was read: offsets from `first` on, up to `reached` of `end`; 0 of 0: nothing is
    known yet."""

    shard: int
    first: int
    reached: int
    end: int

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return (self.reached - self.first) / (self.end - self.first) if self.end > self.first else 0.0

    def __str__(self) -> str:
        if self.end <= self.first:
            return f"shard {self.shard}"
        done, of = self.reached - self.first, self.end - self.first
        return f"shard {self.shard}: {done:,} of {of:,} records of its changelog read ({self.share:.0%})"


class Restorer:
    """Restores shards with a consumer of its own. `places`: by shard the partitions that feed it; `changelogs`: the one
    that holds its state.

    First the group's offsets are asked for: that waits until no transaction of an earlier owner can move them any more
    (KIP-447). Then the changelog is read to its end, and to the commit that those offsets name.
    """

    def __init__(
        self, reader: Consumer, group: Consumer, changelogs: Mapping[int, Place], places: Mapping[int, Sequence[Place]]
    ) -> None:
        self._reader = reader
        self._group = group
        self._changelogs = changelogs
        self._shards = {place: shard for shard, place in changelogs.items()}
        self._places = places
        self._asked: list[int] = []
        self._reading: dict[int, Restoring] = {}
        self._at_end: set[int] = set()

    @property
    def is_busy(self) -> bool:
        """Whether there are shards to restore."""
        return bool(self._asked or self._reading)

    @property
    def lacking(self) -> dict[int, int]:
        """By shard the number of the commit that was not found when its changelog was read to the end."""
        return {shard: state.wanted for shard, state in self._reading.items() if shard in self._at_end}

    def progress(self) -> list[Reading]:
        """How far the shards are that are being restored, but for those that lack a commit."""
        found = []
        for shard, state in sorted(self._reading.items()):
            if shard in self._at_end:
                continue
            first, end = self._reader.known_limits(self._changelogs[shard]) or (0, 0)
            found.append(Reading(shard, first, min(max(state.reached, first), end), end))
        return found

    def ask(self, shard: int) -> None:
        """Restore a shard, from the beginning of its changelog."""
        self.forget([shard])
        self._asked.append(shard)

    def forget(self, shards: Sequence[int]) -> None:
        """These are not owned any more."""
        self._asked = [shard for shard in self._asked if shard not in shards]
        self._at_end.difference_update(shards)
        gone = [shard for shard in shards if self._reading.pop(shard, None) is not None]
        if gone:
            self._reader.stop([self._changelogs[shard] for shard in gone])

    def step(self, seconds: float) -> list[Restored]:
        """Read on, waiting up to `seconds`; the shards that are whole now. Raises `KafkaFailure`."""
        if self._asked:
            self._begin()
        if not self._reading:
            return []
        polled = self._reader.poll(PORTION, seconds)
        for failure in polled.failures:
            if failure.trouble is not Trouble.RETRIABLE:
                raise failure
        for fetched in polled.fetched:
            state = self._reading.get(self._shards[fetched.place])
            if state is not None:
                state.take(fetched)
        return [found for end in polled.ends if (found := self._ended(self._shards[end.place])) is not None]

    def _begin(self) -> None:
        asked = self._asked
        try:
            committed = self._group.committed([place for shard in asked for place in self._places[shard]], SECONDS)
        except KafkaFailure as failure:
            if failure.trouble is not Trouble.RETRIABLE:
                raise
            return
        self._asked = []
        for shard in asked:
            own = {place: committed[place] for place in self._places[shard] if place in committed}
            self._reading[shard] = Restoring(sequence_in(own))
        self._reader.start([Position(*self._changelogs[shard], BEGINNING_OF_LOG) for shard in asked])

    def _ended(self, shard: int) -> Restored | None:
        state = self._reading.get(shard)
        if state is None:
            return None
        if not state.is_whole:
            self._at_end.add(shard)
            return None
        del self._reading[shard]
        self._at_end.discard(shard)
        self._reader.stop([self._changelogs[shard]])
        return Restored(shard, state)
