"""Three faults in how a worker commits, planted so that checkers can be checked: each of them has to find all three."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zlib import crc32

from cep.connectors.kafka.changelog import COMMIT, commit_record, metadata
from cep.connectors.kafka.delivery import Delivery
from cep.connectors.kafka.port import KafkaFailure, Position
from cep.connectors.kafka.shard_run import ShardRun
from cep.connectors.kafka.worker import Worker


def offsets_before_flush(self: Delivery) -> None:
    """State and offsets are committed while alerts may still be on their way."""


def abort_ignored(self: Worker, failure: KafkaFailure) -> None:
    """The state in memory is gone on with after a transaction has failed."""
    self._delivery.abort()


def changelog_skipped(self: Worker, run: ShardRun, steps: object) -> list[Position]:
    """Offsets are committed without the state of half of the keys, but for what a shard began with."""
    run.sequence += 1
    (topic, number), write = self._topology.changelog_of(run.number), self._delivery.transactions.write
    for name, part in run.delta().items():
        if run.sequence == 1 or not name.startswith(b"rule:") or crc32(name) % 2:
            write(topic, part, name, number)
    write(topic, commit_record(run.sequence, []), COMMIT, number)
    return run.positions(metadata(run.sequence))


FAULTS: dict[str, tuple[type, str, Callable[..., Any]]] = {
    "offsets before flush": (Delivery, "flush", offsets_before_flush),
    "abort ignored": (Worker, "_take_back", abort_ignored),
    "changelog skipped": (Worker, "_changes", changelog_skipped),
}
"""By name: the class, the method that is replaced, and what stands in its place."""
