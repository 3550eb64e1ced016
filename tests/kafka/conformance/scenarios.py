"""The scenarios: reading, writing, transactions. Groups are in `groups.py`."""

from __future__ import annotations

import random

from cep.connectors.kafka.port import BEGINNING_OF_LOG, END_OF_LOG, Position, TopicInfo, Trouble
from cep.testing.simulated_kafka.partitioner import PARTITIONERS
from tests.kafka.conformance.stage import PATIENCE, Stage, failing, first_failure, patiently, to_end, values


def records_come_as_they_were_written(stage: Stage) -> None:
    topic = stage.topic()
    producer = stage.producer()
    producer.produce(topic, b"v", b"k", 0, [("h", b"1"), ("h", None)], stamp=1_600_000_000_123_456)
    producer.produce(topic, None, b"k", 0)
    producer.produce(topic, b"", None, 0)
    producer.flush(PATIENCE)
    consumer = stage.consumer(headers=True)
    consumer.start([Position(topic, 0, BEGINNING_OF_LOG)])
    fetched = to_end(consumer, Position(topic, 0, 3)).fetched
    assert [key for each in fetched for key in each.keys] == [b"k", b"k", None]
    assert [value for each in fetched for value in each.values] == [b"v", None, b""]
    # milliseconds are kept
    assert fetched[0].stamps[0] == 1_600_000_000_123_000
    assert fetched[0].headers is not None
    assert list(fetched[0].headers[0]) == [("h", b"1"), ("h", None)]


def markers_take_offsets(stage: Stage) -> None:
    topic = stage.topic()
    producer = stage.transactional()
    for value in (b"0", b"2"):
        producer.begin()
        producer.produce(topic, value, partition=0)
        producer.commit(PATIENCE)
    polled = to_end(stage.reading((topic, 0)), Position(topic, 0, 4))
    assert values(polled) == [(0, b"0"), (2, b"2")]


def what_was_aborted_is_not_delivered(stage: Stage) -> None:
    topic = stage.topic()
    producer = stage.transactional()
    producer.begin()
    producer.produce(topic, b"0", partition=0)
    producer.flush(PATIENCE)
    producer.abort(PATIENCE)
    stage.write(topic, b"2")
    # the marker may come behind the record: the answer to an abort does not wait for it
    polled = to_end(stage.reading((topic, 0)), Position(topic, 0, 3))
    assert [value for _, value in values(polled)] == [b"2"]
    polled = to_end(stage.reading((topic, 0), isolation_level="read_uncommitted"), Position(topic, 0, 3))
    assert [value for _, value in values(polled)] == [b"0", b"2"]


def an_open_transaction_holds_the_end_back(stage: Stage) -> None:
    topic = stage.topic()
    stage.write(topic, b"0")
    producer = stage.transactional()
    producer.begin()
    producer.produce(topic, b"1", partition=0)
    producer.flush(PATIENCE)
    stage.write(topic, b"2")
    committed = stage.reading((topic, 0))
    assert values(to_end(committed, Position(topic, 0, 1))) == [(0, b"0")]
    assert committed.limits((topic, 0), PATIENCE) == (0, 1)
    uncommitted = stage.reading((topic, 0), isolation_level="read_uncommitted")
    assert values(to_end(uncommitted, Position(topic, 0, 3))) == [(0, b"0"), (1, b"1"), (2, b"2")]
    assert uncommitted.limits((topic, 0), PATIENCE) == (0, 3)
    producer.commit(PATIENCE)
    assert values(to_end(committed, Position(topic, 0, 4))) == [(1, b"1"), (2, b"2")]


def an_empty_partition_is_at_its_end(stage: Stage) -> None:
    topic = stage.topic(2)
    consumer = stage.reading((topic, 0), (topic, 1))
    to_end(consumer, Position(topic, 0, 0), Position(topic, 1, 0))
    assert consumer.limits((topic, 1), PATIENCE) == (0, 0)


def an_end_is_told_again_after_more_and_after_a_start(stage: Stage) -> None:
    topic = stage.topic()
    stage.write(topic, b"0")
    consumer = stage.reading((topic, 0))
    to_end(consumer, Position(topic, 0, 1))
    assert [end for _ in range(5) for end in consumer.poll(10, 0.1).ends] == []
    stage.write(topic, b"1")
    to_end(consumer, Position(topic, 0, 2))
    consumer.start([Position(topic, 0, 1)])
    assert values(to_end(consumer, Position(topic, 0, 2))) == [(1, b"1")]


def an_end_is_told_when_only_a_marker_has_come(stage: Stage) -> None:
    topic = stage.topic()
    consumer = stage.reading((topic, 0))
    to_end(consumer, Position(topic, 0, 0))
    producer = stage.transactional()
    producer.begin()
    producer.produce(topic, b"0", partition=0)
    producer.flush(PATIENCE)
    producer.abort(PATIENCE)
    assert values(to_end(consumer, Position(topic, 0, 2))) == []


def reading_begins_where_it_is_told(stage: Stage) -> None:
    topic = stage.topic()
    stage.write(topic, b"0", b"1", b"2")
    assert values(to_end(stage.reading((topic, 0), offset=2), Position(topic, 0, 3))) == [(2, b"2")]
    last = stage.reading((topic, 0), offset=END_OF_LOG)
    assert values(to_end(last, Position(topic, 0, 3))) == []
    stage.write(topic, b"3")
    assert values(to_end(last, Position(topic, 0, 4))) == [(3, b"3")]


def stopped_and_paused_partitions_bring_nothing(stage: Stage) -> None:
    topic = stage.topic(2)
    for number in range(2):
        stage.write(topic, b"0", partition=number)
    consumer = stage.reading((topic, 0), (topic, 1))
    consumer.pause([(topic, 0)])
    polled = to_end(consumer, Position(topic, 1, 1))
    polled.fetched += [each for _ in range(5) for each in consumer.poll(10, 0.1).fetched]
    assert {each.place for each in polled.fetched} == {(topic, 1)}
    consumer.resume([(topic, 0)])
    assert values(to_end(consumer, Position(topic, 0, 1))) == [(0, b"0")]
    consumer.stop([(topic, 0), (topic, 1), ("unknown", 3)])
    stage.write(topic, b"1")
    assert [each for _ in range(5) for each in consumer.poll(10, 0.1).fetched] == []


def an_end_is_told_behind_a_pause(stage: Stage) -> None:
    topic = stage.topic(3)
    for number in range(3):
        stage.write(topic, b"0", partition=number)
    consumer = stage.reading(*((topic, number) for number in range(3)))
    awaited = {(topic, number) for number in range(3)}
    for _ in range(40):
        # one record at a time: the end behind it may be on its way when the partition is held back
        polled = consumer.poll(1, 0.1)
        awaited -= {each.place for each in polled.ends}
        if came := [each.place for each in polled.fetched]:
            consumer.pause(came)
            awaited -= {each.place for each in consumer.poll(0, 0.1).ends}
            consumer.resume(came)
    assert awaited == set()


def times_have_offsets(stage: Stage) -> None:
    topic = stage.topic(2)
    producer = stage.producer()
    for at in range(3):
        producer.produce(topic, b"x", partition=0, stamp=1_600_000_000_000_000 + at * 1_000_000)
        producer.flush(PATIENCE)
    consumer = stage.consumer()
    found = consumer.at_time([(topic, 0), (topic, 1)], 1_600_000_000_500_000, PATIENCE)
    assert found == {(topic, 0): 1, (topic, 1): END_OF_LOG}
    assert consumer.at_time([(topic, 0)], 1_600_000_001_000_000, PATIENCE) == {(topic, 0): 1}
    assert consumer.at_time([(topic, 0)], 1_600_000_003_000_000, PATIENCE) == {(topic, 0): END_OF_LOG}


def an_offset_that_is_not_there_is_told(stage: Stage) -> None:
    topic = stage.topic()
    stage.write(topic, b"0")
    consumer = stage.reading((topic, 0), offset=7)
    assert first_failure(consumer).code == "_AUTO_OFFSET_RESET"


def a_topic_that_is_not_there_is_told(stage: Stage) -> None:
    consumer = stage.reading((f"{stage.group}-nowhere", 0), topic_metadata_propagation_max_ms="2000")
    assert first_failure(consumer).trouble is Trouble.UNKNOWN_PLACE


def the_admin_makes_topics_and_looks_at_them(stage: Stage) -> None:
    admin = stage.admin().admin(stage.base)
    name = f"{stage.group}-new"
    assert admin.create(TopicInfo(name, 3, {"cleanup.policy": "compact"}), PATIENCE)
    assert not admin.create(TopicInfo(name, 3), PATIENCE)
    stage.until(lambda: bool(admin.topics([name], PATIENCE)))
    assert admin.topics([name, f"{name}-not"], PATIENCE, ["cleanup.policy"]) == {
        name: TopicInfo(name, 3, {"cleanup.policy": "compact"})
    }
    failing(lambda: admin.create(TopicInfo(f"{name}-odd", 1, {"cleanup": "compact"}), PATIENCE))
    admin.close()


def what_is_deleted_is_gone(stage: Stage) -> None:
    topic = stage.topic()
    producer = stage.transactional()
    for value in (b"0", b"2", b"4"):
        producer.begin()
        producer.produce(topic, value, partition=0)
        producer.commit(PATIENCE)
    consumer = stage.reading((topic, 0))
    to_end(consumer, Position(topic, 0, 6))
    admin = stage.admin().admin(stage.base)
    admin.delete_before([Position(topic, 0, 3)], PATIENCE)
    assert consumer.limits((topic, 0), PATIENCE) == (3, 6)
    # once more, or less: nothing happens
    admin.delete_before([Position(topic, 0, 3)], PATIENCE)
    admin.delete_before([Position(topic, 0, 1)], PATIENCE)
    assert consumer.limits((topic, 0), PATIENCE) == (3, 6)
    assert values(to_end(stage.reading((topic, 0)), Position(topic, 0, 6))) == [(4, b"4")]
    assert failing(lambda: admin.delete_before([Position(topic, 0, 7)], PATIENCE)).code == "OFFSET_OUT_OF_RANGE"
    compacted = stage.topic(cleanup_policy="compact")
    stage.write(compacted, b"0")
    assert failing(lambda: admin.delete_before([Position(compacted, 0, 1)], PATIENCE)).code == "POLICY_VIOLATION"
    admin.close()


def keys_go_where_their_hash_says(stage: Stage) -> None:
    keys = [b"key-%d" % at for at in range(20)]
    for name in ("consistent_random", "murmur2_random"):
        topic = stage.topic(7)
        producer = stage.producer(partitioner=name)
        for key in keys:
            producer.produce(topic, b"", key)
        producer.flush(PATIENCE)
        wanted = [PARTITIONERS[name](key, 7, random.Random(0)) for key in keys]
        ends = [Position(topic, number, wanted.count(number)) for number in range(7)]
        found = to_end(stage.reading(*[(topic, number) for number in range(7)]), *ends)
        places = {key: each.partition for each in found.fetched for key in each.keys}
        assert [places[key] for key in keys] == wanted


def what_the_broker_refuses_is_raised_by_flush(stage: Stage) -> None:
    small = stage.topic(max_message_bytes="1000")
    producer = stage.producer()
    producer.produce(small, b"x" * 5000, partition=0)
    assert failing(lambda: producer.flush(PATIENCE)).trouble is Trouble.TOO_LARGE
    producer.produce(small, b"0", partition=0)
    producer.flush(PATIENCE)
    compacted = stage.topic(cleanup_policy="compact")
    producer.produce(compacted, b"x", partition=0)
    assert failing(lambda: producer.flush(PATIENCE)).code == "INVALID_RECORD"
    assert failing(lambda: producer.produce(small, b"x" * 2_000_000)).trouble is Trouble.TOO_LARGE


def a_record_that_is_refused_spoils_its_transaction(stage: Stage) -> None:
    small = stage.topic(max_message_bytes="1000")
    producer = stage.transactional()
    producer.begin()
    producer.produce(small, b"x" * 5000, partition=0)
    for failed in (failing(lambda: producer.flush(PATIENCE)), failing(lambda: producer.commit(PATIENCE))):
        assert (failed.trouble, failed.code) == (Trouble.ABORTABLE, "MSG_SIZE_TOO_LARGE")
    assert failing(lambda: producer.produce(small, b"0", partition=0)).trouble is Trouble.ABORTABLE
    producer.abort(PATIENCE)
    # its number is missing now in what the broker has seen: that spoils the next transaction as well
    producer.begin()
    producer.produce(small, b"1", partition=0)
    failed = failing(lambda: producer.commit(PATIENCE))
    assert (failed.trouble, failed.code) == (Trouble.ABORTABLE, "OUT_OF_ORDER_SEQUENCE_NUMBER")
    producer.abort(PATIENCE)
    producer.begin()
    producer.produce(small, b"2", partition=0)
    producer.commit(PATIENCE)
    consumer = stage.reading((small, 0))
    found: list[bytes | None] = []

    def has_come() -> bool:
        found.extend(value for _, value in values(consumer.poll(10, 0.1)))
        return bool(found)

    stage.until(has_come)
    assert found == [b"2"]


def calls_out_of_turn_are_refused(stage: Stage) -> None:
    topic = stage.topic()
    producer = stage.producer(transactional_id=f"{stage.group}-turn")
    assert failing(producer.begin).code == "_STATE"
    producer.init_transactions(PATIENCE)
    assert failing(lambda: producer.commit(PATIENCE)).code == "_STATE"
    assert failing(lambda: producer.produce(topic, b"0")).code == "_STATE"
    producer.begin()
    assert failing(producer.begin).code == "_STATE"
    producer.commit(PATIENCE)


def who_takes_an_id_up_aborts_and_fences(stage: Stage) -> None:
    topic = stage.topic()
    old = stage.transactional()
    old.begin()
    old.produce(topic, b"0", partition=0)
    old.flush(PATIENCE)
    new = stage.transactional()
    new.begin()
    new.produce(topic, b"2", partition=0)
    new.commit(PATIENCE)
    assert values(to_end(stage.reading((topic, 0)), Position(topic, 0, 4))) == [(2, b"2")]
    assert failing(lambda: patiently(lambda: old.commit(PATIENCE))).trouble is Trouble.FENCED
    assert failing(lambda: patiently(lambda: old.abort(PATIENCE))).trouble is Trouble.FENCED


def a_transaction_past_its_time_out_is_aborted(stage: Stage) -> None:
    topic = stage.topic()
    producer = stage.transactional(transaction_timeout_ms="2000")
    producer.begin()
    producer.produce(topic, b"0", partition=0)
    producer.flush(PATIENCE)
    consumer = stage.reading((topic, 0))
    assert values(to_end(consumer, Position(topic, 0, 2))) == []
    assert failing(lambda: patiently(lambda: producer.commit(PATIENCE))).trouble is Trouble.FENCED


SCENARIOS = (
    records_come_as_they_were_written,
    markers_take_offsets,
    what_was_aborted_is_not_delivered,
    an_open_transaction_holds_the_end_back,
    an_empty_partition_is_at_its_end,
    an_end_is_told_again_after_more_and_after_a_start,
    an_end_is_told_when_only_a_marker_has_come,
    reading_begins_where_it_is_told,
    stopped_and_paused_partitions_bring_nothing,
    an_end_is_told_behind_a_pause,
    times_have_offsets,
    an_offset_that_is_not_there_is_told,
    a_topic_that_is_not_there_is_told,
    the_admin_makes_topics_and_looks_at_them,
    what_is_deleted_is_gone,
    keys_go_where_their_hash_says,
    what_the_broker_refuses_is_raised_by_flush,
    a_record_that_is_refused_spoils_its_transaction,
    calls_out_of_turn_are_refused,
    who_takes_an_id_up_aborts_and_fences,
    a_transaction_past_its_time_out_is_aborted,
)
