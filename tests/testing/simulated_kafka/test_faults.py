"""Failure points, deaths, time-outs, a broker that is away, access that is refused."""

import pytest

from cep.connectors.kafka.port import KafkaFailure, Position, Trouble
from cep.testing.simulated_kafka import DEATHS, Died, Fault, Moment, SimulatedKafka, every_fault
from tests.testing.simulated_kafka.support import drain, reading, stored, transactional, values


@pytest.fixture(params=range(5))
def kafka(request: pytest.FixtureRequest) -> SimulatedKafka:
    made = SimulatedKafka(request.param)
    made.create("in", 2)
    return made


def test_every_call_is_a_point(kafka: SimulatedKafka) -> None:
    producer = transactional(kafka.process("w"))
    producer.begin()
    producer.produce("in", b"0")
    producer.commit(10)
    assert [(point.number, point.process, point.call) for point in kafka.faults.points] == [
        (0, "w", "kafka.producer"),
        (1, "w", "producer.init_transactions"),
        (2, "w", "producer.begin"),
        (3, "w", "producer.produce"),
        (4, "w", "producer.commit"),
    ]


@pytest.mark.parametrize(("fault", "there"), list(zip(DEATHS, ([], [b"0"]), strict=True)))
def test_a_death_before_or_after_a_call_takes_effect(
    kafka: SimulatedKafka, fault: Fault, there: list[bytes | None]
) -> None:
    kafka.faults.at(4, fault)
    process = kafka.process()
    producer = transactional(process)
    producer.begin()
    producer.produce("in", b"0")
    with pytest.raises(Died):
        producer.commit(10)
    assert stored(kafka, "in") == there
    for call in (producer.close, producer.begin, lambda: process.admin({})):
        with pytest.raises(Died):
            call()


def test_the_points_are_the_same_up_to_the_fault() -> None:
    def run(kafka: SimulatedKafka) -> None:
        kafka.create("in", 2)
        try:
            producer = transactional(kafka.process())
            for at in range(3):
                producer.begin()
                producer.produce("in", b"%d" % at)
                producer.commit(10)
        except Died:
            pass

    undisturbed = SimulatedKafka(3)
    run(undisturbed)
    counts = []
    for point, fault in every_fault(undisturbed.faults.points, DEATHS):
        kafka = SimulatedKafka(3)
        kafka.faults.at(point.number, fault)
        run(kafka)
        assert kafka.faults.points == undisturbed.faults.points[: point.number + 1]
        counts.append(len(stored(kafka, "in")))
    assert sorted(set(counts)) == [0, 1, 2, 3]


def test_a_fault_may_be_asked_for_by_the_name_of_a_call(kafka: SimulatedKafka) -> None:
    process = kafka.process("w")
    admin = process.admin({})
    kafka.faults.next("admin.topics", Fault(Moment.BEFORE, Trouble.DENIED), process="w", times=2)
    for _ in range(2):
        with pytest.raises(KafkaFailure) as failed:
            admin.topics(["in"], 1)
        assert failed.value.trouble is Trouble.DENIED
    assert list(admin.topics(["in"], 1)) == ["in"]


def test_a_poll_tells_what_a_client_survives_and_raises_what_it_does_not(kafka: SimulatedKafka) -> None:
    kafka.write("in", b"0")
    consumer = reading(kafka.process(), ("in", 0))
    kafka.faults.next("consumer.poll", Fault(Moment.BEFORE, Trouble.RETRIABLE))
    polled = consumer.poll(10, 1)
    assert ([failed.trouble for failed in polled.failures], polled.fetched) == ([Trouble.RETRIABLE], [])
    assert values(drain(consumer)) == [b"0"]
    kafka.faults.next("consumer.poll", Fault(Moment.BEFORE, Trouble.FATAL))
    for _ in range(2):
        with pytest.raises(KafkaFailure) as failed:
            consumer.poll(10, 1)
        assert failed.value.trouble is Trouble.FATAL


@pytest.mark.parametrize("trouble", [Trouble.ABORTABLE, Trouble.TOO_LARGE, Trouble.DENIED])
def test_a_failure_in_a_transaction_asks_for_its_end(kafka: SimulatedKafka, trouble: Trouble) -> None:
    producer = transactional(kafka.process())
    producer.begin()
    producer.produce("in", b"0")
    kafka.faults.next("producer.commit", Fault(Moment.BEFORE, trouble))
    for _ in range(2):
        with pytest.raises(KafkaFailure) as failed:
            producer.commit(10)
        assert failed.value.trouble is Trouble.ABORTABLE
    producer.abort(10)
    assert stored(kafka, "in") == []
    producer.begin()
    producer.commit(10)


@pytest.mark.parametrize("trouble", [Trouble.FENCED, Trouble.FATAL])
def test_a_producer_that_is_ruined_stays_so(kafka: SimulatedKafka, trouble: Trouble) -> None:
    producer = transactional(kafka.process())
    producer.begin()
    kafka.faults.next("producer.produce", Fault(Moment.BEFORE, trouble))
    for call in (lambda: producer.produce("in", b"0"), lambda: producer.commit(10), lambda: producer.abort(10)):
        with pytest.raises(KafkaFailure) as failed:
            call()
        assert failed.value.trouble is trouble


def test_what_has_taken_effect_does_not_fail_otherwise() -> None:
    with pytest.raises(ValueError, match="taken effect"):
        Fault(Moment.AFTER, Trouble.TOO_LARGE)


def test_offsets_that_time_out_spoil_the_transaction(kafka: SimulatedKafka) -> None:
    process = kafka.process()
    consumer = process.consumer({"group.id": "g"})
    producer = transactional(process)
    producer.begin()
    identity = consumer.group()
    process.cut()
    with pytest.raises(KafkaFailure) as failed:
        producer.send_offsets([Position("in", 0, 1)], identity, 5)
    assert (failed.value.trouble, failed.value.code) == (Trouble.ABORTABLE, "_TIMED_OUT")


def test_a_broker_that_restarts_is_waited_for(kafka: SimulatedKafka) -> None:
    process = kafka.process()
    producer = process.producer({})
    producer.produce("in", b"0", partition=0)
    kafka.restart(5)
    with pytest.raises(KafkaFailure) as failed:
        producer.flush(2)
    assert failed.value.trouble is Trouble.RETRIABLE
    producer.flush(10)
    assert stored(kafka, "in") == [b"0"]


def test_a_poll_says_that_the_broker_is_away_and_goes_on_when_it_is_back(kafka: SimulatedKafka) -> None:
    kafka.write("in", b"0")
    consumer = reading(kafka.process(), ("in", 0))
    kafka.restart(5)
    assert [failed.trouble for failed in consumer.poll(10, 1).failures] == [Trouble.RETRIABLE]
    before = kafka.clock.elapsed()
    assert values(consumer.poll(10, 60)) == [b"0"]
    assert kafka.clock.elapsed() == before + 4


def test_a_process_that_was_cut_off_times_out_and_sends_later(kafka: SimulatedKafka) -> None:
    process = kafka.process()
    producer = process.producer({})
    process.cut()
    producer.produce("in", b"0")
    with pytest.raises(KafkaFailure) as failed:
        producer.flush(2)
    assert failed.value.trouble is Trouble.RETRIABLE
    process.mend()
    kafka.clock.advance(1)
    assert stored(kafka, "in") == [b"0"]


def test_a_record_that_cannot_be_sent_is_given_up_in_the_end(kafka: SimulatedKafka) -> None:
    process = kafka.process()
    producer = process.producer({"message.timeout.ms": "3000"})
    process.cut()
    producer.produce("in", b"0")
    kafka.clock.advance(5)
    process.mend()
    with pytest.raises(KafkaFailure) as failed:
        producer.flush(2)
    assert failed.value.code == "_MSG_TIMED_OUT"
    assert stored(kafka, "in") == []


def test_a_frozen_process_goes_on_where_it_was(kafka: SimulatedKafka) -> None:
    process = kafka.process()
    producer = transactional(process)
    producer.begin()
    producer.produce("in", b"0")
    process.freeze()
    with pytest.raises(RuntimeError, match="frozen"):
        producer.poll()
    kafka.clock.advance(20)
    process.thaw()
    producer.commit(10)
    assert stored(kafka, "in") == [b"0"]


def test_access_that_is_refused_and_granted_again(kafka: SimulatedKafka) -> None:
    kafka.write("in", b"0")
    process = kafka.process()
    consumer, producer = reading(process, ("in", 0)), transactional(process)
    kafka.deny("in")
    assert [failed.trouble for failed in drain(consumer).failures] == [Trouble.DENIED]
    producer.begin()
    producer.produce("in", b"1", partition=0)
    with pytest.raises(KafkaFailure) as failed:
        producer.flush(10)
    assert (failed.value.trouble, failed.value.code) == (Trouble.ABORTABLE, "TOPIC_AUTHORIZATION_FAILED")
    with pytest.raises(KafkaFailure) as failed:
        consumer.limits(("in", 0), 1)
    assert failed.value.trouble is Trouble.DENIED
    kafka.grant("in")
    assert values(drain(consumer)) == [b"0"]
    producer.abort(10)
