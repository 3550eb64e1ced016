"""One job's topics on a broker: written to, and read as somebody who trusts nobody reads them."""

from __future__ import annotations

import struct
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cep.connectors.kafka.confluent import Librdkafka
from cep.connectors.kafka.port import Consumer, Fetched, Place, Position, TopicInfo
from tests.kafka.deaths.feed import SHARDS, Feed, Line

KINDS = ("alerts", "shadow", "late", "dead_letters")
SECONDS = 60.0
"""How long the broker may take for anything, on a machine that others use as well."""
_SINK_PARTITIONS = 3
_KEYED = b"rule:\x92"
"""How the part of a rule under one key begins: a pair, in MessagePack. Those of `suppress` are no pairs."""
_OPEN = struct.Struct(">8xI")
"""Where the state of a rule under one key says how many partial matches are open in it (docs/internals.md)."""


@dataclass
class Found:
    """What the outputs hold: lines by kind, and alerts whose header names another id than their line."""

    lines: dict[str, Counter[bytes]] = field(default_factory=lambda: {kind: Counter() for kind in KINDS})
    headers: list[str] = field(default_factory=list)


class Cluster:
    """The topics of one job, made on a broker."""

    def __init__(self, servers: str, prefix: str, feed: Feed) -> None:
        self.servers = servers
        self.prefix = prefix
        self.sinks = {kind: f"{prefix}-{kind}" for kind in KINDS}
        self._inputs = [(topic, number) for topic in feed.topics.values() for number in range(SHARDS)]
        self._settings = {"bootstrap.servers": servers, "reconnect.backoff.max.ms": "500"}
        self._kafka = Librdkafka()
        admin = self._kafka.admin(self._settings)
        for topic in feed.topics.values():
            admin.create(TopicInfo(topic, SHARDS), SECONDS)
        for topic in self.sinks.values():
            admin.create(TopicInfo(topic, _SINK_PARTITIONS), SECONDS)
        admin.close()
        self._producer = self._kafka.producer(self._settings)
        self._state: Consumer | None = None
        self._open: dict[tuple[int, bytes], int] = {}

    def write(self, lines: Iterable[Line]) -> None:
        """Write records, and wait until they are safe."""
        for line in lines:
            topic, number = line.place
            self._producer.produce(topic, line.raw, line.key, number)
        self._producer.flush(SECONDS)

    def open_runs(self) -> int:
        """How many partial matches are open in the state as it is committed."""
        if self._state is None:
            self._state = self._consumer("state")
            self._state.start([Position(f"{self.prefix}-changelog", number, 0) for number in range(SHARDS)])
        while fetched := self._state.poll(20_000, 0.3).fetched:
            for each in fetched:
                self._count(each)
        return sum(self._open.values())

    def _count(self, fetched: Fetched) -> None:
        for key, value in zip(fetched.keys, fetched.values, strict=True):
            if key is not None and key.startswith(_KEYED):
                self._open[fetched.partition, key] = 0 if value is None else _OPEN.unpack_from(value)[0]

    def found(self) -> Found:
        """The outputs, as a consumer of committed records reads them."""
        kinds = {topic: kind for kind, topic in self.sinks.items()}
        found = Found()
        for each in self._all([(topic, n) for topic in kinds for n in range(_SINK_PARTITIONS)], headers=True):
            kind = kinds[each.topic]
            found.lines[kind].update(value for value in each.values if value is not None)
            if kind in ("alerts", "shadow"):
                found.headers += _other_ids(each)
        return found

    def inputs(self) -> dict[Place, list[bytes]]:
        """The records of each input partition that are no tombstones."""
        records: dict[Place, list[bytes]] = {place: [] for place in self._inputs}
        for each in self._all(self._inputs):
            records[each.place] += [value for value in each.values if value is not None]
        return records

    def _all(self, places: Sequence[Place], *, headers: bool = False) -> list[Fetched]:
        """All that can be read of partitions now."""
        consumer = self._consumer("verifier", headers=headers)
        consumer.start([Position(*place, 0) for place in places])
        left, fetched = set(places), []
        end = time.monotonic() + SECONDS
        while left:
            assert time.monotonic() < end, f"no end of {left}"
            polled = consumer.poll(10_000, 0.5)
            fetched += polled.fetched
            left -= {position.place for position in polled.ends}
        consumer.close()
        return fetched

    def _consumer(self, role: str, *, headers: bool = False) -> Consumer:
        settings = {**self._settings, "group.id": f"{self.prefix}-{role}", "isolation.level": "read_committed"}
        return self._kafka.consumer(settings, headers=headers)

    def close(self) -> None:
        """Let go of the clients."""
        self._producer.close()
        if self._state is not None:
            self._state.close()


def _other_ids(fetched: Fetched) -> list[str]:
    """Alerts whose header does not name the id in their line."""
    wrong = []
    for value, headers in zip(fetched.values, fetched.headers or (), strict=True):
        ids = [told for name, told in headers if name == "cep-alert-id"]
        if value is not None and (len(ids) != 1 or ids[0] is None or b'"' + ids[0] + b'"' not in value):
            wrong.append(f"header of another alert: {ids} at {value[:200].decode()}")
    return wrong
