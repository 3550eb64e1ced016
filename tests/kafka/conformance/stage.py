"""Where a scenario plays: a cluster, topics of its own, and time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count

from cep.connectors.kafka.port import (
    BEGINNING_OF_LOG,
    Consumer,
    Kafka,
    KafkaFailure,
    Place,
    Polled,
    Position,
    Producer,
    TopicInfo,
    Trouble,
)

PATIENCE = 20.0
"""Seconds that anything may take."""


class Stage:
    """A cluster for one scenario. `kafka`: a process's clients; `wait`: lets time pass; `base`: settings of all."""

    def __init__(
        self, name: str, kafka: Callable[[], Kafka], wait: Callable[[float], None], base: dict[str, str]
    ) -> None:
        self._name = name
        self._kafka = kafka
        self._base = base
        self._numbers = count(1)
        self._opened: list[Consumer | Producer] = []
        self.wait = wait

    def topic(self, partitions: int = 1, **settings: str) -> str:
        """A new topic; `max_message_bytes` stands for `max.message.bytes`."""
        name = f"{self._name}-{next(self._numbers)}"
        admin = self._kafka().admin(self._base)
        assert admin.create(TopicInfo(name, partitions, _properties(settings)), PATIENCE)
        admin.close()
        return name

    def admin(self) -> Kafka:
        """A process's clients, to be used with `base`."""
        return self._kafka()

    @property
    def base(self) -> dict[str, str]:
        """Settings that each client needs."""
        return dict(self._base)

    @property
    def group(self) -> str:
        """The scenario's group."""
        return f"{self._name}-group"

    def owned(self) -> frozenset[Place] | None:
        """What the members of the scenario's group own, as the cluster tells it."""
        admin = self._kafka().admin(self._base)
        found: list[frozenset[Place] | None] = []
        # a coordinator that has just become one says for a moment that it is none
        patiently(lambda: found.append(admin.owned(self.group, PATIENCE)))
        admin.close()
        return found[0]

    def consumer(self, settings: dict[str, str] | None = None, *, headers: bool = False) -> Consumer:
        """A consumer of the scenario's group, in a process of its own."""
        given = {**self._base, "group.id": self.group, "auto.offset.reset": "error", **_properties(settings or {})}
        consumer = self._kafka().consumer(given, headers=headers)
        self._opened.append(consumer)
        return consumer

    def producer(self, **settings: str) -> Producer:
        """A producer, in a process of its own."""
        producer = self._kafka().producer({**self._base, **_properties(settings)})
        self._opened.append(producer)
        return producer

    def transactional(self, name: str = "t", **settings: str) -> Producer:
        """A producer that is ready to begin."""
        producer = self.producer(transactional_id=f"{self._name}-{name}", **settings)
        producer.init_transactions(PATIENCE)
        return producer

    def write(self, topic: str, *values: bytes, partition: int = 0) -> None:
        """Records that are there when this returns."""
        producer = self._kafka().producer(self._base)
        for value in values:
            producer.produce(topic, value, b"key", partition)
        producer.flush(PATIENCE)
        producer.close()

    def reading(self, *places: Place, offset: int = BEGINNING_OF_LOG, **settings: str) -> Consumer:
        """A consumer that reads partitions."""
        consumer = self.consumer(settings)
        consumer.start([Position(*place, offset) for place in places])
        return consumer

    def until(self, done: Callable[[], bool], *busy: Consumer) -> None:
        """Let time pass until something has come true; `busy` are polled meanwhile."""
        for _ in range(int(PATIENCE / 0.1)):
            if done():
                return
            for consumer in busy:
                consumer.poll(100, 0.05)
            self.wait(0.1)
        raise AssertionError("it did not come true")

    def play(self, seconds: float, *busy: Consumer) -> None:
        """Let time pass; `busy` are polled meanwhile."""
        for _ in range(int(seconds / 0.1)):
            for consumer in busy:
                consumer.poll(100, 0.0)
            self.wait(0.1)

    def close(self) -> None:
        """Let go of all that was opened."""
        for client in self._opened:
            client.close()


def _properties(settings: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "."): value for name, value in settings.items()}


def to_end(consumer: Consumer, *ends: Position) -> Polled:
    """All that comes until these ends were told. One that is told earlier, for less, does not count."""
    whole = Polled()
    left = set(ends)
    for _ in range(int(PATIENCE / 0.1)):
        polled = consumer.poll(100, 0.1)
        whole.fetched += polled.fetched
        whole.failures += polled.failures
        whole.ends += polled.ends
        left -= set(polled.ends)
        if not left:
            return whole
    raise AssertionError(f"{left} were not told, but {whole.ends}")


def values(polled: Polled) -> list[tuple[int, bytes | None]]:
    """Offsets and values, partition by partition."""
    found = sorted(
        (each.place, offset, value)
        for each in polled.fetched
        for offset, value in zip(each.offsets, each.values, strict=True)
    )
    return [(offset, value) for _, offset, value in found]


def failing(call: Callable[[], object]) -> KafkaFailure:
    """The failure of a call."""
    try:
        call()
    except KafkaFailure as failed:
        return failed
    raise AssertionError("it did not fail")


def first_failure(consumer: Consumer) -> KafkaFailure:
    """The first failure that a consumer's polls tell."""
    for _ in range(int(PATIENCE / 0.1)):
        if failures := consumer.poll(10, 0.1).failures:
            return failures[0]
    raise AssertionError("it did not fail")


def patiently(call: Callable[[], None]) -> None:
    """A call that is made again as long as that is what it asks for."""
    for _ in range(100):
        try:
            return call()
        except KafkaFailure as failed:
            if failed.trouble is not Trouble.RETRIABLE:
                raise
    raise AssertionError("it went on failing")


class Member:
    """A member of the scenario's group, and what it was told."""

    def __init__(self, stage: Stage, topics: Sequence[str], **settings: str) -> None:
        self.told: list[tuple[str, frozenset[Place]]] = []
        self.owned: set[Place] = set()
        self.when_revoked: Callable[[], None] = lambda: None
        self.consumer = stage.consumer({"session_timeout_ms": "6000", "heartbeat_interval_ms": "500", **settings})
        self.consumer.subscribe(topics, self)

    def assigned(self, places: Sequence[Place]) -> None:
        """More are owned."""
        self._tell("assigned", places)
        self.owned |= set(places)
        self.consumer.start([Position(*place, BEGINNING_OF_LOG) for place in places])

    def revoked(self, places: Sequence[Place]) -> None:
        """Fewer are owned."""
        self._tell("revoked", places)
        self.when_revoked()
        self.owned -= set(places)

    def lost(self, places: Sequence[Place]) -> None:
        """Fewer are owned, and have been for a while."""
        self._tell("lost", places)
        self.owned -= set(places)

    def _tell(self, kind: str, places: Sequence[Place]) -> None:
        if places:
            self.told.append((kind, frozenset(places)))
