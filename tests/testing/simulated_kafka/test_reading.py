"""What a consumer reads, of the partitions it is told to."""

import pytest

from cep.connectors.kafka.port import BEGINNING_OF_LOG, END_OF_LOG, KafkaFailure, Position, Trouble
from cep.testing.simulated_kafka import SimulatedKafka
from tests.testing.simulated_kafka.support import drain, offsets, reading, transactional, values, write


@pytest.fixture(params=range(5))
def kafka(request: pytest.FixtureRequest) -> SimulatedKafka:
    made = SimulatedKafka(request.param)
    made.create("in", 3)
    return made


def test_records_come_in_order_of_their_partition_column_by_column(kafka: SimulatedKafka) -> None:
    for at in range(20):
        kafka.write("in", b"%d" % at, b"k", at % 3, [("h", b"%d" % at)], stamp=1_000_000 * at + 1)
    consumer = kafka.process().consumer({"group.id": "g"}, headers=True)
    consumer.start([Position("in", number, BEGINNING_OF_LOG) for number in range(3)])
    polled = drain(consumer)
    for number in range(3):
        mine = [each for each in polled.fetched if each.partition == number]
        assert [offset for each in mine for offset in each.offsets] == list(range(len(range(number, 20, 3))))
        assert [value for each in mine for value in each.values] == [b"%d" % at for at in range(number, 20, 3)]
        # Kafka keeps milliseconds
        assert [stamp for each in mine for stamp in each.stamps] == [at * 1_000_000 for at in range(number, 20, 3)]
        assert [list(head) for each in mine for head in each.headers or ()] == [
            [("h", b"%d" % at)] for at in range(number, 20, 3)
        ]
    assert sorted(polled.ends, key=lambda end: end.partition) == [
        Position("in", 0, 7),
        Position("in", 1, 7),
        Position("in", 2, 6),
    ]


def test_a_poll_brings_no_more_than_asked_for_and_in_some_order(kafka: SimulatedKafka) -> None:
    for number in range(3):
        write(kafka, "in", [b"0"] * 10, number)
    consumer = reading(kafka.process(), *[("in", number) for number in range(3)])
    for _ in range(5):
        assert sum(len(each.offsets) for each in consumer.poll(4, 1).fetched) <= 4


def test_interleavings_depend_on_the_seed_alone() -> None:
    def order(seed: int) -> list[tuple[int, int]]:
        kafka = SimulatedKafka(seed)
        kafka.create("in", 3)
        for number in range(3):
            write(kafka, "in", [b"0"] * 10, number)
        polled = drain(reading(kafka.process(), *[("in", number) for number in range(3)]))
        return [(each.partition, len(each.offsets)) for each in polled.fetched]

    assert [order(seed) for seed in range(10)] == [order(seed) for seed in range(10)]
    assert len({tuple(order(seed)) for seed in range(10)}) > 5


def test_a_poll_that_finds_nothing_takes_its_time(kafka: SimulatedKafka) -> None:
    consumer = reading(kafka.process(), ("in", 0))
    drain(consumer)
    before = kafka.clock.elapsed()
    assert consumer.poll(10, 2.5).fetched == []
    assert kafka.clock.elapsed() == before + 2.5


def test_an_end_is_told_once_until_more_has_come(kafka: SimulatedKafka) -> None:
    consumer = reading(kafka.process(), ("in", 0))
    assert drain(consumer).ends == [Position("in", 0, 0)]
    assert drain(consumer).ends == []
    write(kafka, "in", [b"0"])
    assert drain(consumer).ends == [Position("in", 0, 1)]
    consumer.start([Position("in", 0, 1)])
    assert drain(consumer).ends == [Position("in", 0, 1)]


def test_the_end_is_at_the_last_stable_offset_or_the_high_watermark(kafka: SimulatedKafka) -> None:
    write(kafka, "in", [b"0"])
    producer = transactional(kafka.process())
    producer.begin()
    producer.produce("in", b"1", partition=0)
    producer.flush(10)
    polled = drain(reading(kafka.process(), ("in", 0)))
    assert (values(polled), polled.ends) == ([b"0"], [Position("in", 0, 1)])
    polled = drain(reading(kafka.process(), ("in", 0), isolation_level="read_uncommitted"))
    assert (values(polled), polled.ends) == ([b"0", b"1"], [Position("in", 0, 2)])
    assert kafka.process().consumer({"group.id": "g"}).limits(("in", 0), 1) == (0, 1)


def test_pause_holds_back_and_resume_goes_on(kafka: SimulatedKafka) -> None:
    write(kafka, "in", [b"0"])
    consumer = reading(kafka.process(), ("in", 0), ("in", 1))
    consumer.pause([("in", 0)])
    write(kafka, "in", [b"x"], 1)
    polled = drain(consumer)
    assert (values(polled), [end.place for end in polled.ends]) == ([b"x"], [("in", 1)])
    consumer.resume([("in", 0)])
    assert values(drain(consumer)) == [b"0"]


def test_stop_and_start_again(kafka: SimulatedKafka) -> None:
    write(kafka, "in", [b"0", b"1", b"2"])
    consumer = reading(kafka.process(), ("in", 0))
    drain(consumer)
    consumer.stop([("in", 0), ("nowhere", 7)])
    assert drain(consumer).ends == []
    consumer.start([Position("in", 0, 1)])
    assert values(drain(consumer)) == [b"1", b"2"]


def test_start_at_the_end(kafka: SimulatedKafka) -> None:
    write(kafka, "in", [b"0"])
    consumer = reading(kafka.process(), ("in", 0), offset=END_OF_LOG)
    assert values(drain(consumer)) == []
    write(kafka, "in", [b"1"])
    assert values(drain(consumer)) == [b"1"]


def test_a_time_gives_an_offset_and_one_behind_everything_none(kafka: SimulatedKafka) -> None:
    for at in range(3):
        kafka.write("in", b"%d" % at, stamp=at * 1_000_000)
    consumer = kafka.process().consumer({"group.id": "g"})
    assert consumer.at_time([("in", 0), ("in", 1)], 500_000, 1) == {("in", 0): 1, ("in", 1): END_OF_LOG}
    assert consumer.at_time([("in", 0)], 1_000_000, 1) == {("in", 0): 1}


def test_an_offset_that_retention_has_taken_is_reset(kafka: SimulatedKafka) -> None:
    write(kafka, "in", [b"0", b"1", b"2"])
    kafka.topics["in"].logs[0].delete_before(2)
    assert offsets(drain(reading(kafka.process(), ("in", 0)))) == [2]
    assert offsets(drain(reading(kafka.process(), ("in", 0), offset=0, auto_offset_reset="earliest"))) == [2]
    assert offsets(drain(reading(kafka.process(), ("in", 0), offset=0))) == []
    polled = drain(reading(kafka.process(), ("in", 0), offset=0, auto_offset_reset="error"))
    assert [failed.code for failed in polled.failures] == ["_AUTO_OFFSET_RESET"]
    assert polled.ends == []


def test_a_topic_that_is_gone_is_told_once(kafka: SimulatedKafka) -> None:
    consumer = reading(kafka.process(), ("in", 0), ("in", 1))
    drain(consumer)
    kafka.delete("in")
    assert [failed.trouble for failed in drain(consumer).failures] == [Trouble.UNKNOWN_PLACE] * 2
    with pytest.raises(KafkaFailure) as failed:
        consumer.limits(("in", 0), 1)
    assert failed.value.trouble is Trouble.UNKNOWN_PLACE


def test_committed_offsets(kafka: SimulatedKafka) -> None:
    consumer = kafka.process().consumer({"group.id": "g"})
    assert consumer.committed([("in", 0)], 1) == {}
    consumer.commit([Position("in", 0, 4, "m"), Position("in", 1, 2)])
    assert consumer.committed([("in", 0), ("in", 2)], 1) == {("in", 0): Position("in", 0, 4, "m")}
    other = kafka.process().consumer({"group.id": "h"})
    assert other.committed([("in", 0)], 1) == {}


def test_settings_that_librdkafka_refuses(kafka: SimulatedKafka) -> None:
    for settings in (
        {"session.timeout.ms": "soon"},
        {"isolation.level": "read"},
        {"session.timeout.ms": "9000", "max.poll.interval.ms": "6000"},
    ):
        with pytest.raises(KafkaFailure) as failed:
            kafka.process().consumer({"group.id": "g", **settings})
        assert failed.value.code == "_INVALID_ARG"
