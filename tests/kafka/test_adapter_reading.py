"""The consumer over librdkafka keeps what the port says, with a real broker behind it."""

from __future__ import annotations

import pytest

from cep.connectors.kafka.port import (
    BEGINNING_OF_LOG,
    END_OF_LOG,
    KafkaFailure,
    Polled,
    Position,
    Trouble,
)
from tests.kafka.support import SECONDS, Heard, RealKafka, drain, has_ends, has_values, values

pytestmark = pytest.mark.kafka


def test_records_come_column_by_column_with_times_in_microseconds(kafka: RealKafka) -> None:
    topic = kafka.topic()
    producer = kafka.producer()
    producer.produce(topic, b"one", b"key", 0, [("a", b"1"), ("a", None)], 1_700_000_000_123_000)
    producer.produce(topic, None, b"key", 0, (), 1_700_000_000_124_999)
    producer.flush(SECONDS)
    consumer = kafka.consumer("readers", headers=True)
    consumer.start([Position(topic, 0, 0)])
    (found,) = drain(consumer, has_values(2)).fetched
    assert (found.place, found.offsets, found.keys, found.values) == (
        (topic, 0),
        [0, 1],
        [b"key", b"key"],
        [b"one", None],
    )
    assert found.stamps == [1_700_000_000_123_000, 1_700_000_000_124_000]
    assert list(map(list, found.headers or [])) == [[("a", b"1"), ("a", None)], []]


def test_nothing_of_what_the_group_gives_is_read_before_start(kafka: RealKafka) -> None:
    topic = kafka.topic(2)
    for partition in (0, 1):
        kafka.write(topic, ["a", "b", "c"], partition)
    heard = Heard()
    consumer = kafka.consumer(kafka.name("group"))
    consumer.subscribe([topic], heard)
    drain(consumer, lambda _: bool(heard.owned))
    early = [consumer.poll(100, 0.1) for _ in range(5)]
    assert early == [Polled()] * 5
    assert heard.calls == [("assigned", [(topic, 0), (topic, 1)])]
    consumer.start([Position(topic, 0, 1)])
    assert values(drain(consumer, has_ends((topic, 0)))) == ["b", "c"]
    consumer.start([Position(topic, 1, BEGINNING_OF_LOG)])
    assert values(drain(consumer, has_ends((topic, 1)))) == ["a", "b", "c"]


def test_no_poll_brings_more_than_asked_for_and_none_waits_for_more_than_one(kafka: RealKafka) -> None:
    topic = kafka.topic()
    kafka.write(topic, map(str, range(2500)))
    consumer = kafka.consumer("readers")
    consumer.start([Position(topic, 0, 0)])
    found: list[str] = []
    while len(found) < 2500:
        some = values(consumer.poll(1200, SECONDS))
        assert 0 < len(some) <= 1200
        found += some
    assert found == list(map(str, range(2500)))


def test_what_is_stopped_paused_resumed_and_started_anew(kafka: RealKafka) -> None:
    topic = kafka.topic(2)
    for partition in (0, 1):
        kafka.write(topic, ["a", "b", "c"], partition)
    heard = Heard()
    consumer = kafka.consumer(kafka.name("group"))
    consumer.subscribe([topic], heard)
    drain(consumer, lambda _: bool(heard.owned))
    other = kafka.topic()
    kafka.write(other, ["x", "y"])
    consumer.start([Position(topic, 0, 0), Position(topic, 1, 0), Position(other, 0, 0)])
    drain(consumer, has_ends((topic, 0), (topic, 1), (other, 0)))

    consumer.pause([(topic, 0), (other, 0)])
    consumer.start([Position(topic, 0, 1)])  # stays paused
    consumer.stop([(topic, 1), ("unknown", 3)])
    for name, partition in ((topic, 0), (topic, 1), (other, 0)):
        kafka.write(name, ["new"], partition)
    assert [consumer.poll(100, 0.1) for _ in range(5)] == [Polled()] * 5

    consumer.resume([(topic, 0), (topic, 1)])  # of which the second is stopped, not paused
    assert values(drain(consumer, has_ends((topic, 0)))) == ["b", "c", "new"]
    consumer.resume([(other, 0)])
    assert values(drain(consumer, has_ends((other, 0)))) == ["new"]
    consumer.start([Position(topic, 1, 2)])
    assert values(drain(consumer, has_ends((topic, 1)))) == ["c", "new"]
    consumer.pause([(other, 0)])
    consumer.stop([(other, 0)])
    consumer.start([Position(other, 0, 1)])  # not paused any more
    assert values(drain(consumer, has_ends((other, 0)))) == ["y", "new"]


def test_a_position_that_is_not_there_is_told(kafka: RealKafka) -> None:
    topic = kafka.topic()
    consumer = kafka.consumer("readers")
    consumer.start([Position(topic, 0, 500)])
    (failure,) = drain(consumer, lambda polled: bool(polled.failures)).failures
    assert (failure.code, failure.trouble) == ("_AUTO_OFFSET_RESET", Trouble.FATAL)
    assert f"partition 0 of `{topic}`" in failure.message
    consumer.start([Position(topic, 0, END_OF_LOG)])
    drain(consumer, has_ends((topic, 0)))


def test_offsets_are_committed_with_their_metadata(kafka: RealKafka) -> None:
    topic = kafka.topic(2)
    kafka.write(topic, ["a"])
    consumer = kafka.consumer(kafka.name("group"))
    assert consumer.committed([(topic, 0), (topic, 1)], SECONDS) == {}
    consumer.commit([Position(topic, 0, 1, "up to here")])
    assert consumer.committed([(topic, 0), (topic, 1)], SECONDS) == {(topic, 0): Position(topic, 0, 1, "up to here")}


def test_limits_and_times_are_looked_up(kafka: RealKafka) -> None:
    topic = kafka.topic(2)
    producer = kafka.producer()
    for second in (10, 20, 30):
        producer.produce(topic, b"x", partition=0, stamp=second * 1_000_000)
    producer.flush(SECONDS)
    consumer = kafka.consumer("readers")
    assert consumer.limits((topic, 0), SECONDS) == (0, 3)
    assert consumer.limits((topic, 1), SECONDS) == (0, 0)
    both = [(topic, 0), (topic, 1)]
    assert consumer.at_time(both, 20_000_000, SECONDS) == {(topic, 0): 1, (topic, 1): END_OF_LOG}
    assert consumer.at_time(both, 20_000_001, SECONDS) == {(topic, 0): 2, (topic, 1): END_OF_LOG}
    with pytest.raises(KafkaFailure) as failed:
        consumer.limits((kafka.name("nowhere"), 0), SECONDS)
    assert failed.value.trouble is Trouble.UNKNOWN_PLACE


def test_what_a_hearer_raises_comes_out_of_poll_and_nothing_is_read_any_more(kafka: RealKafka) -> None:
    class Failing(Heard):
        def assigned(self, places: object) -> None:
            raise LookupError("no state")

    topic = kafka.topic()
    consumer = kafka.consumer(kafka.name("group"))
    consumer.subscribe([topic], Failing())
    with pytest.raises(LookupError, match="no state"):
        drain(consumer, lambda _: False)
    with pytest.raises(KafkaFailure) as failed:
        consumer.poll(1, 0)
    assert failed.value.trouble is Trouble.FATAL
