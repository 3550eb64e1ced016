"""librdkafka's properties, as far as the simulation goes by them; others are taken and do nothing."""

from __future__ import annotations

from collections.abc import Mapping

from cep.testing.simulated_kafka.failures import failure

_NUMBERS = {
    "session.timeout.ms": 45_000,
    "max.poll.interval.ms": 300_000,
    "heartbeat.interval.ms": 3_000,
    "socket.timeout.ms": 60_000,
    "topic.metadata.refresh.interval.ms": 300_000,
    "topic.metadata.propagation.max.ms": 30_000,
    "transaction.timeout.ms": 60_000,
    "message.max.bytes": 1_000_000,
    "message.timeout.ms": 300_000,
    "linger.ms": 5,
}
_CHOICES = {
    "isolation.level": ("read_committed", "read_uncommitted"),
    "auto.offset.reset": ("error", "largest", "latest", "end", "smallest", "earliest", "beginning"),
    "partitioner": ("consistent_random", "consistent", "murmur2", "murmur2_random", "random"),
    "partition.assignment.strategy": ("cooperative-sticky",),
    "group.protocol": ("classic",),
}
"""The values that may be given. The first is librdkafka's own, or what the port's clients have in its place: partitions
change hands one by one, a position that is not there is an error."""


class Settings:
    """The settings of one client. Raises `KafkaFailure` for values that librdkafka refuses, or the simulation lacks."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = dict(given)
        for name in _NUMBERS:
            if not self.text(name, "0").isdigit():
                raise failure("_INVALID_ARG", f"`{name}` has to be a number, not {given[name]!r}")
        for name, choices in _CHOICES.items():
            if self.text(name, choices[0]) not in choices:
                raise failure("_INVALID_ARG", f"`{name}: {given[name]}`: known here are {', '.join(choices)}")
        if "session.timeout.ms" in given and self.milliseconds("max.poll.interval.ms") < self.milliseconds(
            "session.timeout.ms"
        ):
            raise failure("_INVALID_ARG", "`max.poll.interval.ms` must be at least `session.timeout.ms`")

    def text(self, name: str, default: str = "") -> str:
        """A property's value."""
        return self._given.get(name, default)

    def choice(self, name: str) -> str:
        """The value of a property that has a few."""
        return self._given.get(name, _CHOICES[name][0])

    def milliseconds(self, name: str) -> int:
        """A number, as it is written."""
        return int(self._given.get(name, _NUMBERS[name]))

    def seconds(self, name: str) -> float:
        """A property in milliseconds, in seconds."""
        return self.milliseconds(name) / 1000
