"""Messages of the client, taken apart column by column. The way of every record: all loops over records are in C."""

from __future__ import annotations

from itertools import chain, compress, islice, pairwise
from operator import ne
from typing import Any

import confluent_kafka
from confluent_kafka import KafkaError

from cep.connectors.kafka.confluent.failures import failure_of
from cep.connectors.kafka.port import Fetched, Place, Polled, Position

Message = Any
"""A message of the client, whose release decides on its type."""

_client: Any = confluent_kafka.Message
_topic, _partition, _offset, _error = _client.topic, _client.partition, _client.offset, _client.error
_key, _value, _timestamp, _headers = _client.key, _client.value, _client.timestamp, _client.headers
_END = KafkaError._PARTITION_EOF


class Columns:
    """Takes messages, portion after portion, and gives them as what one poll has brought.

    Raises `KafkaFailure` where a message says that the client cannot go on."""

    def __init__(self, *, headers: bool) -> None:
        self._with_headers = headers
        self._found: dict[Place, Fetched] = {}
        self._polled = Polled()

    def take(self, messages: list[Message]) -> None:
        """Add messages behind those before."""
        if any(map(_error, messages)):
            messages = [each for each in messages if self._is_record(each)]
        if messages:
            self._take_records(messages)

    def polled(self) -> Polled:
        """All that was taken, with records together by partition, in their order."""
        self._polled.fetched = list(self._found.values())
        return self._polled

    def _is_record(self, message: Message) -> bool:
        """Whether it is one; keeps what it tells if it is not."""
        error = message.error()
        if error is None:
            return True
        if error.fatal():
            raise failure_of(error)
        topic, partition = message.topic(), message.partition()
        if topic is None:
            self._polled.failures.append(failure_of(error))
        elif error.code() == _END:
            self._polled.ends.append(Position(topic, partition, message.offset()))
        else:
            self._polled.failures.append(failure_of(error, f"partition {partition} of `{topic}`"))
        return False

    def _take_records(self, messages: list[Message]) -> None:
        topics = list(map(_topic, messages))
        partitions = list(map(_partition, messages))
        offsets = list(map(_offset, messages))
        keys = list(map(_key, messages))
        values = list(map(_value, messages))
        stamps = [stamp * 1000 for _, stamp in map(_timestamp, messages)]
        headers = [each or () for each in map(_headers, messages)] if self._with_headers else []
        for begin, end in _runs(topics, partitions):
            into = self._of(topics[begin], partitions[begin])
            into.offsets += offsets[begin:end]
            into.keys += keys[begin:end]
            into.values += values[begin:end]
            into.stamps += stamps[begin:end]
            if into.headers is not None:
                into.headers += headers[begin:end]

    def _of(self, topic: str, partition: int) -> Fetched:
        found = self._found.get((topic, partition))
        if found is None:
            found = Fetched(topic, partition, headers=[] if self._with_headers else None)
            self._found[topic, partition] = found
        return found


def _runs(topics: list[str], partitions: list[int]) -> pairwise[tuple[int, int]]:
    """Where one partition's records begin and end: the client gives long stretches of each."""
    places = range(1, len(topics))
    changes = {
        *compress(places, map(ne, topics, islice(topics, 1, None))),
        *compress(places, map(ne, partitions, islice(partitions, 1, None))),
    }
    return pairwise(chain((0,), sorted(changes), (len(topics),)))
