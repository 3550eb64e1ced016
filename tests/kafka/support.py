"""What tests over the real broker share."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cep.connectors.kafka.confluent import Librdkafka
from cep.connectors.kafka.port import Consumer, Kafka, Place, Polled, Position, Producer, TopicInfo
from tests.kafka.broker.shared import Address

SECONDS = 15.0
"""How long a test waits for what has to come; on a machine at rest it takes a small part of that."""


@dataclass(slots=True)
class Heard:
    """A rebalance's hearer that writes down what it hears, and starts what is assigned at the beginning if asked to."""

    consumer: Consumer | None = None
    calls: list[tuple[str, list[Place]]] = field(default_factory=list)
    owned: set[Place] = field(default_factory=set)

    def assigned(self, places: Sequence[Place]) -> None:
        """These came."""
        self.calls.append(("assigned", sorted(places)))
        self.owned.update(places)
        if self.consumer is not None:
            self.consumer.start([Position(*place, 0) for place in places])

    def revoked(self, places: Sequence[Place]) -> None:
        """These go."""
        self.calls.append(("revoked", sorted(places)))
        self.owned.difference_update(places)

    def lost(self, places: Sequence[Place]) -> None:
        """These are gone."""
        self.calls.append(("lost", sorted(places)))
        self.owned.difference_update(places)


class RealKafka:
    """The shared broker through the adapter, with names that no other test has."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.port: Kafka = Librdkafka()
        self.settings: dict[str, str] = {"bootstrap.servers": address.bootstrap, "reconnect.backoff.max.ms": "500"}
        self._admin = self.port.admin(self.settings)
        self._writer: Producer | None = None
        self._closing: list[Callable[[], None]] = [self._admin.close]

    def name(self, stem: str) -> str:
        """A name of a topic, a group or a transaction that is new."""
        return f"{stem}-{uuid.uuid4().hex[:8]}"

    def topic(self, partitions: int = 1, settings: Mapping[str, str] | None = None, stem: str = "topic") -> str:
        """A new topic."""
        name = self.name(stem)
        assert self._admin.create(TopicInfo(name, partitions, settings or {}), SECONDS)
        return name

    def consumer(self, group: str, settings: Mapping[str, str] | None = None, *, headers: bool = False) -> Consumer:
        """A consumer with short time-outs, closed at the end of the test."""
        given = {**self.settings, "group.id": group, **(settings or {})}
        if given.get("group.protocol", "classic") == "classic":
            given = {"session.timeout.ms": "6000", "heartbeat.interval.ms": "300", **given}
        made = self.port.consumer(given, headers=headers)
        self._closing.append(made.close)
        return made

    def producer(self, transaction: str | None = None, settings: Mapping[str, str] | None = None) -> Producer:
        """A producer, ready for transactions where it has an id for them."""
        own = {} if transaction is None else {"transactional.id": transaction}
        made = self.port.producer({**self.settings, **own, **(settings or {})})
        self._closing.append(made.close)
        if transaction is not None:
            made.init_transactions(SECONDS)
        return made

    def write(self, topic: str, values: Iterable[str], partition: int = 0) -> None:
        """Records outside any transaction."""
        if self._writer is None:
            self._writer = self.producer()
        for value in values:
            self._writer.produce(topic, value.encode(), partition=partition)
        self._writer.flush(SECONDS)

    def close(self) -> None:
        """Let go of all clients."""
        for close in reversed(self._closing):
            close()


def drain(consumer: Consumer, until: Callable[[Polled], bool], seconds: float = SECONDS, maximum: int = 1000) -> Polled:
    """Poll until what has come in all fulfils a condition. Fails with what has come if it never does."""
    total = Polled()
    limit = time.monotonic() + seconds
    while not until(total):
        assert time.monotonic() < limit, total
        polled = consumer.poll(maximum, 0.1)
        total.fetched += polled.fetched
        total.ends += polled.ends
        total.failures += polled.failures
    return total


def values(polled: Polled, place: Place | None = None) -> list[str]:
    """The records' values, of one partition or of all."""
    return [
        (value or b"").decode()
        for each in polled.fetched
        if place is None or each.place == place
        for value in each.values
    ]


def has_ends(*places: Place) -> Callable[[Polled], bool]:
    """Whether the ends of all these have been told."""
    return lambda polled: {each.place for each in polled.ends} >= set(places)


def has_values(count: int) -> Callable[[Polled], bool]:
    """Whether so many records have come."""
    return lambda polled: sum(len(each.values) for each in polled.fetched) >= count
