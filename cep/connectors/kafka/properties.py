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
