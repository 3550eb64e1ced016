"""The consumer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

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
from cep.testing.simulated_kafka.client import Client
from cep.testing.simulated_kafka.clock import MILLISECOND
from cep.testing.simulated_kafka.failures import failure
from cep.testing.simulated_kafka.log import PartitionLog
from cep.testing.simulated_kafka.membership import Membership
from cep.testing.simulated_kafka.reading import Reader

if TYPE_CHECKING:
    from cep.testing.simulated_kafka.process import SimulatedProcess
    from cep.testing.simulated_kafka.settings import Settings

T = TypeVar("T")


class SimulatedConsumer(Client):
    """Reads partitions."""

    kind = "consumer"

    def __init__(self, process: SimulatedProcess, settings: Settings, *, headers: bool) -> None:
        super().__init__(process, settings)
        self._group = settings.text("group.id")
        self._reader = Reader(process, settings, headers)
        self._membership = Membership(process, settings, self._reader.stop)

    def subscribe(self, topics: Sequence[str], rebalance: Rebalance) -> None:
        """Join the group."""
        self.call("subscribe", lambda: self._membership.subscribe(topics, rebalance))

    def start(self, positions: Sequence[Position]) -> None:
        """Read these partitions from these offsets on."""
        self.call("start", lambda: self._reader.start(positions))

    def stop(self, places: Sequence[Place]) -> None:
        """Read these no more."""
        self.call("stop", lambda: self._reader.stop(places))

    def pause(self, places: Sequence[Place]) -> None:
        """Hold back records of these partitions."""
        self.call("pause", lambda: self._reader.pause(places, True))

    def resume(self, places: Sequence[Place]) -> None:
        """Go on with paused partitions."""
        self.call("resume", lambda: self._reader.pause(places, False))

    def poll(self, maximum: int, seconds: float) -> Polled:
        """At most `maximum` records."""
        polled = Polled()
        try:
            self.call("poll", lambda: self._poll(maximum, seconds, polled))
        except KafkaFailure as failed:
            if failed.trouble in (Trouble.FENCED, Trouble.FATAL):
                raise
            polled.failures.append(failed)
        return polled

    def committed(self, places: Sequence[Place], seconds: float) -> dict[Place, Position]:
        """The group's committed offsets."""

        def look() -> dict[Place, Position]:
            self._membership.check_ruin()
            offsets = self.cluster.groups.offsets(self._group)
            if self._reader.is_committed and not self.cluster.clock.wait(seconds, lambda: offsets.is_stable(places)):
                raise failure("_TIMED_OUT", "a transaction that would move these offsets is not over")
            known = offsets.committed()
            return {place: known[place] for place in places if place in known}

        return self.remote("committed", seconds, look)

    def commit(self, positions: Sequence[Position]) -> None:
        """Commit offsets outside a transaction."""

        def commit() -> None:
            self._membership.check_ruin()
            if positions:
                self.cluster.groups.commit(self._membership.identity(), positions)

        self.remote("commit", self.settings.seconds("socket.timeout.ms"), commit)

    def limits(self, place: Place, seconds: float) -> tuple[int, int]:
        """The first offset, and the one behind the last that can be read."""

        def look() -> tuple[int, int]:
            log = self._log(place)
            return log.start, log.limit(self._reader.is_committed)

        return self.remote("limits", seconds, look)

    def known_limits(self, place: Place) -> tuple[int, int] | None:
        """The first offset, and the one behind the last, open transactions among them."""
        log = self.cluster.log(place)
        return None if log is None else (log.start, log.limit(False))

    def at_time(self, places: Sequence[Place], time: int, seconds: float) -> dict[Place, int]:
        """By partition the first offset with a timestamp at `time` or later."""

        def look() -> dict[Place, int]:
            stamp = -(-time // MILLISECOND)
            found = {place: self._log(place).first_at(stamp, self._reader.is_committed) for place in places}
            return {place: END_OF_LOG if offset is None else offset for place, offset in found.items()}

        return self.remote("at_time", seconds, look)

    def group(self) -> GroupMetadata:
        """Who this consumer is in its group just now."""
        return self.call("group", self._membership.identity)

    def close(self) -> None:
        """Leave the group."""

        def close() -> None:
            self._membership.close()
            self._reader.stop_all()

        self.call("close", close)

    # ------------------------------------------------------------ polling

    def _poll(self, maximum: int, seconds: float, into: Polled) -> None:
        membership = self._membership
        membership.enter_poll()
        try:
            membership.serve(into)
            if into.failures:
                return
            self.cluster.clock.wait(seconds, lambda: membership.has_news() or self._has_records())
            membership.serve(into)
            if self.process.is_connected:
                self._reader.fetch(maximum, into)
            elif not into.failures:
                into.failures.append(failure("_TRANSPORT", "the broker is away"))
        finally:
            membership.leave_poll()

    def _has_records(self) -> bool:
        return self.process.is_connected and self._reader.has_news()

    # ------------------------------------------------------------ what befalls it

    def call(self, name: str, effect: Callable[[], T]) -> T:
        """A call of the port; meanwhile the client's thread may have heard something."""
        if self.cluster.draw.random() < 0.1:
            self._membership.work()
        return super().call(name, effect)

    def suffer(self, call: str, failed: KafkaFailure) -> KafkaFailure:
        """A consumer that was fenced, or cannot go on, stays so."""
        if failed.trouble in (Trouble.FENCED, Trouble.FATAL):
            self._membership.ruin(failed)
        return failed

    def vanish(self) -> None:
        """The process has died: the group does not know yet."""
        self._membership.disconnected()

    def disconnected(self) -> None:
        """No heartbeat arrives any more."""
        self._membership.disconnected()

    def connected(self) -> None:
        """Heartbeats arrive again."""
        self._membership.connected()

    def _log(self, place: Place) -> PartitionLog:
        self._membership.check_ruin()
        self.cluster.check_access(place[0])
        log = self.cluster.log(place)
        if log is None:
            raise failure("UNKNOWN_TOPIC_OR_PARTITION", f"there is no partition {place[1]} of `{place[0]}`")
        return log
