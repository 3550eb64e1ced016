"""A producer's queue, and what librdkafka does with it in the background."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cep.connectors.kafka.port import Headers, KafkaFailure, Place
from cep.testing.simulated_kafka.clock import MILLISECOND, SECOND, Timer
from cep.testing.simulated_kafka.failures import failure
from cep.testing.simulated_kafka.partitioner import PARTITIONERS
from cep.testing.simulated_kafka.transactions import Session

if TYPE_CHECKING:
    from cep.testing.simulated_kafka.process import SimulatedProcess
    from cep.testing.simulated_kafka.settings import Settings


@dataclass(slots=True)
class _Waiting:
    """A record on its way. `until`: µs, when it is given up."""

    place: Place
    key: bytes | None
    value: bytes | None
    headers: Headers
    stamp: int
    until: int


class Outbox:
    """Records that no broker has yet. Some of them are sent at any time, all of them when `linger.ms` has passed.

    `failed` is told of records that will never be written."""

    def __init__(self, process: SimulatedProcess, settings: Settings, failed: Callable[[KafkaFailure], None]) -> None:
        self.is_in_transaction = False
        self._process = process
        self._cluster = process.cluster
        self._settings = settings
        self._tell = failed
        self._waiting: list[_Waiting] = []
        self._timer: Timer | None = None
        self._failure: KafkaFailure | None = None
        self._session: Session | None = None
        self._gaps: set[Place] = set()
        self._is_to_recount = False
        self._counts: dict[str, tuple[int, int]] = {}
        name = "transaction.timeout.ms" if settings.text("transactional.id") else "message.timeout.ms"
        self._patience = min(settings.milliseconds(name), settings.milliseconds("message.timeout.ms")) * MILLISECOND

    def begin(self, session: Session | None) -> None:
        """What is put from now on is part of a transaction."""
        self._session = session
        self.is_in_transaction = False
        self._failure = None

    def end(self) -> None:
        """The transaction is over."""
        if self._is_to_recount:
            self._gaps.clear()
            self._is_to_recount = False
        self.is_in_transaction = False
        self._failure = None

    def put(
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None,
        partition: int | None,
        headers: Headers,
        stamp: int | None,
    ) -> None:
        """Queue a record."""
        size = len(key or b"") + len(value or b"") + sum(len(name) + len(each or b"") for name, each in headers)
        if size > self._settings.milliseconds("message.max.bytes"):
            raise failure("MSG_SIZE_TOO_LARGE", f"a record of {size} bytes is larger than `message.max.bytes`")
        now = self._cluster.clock.wall()
        if partition is None:
            name = self._settings.choice("partitioner")
            partition = PARTITIONERS[name](key, self._count(topic), self._cluster.draw)
        created = (now if stamp is None else stamp) // MILLISECOND
        self._waiting.append(_Waiting((topic, partition), key, value, headers, created, now + self._patience))
        self.work()

    def work(self) -> None:
        """What goes on in the background: now and then some records are sent, and the rest before long."""
        self._expire()
        if not self._waiting:
            return
        if self._process.is_connected and self._cluster.draw.random() < 0.25:
            self._send(self._some())
        if self._timer is None:
            linger = self._settings.seconds("linger.ms") + self._cluster.draw.random() * 0.01
            self._timer = self._cluster.clock.after(linger, self._in_background)

    def flush(self, seconds: float) -> None:
        """Send everything. Raises `KafkaFailure` when the broker is away."""
        if self._waiting:
            try:
                self._process.reach(seconds)
            finally:
                self._expire()
            self._send(list(self._waiting))

    def raise_failure(self) -> None:
        """Raise what has gone wrong with a record since it was asked last."""
        failed, self._failure = self._failure, None
        if failed is not None:
            raise failed

    def drop(self) -> None:
        """Forget what was not sent."""
        self._waiting.clear()

    # ------------------------------------------------------------ sending

    def _in_background(self) -> None:
        self._timer = None
        if self._process.is_connected:
            self._send(list(self._waiting))

    def _some(self) -> list[_Waiting]:
        """The first records of some partitions."""
        by_place: dict[Place, list[_Waiting]] = {}
        for each in self._waiting:
            by_place.setdefault(each.place, []).append(each)
        return [each for all_ in by_place.values() for each in all_[: self._cluster.draw.randint(0, len(all_))]]

    def _send(self, chosen: list[_Waiting]) -> None:
        gone = set(map(id, chosen))
        self._waiting = [each for each in self._waiting if id(each) not in gone]
        for each in chosen:
            try:
                self._write(each)
            except KafkaFailure as failed:
                self._fail(failed)

    def _write(self, one: _Waiting) -> None:
        topic = self._cluster.topics.get(one.place[0])
        if topic is None or not 0 <= one.place[1] < len(topic.logs):
            raise failure("UNKNOWN_TOPIC_OR_PARTITION", f"there is no partition {one.place[1]} of `{one.place[0]}`")
        self._cluster.check_access(topic.name)
        log = topic.logs[one.place[1]]
        if self._session is not None:
            self._cluster.transactions.add(self._session, log)
            self.is_in_transaction = True
        self._check_sequence(one.place)
        try:
            topic.check(one.key, one.value, one.headers)
        except KafkaFailure:
            self._gaps.add(one.place)
            raise
        stamp = one.stamp if topic.settings["message.timestamp.type"] == "CreateTime" else self._now()
        log.append(
            one.key, one.value, one.headers, stamp, self._session.id.producer if self._session is not None else None
        )

    def _check_sequence(self, place: Place) -> None:
        """In transactions, a record that the broker has refused leaves a gap in the numbers of its partition: the next
        one is refused as well. Once that was aborted, librdkafka begins to count anew."""
        if self._session is not None and place in self._gaps:
            self._is_to_recount = True
            raise failure("OUT_OF_ORDER_SEQUENCE_NUMBER", "a record of this partition was refused before")

    def _expire(self) -> None:
        now = self._cluster.clock.wall()
        if self._waiting and self._waiting[0].until <= now:
            self._waiting = [each for each in self._waiting if each.until > now]
            self._fail(failure("_MSG_TIMED_OUT", "a record could not be sent in the time it has"))

    def _fail(self, failed: KafkaFailure) -> None:
        self._failure = self._failure or failed
        self._tell(failed)

    def _now(self) -> int:
        return self._cluster.clock.wall() // MILLISECOND

    def _count(self, name: str) -> int:
        """How many partitions a topic has, as this client has heard last."""
        now = self._cluster.clock.wall()
        heard, count = self._counts.get(name, (0, 0))
        refresh = self._settings.seconds("topic.metadata.refresh.interval.ms") * SECOND
        if (not count or now - heard >= refresh) and name in self._cluster.topics and self._process.is_connected:
            count = len(self._cluster.topics[name].logs)
            self._counts[name] = (now, count)
        return count or 1
