"""The records that dead letters are of, looked up where they lie: a dead letter holds neither their key nor their
headers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cep.connectors.dlq.letters import REPLAY
from cep.connectors.kafka.port import Consumer, Fetched, Headers, KafkaFailure, Place, Position, Trouble
from cep.connectors.kafka.retrying import Retrying

SECONDS = 10.0
"""How long the cluster may take to tell of a partition."""
STRIDE = 2_000
"""Records that are read over on the way to the next one; for more it is begun anew."""
PATIENCE = 30.0
"""Seconds without anything after which a record counts as out of reach."""


@dataclass(frozen=True, slots=True)
class Original:
    """A record as it lies in its topic."""

    key: bytes | None
    value: bytes | None
    headers: Headers

    @property
    def attempt(self) -> int:
        """Which replay it is; 0: none."""
        told = [value for name, value in self.headers if name == REPLAY and value is not None]
        return int(told[-1]) if told and told[-1].isdigit() else 0


class Originals:
    """Looks records up with a consumer of its own, which reads headers too."""

    def __init__(self, consumer: Consumer, retrying: Retrying, heard: Callable[[KafkaFailure], None]) -> None:
        self._consumer = consumer
        self._retrying = retrying
        self._heard = heard

    def of(self, wanted: Iterable[tuple[Place, int]]) -> dict[tuple[Place, int], Original]:
        """The records of these places and offsets that are there. Raises `KafkaFailure`, `GaveUp`."""
        by_place: dict[Place, list[int]] = {}
        for place, offset in wanted:
            by_place.setdefault(place, []).append(offset)
        found: dict[tuple[Place, int], Original] = {}
        for place, offsets in by_place.items():
            self._read(place, sorted(set(offsets)), found)
        return found

    def _read(self, place: Place, offsets: list[int], found: dict[tuple[Place, int], Original]) -> None:
        what = f"looking into {place[0]}/{place[1]}"
        low, high = self._retrying.call(what, lambda: self._consumer.limits(place, SECONDS))
        left = [offset for offset in offsets if low <= offset < high]
        at = None
        last_heard = time.monotonic()
        while left:
            if at is None or left[0] - at > STRIDE:
                at = left[0]
                self._consumer.start([Position(*place, at)])
            polled = self._consumer.poll(STRIDE, 0.2)
            for failure in polled.failures:
                if failure.trouble is not Trouble.RETRIABLE:
                    raise failure
                self._heard(failure)
            reached = at
            for fetched in polled.fetched:
                if fetched.place == place and fetched.offsets:
                    _keep(fetched, set(left), found)
                    reached = fetched.offsets[-1] + 1
            for end in polled.ends:
                if end.place == place:
                    reached = max(reached, end.offset)
            if reached > at:
                at, last_heard = reached, time.monotonic()
                left = [offset for offset in left if offset >= at]
            elif time.monotonic() - last_heard > PATIENCE:
                message = f"nothing comes of {place[0]}/{place[1]}"
                raise KafkaFailure(Trouble.RETRIABLE, "_TIMED_OUT", message)
        self._consumer.stop([place])


def _keep(fetched: Fetched, wanted: set[int], found: dict[tuple[Place, int], Original]) -> None:
    headers = fetched.headers or [()] * len(fetched.offsets)
    for offset, key, value, of in zip(fetched.offsets, fetched.keys, fetched.values, headers, strict=True):
        if offset in wanted:
            found[fetched.place, offset] = Original(key, value, of)
