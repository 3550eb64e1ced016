"""The loop from a topic of alerts to their receiver.

One thread reads, schedules and commits; others wait for answers. What is under way is bounded: partitions are paused
while there is too much of it.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from cep.connectors.kafka.port import BEGINNING_OF_LOG, Consumer, Fetched, KafkaFailure, Place, Position, Trouble
from cep.connectors.kafka.retrying import Retrying
from cep.connectors.webhook.queueing import Message, PartitionQueue, Schedule
from cep.connectors.webhook.sending import Delivered, Later, Outcome, Refused, Send
from cep.connectors.webhook.signing import message_id

COMMIT_EVERY = 1.0
"""Seconds between two commits."""
TOLD_AFTER = 3
"""Attempts at one message before it is said that it waits."""
SECONDS = 10.0
PORTION = 100
"""Alerts taken in one round, at most: what is read beyond the limits."""

HARMLESS = (Trouble.RETRIABLE, Trouble.ABORTABLE)
"""Commits that fail in these ways are made again later, by this member or by who has the partition then."""


class _Alert(msgspec.Struct):
    """What has to be known of an alert."""

    alert_id: str
    revision: int


_alert = msgspec.json.Decoder(_Alert).decode


class ReceiverRefuses(Exception):
    """The receiver has refused one alert after the other: it is not the alerts. Holds the last reason."""


class DeadAlerts(Protocol):
    """Keeps alerts that were refused."""

    def put(self, place: Place, offset: int, reason: str, value: bytes | None) -> None:
        """Return once it is safe. Raises `ConnectorFailure`, `KafkaFailure`."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`parallel`: requests at once. `waiting`: alerts read and not done, about; `bytes`: of them. `refusals`: how many
    may be refused one after the other. `drain`: seconds that requests under way are waited for when partitions go, or
    the run ends."""

    parallel: int = 8
    waiting: int = 1_000
    bytes: int = 64 * 1024 * 1024
    refusals: int = 20
    drain: float = 15.0


@dataclass(slots=True)
class Counts:
    """What became of alerts."""

    delivered: int = 0
    refused: int = 0
    retries: int = 0
    reasons: dict[str, int] = field(default_factory=dict)


class Feeder:
    """Delivers until `stop` says so. `tell` hears what a person should know."""

    def __init__(
        self,
        consumer: Consumer,
        topic: str,
        send: Send,
        dead: DeadAlerts,
        limits: Limits,
        *,
        stop: Callable[[], bool],
        tell: Callable[[str], None],
        now: Callable[[], float] = time.monotonic,
        pace: float = 1.0,
    ) -> None:
        self._consumer = consumer
        self._topic = topic
        self._send = send
        self._dead = dead
        self._limits = limits
        self._stop = stop
        self._tell = tell
        self._now = now
        self._retrying = Retrying(stop, tell)
        self._schedule = Schedule(pace)
        self._queues: dict[Place, PartitionQueue] = {}
        self._new: list[Place] = []
        self._answers: queue.SimpleQueue[tuple[Message, Outcome]] = queue.SimpleQueue()
        self._active = 0
        self._is_paused = False
        self._in_a_row = 0
        self._due = now() + COMMIT_EVERY
        self._threads = ThreadPoolExecutor(limits.parallel, "webhook")
        self.counts = Counts()

    def run(self) -> None:
        """Join the group, and deliver. Raises `KafkaFailure`, `GaveUp`, `ReceiverRefuses`, and what the keeper of dead
        alerts raises; what was delivered by then is committed."""
        try:
            self._consumer.subscribe([self._topic], self)
            while not self._stop():
                self.round()
        finally:
            self._drain(list(self._queues.values()))
            self._threads.shutdown(wait=False, cancel_futures=True)
            self.commit()
            self._consumer.close()

    def round(self) -> None:
        """One round: read, begin requests, take answers, commit if it is time."""
        self._read()
        self._begin()
        self._take_answers()
        if self._now() >= self._due:
            self.commit()

    # ------------------------------------------------------------ reading

    def _read(self) -> None:
        polled = self._consumer.poll(min(PORTION, self._limits.waiting), 0.0 if not self._answers.empty() else 0.05)
        for failure in polled.failures:
            if failure.trouble is not Trouble.RETRIABLE:
                raise failure
        if self._new:
            self._start()
        for fetched in polled.fetched:
            if (found := self._queues.get(fetched.place)) is not None:
                self._enqueue(found, fetched)
        self._hold_back()

    def _start(self) -> None:
        """Read partitions that have come, from where the group has committed."""
        new, self._new = self._new, []
        committed = self._retrying.call("asking for offsets", lambda: self._consumer.committed(new, SECONDS))
        positions = []
        for place in new:
            at = committed[place].offset if place in committed else None
            self._queues[place] = PartitionQueue(place, at or 0, at or 0)
            positions.append(Position(*place, BEGINNING_OF_LOG if at is None else at))
        self._consumer.start(positions)
        if self._is_paused:
            self._consumer.pause(new)

    def _enqueue(self, found: PartitionQueue, fetched: Fetched) -> None:
        now = self._now()
        for offset, key, value in zip(fetched.offsets, fetched.keys, fetched.values, strict=True):
            try:
                alert = _alert(value or b"")
            except (msgspec.DecodeError, ValueError):
                self._dead.put(found.place, offset, "it is no alert", value)
                self.counts.refused += 1
                found.position = offset + 1
                continue
            assert value is not None
            message = message_id(alert.alert_id, alert.revision)
            self._schedule.add(Message(found, offset, key, message, value), now)

    def _hold_back(self) -> None:
        limit, waiting = self._limits, self._schedule
        if not self._is_paused and (waiting.waiting >= limit.waiting or waiting.bytes >= limit.bytes):
            self._consumer.pause(list(self._queues))
            self._is_paused = True
        elif self._is_paused and waiting.waiting <= limit.waiting // 2 and waiting.bytes <= limit.bytes // 2:
            self._consumer.resume(list(self._queues))
            self._is_paused = False

    # ------------------------------------------------------------ requests

    def _begin(self) -> None:
        while self._active < self._limits.parallel and (message := self._schedule.next(self._now())) is not None:
            self._active += 1
            self._threads.submit(self._attempt, message)

    def _attempt(self, message: Message) -> None:
        """In a thread of its own."""
        try:
            found = self._send(message.message, message.body)
        except Exception as error:  # a defect must not leave its message waiting for ever without a word
            found = Later(f"{type(error).__name__}: {error}")
        self._answers.put((message, found))

    def _take_answers(self) -> None:
        while not self._answers.empty():
            message, found = self._answers.get()
            self._active -= 1
            self._take(message, found)

    def _take(self, message: Message, found: Outcome) -> None:
        now = self._now()
        # whatever is raised below, nobody is to wait for this request any more
        message.is_active = False
        if isinstance(found, Delivered):
            self.counts.delivered += 1
            self._in_a_row = 0
            if message.attempts > TOLD_AFTER:
                self._tell(f"alert {message.message} was delivered, at attempt {message.attempts}")
            self._schedule.done(message, now)
        elif isinstance(found, Refused):
            self._refuse(message, found.reason, now)
        else:
            self.counts.retries += 1
            pause = self._schedule.again(message, now, found.seconds)
            if message.attempts == TOLD_AFTER:
                self._tell(f"alert {message.message} waits: {found.reason}; next attempt in {pause:.0f} s")

    def _refuse(self, message: Message, reason: str, now: float) -> None:
        self._in_a_row += 1
        if self._in_a_row > self._limits.refusals:
            # this one stays uncommitted, and comes again once the receiver is mended
            raise ReceiverRefuses(reason)
        if message.queue.is_owned:
            self._dead.put(message.queue.place, message.offset, reason, message.body)
        self.counts.refused += 1
        self._schedule.done(message, now)

    # ------------------------------------------------------------ offsets and partitions

    def commit(self) -> None:
        """Commit what is done. Raises `KafkaFailure` for what does not pass."""
        self._due = self._now() + COMMIT_EVERY
        due = [each for each in self._queues.values() if each.done > each.committed]
        if not due:
            return
        positions = [Position(*each.place, each.done) for each in due]
        try:
            self._consumer.commit(positions)
        except KafkaFailure as failure:
            if failure.trouble not in HARMLESS:
                raise
            self._tell(f"offsets could not be committed: {failure.message} ({failure.code})")
            return
        for each, position in zip(due, positions, strict=True):
            each.committed = position.offset

    def assigned(self, places: Sequence[Place]) -> None:
        """Partitions come; they are read after this poll."""
        self._new += places

    def revoked(self, places: Sequence[Place]) -> None:
        """Partitions go: requests under way are waited for, so that their keys stay in order, and committed."""
        self._drain([self._queues[place] for place in places if place in self._queues])
        self.commit()
        self.lost(places)

    def lost(self, places: Sequence[Place]) -> None:
        """Partitions are somebody else's."""
        self._new = [place for place in self._new if place not in places]
        for place in places:
            if (gone := self._queues.pop(place, None)) is not None:
                self._schedule.drop(gone)

    def _drain(self, queues: Sequence[PartitionQueue]) -> None:
        """Wait for the requests of these that are under way."""
        end = time.monotonic() + self._limits.drain
        while time.monotonic() < end and any(
            lane[0].is_active for each in queues for lane in each.lanes.values() if lane
        ):
            try:
                message, found = self._answers.get(timeout=0.1)
            except queue.Empty:
                continue
            self._active -= 1
            if isinstance(found, Refused):
                # not now: a failure here would be lost in the client; who comes next is told the same
                message.is_active = False
                continue
            self._take(message, found)
