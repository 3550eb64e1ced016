"""librdkafka's properties that a job leaves to the run: what each has to be, and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fixed:
    """A property that a job may not set to anything else."""

    value: str
    why: str


FIXED = {
    "enable.auto.commit": Fixed("false", "offsets are committed with the state"),
    "enable.auto.offset.store": Fixed("false", "offsets are committed with the state"),
    "enable.partition.eof": Fixed("true", "a restore ends by it"),
    "partition.assignment.strategy": Fixed("cooperative-sticky", "a share changes hands one partition after the other"),
    "auto.offset.reset": Fixed("error", "write `start` in the source"),
    "isolation.level": Fixed("read_committed", "inputs are read as they were committed"),
    "enable.idempotence": Fixed("true", "nothing may be written twice"),
    "delivery.report.only.error": Fixed("true", "failed records are told by it"),
}
"""By name. The classic protocol alone knows an assignment strategy of the members."""

PYTHON_ONLY = frozenset(
    {"logger", "error_cb", "stats_cb", "throttle_cb", "oauth_cb", "on_commit", "on_delivery", "default.topic.config"}
    | {"enabled_events", "log_cb"}
)
"""What the client for Python takes beside them: objects of a program."""

SPARE = 30_000
"""Milliseconds that a transaction may be open beyond the time between two commits, unless `transaction.timeout.ms` is
said."""
LONGEST = 900_000
"""Milliseconds: longer transactions brokers do not take, unless their `transaction.max.timeout.ms` is another."""


def longest_commit(timeout: str | None) -> int:
    """Milliseconds between two commits, at most, where each interval is a transaction. `timeout`: what the job says of
    `transaction.timeout.ms`; half of it is left for the commit itself."""
    if timeout is None or not timeout.isdecimal():
        return LONGEST - SPARE
    return int(timeout) // 2


def _named(text: str) -> frozenset[str]:
    return frozenset(text.split())


CONSUMERS = _named("""
    group.id group.instance.id group.protocol group.protocol.type group.remote.assignor partition.assignment.strategy
    session.timeout.ms heartbeat.interval.ms max.poll.interval.ms coordinator.query.interval.ms
    enable.auto.commit auto.commit.interval.ms enable.auto.offset.store auto.offset.reset enable.partition.eof
    isolation.level check.crcs queued.min.messages queued.max.messages.kbytes
    fetch.wait.max.ms fetch.queue.backoff.ms fetch.message.max.bytes max.partition.fetch.bytes fetch.max.bytes
    fetch.min.bytes fetch.error.backoff.ms
""")
"""Properties that only consumers have: others warn of each one they are given."""
PRODUCERS = _named("""
    transactional.id transaction.timeout.ms enable.idempotence enable.gapless.guarantee acks request.required.acks
    request.timeout.ms message.timeout.ms delivery.timeout.ms message.send.max.retries retries partitioner
    sticky.partitioning.linger.ms linger.ms queue.buffering.max.ms queue.buffering.max.messages
    queue.buffering.max.kbytes queue.buffering.backpressure.threshold compression.codec compression.type
    compression.level batch.size batch.num.messages delivery.report.only.error
""")
"""Properties that only producers have."""
