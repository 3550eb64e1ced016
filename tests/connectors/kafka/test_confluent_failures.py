"""What librdkafka's errors ask for."""

from __future__ import annotations

import confluent_kafka
import pytest
from confluent_kafka import KafkaError, KafkaException

from cep.connectors.kafka.confluent import Librdkafka
from cep.connectors.kafka.confluent.failures import failure_from, failure_of, trouble_of
from cep.connectors.kafka.confluent.settings import consumer_settings, producer_settings
from cep.connectors.kafka.port import KafkaFailure, Trouble
from cep.testing.simulated_kafka.failures import TROUBLES

_SPELT = {"UNKNOWN_TOPIC_OR_PARTITION": "UNKNOWN_TOPIC_OR_PART"}


@pytest.mark.parametrize("name", sorted(TROUBLES))
def test_the_simulation_and_the_adapter_are_of_one_mind(name: str) -> None:
    error = KafkaError(getattr(KafkaError, _SPELT.get(name, name)))
    failure = failure_of(error)
    assert (failure.code, failure.trouble) == (name, TROUBLES[name])


def test_what_the_client_says_of_itself_comes_first() -> None:
    assert trouble_of(KafkaError(KafkaError._TIMED_OUT, txn_requires_abort=True)) is Trouble.ABORTABLE
    assert trouble_of(KafkaError(KafkaError._TIMED_OUT, fatal=True)) is Trouble.FATAL
    assert trouble_of(KafkaError(KafkaError.PRODUCER_FENCED, fatal=True)) is Trouble.FENCED


def test_an_unknown_error_is_fatal_unless_it_is_said_to_pass() -> None:
    assert trouble_of(KafkaError(KafkaError.UNKNOWN)) is Trouble.FATAL
    assert trouble_of(KafkaError(KafkaError.UNKNOWN, retriable=True)) is Trouble.RETRIABLE


def test_the_sentence_says_what_it_was_about() -> None:
    failure = failure_from(KafkaException(KafkaError(KafkaError._TIMED_OUT, "too slow")), "a record for `alerts`")
    assert str(failure) == "a record for `alerts`: too slow (_TIMED_OUT)"


def test_what_a_client_needs_is_added_and_what_it_cannot_do_without_is_insisted_on() -> None:
    assert consumer_settings({"group.id": "g"}) == {
        "group.id": "g",
        "auto.offset.reset": "error",
        "enable.auto.commit": "false",
        "enable.auto.offset.store": "false",
        "enable.partition.eof": "true",
        "fetch.queue.backoff.ms": "10",
        "fetch.wait.max.ms": "100",
        "partition.assignment.strategy": "cooperative-sticky",
    }
    assert "partition.assignment.strategy" not in consumer_settings({"group.protocol": "consumer"})
    assert consumer_settings({"auto.offset.reset": "earliest"})["auto.offset.reset"] == "earliest"
    assert producer_settings({"partitioner": "random"}) == {
        "enable.idempotence": "true",
        "metadata.recovery.strategy": "none",
        "partitioner": "random",
        "socket.timeout.ms": "10000",
    }
    with pytest.raises(KafkaFailure, match=r"`enable\.partition\.eof: false` cannot be had here: it has to be `true`"):
        consumer_settings({"enable.partition.eof": "false"})


def test_a_library_that_loses_records_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confluent_kafka, "libversion", lambda: ("2.12.1", 0x020C01FF))
    with pytest.raises(KafkaFailure, match=r"librdkafka 2\.12\.1 loses records in a rebalance: 2\.13\.2 or later"):
        Librdkafka()
    monkeypatch.setattr(confluent_kafka, "libversion", lambda: ("2.13.2", 0x020D02FF))
    Librdkafka()
