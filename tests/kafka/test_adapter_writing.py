"""The producer over librdkafka keeps what the port says, with a real broker behind it."""

from __future__ import annotations

import confluent_kafka
import pytest

from cep.connectors.kafka.port import (
    KafkaFailure,
    Position,
    Trouble,
)
from tests.kafka.support import SECONDS, RealKafka, drain, has_values, values

pytestmark = pytest.mark.kafka


def _read(kafka: RealKafka, topic: str, isolation: str = "read_committed") -> list[str]:
    """All that is in the only partition, also if the marker of a commit that has returned is still to be written."""
    consumer = kafka.consumer("readers", {"isolation.level": isolation})
    limit = kafka.consumer("readers", {"isolation.level": "read_uncommitted"}).limits((topic, 0), SECONDS)[1]
    consumer.start([Position(topic, 0, 0)])
    return values(drain(consumer, lambda polled: any(each.offset >= limit for each in polled.ends)))


def test_a_transaction_is_seen_as_a_whole_or_not_at_all(kafka: RealKafka) -> None:
    topic, group = kafka.topic(), kafka.name("group")
    source = kafka.topic()
    consumer = kafka.consumer(group)
    producer = kafka.producer(kafka.name("tx"))
    for word, end in (("first", producer.commit), ("second", producer.abort), ("third", producer.commit)):
        producer.begin()
        producer.produce(topic, word.encode(), partition=0)
        # what is given up before it was sent leaves nothing behind
        producer.flush(SECONDS)
        producer.send_offsets([Position(source, 0, len(word), word)], consumer.group(), SECONDS)
        end(SECONDS)
    assert _read(kafka, topic) == ["first", "third"]
    assert _read(kafka, topic, "read_uncommitted") == ["first", "second", "third"]
    assert consumer.committed([(source, 0)], SECONDS)[source, 0] == Position(source, 0, 5, "third")


def test_who_comes_later_with_the_same_id_fences_who_was_there(kafka: RealKafka) -> None:
    topic, name = kafka.topic(), kafka.name("tx")
    old = kafka.producer(name)
    old.begin()
    old.produce(topic, b"old", partition=0)
    old.flush(SECONDS)
    new = kafka.producer(name)
    with pytest.raises(KafkaFailure) as failed:
        old.commit(SECONDS)
    assert failed.value.trouble is Trouble.FENCED
    for call in (old.begin, lambda: old.produce(topic, b"more"), lambda: old.abort(SECONDS)):
        with pytest.raises(KafkaFailure) as failed:
            call()
        assert failed.value.trouble is Trouble.FENCED
    new.begin()
    new.produce(topic, b"new", partition=0)
    new.commit(SECONDS)
    assert _read(kafka, topic) == ["new"]


def test_a_record_that_the_topic_does_not_take_spoils_its_transaction_and_no_other(kafka: RealKafka) -> None:
    topic = kafka.topic(settings={"max.message.bytes": "2000"})
    producer = kafka.producer(kafka.name("tx"))
    producer.begin()
    producer.produce(topic, b"x" * 5000, partition=0)
    with pytest.raises(KafkaFailure) as failed:
        producer.commit(SECONDS)
    assert (failed.value.trouble, failed.value.code) == (Trouble.ABORTABLE, "MSG_SIZE_TOO_LARGE")
    with pytest.raises(KafkaFailure) as failed:
        producer.produce(topic, b"more", partition=0)
    assert (failed.value.trouble, failed.value.code) == (Trouble.ABORTABLE, "MSG_SIZE_TOO_LARGE")
    producer.abort(SECONDS)
    # The client has counted the record that was not taken, and finds out in the next transaction.
    producer.begin()
    producer.produce(topic, b"small", partition=0)
    with pytest.raises(KafkaFailure) as failed:
        producer.commit(SECONDS)
    assert (failed.value.trouble, failed.value.code) == (Trouble.ABORTABLE, "OUT_OF_ORDER_SEQUENCE_NUMBER")
    producer.abort(SECONDS)
    producer.begin()
    producer.produce(topic, b"small", partition=0)
    producer.commit(SECONDS)
    assert _read(kafka, topic) == ["small"]


def test_without_a_transaction_flush_tells_what_was_not_taken_once(kafka: RealKafka) -> None:
    topic = kafka.topic(settings={"max.message.bytes": "2000"})
    producer = kafka.producer(settings={"message.max.bytes": "10000"})
    producer.produce(topic, b"x" * 5000, partition=0)
    with pytest.raises(KafkaFailure) as failed:
        producer.flush(SECONDS)
    assert failed.value.trouble is Trouble.TOO_LARGE
    producer.produce(topic, b"small", partition=0)
    producer.flush(SECONDS)
    with pytest.raises(KafkaFailure) as failed:
        producer.produce(topic, b"x" * 20000, partition=0)
    assert failed.value.trouble is Trouble.TOO_LARGE
    assert _read(kafka, topic) == ["small"]


def test_a_compacted_topic_takes_no_record_without_a_key(kafka: RealKafka) -> None:
    topic = kafka.topic(settings={"cleanup.policy": "compact"})
    producer = kafka.producer()
    producer.produce(topic, b"x", b"key", 0)
    producer.produce(topic, b"x", None, 0)
    with pytest.raises(KafkaFailure) as failed:
        producer.flush(SECONDS)
    assert (failed.value.trouble, failed.value.code) == (Trouble.ABORTABLE, "INVALID_RECORD")


def test_a_full_queue_is_waited_for(kafka: RealKafka) -> None:
    topic = kafka.topic()
    producer = kafka.producer(settings={"queue.buffering.max.messages": "10"})
    for number in range(100):
        producer.produce(topic, str(number).encode(), partition=0)
    producer.flush(SECONDS)
    assert _read(kafka, topic) == list(map(str, range(100)))


def test_keys_go_where_clients_in_java_send_them(kafka: RealKafka) -> None:
    topic = kafka.topic(7)
    producer = kafka.producer()
    keys = [f"card-{number}".encode() for number in range(30)]
    for key in keys:
        producer.produce(topic, key, key)
    producer.flush(SECONDS)
    consumer = kafka.consumer("readers")
    consumer.start([Position(topic, each, 0) for each in range(7)])
    found = {key: each.partition for each in drain(consumer, has_values(30)).fetched for key in each.keys}
    assert found == {key: confluent_kafka.murmur2(key, 7) for key in keys}
