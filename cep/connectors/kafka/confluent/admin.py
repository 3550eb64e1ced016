"""The admin client over librdkafka."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any

import confluent_kafka.admin
from confluent_kafka import ConsumerGroupState, KafkaError, KafkaException, TopicCollection, TopicPartition

from cep.connectors.kafka.confluent.failures import REFUSED, asked, failure_from, failure_of
from cep.connectors.kafka.port import KafkaFailure, Place, Position, TopicInfo, Trouble

_admin: Any = confluent_kafka.admin
_BROKERS_CHOICE = -1
_GLANCE = 0.05
"""Seconds between two looks at what the client tells of the connection."""
_BELIEVED = 3
"""Refusals of a user after which it is not tried again: a broker that has just started may not know all of them."""
_SPARE = 5.0
"""Seconds beyond the time that the broker has been given, after which nothing is waited for any more."""


class LibrdkafkaAdmin:
    """Looks at topics and makes them."""

    def __init__(self, settings: Mapping[str, str], *, log: logging.Logger) -> None:
        self._denied: KafkaFailure | None = None
        self._denials = 0
        try:
            given: dict[str, Any] = {**settings, "error_cb": self._heard}
            self._client: Any = _admin.AdminClient(given, logger=log)
        except REFUSED as raised:
            raise failure_from(raised) from raised

    def topics(self, names: Sequence[str], seconds: float, settings: Sequence[str] = ()) -> dict[str, TopicInfo]:
        """Those of the topics that are there, with the values of these settings."""
        if not names:
            return {}
        futures = asked(self._open.describe_topics, TopicCollection(list(names)), request_timeout=seconds)
        counts = {name: len(told.partitions) for name, each in futures.items() if (told := self._found(each, seconds))}
        values = self._settings(list(counts), seconds) if settings and counts else {}
        return {
            name: TopicInfo(
                name, count, {each: values[name][each] for each in settings if each in values.get(name, {})}
            )
            for name, count in counts.items()
        }

    def create(self, topic: TopicInfo, seconds: float, replication: int | None = None) -> bool:
        """Make a topic with its settings; False: it is there already. Returns once the broker can be asked about it."""
        copies = _BROKERS_CHOICE if replication is None else replication
        wanted = _admin.NewTopic(topic.name, topic.partitions, copies, config=dict(topic.settings))
        futures = asked(self._open.create_topics, [wanted], operation_timeout=seconds, request_timeout=seconds)
        try:
            self._result(futures[topic.name], seconds, f"`{topic.name}`")
        except KafkaFailure as failed:
            if failed.code == "TOPIC_ALREADY_EXISTS":
                return False
            raise
        return True

    def delete_before(self, positions: Sequence[Position], seconds: float) -> None:
        """Delete all records before these offsets."""
        asked_for = [TopicPartition(each.topic, each.partition, each.offset) for each in positions]
        futures = asked(self._open.delete_records, asked_for, request_timeout=seconds, operation_timeout=seconds)
        for of, future in futures.items():
            self._result(future, seconds, f"{of.topic}/{of.partition}")

    def owned(self, group: str, seconds: float) -> frozenset[Place] | None:
        """The partitions that members of a group own; None: it has none, or is about to share anew."""
        futures = asked(self._open.describe_consumer_groups, [group], request_timeout=seconds)
        told = self._result(futures[group], seconds, f"the group `{group}`")
        if told.state is not ConsumerGroupState.STABLE:
            return None
        return frozenset(
            (each.topic, each.partition) for member in told.members for each in member.assignment.topic_partitions
        )

    def close(self) -> None:
        """Let go of the connection."""
        self._client = None

    @property
    def _open(self) -> Any:
        if self._client is None:
            raise KafkaFailure(Trouble.FATAL, "_STATE", "the client is closed")
        return self._client

    def _settings(self, names: Sequence[str], seconds: float) -> dict[str, dict[str, str]]:
        resources = [_admin.ConfigResource("topic", name) for name in names]
        futures = asked(self._open.describe_configs, resources, request_timeout=seconds)
        found = {resource.name: self._result(each, seconds, f"`{resource.name}`") for resource, each in futures.items()}
        return {name: {each.name: each.value or "" for each in told.values()} for name, told in found.items()}

    def _found(self, future: Future[Any], seconds: float) -> Any:
        """What is told of a topic, or None if it is not there."""
        try:
            return self._result(future, seconds)
        except KafkaFailure as failed:
            if failed.trouble is Trouble.UNKNOWN_PLACE:
                return None
            raise

    def _result(self, future: Future[Any], seconds: float, about: str = "") -> Any:
        """The answer. A password that was refused the client would try until the time is over, and say only that."""
        end = time.monotonic() + seconds + _SPARE
        while True:
            try:
                return future.result(_GLANCE)
            except KafkaException as raised:
                failure = failure_from(raised, about)
                denied = self._denied if failure.trouble is Trouble.RETRIABLE else None
                raise denied or failure from raised
            except TimeoutError as raised:
                self._open.poll(0)
                if self._denied is not None and self._denials >= _BELIEVED:
                    raise self._denied from raised
                if time.monotonic() >= end:
                    message = f"no answer within {seconds + _SPARE:g} s"
                    raise KafkaFailure(Trouble.RETRIABLE, "_TIMED_OUT", message) from raised

    def _heard(self, error: KafkaError) -> None:
        failure = failure_of(error)
        if failure.trouble is Trouble.DENIED:
            self._denied = failure
            self._denials += 1
