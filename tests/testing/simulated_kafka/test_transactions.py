"""Transactions: what is seen of them, fencing, time-outs, calls out of turn, offsets within them."""

import pytest

from cep.connectors.kafka.port import GroupMetadata, KafkaFailure, Position, Producer, Trouble
from cep.testing.simulated_kafka import Fault, Moment, SimulatedKafka
from tests.testing.simulated_kafka.support import drain, offsets, reading, stored, transactional, values


@pytest.fixture(params=range(5))
def kafka(request: pytest.FixtureRequest) -> SimulatedKafka:
    made = SimulatedKafka(request.param)
    made.create("out", 2)
    return made


def produce(producer: Producer, *given: bytes, partition: int = 0) -> None:
    for value in given:
        producer.produce("out", value, partition=partition)


def identity(kafka: SimulatedKafka) -> GroupMetadata:
    return kafka.process("reader").consumer({"group.id": "g"}).group()


def test_records_are_seen_once_the_transaction_is_committed(kafka: SimulatedKafka) -> None:
    producer = transactional(kafka.process())
    consumer = reading(kafka.process(), ("out", 0))
    producer.begin()
    produce(producer, b"0", b"1")
    producer.flush(10)
    assert drain(consumer).ends == [Position("out", 0, 0)]
    assert stored(kafka, "out", committed=False) == [b"0", b"1"]
    producer.commit(10)
    polled = drain(consumer)
    assert values(polled) == [b"0", b"1"]
    assert polled.ends == [Position("out", 0, 3)]


def test_what_was_aborted_is_never_seen_and_takes_offsets(kafka: SimulatedKafka) -> None:
    producer = transactional(kafka.process())
    producer.begin()
    produce(producer, b"0", b"1")
    producer.flush(10)
    producer.abort(10)
    producer.begin()
    produce(producer, b"3")
    producer.commit(10)
    polled = drain(reading(kafka.process(), ("out", 0)))
    assert (values(polled), offsets(polled), polled.ends) == ([b"3"], [3], [Position("out", 0, 5)])


def test_an_empty_transaction_leaves_nothing(kafka: SimulatedKafka) -> None:
    producer = transactional(kafka.process())
    producer.begin()
    producer.commit(10)
    assert kafka.topics["out"].logs[0].end == 0


def test_a_new_producer_of_the_same_id_aborts_and_fences(kafka: SimulatedKafka) -> None:
    old = transactional(kafka.process("old"))
    old.begin()
    produce(old, b"0")
    old.flush(10)
    new = transactional(kafka.process("new"))
    new.begin()
    produce(new, b"1")
    new.commit(10)
    assert stored(kafka, "out") == [b"1"]
    with pytest.raises(KafkaFailure) as failed:
        old.commit(10)
    assert failed.value.trouble is Trouble.FENCED
    for call in (old.begin, lambda: produce(old, b"2"), lambda: old.abort(10), lambda: old.flush(10)):
        with pytest.raises(KafkaFailure) as failed:
            call()
        assert failed.value.trouble is Trouble.FENCED


def test_a_fenced_producer_hears_of_it_when_it_writes(kafka: SimulatedKafka) -> None:
    old = transactional(kafka.process("old"))
    transactional(kafka.process("new"))
    old.begin()
    with pytest.raises(KafkaFailure) as failed:
        produce(old, b"0")
        old.flush(10)
    assert failed.value.trouble is Trouble.FENCED


def test_a_transaction_past_its_time_out_is_aborted_and_its_producer_fenced(kafka: SimulatedKafka) -> None:
    producer = transactional(kafka.process(), transaction_timeout_ms="5000")
    producer.begin()
    produce(producer, b"0")
    producer.flush(10)
    kafka.clock.advance(4.9)
    assert kafka.topics["out"].logs[0].stable == 0
    kafka.clock.advance(11)
    kafka.transactions.settle()
    assert kafka.topics["out"].logs[0].stable == 2
    assert stored(kafka, "out") == []
    with pytest.raises(KafkaFailure) as failed:
        producer.commit(10)
    assert failed.value.trouble is Trouble.FENCED


def test_a_transaction_of_the_dead_stays_open_until_its_id_is_taken_up(kafka: SimulatedKafka) -> None:
    process = kafka.process()
    producer = transactional(process)
    producer.begin()
    produce(producer, b"0")
    producer.flush(10)
    process.kill()
    kafka.write("out", b"1")
    kafka.clock.advance(30)
    assert stored(kafka, "out") == []
    transactional(kafka.process())
    assert stored(kafka, "out") == [b"1"]


def test_offsets_are_committed_with_the_transaction(kafka: SimulatedKafka) -> None:
    producer = transactional(kafka.process())
    producer.begin()
    producer.send_offsets([Position("out", 0, 5, "note")], identity(kafka), 10)
    assert kafka.committed("g") == {}
    producer.commit(10)
    assert kafka.committed("g") == {("out", 0): Position("out", 0, 5, "note")}
    producer.begin()
    producer.send_offsets([Position("out", 0, 9)], identity(kafka), 10)
    producer.abort(10)
    assert kafka.committed("g") == {("out", 0): Position("out", 0, 5, "note")}


def test_committed_waits_for_a_transaction_that_would_move_the_offsets(kafka: SimulatedKafka) -> None:
    consumer = kafka.process("reader").consumer({"group.id": "g"})
    producer = transactional(kafka.process("writer"), transaction_timeout_ms="20000")
    producer.begin()
    producer.send_offsets([Position("out", 0, 5)], consumer.group(), 10)
    assert consumer.committed([("out", 1)], 1) == {}
    with pytest.raises(KafkaFailure) as failed:
        consumer.committed([("out", 0)], 1)
    assert failed.value.trouble is Trouble.RETRIABLE
    # within the time that it waits now, the transaction times out
    assert consumer.committed([("out", 0)], 60) == {}


def test_an_offset_committed_behind_a_staged_one_stays(kafka: SimulatedKafka) -> None:
    consumer = kafka.process("reader").consumer({"group.id": "g"})
    producer = transactional(kafka.process("writer"))
    producer.begin()
    producer.send_offsets([Position("out", 0, 5)], consumer.group(), 10)
    consumer.commit([Position("out", 0, 7)])
    producer.commit(10)
    assert kafka.committed("g") == {("out", 0): Position("out", 0, 7)}


def test_the_answer_to_a_commit_comes_before_its_markers() -> None:
    lagging = 0
    for seed in range(20):
        kafka = SimulatedKafka(seed)
        kafka.create("out")
        producer = transactional(kafka.process())
        producer.begin()
        produce(producer, b"0")
        producer.commit(10)
        lagging += kafka.topics["out"].logs[0].stable == 0
        kafka.clock.advance(0.1)
        assert kafka.topics["out"].logs[0].stable == 2
    assert 0 < lagging < 20


@pytest.mark.parametrize("moment", list(Moment))
def test_a_time_out_of_a_commit_leaves_open_what_came_of_it(kafka: SimulatedKafka, moment: Moment) -> None:
    producer = transactional(kafka.process())
    producer.begin()
    produce(producer, b"0")
    kafka.faults.next("producer.commit", Fault(moment, Trouble.RETRIABLE))
    with pytest.raises(KafkaFailure) as failed:
        producer.commit(10)
    assert failed.value.trouble is Trouble.RETRIABLE
    assert stored(kafka, "out") == ([b"0"] if moment is Moment.AFTER else [])
    for call in (lambda: producer.abort(10), producer.begin):
        with pytest.raises(KafkaFailure) as failed:
            call()
        assert failed.value.code == "_CONFLICT"
    producer.commit(10)
    assert stored(kafka, "out") == [b"0"]
    producer.begin()
    producer.abort(10)


def test_calls_out_of_turn_are_refused(kafka: SimulatedKafka) -> None:
    producer = kafka.process().producer({"transactional.id": "t"})
    for call in (producer.begin, lambda: produce(producer, b"0"), lambda: producer.commit(1)):
        with pytest.raises(KafkaFailure) as failed:
            call()
        assert failed.value.code == "_STATE"
    producer.init_transactions(1)
    for call in (lambda: producer.init_transactions(1), lambda: producer.commit(1), lambda: producer.abort(1)):
        with pytest.raises(KafkaFailure) as failed:
            call()
        assert failed.value.code == "_STATE"
    with pytest.raises(KafkaFailure, match="no transactions"):
        kafka.process().producer({}).init_transactions(1)


def test_a_record_that_is_refused_spoils_the_transaction_until_it_is_aborted(kafka: SimulatedKafka) -> None:
    kafka.create("small", 1, {"max.message.bytes": "100"})
    producer = transactional(kafka.process())
    producer.begin()
    producer.produce("small", b"x" * 200)
    for call in (lambda: producer.flush(10), lambda: produce(producer, b"0"), lambda: producer.commit(10)):
        with pytest.raises(KafkaFailure) as failed:
            call()
        assert (failed.value.trouble, failed.value.code) == (Trouble.ABORTABLE, "MSG_SIZE_TOO_LARGE")
    producer.abort(10)
    producer.begin()
    produce(producer, b"1")
    producer.commit(10)
    assert stored(kafka, "out") == [b"1"]


def test_a_refused_record_spoils_the_next_transaction_that_writes_to_its_partition(kafka: SimulatedKafka) -> None:
    kafka.create("small", 2, {"max.message.bytes": "100"})
    producer = transactional(kafka.process())
    producer.begin()
    producer.produce("small", b"x" * 200, partition=0)
    with pytest.raises(KafkaFailure):
        producer.commit(10)
    producer.abort(10)
    producer.begin()
    producer.produce("small", b"0", partition=1)
    producer.commit(10)
    producer.begin()
    producer.produce("small", b"1", partition=0)
    with pytest.raises(KafkaFailure) as failed:
        producer.commit(10)
    assert (failed.value.trouble, failed.value.code) == (Trouble.ABORTABLE, "OUT_OF_ORDER_SEQUENCE_NUMBER")
    producer.abort(10)
    producer.begin()
    producer.produce("small", b"2", partition=0)
    producer.commit(10)
    assert stored(kafka, "small") == [b"2", b"0"]
