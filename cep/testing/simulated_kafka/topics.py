"""A topic: its settings and the logs of its partitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cep.connectors.kafka.port import Headers, TopicInfo
from cep.testing.simulated_kafka.failures import failure
from cep.testing.simulated_kafka.log import PartitionLog

DEFAULTS = {
    "cleanup.policy": "delete",
    "compression.type": "producer",
    "delete.retention.ms": "86400000",
    "file.delete.delay.ms": "60000",
    "flush.messages": "9223372036854775807",
    "flush.ms": "9223372036854775807",
    "index.interval.bytes": "4096",
    "max.compaction.lag.ms": "9223372036854775807",
    "max.message.bytes": "1048588",
    "message.timestamp.after.max.ms": "3600000",
    "message.timestamp.before.max.ms": "9223372036854775807",
    "message.timestamp.type": "CreateTime",
    "min.cleanable.dirty.ratio": "0.5",
    "min.compaction.lag.ms": "0",
    "min.insync.replicas": "1",
    "preallocate": "false",
    "retention.bytes": "-1",
    "retention.ms": "604800000",
    "segment.bytes": "1073741824",
    "segment.index.bytes": "10485760",
    "segment.jitter.ms": "0",
    "segment.ms": "604800000",
    "unclean.leader.election.enable": "false",
}
"""A broker's own values of topic settings. What the simulation goes by: `cleanup.policy`, `max.message.bytes`,
`message.timestamp.type`."""
_ENVELOPE = 70
"""Bytes that a batch of one small record takes besides key, value and headers."""


class Topic:
    """A topic and its partitions."""

    def __init__(self, name: str, partitions: int, settings: Mapping[str, str]) -> None:
        if partitions < 1:
            raise failure("INVALID_PARTITIONS", f"`{name}` needs at least one partition")
        if unknown := [each for each in settings if each not in DEFAULTS]:
            raise failure("INVALID_CONFIG", f"`{name}`: the simulation knows no topic setting `{unknown[0]}`")
        self.name = name
        self.settings = {**DEFAULTS, **settings}
        self.logs = [PartitionLog(name, number) for number in range(partitions)]

    def grow(self, partitions: int) -> None:
        """Add partitions, up to this number."""
        if partitions <= len(self.logs):
            raise failure("INVALID_PARTITIONS", f"`{self.name}` has {len(self.logs)} partitions already")
        self.logs += [PartitionLog(self.name, number) for number in range(len(self.logs), partitions)]

    def info(self, settings: Sequence[str]) -> TopicInfo:
        """As the cluster tells it."""
        return TopicInfo(self.name, len(self.logs), {each: self.settings[each] for each in settings})

    def check(self, key: bytes | None, value: bytes | None, headers: Headers) -> None:
        """Raise what the broker says to a record that it does not take."""
        size = _ENVELOPE + len(key or b"") + len(value or b"")
        size += sum(len(name) + len(content or b"") for name, content in headers)
        if size > int(self.settings["max.message.bytes"]):
            raise failure("MSG_SIZE_TOO_LARGE", f"a record of {size} bytes is too large for `{self.name}`")
        if self.is_compacted and key is None:
            raise failure("INVALID_RECORD", f"`{self.name}` is compacted, and takes no record without a key")

    @property
    def is_compacted(self) -> bool:
        """Whether compaction goes over it."""
        return "compact" in self.settings["cleanup.policy"]
