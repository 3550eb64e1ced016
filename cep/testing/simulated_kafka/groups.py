"""The group coordinator: who may commit offsets, and what was committed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cep.connectors.kafka.port import Position
from cep.testing.simulated_kafka.offsets import GroupOffsets


@dataclass(frozen=True, slots=True)
class MemberIdentity:
    """Who a consumer is in its group: what the port calls `GroupMetadata`."""

    group: str
    member: str = ""
    generation: int = -1
    instance: str = ""


class GroupCoordinator:
    """All groups of the cluster."""

    def __init__(self) -> None:
        self._offsets: dict[str, GroupOffsets] = {}

    def offsets(self, group: str) -> GroupOffsets:
        """What a group has committed."""
        return self._offsets.setdefault(group, GroupOffsets())

    def commit(self, who: MemberIdentity, positions: Sequence[Position]) -> None:
        """Commit offsets outside a transaction."""
        self.offsets(who.group).commit(positions)

    def stage(self, who: MemberIdentity, producer: int, positions: Sequence[Position]) -> None:
        """Make offsets part of a transaction."""
        self.offsets(who.group).stage(producer, positions)

    def forget(self, topic: str) -> None:
        """A topic was deleted, and with it what was committed of it."""
        for offsets in self._offsets.values():
            offsets.forget(topic)
