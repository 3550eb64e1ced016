"""Records that are gone before they were read: retention took them while the job stood still, or fell behind.

Nothing brings them back, and state that goes on without them is not what it would be: an absence may be told that was
none. So a run says what is lost and ends, unless it is told to go on without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cep.connectors.kafka.port import Consumer, KafkaFailure, Place, Position, Trouble
from cep.connectors.kafka.retrying import Retrying

SECONDS = 10.0
"""How long the cluster may take to tell of a partition."""
OVERTAKEN = "_AUTO_OFFSET_RESET"
"""How a consumer tells that there is nothing at its position."""


@dataclass(frozen=True, slots=True)
class Lost:
    """What is not there any more of a partition: offsets from `first` on, up to and without `last`."""

    topic: str
    partition: int
    first: int
    last: int

    @property
    def count(self) -> int:
        """How many records at most: markers of transactions have offsets too."""
        return self.last - self.first

    def __str__(self) -> str:
        return (
            f"offsets {self.first} to {self.last - 1} of {self.topic}/{self.partition} ({self.count} records at most)"
        )


class RecordsLost(KafkaFailure):
    """Records were deleted before they were read."""

    def __init__(self, lost: Sequence[Lost]) -> None:
        told = ", ".join(map(str, lost))
        super().__init__(Trouble.FATAL, "OFFSET_OUT_OF_RANGE", f"deleted before they were read: {told}")


def lost_before(group: Consumer, positions: Sequence[Position], retrying: Retrying) -> list[Lost]:
    """What lies between these positions and the first records that are still there.

    Raises `KafkaFailure`, also for positions behind the end, which no retention brings about; `GaveUp`."""
    lost = []
    for each in positions:
        topic, number = each.place
        low, high = limits(group, each.place, retrying)
        if each.offset > high:
            message = f"{topic}/{number} ends at {high}, and was read up to {each.offset}: it was made anew"
            raise KafkaFailure(Trouble.UNKNOWN_PLACE, "OFFSETS_WENT_BACK", message)
        if low > each.offset:
            lost.append(Lost(topic, number, each.offset, low))
    return lost


def limits(group: Consumer, place: Place, retrying: Retrying) -> tuple[int, int]:
    """The first offset of a partition, and the one behind its last. Raises `KafkaFailure`, `GaveUp`."""
    return retrying.call(f"looking where {place[0]}/{place[1]} begins", lambda: group.limits(place, SECONDS))
