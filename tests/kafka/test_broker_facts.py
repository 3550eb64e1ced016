"""What the worker's protocol rests on, asked of the broker and of librdkafka themselves.

Where one of these fails with a new release of either, the protocol and the simulation have to be looked at again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cep.connectors.kafka.port import Consumer, KafkaFailure, Place, Position, TopicInfo, Trouble
from tests.kafka.broker.server import Broker
from tests.kafka.broker.shared import Address
from tests.kafka.support import SECONDS, Heard, RealKafka, drain, has_ends, values

pytestmark = pytest.mark.kafka
PROTOCOLS = pytest.mark.parametrize("protocol", ["classic", "consumer"])


def _fails(call: Callable[[], object]) -> tuple[Trouble, str]:
    with pytest.raises(KafkaFailure) as failed:
        call()
    return failed.value.trouble, failed.value.code


def _share(consumers: list[Consumer], done: Callable[[], bool]) -> None:
    limit = time.monotonic() + SECONDS
    while not done():
        assert time.monotonic() < limit
        for each in consumers:
            each.poll(100, 0.05)


# ------------------------------------------------------------ transactions, seen by who reads


def test_committed_offsets_are_waited_for_while_a_transaction_would_move_them(kafka: RealKafka) -> None:
    place: Place = kafka.topic(), 0
    group = kafka.name("group")
    consumer = kafka.consumer(group)
    hasty = kafka.consumer(group, {"isolation.level": "read_uncommitted"})
    consumer.commit([Position(*place, 1)])
    producer = kafka.producer(kafka.name("tx"))
    producer.begin()
    producer.send_offsets([Position(*place, 5)], consumer.group(), SECONDS)
    assert _fails(lambda: consumer.committed([place], 1.0)) == (Trouble.RETRIABLE, "_TIMED_OUT")
    assert hasty.committed([place], SECONDS)[place].offset == 1
    producer.abort(SECONDS)
    assert consumer.committed([place], SECONDS)[place].offset == 1


def test_an_open_transaction_holds_back_what_stands_behind_it_and_its_end_is_the_end(kafka: RealKafka) -> None:
    topic = kafka.topic()
    kafka.write(topic, ["before"])
    producer = kafka.producer(kafka.name("tx"))
    producer.begin()
    producer.produce(topic, b"open", partition=0)
    producer.flush(SECONDS)
    kafka.write(topic, ["behind"])
    consumer = kafka.consumer("readers")
    consumer.start([Position(topic, 0, 0)])
    polled = drain(consumer, has_ends((topic, 0)))
    assert (values(polled), [each.offset for each in polled.ends]) == (["before"], [1])
    assert consumer.limits((topic, 0), SECONDS) == (0, 1)
    hasty = kafka.consumer("readers", {"isolation.level": "read_uncommitted"})
    assert hasty.limits((topic, 0), SECONDS) == (0, 3)
    producer.abort(SECONDS)
    polled = drain(consumer, has_ends((topic, 0)))
    assert (values(polled), [each.offset for each in polled.ends]) == (["behind"], [4])


def test_the_end_is_told_of_an_empty_partition_and_behind_markers(kafka: RealKafka) -> None:
    topic = kafka.topic(2)
    producer = kafka.producer(kafka.name("tx"))
    producer.begin()
    producer.produce(topic, b"given up", partition=0)
    producer.flush(SECONDS)
    producer.abort(SECONDS)
    consumer = kafka.consumer("readers")
    consumer.start([Position(topic, 0, 0), Position(topic, 1, 0)])
    # The call may return before its marker is written: the end at 0 may be told first.
    polled = drain(consumer, lambda polled: {(0, 2), (1, 0)} <= {(each.partition, each.offset) for each in polled.ends})
    assert values(polled) == []


def test_the_limit_that_counts_for_all_is_there_as_soon_as_a_commit_returns(kafka: RealKafka) -> None:
    """The one for who reads what is committed only is not: markers are written after the answer to the commit."""
    topic = kafka.topic()
    producer = kafka.producer(kafka.name("tx"))
    of_all = kafka.consumer("readers", {"isolation.level": "read_uncommitted"})
    of_committed = kafka.consumer("readers")
    for number in range(20):
        producer.begin()
        producer.produce(topic, b"x", partition=0)
        producer.commit(SECONDS)
        assert of_all.limits((topic, 0), SECONDS)[1] >= 2 * number + 1
        assert of_committed.limits((topic, 0), SECONDS)[1] in (2 * number, 2 * number + 2)


# ------------------------------------------------------------ who may still commit


@PROTOCOLS
def test_offsets_of_an_earlier_generation_are_refused_and_the_transaction_with_them(
    kafka: RealKafka, protocol: str
) -> None:
    topic, group = kafka.topic(2), kafka.name("group")
    heard = Heard(), Heard()
    first = kafka.consumer(group, {"group.protocol": protocol})
    first.subscribe([topic], heard[0])
    drain(first, lambda _: len(heard[0].owned) == 2)
    before = first.group()
    second = kafka.consumer(group, {"group.protocol": protocol})
    second.subscribe([topic], heard[1])
    _share([first, second], lambda: len(heard[0].owned) == 1 and len(heard[1].owned) == 1)
    (kept,), (gone,) = heard[0].owned, heard[1].owned
    producer = kafka.producer(kafka.name("tx"))

    producer.begin()
    assert _fails(lambda: producer.send_offsets([Position(*gone, 1)], before, SECONDS)) == (
        Trouble.ABORTABLE,
        "ILLEGAL_GENERATION",
    )
    assert _fails(lambda: producer.commit(SECONDS)) == (Trouble.ABORTABLE, "ILLEGAL_GENERATION")
    producer.abort(SECONDS)

    # What is still owned may be committed under the earlier epoch too, in the newer protocol alone.
    producer.begin()
    if protocol == "consumer":
        producer.send_offsets([Position(*kept, 1)], before, SECONDS)
    else:
        assert _fails(lambda: producer.send_offsets([Position(*kept, 1)], before, SECONDS))[0] is Trouble.ABORTABLE
    producer.abort(SECONDS)

    # Of what belongs to another member nobody keeps a member of this generation.
    producer.begin()
    producer.send_offsets([Position(*gone, 1)], first.group(), SECONDS)
    producer.commit(SECONDS)

    left = second.group()
    second.close()
    producer.begin()
    assert _fails(lambda: producer.send_offsets([Position(*gone, 2)], left, SECONDS)) == (
        Trouble.ABORTABLE,
        "UNKNOWN_MEMBER_ID",
    )
    producer.abort(SECONDS)


def test_who_does_not_poll_for_too_long_has_lost_everything_and_may_not_commit(kafka: RealKafka) -> None:
    topic, group = kafka.topic(2), kafka.name("group")
    heard = Heard()
    slow = kafka.consumer(group, {"session.timeout.ms": "1000", "max.poll.interval.ms": "1000"})
    slow.subscribe([topic], heard)
    drain(slow, lambda _: len(heard.owned) == 2)
    slow.start([Position(topic, 0, 0)])
    producer = kafka.producer(kafka.name("tx"))
    producer.begin()
    identity = slow.group()
    time.sleep(2.5)
    assert _fails(lambda: producer.send_offsets([Position(topic, 0, 1)], identity, SECONDS)) == (
        Trouble.ABORTABLE,
        "UNKNOWN_MEMBER_ID",
    )
    producer.abort(SECONDS)
    polled = drain(slow, lambda _: len(heard.calls) >= 3)
    both = [(topic, 0), (topic, 1)]
    assert heard.calls == [("assigned", both), ("lost", both), ("assigned", both)]
    assert (Trouble.RETRIABLE, "_MAX_POLL_EXCEEDED") in [(each.trouble, each.code) for each in polled.failures]


def test_a_static_member_is_fenced_by_who_comes_with_its_name(kafka: RealKafka) -> None:
    topic, group = kafka.topic(2), kafka.name("group")
    static = {"group.instance.id": "worker-1"}
    heard = Heard(), Heard()
    old = kafka.consumer(group, static)
    old.subscribe([topic], heard[0])
    drain(old, lambda _: len(heard[0].owned) == 2)
    identity = old.group()
    new = kafka.consumer(group, static)
    new.subscribe([topic], heard[1])
    drain(new, lambda _: len(heard[1].owned) == 2)
    fenced = (Trouble.FENCED, "FENCED_INSTANCE_ID")
    assert _fails(lambda: drain(old, lambda _: False)) == fenced
    assert _fails(lambda: old.poll(1, 0)) == fenced
    assert _fails(lambda: old.commit([Position(topic, 0, 1)])) == fenced
    producer = kafka.producer(kafka.name("tx"))
    producer.begin()
    assert _fails(lambda: producer.send_offsets([Position(topic, 0, 1)], identity, SECONDS)) == (
        Trouble.ABORTABLE,
        "FENCED_INSTANCE_ID",
    )
    assert heard[0].calls == [("assigned", [(topic, 0), (topic, 1)])]


def test_in_the_newer_protocol_a_static_member_keeps_its_name_as_long_as_its_session(kafka: RealKafka) -> None:
    topic, group = kafka.topic(2), kafka.name("group")
    static = {"group.instance.id": "worker-1", "group.protocol": "consumer"}
    heard = Heard(), Heard()
    old = kafka.consumer(group, static)
    old.subscribe([topic], heard[0])
    drain(old, lambda _: len(heard[0].owned) == 2)
    new = kafka.consumer(group, static)
    new.subscribe([topic], heard[1])
    assert _fails(lambda: drain(new, lambda _: False)) == (Trouble.FENCED, "UNRELEASED_INSTANCE_ID")
    old.commit([Position(topic, 0, 1)])


def test_a_transaction_that_took_too_long_fences_its_own_producer(kafka: RealKafka) -> None:
    topic, name = kafka.topic(), kafka.name("tx")
    producer = kafka.producer(name, {"transaction.timeout.ms": "1000"})
    producer.begin()
    producer.produce(topic, b"late", partition=0)
    producer.flush(SECONDS)
    consumer = kafka.consumer("readers")
    consumer.start([Position(topic, 0, 0)])
    # The broker gives it up by itself.
    drain(consumer, lambda polled: any(each.offset == 2 for each in polled.ends))
    assert _fails(lambda: producer.commit(SECONDS)) == (Trouble.FENCED, "_FENCED")
    assert _fails(lambda: producer.abort(SECONDS)) == (Trouble.FENCED, "_FENCED")
    again = kafka.producer(name)
    again.begin()
    again.produce(topic, b"again", partition=0)
    again.commit(SECONDS)
    assert values(drain(consumer, lambda polled: bool(polled.fetched))) == ["again"]


# ------------------------------------------------------------ a broker that is away


def test_calls_are_bounded_and_pass_once_the_broker_is_back(broker_folder: Path) -> None:
    away = (Trouble.RETRIABLE, "_TIMED_OUT")
    with Broker(broker_folder) as broker:
        kafka = RealKafka(Address(broker.ports))
        admin = kafka.port.admin(kafka.settings)
        topic, group = kafka.topic(), kafka.name("group")
        consumer = kafka.consumer(group)
        producer = kafka.producer(kafka.name("tx"), {"socket.timeout.ms": "1000"})
        consumer.start([Position(topic, 0, 0)])
        drain(consumer, has_ends((topic, 0)))
        producer.begin()
        producer.produce(topic, b"first", partition=0)
        producer.flush(SECONDS)

        broker.freeze()
        assert _fails(lambda: admin.topics([topic], 0.3)) == away
        assert _fails(lambda: admin.create(TopicInfo(kafka.name("topic"), 1), 0.3)) == away
        assert _fails(lambda: consumer.limits((topic, 0), 0.3)) == away
        assert _fails(lambda: consumer.committed([(topic, 0)], 0.3)) == away
        offsets, identity = [Position(topic, 0, 1)], consumer.group()
        begun = time.monotonic()
        assert _fails(lambda: producer.send_offsets(offsets, identity, 0.3)) == away
        assert time.monotonic() - begun > 0.9  # it goes by `socket.timeout.ms` alone
        broker.thaw()
        producer.send_offsets(offsets, identity, SECONDS)

        broker.kill()
        assert _fails(lambda: consumer.limits((topic, 0), 0.3))[0] is Trouble.RETRIABLE
        assert _fails(lambda: consumer.at_time([(topic, 0)], 0, 0.3))[0] is Trouble.RETRIABLE
        producer.produce(topic, b"second", partition=0)
        assert _fails(lambda: producer.flush(0.3)) == away
        assert _fails(lambda: producer.commit(0.3)) == away
        assert _fails(lambda: producer.abort(0.3)) == (Trouble.RETRIABLE, "_CONFLICT")
        broker.start()
        producer.commit(SECONDS)
        assert values(drain(consumer, lambda polled: len(values(polled)) == 2)) == ["first", "second"]
        assert consumer.committed([(topic, 0)], SECONDS)[topic, 0].offset == 1
        # by itself the client would wait for ever for the coordinator that it knew before
        producer.begin()
        producer.send_offsets([Position(topic, 0, 2)], consumer.group(), SECONDS)
        producer.commit(SECONDS)
        assert consumer.committed([(topic, 0)], SECONDS)[topic, 0].offset == 2
        admin.close()
        kafka.close()
