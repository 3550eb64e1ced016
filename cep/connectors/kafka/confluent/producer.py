"""The producer over librdkafka."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import confluent_kafka
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from cep.connectors.kafka.confluent.failures import REFUSED, error_of, failure_from, failure_of
from cep.connectors.kafka.confluent.settings import producer_settings
from cep.connectors.kafka.port import GroupMetadata, Headers, KafkaFailure, Position, Trouble

_ANY_PARTITION = -1
_NOW = 0
_FULL = 0.05
"""Seconds between two tries to get a record into a queue that is full."""
_GIVEN_UP = (KafkaError._PURGE_QUEUE, KafkaError._PURGE_INFLIGHT)


class LibrdkafkaProducer:
    """Writes records. A record that the broker refuses is told by the next `flush`, or as the reason why the
    transaction has to be aborted."""

    def __init__(self, settings: Mapping[str, str], *, log: logging.Logger) -> None:
        self._refused: KafkaFailure | None = None
        self._dead: KafkaFailure | None = None
        self._is_in_transaction = False
        given: dict[str, Any] = {
            **producer_settings(settings),
            "delivery.report.only.error": True,
            "error_cb": self._heard,
            "on_delivery": self._delivered,
        }
        try:
            self._client: Any = confluent_kafka.Producer(given, logger=log)
        except REFUSED as raised:
            raise failure_from(raised) from raised

    def init_transactions(self, seconds: float) -> None:
        """Fence earlier producers of the same id, and wait until their transactions are over."""
        self._asked(self._client.init_transactions, seconds)

    def begin(self) -> None:
        """Begin a transaction."""
        self._refused = None
        self._asked(self._client.begin_transaction)
        self._is_in_transaction = True

    def produce(
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None = None,
        partition: int | None = None,
        headers: Headers = (),
        stamp: int | None = None,
    ) -> None:
        """Have a record written. Waits where too much is under way."""
        number = _ANY_PARTITION if partition is None else partition
        milliseconds = _NOW if stamp is None else stamp // 1000
        while True:
            try:
                self._client.produce(topic, value, key, number, None, None, milliseconds, list(headers))
                return
            except BufferError:
                self._client.poll(_FULL)
            except KafkaException as raised:
                raise self._failure(raised, f"a record for `{topic}`") from raised

    def poll(self) -> None:
        """Let the client work; to be called now and then."""
        self._asked(self._client.poll, 0)

    def flush(self, seconds: float) -> None:
        """Return once all records are safe with the broker."""
        left = self._asked(self._client.flush, seconds)
        if self._refused is not None:
            refused, self._refused = self._refused, None if not self._is_in_transaction else self._refused
            raise self._in_transaction(refused)
        if left:
            raise KafkaFailure(Trouble.RETRIABLE, "_TIMED_OUT", f"{left} records are not safe after {seconds:g} s")

    def send_offsets(self, positions: Sequence[Position], group: GroupMetadata, seconds: float) -> None:
        """Make committed offsets part of the transaction."""
        offsets = [TopicPartition(each.topic, each.partition, each.offset, each.metadata) for each in positions]
        self._asked(self._client.send_offsets_to_transaction, offsets, group, seconds)

    def commit(self, seconds: float) -> None:
        """Flush and commit the transaction; to be called again after a time-out."""
        self._asked(self._client.commit_transaction, seconds)
        self._is_in_transaction = False

    def abort(self, seconds: float) -> None:
        """Give up the transaction; to be called again after a time-out."""
        self._asked(self._client.abort_transaction, seconds)
        self._is_in_transaction = False
        self._refused = None

    def close(self) -> None:
        """Let go of everything; what was not flushed is lost, a transaction stays open until its time-out."""
        if self._client is not None:
            self._client.purge()
            self._client.flush(0)
            self._client = None

    # ------------------------------------------------------------ what goes wrong

    def _asked(self, call: Callable[..., Any], *args: Any) -> Any:
        try:
            return call(*args)
        except KafkaException as raised:
            raise self._failure(raised) from raised

    def _failure(self, raised: KafkaException, about: str = "") -> KafkaFailure:
        """Of a failure that only says that it is over, the one that it comes from."""
        code = error_of(raised).code()
        if code == KafkaError._FATAL:
            try:
                self._client.poll(0)
            except KafkaException as told:
                raised = told
            if self._dead is not None:
                return self._dead
        failure = failure_from(raised, about)
        if code == KafkaError._STATE and self._is_in_transaction and self._dead is None:
            # nothing else makes a call the wrong one: the transaction has failed in the meantime
            failure = KafkaFailure(Trouble.ABORTABLE, failure.code, failure.message)
        if failure.trouble is Trouble.ABORTABLE and self._refused is not None:
            return self._in_transaction(self._refused)
        return failure

    def _in_transaction(self, refused: KafkaFailure) -> KafkaFailure:
        if not self._is_in_transaction or refused.trouble in (Trouble.FENCED, Trouble.FATAL):
            return refused
        return KafkaFailure(Trouble.ABORTABLE, refused.code, refused.message)

    def _heard(self, error: KafkaError) -> None:
        if error.fatal():
            self._dead = failure_of(error)

    def _delivered(self, error: KafkaError | None, message: Any) -> None:
        """Only called with errors (`delivery.report.only.error`)."""
        if error is not None and self._refused is None and error.code() not in _GIVEN_UP:
            self._refused = failure_of(error, f"a record for `{message.topic()}`")
