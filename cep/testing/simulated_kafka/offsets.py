"""The committed offsets of one group, with those of transactions that are not over (KIP-447)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count

from cep.connectors.kafka.port import Place, Position
from cep.testing.simulated_kafka.log import Marker


class GroupOffsets:
    """What a group has committed, by partition."""

    def __init__(self) -> None:
        self._numbers = count()
        self._committed: dict[Place, tuple[int, Position]] = {}
        self._pending: dict[int, dict[Place, tuple[int, Position]]] = {}

    def commit(self, positions: Iterable[Position]) -> None:
        """Commit outside a transaction."""
        for position in positions:
            self._committed[position.place] = (next(self._numbers), position)

    def stage(self, producer: int, positions: Iterable[Position]) -> None:
        """Make offsets part of a producer's transaction."""
        pending = self._pending.setdefault(producer, {})
        for position in positions:
            pending[position.place] = (next(self._numbers), position)

    def mark(self, producer: int, marker: Marker, stamp: int) -> None:
        """A producer's transaction is over. Of two commits the later one counts, as they were sent, not as they ended:
        an offset committed outside after this one was staged stays."""
        for place, staged in self._pending.pop(producer, {}).items():
            there = self._committed.get(place)
            if marker is Marker.COMMIT and (there is None or there[0] < staged[0]):
                self._committed[place] = staged

    def is_stable(self, places: Iterable[Place]) -> bool:
        """Whether no transaction under way would move the offsets of these partitions."""
        return not any(place in pending for place in places for pending in self._pending.values())

    def committed(self) -> dict[Place, Position]:
        """All of them, without those of transactions that are not over."""
        return {place: position for place, (_, position) in self._committed.items()}

    def forget(self, topic: str) -> None:
        """The topic was deleted."""
        self._committed = {place: each for place, each in self._committed.items() if place[0] != topic}
