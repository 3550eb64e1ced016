"""What a producer without transactions does, and the admin client."""

import pytest

from cep.connectors.kafka.port import KafkaFailure, TopicInfo, Trouble
from cep.testing.simulated_kafka import SimulatedKafka
from tests.testing.simulated_kafka.support import stored


@pytest.fixture(params=range(5))
def kafka(request: pytest.FixtureRequest) -> SimulatedKafka:
    made = SimulatedKafka(request.param)
    made.create("out", 4)
    return made


def test_records_of_a_partition_keep_their_order(kafka: SimulatedKafka) -> None:
    producer = kafka.process().producer({})
    for at in range(50):
        producer.produce("out", b"%d" % at, b"%d" % (at % 7))
        producer.poll()
    producer.flush(10)
    for number in range(4):
        found = [int(entry.value or b"") for entry in kafka.records("out", number)]
        assert found == sorted(found)
    assert len(stored(kafka, "out")) == 50
    by_key = {(entry.key, log.place) for log in kafka.topics["out"].logs for entry in log.entries}
    assert len(by_key) == 7


def test_what_was_not_flushed_may_be_there_in_part_when_the_process_dies() -> None:
    counts = []
    for seed in range(20):
        kafka = SimulatedKafka(seed)
        kafka.create("out")
        process = kafka.process()
        producer = process.producer({})
        for at in range(4):
            producer.produce("out", b"%d" % at)
        process.kill()
        kafka.clock.advance(1)
        there = stored(kafka, "out")
        assert there == [b"0", b"1", b"2", b"3"][: len(there)]
        counts.append(len(there))
    assert len(set(counts)) > 2


def test_before_long_records_are_sent_without_a_flush(kafka: SimulatedKafka) -> None:
    kafka.process().producer({}).produce("out", b"0")
    kafka.clock.advance(1)
    assert stored(kafka, "out") == [b"0"]


def test_a_producer_that_was_closed_loses_what_was_not_flushed(kafka: SimulatedKafka) -> None:
    producer = kafka.process().producer({"linger.ms": "5000"})
    producer.produce("out", b"0", partition=0)
    there = len(stored(kafka, "out"))
    producer.close()
    kafka.clock.advance(60)
    assert len(stored(kafka, "out")) == there


def test_too_large_for_the_client_or_for_the_topic(kafka: SimulatedKafka) -> None:
    kafka.create("small", 1, {"max.message.bytes": "1000"})
    producer = kafka.process().producer({"message.max.bytes": "2000"})
    with pytest.raises(KafkaFailure) as failed:
        producer.produce("small", b"x" * 2001)
    assert failed.value.trouble is Trouble.TOO_LARGE
    producer.produce("small", b"x" * 1500)
    producer.produce("small", b"0")
    with pytest.raises(KafkaFailure) as failed:
        producer.flush(10)
    assert failed.value.trouble is Trouble.TOO_LARGE
    producer.flush(10)
    assert stored(kafka, "small") == [b"0"]


def test_a_compacted_topic_takes_no_record_without_a_key(kafka: SimulatedKafka) -> None:
    kafka.create("state", 1, {"cleanup.policy": "compact"})
    producer = kafka.process().producer({})
    producer.produce("state", b"0")
    with pytest.raises(KafkaFailure) as failed:
        producer.flush(10)
    assert failed.value.code == "INVALID_RECORD"


def test_a_topic_or_partition_that_is_not_there(kafka: SimulatedKafka) -> None:
    for topic, partition in (("nowhere", None), ("out", 9)):
        producer = kafka.process().producer({})
        producer.produce(topic, b"0", partition=partition)
        with pytest.raises(KafkaFailure) as failed:
            producer.flush(10)
        assert failed.value.trouble is Trouble.UNKNOWN_PLACE


def test_keys_go_to_new_partitions_once_the_producer_has_heard_of_them(kafka: SimulatedKafka) -> None:
    kafka.create("grown", 1)
    producer = kafka.process().producer({"topic.metadata.refresh.interval.ms": "60000"})
    producer.produce("grown", b"0", b"123456789")
    kafka.grow("grown", 100)
    producer.produce("grown", b"1", b"123456789")
    kafka.clock.advance(61)
    producer.produce("grown", b"2", b"123456789")
    producer.flush(10)
    places = {entry.value: log.place for log in kafka.topics["grown"].logs for entry in log.entries}
    assert places == {b"0": ("grown", 0), b"1": ("grown", 0), b"2": ("grown", 0xCBF43926 % 100)}


def test_timestamps_are_the_producers_or_the_brokers(kafka: SimulatedKafka) -> None:
    kafka.create("appended", 1, {"message.timestamp.type": "LogAppendTime"})
    producer = kafka.process().producer({})
    for topic in ("out", "appended"):
        producer.produce(topic, b"0", partition=0, stamp=5_000_999)
    producer.flush(10)
    assert kafka.records("out")[0].stamp == 5_000
    assert kafka.records("appended")[0].stamp == kafka.clock.wall() // 1000


def test_the_admin_looks_at_topics_and_makes_them(kafka: SimulatedKafka) -> None:
    admin = kafka.process().admin({})
    assert admin.create(TopicInfo("new", 3, {"cleanup.policy": "compact"}), 1)
    assert not admin.create(TopicInfo("new", 5), 1)
    assert admin.topics(["new", "nowhere"], 1, ["cleanup.policy"]) == {
        "new": TopicInfo("new", 3, {"cleanup.policy": "compact"})
    }
    for refused in (TopicInfo("none", 0), TopicInfo("odd", 1, {"cleanup": "compact"})):
        with pytest.raises(KafkaFailure):
            admin.create(refused, 1)
    admin.close()
