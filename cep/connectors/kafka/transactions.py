"""The transactions of one worker: begun when there is something to write, committed with the offsets, or given up."""

from __future__ import annotations

from collections.abc import Sequence

from cep.connectors.kafka.port import GroupMetadata, Headers, Position, Producer
from cep.connectors.kafka.retrying import Retrying

SECONDS = 30.0
"""How long one call may take before it is made again."""


class Transactions:
    """Writes through a producer with a `transactional.id`. Raises `KafkaFailure` for what a retry does not mend, and
    `GaveUp`."""

    def __init__(self, producer: Producer, retrying: Retrying) -> None:
        self._producer = producer
        self._retrying = retrying
        self.is_open = False

    def start(self) -> None:
        """Take the place of an earlier process of the same name, whose open transaction is given up."""
        self._retrying.call("taking up transactions", lambda: self._producer.init_transactions(SECONDS))

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
        self._producer.produce(topic, value, key, partition, headers)

    def commit(self, positions: Sequence[Position], group: GroupMetadata) -> None:
        """Commit all that was written, with the offsets."""
        self._begin()
        producer, call = self._producer, self._retrying.call
        call("handing over offsets", lambda: producer.send_offsets(positions, group, SECONDS))
        call("committing", lambda: producer.commit(SECONDS))
        self.is_open = False

    def abort(self) -> None:
        """Give up what was written since the last commit."""
        if self.is_open:
            self._retrying.call("giving up a transaction", lambda: self._producer.abort(SECONDS))
            self.is_open = False

    def _begin(self) -> None:
        if not self.is_open:
            self._producer.begin()
            self.is_open = True

    def close(self) -> None:
        """Let go of the producer."""
        self._producer.close()
