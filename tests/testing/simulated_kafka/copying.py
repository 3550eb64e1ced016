"""A job as small as one can be that copies records exactly once, to try the simulation with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from cep.connectors.kafka.port import BEGINNING_OF_LOG, Fetched, KafkaFailure, Place, Position, Trouble
from cep.testing.simulated_kafka import Died, SimulatedKafka, SimulatedProcess

T = TypeVar("T")
PATIENCE = 10.0
PARTITIONS = 2
RECORDS = 12


class Over(Exception):
    """The worker has to be started anew."""


class Copier:
    """A member of a group that copies what it owns from `in` to `out`, partition by partition.

    `fault`: a mistake that is planted: offsets that go first, by themselves; or an abort that is not heeded."""

    def __init__(self, process: SimulatedProcess, fault: str = "") -> None:
        self.process = process
        self.fault = fault
        self.producer = process.producer({"transactional.id": process.name, "transaction.timeout.ms": "10000"})
        self._patiently(lambda: self.producer.init_transactions(PATIENCE))
        self.consumer = process.consumer(
            {"group.id": "g", "group.instance.id": process.name, "session.timeout.ms": "6000"}
        )
        self.wanted: set[Place] = set()
        self.next: dict[Place, int] = {}
        self.consumer.subscribe(["in"], self)

    def assigned(self, places: Sequence[Place]) -> None:
        """Where to start is looked up outside the callback."""
        self.wanted |= set(places)

    def revoked(self, places: Sequence[Place]) -> None:
        """Nothing is under way between two steps."""
        self.wanted -= set(places)
        self.consumer.stop(places)
        for place in places:
            self.next.pop(place, None)

    lost = revoked

    def step(self) -> None:
        """Poll once, and copy what came."""
        try:
            if fresh := sorted(self.wanted - set(self.next)):
                self._start(fresh)
            for fetched in self.consumer.poll(3, 1.0).fetched:
                self._copy(fetched)
        except KafkaFailure as failed:
            if failed.trouble is not Trouble.RETRIABLE:
                raise Over from failed

    def _start(self, places: Sequence[Place]) -> None:
        known = self._patiently(lambda: self.consumer.committed(places, PATIENCE))
        for place in places:
            start = known.get(place, Position(*place, BEGINNING_OF_LOG))
            self.consumer.start([start])
            self.next[place] = start.offset

    def _copy(self, fetched: Fetched) -> None:
        after = Position(fetched.topic, fetched.partition, fetched.offsets[-1] + 1)
        try:
            if self.fault == "offsets first":
                self.consumer.commit([after])
            self.producer.begin()
            for value in fetched.values:
                self.producer.produce("out", value, partition=fetched.partition)
            if self.fault != "offsets first":
                self.producer.send_offsets([after], self.consumer.group(), PATIENCE)
            self._patiently(lambda: self.producer.commit(PATIENCE))
            self.next[fetched.place] = after.offset
        except KafkaFailure as failed:
            if failed.trouble is not Trouble.ABORTABLE:
                raise Over from failed
            self._patiently(lambda: self.producer.abort(PATIENCE))
            if self.fault != "abort ignored":
                self.consumer.stop([fetched.place])
                self.next.pop(fetched.place, None)

    def _patiently(self, call: Callable[[], T]) -> T:
        for _ in range(20):
            try:
                return call()
            except KafkaFailure as failed:
                if failed.trouble is not Trouble.RETRIABLE:
                    raise
        raise Over


def cluster(seed: int) -> SimulatedKafka:
    """A cluster with what is to be copied."""
    kafka = SimulatedKafka(seed)
    kafka.create("in", PARTITIONS)
    kafka.create("out", PARTITIONS)
    for at in range(RECORDS):
        kafka.write("in", b"%d" % at, partition=at % PARTITIONS)
    return kafka


def copied(kafka: SimulatedKafka) -> list[list[int]]:
    """What is in `out`, by partition."""
    return [[int(each.value or b"") for each in kafka.records("out", number)] for number in range(PARTITIONS)]


WANTED = [list(range(number, RECORDS, PARTITIONS)) for number in range(PARTITIONS)]


class Crew:
    """Workers that are started anew when they are over."""

    def __init__(self, kafka: SimulatedKafka, names: Sequence[str], fault: str = "") -> None:
        self.kafka = kafka
        self.fault = fault
        self.processes = {name: kafka.process(name) for name in names}
        self.workers: dict[str, Copier] = {}

    def step(self, name: str) -> None:
        """Let one worker go on."""
        try:
            if name not in self.workers:
                self.workers[name] = Copier(self.processes[name], self.fault)
            self.workers[name].step()
        except (Died, Over, KafkaFailure):
            self.kill(name)

    def add(self, name: str) -> None:
        """One more worker."""
        self.processes[name] = self.kafka.process(name)

    def kill(self, name: str) -> None:
        """End a worker; it starts anew when it is its turn."""
        self.processes[name].kill()
        self.processes[name] = self.kafka.process(name)
        self.workers.pop(name, None)

    def run(self, steps: int) -> None:
        """Let them go on in turn."""
        for _ in range(steps):
            for name in self.processes:
                self.step(name)
