"""Partitions that are held back, each for one reason or several: it goes on when the last of them is gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from cep.connectors.kafka.port import Consumer, Place


class Pauses(Protocol):
    """Holds partitions back, and lets them go on."""

    def pause(self, places: Sequence[Place]) -> None:
        """Hold back records of these partitions until `resume`."""

    def resume(self, places: Sequence[Place]) -> None:
        """Go on with them."""


class Pausing:
    """The partitions of a consumer that are held back. Raises what the consumer does."""

    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer
        self._reasons: dict[Place, set[str]] = {}

    def because(self, reason: str) -> Pauses:
        """Pauses for one reason, which lasts whatever others come and go."""
        return _Reason(self, reason)

    def hold(self, places: Sequence[Place], reason: str) -> None:
        """A reason to hold these back."""
        for place in places:
            self._reasons.setdefault(place, set()).add(reason)
        self._consumer.pause(places)

    def release(self, places: Sequence[Place], reason: str) -> None:
        """A reason is gone."""
        free = [place for place in places if self._reasons.get(place, set()) <= {reason}]
        for place in places:
            self._reasons.get(place, set()).discard(reason)
        self.forget(free)
        self._consumer.resume(free)

    def forget(self, places: Sequence[Place]) -> None:
        """These are read no more, or anew."""
        for place in places:
            self._reasons.pop(place, None)


@dataclass(frozen=True, slots=True)
class _Reason:
    """One reason."""

    pausing: Pausing
    reason: str

    def pause(self, places: Sequence[Place]) -> None:
        """Hold these back."""
        self.pausing.hold(places, self.reason)

    def resume(self, places: Sequence[Place]) -> None:
        """It is over."""
        self.pausing.release(places, self.reason)
