"""Who is let in, what is refused, and topics that are made, through the adapter."""

from __future__ import annotations

from typing import Any

import confluent_kafka.admin
import pytest

from cep.connectors.kafka.port import (
    KafkaFailure,
    Position,
    TopicInfo,
    Trouble,
)
from tests.kafka.support import SECONDS, Heard, RealKafka, drain

pytestmark = pytest.mark.kafka
_admin: Any = confluent_kafka.admin


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
