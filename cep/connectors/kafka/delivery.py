"""What leaves a worker: outputs by the guarantee, and the transactions that hold the state."""

from __future__ import annotations

from collections.abc import Sequence

from cep.connectors.kafka.port import GroupMetadata, Headers, KafkaFailure, Position, Producer, Trouble
from cep.connectors.kafka.retrying import Retrying
from cep.connectors.kafka.transactions import Transactions
from cep.connectors.outputs import JobOutputs
from cep.runtime.output import Output
from cep.runtime.redaction import Redaction

SECONDS = 30.0
"""How long records may take to be safe before it is said that they are not."""


class Delivery:
    """Takes what comes of records. `plain`: the producer of outputs under `at_least_once`; None: they go into the
    transactions. `outputs` is set once it is made, since its sinks write through this."""

    def __init__(self, transactions: Transactions, plain: Producer | None, retrying: Retrying) -> None:
        self.transactions = transactions
        self.outputs: JobOutputs | None = None
        self._plain = plain
        self._retrying = retrying

    @property
    def is_transactional(self) -> bool:
        """Whether outputs go into the transactions: a crash then takes back what was not committed."""
        return self._plain is None

    def start(self) -> None:
        """Before anything is read."""
        self.transactions.start()

    def take(self, output: Output, redaction: Redaction) -> None:
        """Write what one call of a shard brought about, without the fields that are redacted in it.

        Raises `KafkaFailure` and what file sinks raise."""
        assert self.outputs is not None
        self.outputs.redaction = redaction
        self.outputs.take(output)

    def write(self, topic: str, value: bytes | None, key: bytes | None = None, *, headers: Headers = ()) -> None:
        """Write one record of an output. Raises `KafkaFailure`."""
        try:
            if self._plain is None:
                self.transactions.write(topic, value, key, headers=headers)
            else:
                self._plain.produce(topic, value, key, None, headers)
        except KafkaFailure as failure:
            raise _undone(failure) from failure

    def flush(self) -> None:
        """Return once all outputs are safe, where they are not part of the transaction."""
        plain = self._plain
        assert self.outputs is not None
        if plain is not None:
            try:
                self._retrying.call("writing alerts", lambda: plain.flush(SECONDS))
            except KafkaFailure as failure:
                raise _undone(failure) from failure
            self.outputs.sync()

    def commit(self, positions: Sequence[Position], group: GroupMetadata) -> None:
        """Commit what was written, with the offsets."""
        self.transactions.commit(positions, group)

    def abort(self) -> None:
        """Give up what was written since the last commit, as far as it is in the transaction."""
        self.transactions.abort()

    def close(self) -> None:
        """Let go of the producers."""
        if self._plain is not None:
            self._plain.close()
        self.transactions.close()


def _undone(failure: KafkaFailure) -> KafkaFailure:
    """What a failure to write an output asks for: a topic that is gone may come back, or be granted.

    Either way what was written since the last commit is incomplete."""
    if failure.trouble in (Trouble.UNKNOWN_PLACE, Trouble.DENIED):
        return KafkaFailure(Trouble.ABORTABLE, failure.code, failure.message)
    return failure
