"""A cluster in memory: its topics and coordinators, and what a test does to it."""

from __future__ import annotations

import random
from collections.abc import Mapping

from cep.connectors.kafka.port import Headers, Place, Position
from cep.testing.simulated_kafka.clock import MILLISECOND, VirtualClock
from cep.testing.simulated_kafka.failures import failure
from cep.testing.simulated_kafka.faults import Faults
from cep.testing.simulated_kafka.groups import GroupCoordinator
from cep.testing.simulated_kafka.log import Entry, PartitionLog
from cep.testing.simulated_kafka.process import SimulatedProcess
from cep.testing.simulated_kafka.topics import Topic
from cep.testing.simulated_kafka.transactions import TransactionCoordinator


class SimulatedKafka:
    """A Kafka that does the same for the same seed and the same calls.

    `seed`: draws what is left open: which partition a poll tells of first and how much, what is sent in the
    background, when markers are written. `clock`: moves when a call waits, and when a test moves it on.
    """

    def __init__(self, seed: int = 0, clock: VirtualClock | None = None) -> None:
        self.draw = random.Random(seed)
        self.clock = clock or VirtualClock()
        self.faults = Faults()
        self.topics: dict[str, Topic] = {}
        self.transactions = TransactionCoordinator(self.clock, self.draw)
        self.is_up = True
        self.denied: set[str] = set()
        self.groups = GroupCoordinator(self.clock, self._counts, lambda: self.is_up)
        self._processes: list[SimulatedProcess] = []

    def process(self, name: str = "worker") -> SimulatedProcess:
        """A new process, which has the port's `Kafka`."""
        process = SimulatedProcess(self, name)
        self._processes.append(process)
        return process

    # ------------------------------------------------------------ topics

    def create(self, name: str, partitions: int = 1, settings: Mapping[str, str] | None = None) -> Topic:
        """Make a topic."""
        self.topics[name] = Topic(name, partitions, settings or {})
        return self.topics[name]

    def grow(self, name: str, partitions: int) -> None:
        """Add partitions to a topic, up to this number. Clients hear of it when they look next."""
        self.topics[name].grow(partitions)

    def delete(self, name: str) -> None:
        """Delete a topic, and what groups have committed of it."""
        del self.topics[name]
        self.groups.forget(name)

    def log(self, place: Place) -> PartitionLog | None:
        """The log of a partition, if it is there."""
        topic = self.topics.get(place[0])
        return topic.logs[place[1]] if topic is not None and 0 <= place[1] < len(topic.logs) else None

    def deny(self, name: str) -> None:
        """Refuse everybody a topic."""
        self.denied.add(name)

    def grant(self, name: str) -> None:
        """Let everybody have it again."""
        self.denied.discard(name)

    def check_access(self, name: str) -> None:
        """Raise `KafkaFailure` if a topic is refused."""
        if name in self.denied:
            raise failure("TOPIC_AUTHORIZATION_FAILED", f"access to `{name}` is refused")

    def retain(self, name: str, partition: int, start: int) -> None:
        """Let retention take what lies before an offset."""
        self.topics[name].logs[partition].delete_before(start)

    def compact(self, name: str, tail: int = 0) -> None:
        """Let compaction go over a compacted topic, but for the last `tail` offsets of each partition."""
        if not self.topics[name].is_compacted:
            raise ValueError(f"`{name}` has no cleanup.policy with compact")
        for log in self.topics[name].logs:
            log.compact(tail)

    def _counts(self) -> dict[str, int]:
        return {name: len(topic.logs) for name, topic in self.topics.items()}

    # ------------------------------------------------------------ what is in it

    def write(
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None = None,
        partition: int = 0,
        headers: Headers = (),
        stamp: int | None = None,
    ) -> int:
        """Write a record as somebody outside would, and say at which offset. `stamp`: microseconds."""
        created = self.clock.wall() if stamp is None else stamp
        return self.topics[topic].logs[partition].append(key, value, headers, created // MILLISECOND).offset

    def records(self, topic: str, partition: int | None = None, *, committed: bool = True) -> list[Entry]:
        """What can be read of a topic now, partition by partition; markers that were on their way are written."""
        self.transactions.settle()
        logs = self.topics[topic].logs if partition is None else [self.topics[topic].logs[partition]]
        return [entry for log in logs for entry in log.read(log.start, committed, len(log.entries))[0]]

    def committed(self, group: str) -> dict[Place, Position]:
        """What a group has committed."""
        self.transactions.settle()
        return self.groups.offsets(group).committed()

    # ------------------------------------------------------------ the broker

    def stop(self) -> None:
        """Stop the broker: calls fail until `start`. Nothing it has acknowledged is lost."""
        self.is_up = False

    def start(self) -> None:
        """Start it again."""
        self.is_up = True
        for process in self._processes:
            process.tell_connected()

    def restart(self, seconds: float) -> None:
        """Stop it now, and have it start in a while."""
        self.stop()
        self.clock.after(seconds, self.start)
