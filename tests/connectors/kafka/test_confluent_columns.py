"""Messages of the client become columns, whatever way they are mixed."""

from __future__ import annotations

from typing import Any

import confluent_kafka
import pytest
from confluent_kafka import KafkaError
from hypothesis import given
from hypothesis import strategies as st

from cep.connectors.kafka.confluent.columns import Columns
from cep.connectors.kafka.port import Fetched, KafkaFailure, Place, Position, Trouble

_message: Any = confluent_kafka.Message


def _record(topic: str, partition: int, offset: int) -> Any:
    key = None if offset % 3 == 0 else f"key {offset}".encode()
    value = None if offset % 5 == 0 else f"{topic} {partition} {offset}".encode()
    headers = [("offset", str(offset).encode())] if offset % 2 else None
    stamp = (confluent_kafka.TIMESTAMP_CREATE_TIME, 1000 + offset)
    return _message(topic, partition, offset, key, value, headers, None, stamp)


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 2))), st.integers(1, 7), st.booleans())
def test_records_are_put_together_by_partition_in_their_order(places: list[Place], portion: int, headers: bool) -> None:
    counts: dict[Place, int] = {}
    messages = []
    for place in places:
        messages.append(_record(*place, counts.get(place, 0)))
        counts[place] = counts.get(place, 0) + 1
    columns = Columns(headers=headers)
    for begin in range(0, len(messages), portion):
        columns.take(messages[begin : begin + portion])
    polled = columns.polled()
    expected = []
    for place in dict.fromkeys(places):
        own = [each for each in messages if (each.topic(), each.partition()) == place]
        expected.append(
            Fetched(
                *place,
                [each.offset() for each in own],
                [each.key() for each in own],
                [each.value() for each in own],
                [each.timestamp()[1] * 1000 for each in own],
                [each.headers() or () for each in own] if headers else None,
            )
        )
    assert polled.fetched == expected
    assert (polled.ends, polled.failures) == ([], [])


def _told(error: KafkaError, topic: str | None = "a", offset: int = 7) -> Any:
    return _message(topic, 0, offset, None, None, None, error)


def test_ends_and_failures_between_records_are_told_apart() -> None:
    columns = Columns(headers=False)
    end = KafkaError(KafkaError._PARTITION_EOF)
    gone = KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART)
    away = KafkaError(KafkaError._TRANSPORT)
    columns.take([_record("a", 0, 6), _told(end), _told(gone, "b"), _told(away, None), _record("a", 0, 7)])
    polled = columns.polled()
    assert [each.offsets for each in polled.fetched] == [[6, 7]]
    assert polled.ends == [Position("a", 0, 7)]
    assert [(each.trouble, each.code) for each in polled.failures] == [
        (Trouble.UNKNOWN_PLACE, "UNKNOWN_TOPIC_OR_PARTITION"),
        (Trouble.RETRIABLE, "_TRANSPORT"),
    ]
    assert polled.failures[0].message.startswith("partition 0 of `b`: ")


def test_a_client_that_is_dead_is_raised() -> None:
    with pytest.raises(KafkaFailure) as raised:
        Columns(headers=False).take([_told(KafkaError(KafkaError.FENCED_INSTANCE_ID, "taken over", fatal=True))])
    assert (raised.value.trouble, raised.value.code) == (Trouble.FENCED, "FENCED_INSTANCE_ID")
