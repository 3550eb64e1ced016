"""The transactions of one worker: begun when there is something to write, committed with the offsets, or given up.

A transaction that is open for longer than `transaction.timeout.ms` is given up by the brokers, which fence its producer
as if another process had taken its name; librdkafka tells both by the same error (`_FENCED`, also for Kafka's
INVALID_PRODUCER_EPOCH of KIP-588), and does not go on. What tells them apart is how long the transaction was open: only
one that had no time left may be followed by a new producer of the same name. Whoever is fenced sooner was replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from cep.connectors.kafka.port import GroupMetadata, Headers, KafkaFailure, Position, Producer, Trouble
from cep.connectors.kafka.retrying import Retrying
from cep.runtime.host_clock import HostClock

T = TypeVar("T")

SECONDS = 30.0
"""How long one call may take before it is made again."""
PARTING = 5.0
"""How long a transaction may take to be given up at the end."""


class Transactions:
    """Writes through a producer with a `transactional.id`, which `make` makes. `longest`: seconds that the brokers let
    a transaction be open. Raises `KafkaFailure` for what a retry does not mend, and `GaveUp`."""

    def __init__(self, make: Callable[[], Producer], retrying: Retrying, clock: HostClock, longest: float) -> None:
        self._make = make
        self._producer = make()
        self._retrying = retrying
        self._clock = clock
        self._longest = longest
        self._begun = (0.0, 0)
        self._is_spent = False
        self.is_open = False

    def start(self) -> None:
        """Take the place of an earlier process of the same name, whose open transaction is given up."""
        self._call("taking up transactions", lambda: self._producer.init_transactions(SECONDS))

    def write(
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None = None,
        partition: int | None = None,
        headers: Headers = (),
    ) -> None:
        """Write a record within the transaction, which is begun if there is none."""
        self._begin()
        try:
            self._producer.produce(topic, value, key, partition, headers)
        except KafkaFailure as failure:
            raise self._judged(failure) from failure

    def commit(self, positions: Sequence[Position], group: GroupMetadata) -> None:
        """Commit all that was written, with the offsets."""
        self._begin()
        self._call("handing over offsets", lambda: self._producer.send_offsets(positions, group, SECONDS))
        self._call("committing", lambda: self._producer.commit(SECONDS))
        self.is_open = False

    def abort(self) -> None:
        """Give up what was written since the last commit."""
        if self.is_open and not self._is_spent:
            try:
                self._call("giving up a transaction", lambda: self._producer.abort(SECONDS))
            except KafkaFailure:
                if not self._is_spent:
                    raise
        self.is_open = False
        if self._is_spent:
            self._renew()

    def _renew(self) -> None:
        """Go on with another producer of the same name."""
        self._producer.close()
        self._producer = self._make()
        self.start()
        self._is_spent = False

    def _begin(self) -> None:
        if not self.is_open:
            self._producer.begin()
            self._begun = self._clock.elapsed(), self._clock.wall()
            self.is_open = True

    def _call(self, what: str, call: Callable[[], T]) -> T:
        try:
            return self._retrying.call(what, call)
        except KafkaFailure as failure:
            raise self._judged(failure) from failure

    def _judged(self, failure: KafkaFailure) -> KafkaFailure:
        """Of a producer that cannot go on, whether it is because its transaction was open for too long."""
        if not self.is_open or failure.trouble not in (Trouble.FENCED, Trouble.FATAL):
            return failure
        elapsed, wall = self._begun
        # one of the two stands still while the machine sleeps
        open_for = max(self._clock.elapsed() - elapsed, (self._clock.wall() - wall) / 1_000_000)
        if open_for < self._longest:
            return failure
        self._is_spent = True
        message = f"it was open for {open_for:.0f} s, and the brokers gave it up after {self._longest:g} s"
        return KafkaFailure(Trouble.ABORTABLE, failure.code, message)

    def close(self) -> None:
        """Let go of the producer. A transaction that is open is given up, as far as that can be done quickly: until its
        time is over it would hold back whoever takes the shards up."""
        if self.is_open and not self._is_spent:
            with suppress(KafkaFailure):
                self._producer.abort(PARTING)
        self._producer.close()
