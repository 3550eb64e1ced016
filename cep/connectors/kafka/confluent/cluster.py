"""A cluster as librdkafka sees it."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from cep.connectors.kafka.confluent.admin import LibrdkafkaAdmin
from cep.connectors.kafka.confluent.consumer import LibrdkafkaConsumer
from cep.connectors.kafka.confluent.producer import LibrdkafkaProducer


class Librdkafka:
    """The port's `Kafka` over librdkafka. What the library has to say goes to `log`, when its client is polled.

    Clients start threads of their own: a process that has one must not fork."""

    def __init__(self, log: logging.Logger | None = None) -> None:
        self._log = logging.getLogger("cep.kafka") if log is None else log

    def consumer(self, settings: Mapping[str, str], *, headers: bool = False) -> LibrdkafkaConsumer:
        """A client that reads; `headers`: records come with theirs. Raises `KafkaFailure` for settings it refuses.

        `group.id` has to be set, also where partitions are only read and no group is joined."""
        return LibrdkafkaConsumer(settings, headers=headers, log=self._log)

    def producer(self, settings: Mapping[str, str]) -> LibrdkafkaProducer:
        """A client that writes. Raises `KafkaFailure` for settings it refuses."""
        return LibrdkafkaProducer(settings, log=self._log)

    def admin(self, settings: Mapping[str, str]) -> LibrdkafkaAdmin:
        """A client that looks at topics. Raises `KafkaFailure` for settings it refuses."""
        return LibrdkafkaAdmin(settings, log=self._log)
