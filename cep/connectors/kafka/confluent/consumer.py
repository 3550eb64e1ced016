"""The consumer over librdkafka."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import confluent_kafka
from confluent_kafka import KafkaError, TopicPartition

from cep.connectors.kafka.confluent.columns import Columns, Message
from cep.connectors.kafka.confluent.failures import REFUSED, asked, failure_from, failure_of, raise_first
from cep.connectors.kafka.confluent.settings import consumer_settings
from cep.connectors.kafka.port import (
    END_OF_LOG,
    GroupMetadata,
    KafkaFailure,
    Place,
    Polled,
    Position,
    Rebalance,
    Trouble,
)

_MILLISECOND = 1000
_PORTION = 1000
"""Messages that are taken apart at a time: few enough to stay in the processor's cache."""


class LibrdkafkaConsumer:
    """Reads partitions.

    Those that its group gives it are assigned to the client by `start`, like all others: librdkafka keeps what the
    group has given and what the client reads apart, so that inside a rebalance nothing has to be said of them."""

    def __init__(self, settings: Mapping[str, str], *, headers: bool, log: logging.Logger) -> None:
        self._headers = headers
        self._failures: list[KafkaFailure] = []
        self._dead: KafkaFailure | None = None
        given: dict[str, Any] = {**consumer_settings(settings), "error_cb": self._heard}
        try:
            self._client = confluent_kafka.Consumer(given, logger=log)
        except REFUSED as raised:
            raise failure_from(raised) from raised
        self._rebalance: Rebalance | None = None
        self._read: set[Place] = set()
        self._paused: set[Place] = set()
        self._dropped: set[Place] = set()
        """Partitions that went away in the course of a poll."""
        self._is_closed = False

    # ------------------------------------------------------------ the port

    def subscribe(self, topics: Sequence[str], rebalance: Rebalance) -> None:
        """Join the group, and own a share of the topics' partitions from a later `poll` on."""
        self._rebalance = rebalance
        self._asked(self._client.subscribe, list(topics), self._assigned, self._revoked, self._lost)

    def start(self, positions: Sequence[Position]) -> None:
        """Read these partitions from these offsets on.

        Those that are read already are given up and taken anew: `seek` would be undone by the answer to a question for
        the beginning or the end that is still on its way, and does nothing for a partition that has failed."""
        places = [each.place for each in positions]
        if known := [place for place in places if place in self._read]:
            self._asked(self._client.incremental_unassign, _targets(known))
        self._asked(self._client.incremental_assign, list(map(_target, positions)))
        self._read.update(places)
        self._dropped.difference_update(places)
        if paused := [place for place in places if place in self._paused]:
            self._asked(self._client.pause, _targets(paused))

    def stop(self, places: Sequence[Place]) -> None:
        """Read these no more."""
        if known := self._forgotten(places):
            self._asked(self._client.incremental_unassign, _targets(known))

    def pause(self, places: Sequence[Place]) -> None:
        """Hold back records of these partitions."""
        if known := [place for place in places if place in self._read and place not in self._paused]:
            self._paused.update(known)
            self._asked(self._client.pause, _targets(known))

    def resume(self, places: Sequence[Place]) -> None:
        """Go on with paused partitions."""
        if known := [place for place in places if place in self._paused]:
            self._paused.difference_update(known)
            self._asked(self._client.resume, _targets(known))

    def poll(self, maximum: int, seconds: float) -> Polled:
        """At most `maximum` records.

        Raises what the rebalance's hearer raises: then the rebalance has taken place all the same, what was fetched on
        the way is lost, and the consumer is good for nothing but `close`."""
        if self._dead is not None:
            raise self._dead
        self._dropped.clear()
        polled = self._polled(maximum, seconds)
        if self._dropped:
            polled.fetched = [each for each in polled.fetched if each.place not in self._dropped]
            polled.ends = [each for each in polled.ends if each.place not in self._dropped]
        if self._failures:
            polled.failures += self._failures
            self._failures.clear()
        if self._dead is not None:
            raise self._dead
        return polled

    def committed(self, places: Sequence[Place], seconds: float) -> dict[Place, Position]:
        """The group's committed offsets, of those partitions that have one."""
        found = self._asked(self._client.committed, _targets(places), seconds)
        raise_first(found)
        return {
            (each.topic, each.partition): Position(each.topic, each.partition, each.offset, each.metadata or "")
            for each in found
            if each.offset >= 0
        }

    def commit(self, positions: Sequence[Position]) -> None:
        """Commit offsets outside a transaction, and wait for it."""
        offsets = [TopicPartition(each.topic, each.partition, each.offset, each.metadata) for each in positions]
        raise_first(self._asked(self._client.commit, offsets=offsets, asynchronous=False))

    def limits(self, place: Place, seconds: float) -> tuple[int, int]:
        """The first offset that is there, and the one behind the last that can be read."""
        try:
            low, high = self._asked(self._client.get_watermark_offsets, TopicPartition(*place), seconds)
        except KafkaFailure as failed:
            raise self._judged(failed, [place], seconds) from failed
        return low, high

    def known_limits(self, place: Place) -> tuple[int, int] | None:
        """The first offset and the one behind the last, as the broker told with the last records."""
        try:
            found = self._asked(self._client.get_watermark_offsets, TopicPartition(*place), cached=True)
        except KafkaFailure:
            # it has never heard of the partition
            return None
        return None if found is None or min(found) < 0 else (found[0], found[1])

    def at_time(self, places: Sequence[Place], time: int, seconds: float) -> dict[Place, int]:
        """By partition the first offset with a timestamp at `time` (µs) or later."""
        stamp = -(-time // _MILLISECOND)
        asked_for = [TopicPartition(*place, stamp) for place in places]
        try:
            found = self._asked(self._client.offsets_for_times, asked_for, seconds)
            raise_first(found)
        except KafkaFailure as failed:
            raise self._judged(failed, places, seconds) from failed
        return {(each.topic, each.partition): each.offset if each.offset >= 0 else END_OF_LOG for each in found}

    def group(self) -> GroupMetadata:
        """Who this consumer is in its group just now."""
        metadata: GroupMetadata = self._asked(self._client.consumer_group_metadata)
        return metadata

    def close(self) -> None:
        """Leave the group (unless membership is static) and let go of everything."""
        if not self._is_closed:
            self._is_closed = True
            self._asked(self._client.close)

    # ------------------------------------------------------------ reading

    def _polled(self, maximum: int, seconds: float) -> Polled:
        columns = Columns(headers=self._headers)
        messages = self._consumed(min(maximum, _PORTION))
        if not messages and seconds > 0:
            first = self._asked(self._client.poll, seconds)
            messages = [] if first is None else [first]
        while messages:
            try:
                columns.take(messages)
            except KafkaFailure as failed:
                self._dead = failed
                raise
            maximum -= len(messages)
            messages = self._consumed(min(maximum, _PORTION))
        return columns.polled()

    def _consumed(self, maximum: int) -> list[Message]:
        """What is there already: left to wait, the client would wait until it has as many as were asked for."""
        messages: list[Message] = self._asked(self._client.consume, maximum, 0.0) if maximum > 0 else []
        return messages

    # ------------------------------------------------------------ rebalances

    def _assigned(self, client: Any, partitions: list[TopicPartition]) -> None:
        client.incremental_assign([])
        if partitions:
            places = _places(partitions)
            self._hear(lambda rebalance: rebalance.assigned(places))

    def _revoked(self, client: Any, partitions: list[TopicPartition]) -> None:
        self._leave(client, partitions, lambda rebalance, places: rebalance.revoked(places))

    def _lost(self, client: Any, partitions: list[TopicPartition]) -> None:
        self._leave(client, partitions, lambda rebalance, places: rebalance.lost(places))

    def _leave(
        self, client: Any, partitions: list[TopicPartition], tell: Callable[[Rebalance, Sequence[Place]], None]
    ) -> None:
        places = _places(partitions)
        try:
            self._hear(lambda rebalance: tell(rebalance, places))
        finally:
            client.incremental_unassign(_targets(self._forgotten(places)))

    def _forgotten(self, places: Sequence[Place]) -> list[Place]:
        """Those of the partitions that were read, of which nothing is known any more."""
        known = [place for place in places if place in self._read]
        # librdkafka would take up a partition paused that was left paused
        self.resume(known)
        self._read.difference_update(known)
        self._dropped.update(known)
        return known

    def _hear(self, tell: Callable[[Rebalance], None]) -> None:
        assert self._rebalance is not None
        unheard = KafkaFailure(Trouble.FATAL, "_STATE", "the hearer of a rebalance has failed")
        self._dead, before = unheard, self._dead
        tell(self._rebalance)
        self._dead = before

    # ------------------------------------------------------------ failures

    def _heard(self, error: KafkaError) -> None:
        failure = failure_of(error)
        self._failures.append(failure)
        if error.fatal() or error.code() == KafkaError._FATAL:
            self._dead = failure

    def _asked(self, call: Callable[..., Any], *args: Any, **named: Any) -> Any:
        try:
            return asked(call, *args, **named)
        except KafkaFailure as failed:
            if failed.code == "_FATAL" and self._dead is not None:
                raise self._dead from failed
            raise

    def _judged(self, failed: KafkaFailure, places: Iterable[Place], seconds: float) -> KafkaFailure:
        """What is behind it when the client knows nothing of a partition.

        It also says so of topics that one may not look at, and of brokers that are away."""
        if failed.trouble is not Trouble.UNKNOWN_PLACE:
            return failed
        for topic, number in places:
            told = self._asked(self._client.list_topics, topic, seconds).topics.get(topic)
            if told is None or (told.error is None and number not in told.partitions):
                return failed
            if told.error is not None:
                return failure_of(told.error, f"`{topic}`")
        return KafkaFailure(Trouble.RETRIABLE, failed.code, failed.message)


def _target(position: Position) -> TopicPartition:
    return TopicPartition(position.topic, position.partition, position.offset)


def _targets(places: Iterable[Place]) -> list[TopicPartition]:
    return [TopicPartition(*place) for place in places]


def _places(partitions: Iterable[TopicPartition]) -> list[Place]:
    return [(each.topic, each.partition) for each in partitions]
