"""The adapter over librdkafka keeps what the port says, with a real broker behind it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import confluent_kafka.admin
import pytest

from cep.connectors.kafka.port import (
    BEGINNING_OF_LOG,
    END_OF_LOG,
    KafkaFailure,
    Place,
    Polled,
    Position,
    Producer,
    TopicInfo,
    Trouble,
)
from tests.kafka.support import SECONDS, Heard, RealKafka, drain, has_ends, has_values, values

pytestmark = pytest.mark.kafka
_admin: Any = confluent_kafka.admin


# ------------------------------------------------------------ reading


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


class _Member:
    """A member of a group that reads, with each partition of the topic it subscribes to, that of another topic."""

    def __init__(self, kafka: RealKafka, group: str, protocol: str, lead: str, other: str) -> None:
        self.consumer = kafka.consumer(group, {"group.protocol": protocol})
        self.lead, self.other = lead, other
        self.owned: set[int] = set()
        self.read: list[str] = []
        self.consumer.subscribe([lead], self)

    def assigned(self, places: Sequence[Place]) -> None:
        """Read on from what was committed."""
        assert {topic for topic, _ in places} == {self.lead}
        numbers = [number for _, number in places]
        self.owned.update(numbers)
        both = [(topic, number) for topic in (self.lead, self.other) for number in numbers]
        known = self.consumer.committed(both, SECONDS)
        self.consumer.start([known.get(place, Position(*place, 0)) for place in both])

    def revoked(self, places: Sequence[Place]) -> None:
        """Commit what was read, and let go of the other topic's partitions too."""
        assert {topic for topic, _ in places} == {self.lead}
        numbers = [number for _, number in places]
        self.owned.difference_update(numbers)
        self.consumer.stop([(self.other, number) for number in numbers])

    def lost(self, places: Sequence[Place]) -> None:
        """Not in these tests."""
        raise AssertionError(places)

    def poll(self, committer: Producer) -> None:
        """Read, and commit the offsets of both topics in a transaction."""
        polled = self.consumer.poll(100, 0.05)
        self.read += values(polled)
        if polled.fetched:
            committer.begin()
            positions = [Position(*each.place, each.offsets[-1] + 1) for each in polled.fetched]
            committer.send_offsets(positions, self.consumer.group(), SECONDS)
            committer.commit(SECONDS)


@pytest.mark.parametrize("protocol", ["classic", "consumer"])
def test_partitions_that_are_not_of_the_group_go_with_those_that_are(kafka: RealKafka, protocol: str) -> None:
    lead, other, group = kafka.topic(4, stem="lead"), kafka.topic(4, stem="other"), kafka.name("group")
    committer = kafka.producer(kafka.name("tx"))
    written: list[str] = []

    def write(word: str) -> None:
        for topic in (lead, other):
            for number in range(4):
                kafka.write(topic, [f"{topic}-{number}-{word}"], number)
                written.append(f"{topic}-{number}-{word}")

    def settle(members: list[_Member], *owned: int) -> None:
        """Poll until the group is shared so, and everything that was written has been read."""
        limit = time.monotonic() + SECONDS
        while sorted(len(each.owned) for each in members) != list(owned) or sum(map(len, reads)) < len(written):
            assert time.monotonic() < limit, ([each.owned for each in members], reads)
            for each in members:
                each.poll(committer)

    first = _Member(kafka, group, protocol, lead, other)
    reads = [first.read]
    write("alone")
    settle([first], 4)
    second = _Member(kafka, group, protocol, lead, other)
    reads.append(second.read)
    settle([first, second], 2, 2)
    write("both")
    settle([first, second], 2, 2)
    assert {each.rpartition("-")[0] for each in second.read} == {
        f"{topic}-{number}" for topic in (lead, other) for number in second.owned
    }
    second.consumer.close()
    write("alone again")
    settle([first], 4)
    assert sorted(first.read + second.read) == sorted(written)


# ------------------------------------------------------------ writing


def _read(kafka: RealKafka, topic: str, isolation: str = "read_committed") -> list[str]:
    consumer = kafka.consumer("readers", {"isolation.level": isolation})
    consumer.start([Position(topic, 0, 0)])
    found = values(drain(consumer, has_ends((topic, 0))))
    consumer.close()
    return found


def test_a_transaction_is_seen_as_a_whole_or_not_at_all(kafka: RealKafka) -> None:
    topic, group = kafka.topic(), kafka.name("group")
    source = kafka.topic()
    consumer = kafka.consumer(group)
    producer = kafka.producer(kafka.name("tx"))
    for word, end in (("first", producer.commit), ("second", producer.abort), ("third", producer.commit)):
        producer.begin()
        producer.produce(topic, word.encode(), partition=0)
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


# ------------------------------------------------------------ what is refused


def _deny(kafka: RealKafka, topic: str, user: str) -> None:
    client = _admin.AdminClient(dict(kafka.settings))
    entry = _admin.AclBinding(
        _admin.ResourceType.TOPIC,
        topic,
        _admin.ResourcePatternType.LITERAL,
        f"User:{user}",
        "*",
        _admin.AclOperation.ALL,
        _admin.AclPermissionType.DENY,
    )
    for future in client.create_acls([entry], request_timeout=SECONDS).values():
        future.result(SECONDS)


def test_who_may_not_is_denied(kafka: RealKafka) -> None:
    topic = kafka.topic()
    _deny(kafka, topic, "stranger")
    stranger = kafka.address.secure("stranger")
    producer = kafka.producer(settings=stranger)
    producer.produce(topic, b"x", partition=0)
    with pytest.raises(KafkaFailure) as failed:
        producer.flush(SECONDS)
    assert (failed.value.trouble, failed.value.code) == (Trouble.DENIED, "TOPIC_AUTHORIZATION_FAILED")
    in_transaction = kafka.producer(kafka.name("tx"), stranger)
    in_transaction.begin()
    in_transaction.produce(topic, b"x", partition=0)
    with pytest.raises(KafkaFailure) as failed:
        in_transaction.commit(SECONDS)
    assert (failed.value.trouble, failed.value.code) == (Trouble.ABORTABLE, "TOPIC_AUTHORIZATION_FAILED")
    in_transaction.abort(SECONDS)
    consumer = kafka.consumer(kafka.name("strangers"), stranger)
    consumer.subscribe([topic], Heard())
    failures = drain(consumer, lambda polled: bool(polled.failures)).failures
    assert (failures[0].trouble, failures[0].code) == (Trouble.DENIED, "TOPIC_AUTHORIZATION_FAILED")
    with pytest.raises(KafkaFailure) as failed:
        consumer.limits((topic, 0), SECONDS)
    assert failed.value.trouble is Trouble.DENIED
    admin = kafka.port.admin(stranger)
    with pytest.raises(KafkaFailure) as failed:
        admin.topics([topic], SECONDS)
    assert failed.value.trouble is Trouble.DENIED
    admin.close()


def test_a_wrong_password_is_told_by_poll(kafka: RealKafka) -> None:
    consumer = kafka.consumer("strangers", kafka.address.secure(password="wrong"))
    consumer.start([Position("any", 0, 0)])
    polled = drain(consumer, lambda polled: any(each.trouble is Trouble.DENIED for each in polled.failures))
    assert "_AUTHENTICATION" in {each.code for each in polled.failures}


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"no.such.thing": "1"}, "no.such.thing"),
        ({"session.timeout.ms": "soon"}, "session.timeout.ms"),
        ({"enable.auto.commit": "true"}, "enable.auto.commit"),
        ({"partition.assignment.strategy": "range"}, "partition.assignment.strategy"),
    ],
)
def test_settings_that_cannot_be_are_refused(kafka: RealKafka, settings: dict[str, str], named: str) -> None:
    with pytest.raises(KafkaFailure, match=named) as failed:
        kafka.consumer("group", settings)
    assert (failed.value.trouble, failed.value.code) == (Trouble.FATAL, "_INVALID_ARG")


# ------------------------------------------------------------ topics


def test_topics_are_made_once_and_looked_at(kafka: RealKafka) -> None:
    admin = kafka.port.admin(kafka.settings)
    name = kafka.name("made")
    wanted = TopicInfo(name, 3, {"cleanup.policy": "compact"})
    assert admin.topics([name], SECONDS) == {}
    assert admin.create(wanted, SECONDS)
    assert not admin.create(TopicInfo(name, 5), SECONDS)
    assert admin.topics([name, kafka.name("other")], SECONDS, ["cleanup.policy", "no.such.setting"]) == {name: wanted}
    assert admin.topics([name], SECONDS) == {name: TopicInfo(name, 3)}
    with pytest.raises(KafkaFailure) as failed:
        admin.create(TopicInfo(kafka.name("made"), 1, {"no.such.setting": "1"}), SECONDS)
    assert failed.value.code == "INVALID_CONFIG"
    admin.close()
    with pytest.raises(KafkaFailure):
        admin.topics([name], SECONDS)


def test_closing_twice_is_no_harm(kafka: RealKafka) -> None:
    consumer, producer = kafka.consumer("group"), kafka.producer()
    for _ in range(2):
        consumer.close()
        producer.close()
