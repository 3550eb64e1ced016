"""A consumer's membership: what librdkafka's background thread does for it, and the callbacks that its polls make."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cep.connectors.kafka.port import KafkaFailure, Place, Polled, Rebalance, Trouble
from cep.testing.simulated_kafka.assignor import Claim
from cep.testing.simulated_kafka.failures import failure
from cep.testing.simulated_kafka.groups import Joining, MemberIdentity

if TYPE_CHECKING:
    from cep.testing.simulated_kafka.process import SimulatedProcess
    from cep.testing.simulated_kafka.settings import Settings


class Membership:
    """The place of one consumer in its group. `let_go` is called with partitions that are read no more.

    The thread sends heartbeats whether the consumer polls or not, so that its session ends only when the process is
    stopped or cut off. What it hears (a new share, the end of the membership) waits for the next poll; who the
    consumer is in the group, changes at once.
    """

    def __init__(
        self, process: SimulatedProcess, settings: Settings, let_go: Callable[[Sequence[Place]], None]
    ) -> None:
        self._process = process
        self._cluster = process.cluster
        self._settings = settings
        self._let_go = let_go
        self._group = settings.text("group.id")
        self._instance = settings.text("group.instance.id")
        self._member = ""
        self._generation = -1
        self._is_in = False
        self._topics: list[str] = []
        self._rebalance: Rebalance | None = None
        self._owned: set[Place] = set()
        self._forgotten: set[str] = set()
        self._steps: deque[tuple[str, frozenset[Place]]] = deque()
        self._late: tuple[str, int, frozenset[Place]] | None = None
        self._failures: list[KafkaFailure] = []
        self._is_joining = False
        self._is_serving = False
        self._is_closed = False
        self._is_overdue = False
        self._has_to_join = False
        self._polls = 0
        self._polled_at = self._heard_at = self._refreshed_at = self._now()
        self._ruin: KafkaFailure | None = None
        self._seen: dict[str, int] = {}

    # ------------------------------------------------------------ for the consumer

    def subscribe(self, topics: Sequence[str], rebalance: Rebalance) -> None:
        """Join the group in the background."""
        if not self._group:
            raise failure("_INVALID_ARG", "a member of a group needs `group.id`")
        is_new = self._rebalance is None
        self._topics, self._rebalance = sorted(topics), rebalance
        self._polled_at = self._heard_at = self._refreshed_at = self._now()
        if is_new:
            self._look_at_topics()
            self._tick()
        elif not self._is_joining and not self._steps:
            self._join()

    def identity(self) -> MemberIdentity:
        """Who the consumer is, as its thread knows by now."""
        return MemberIdentity(self._group, self._member, self._generation, self._instance)

    def has_news(self) -> bool:
        """Whether a poll would tell something."""
        return bool(self._steps or self._failures)

    def enter_poll(self) -> None:
        """A poll begins: from now on it is in time."""
        self._polls += 1
        self._is_overdue = False
        if not self._is_in or self._cluster.draw.random() < 0.5:
            self.work()

    def leave_poll(self) -> None:
        """A poll is over: the next one has to come in time."""
        self._polls -= 1
        self._polled_at = self._now()

    def serve(self, into: Polled) -> None:
        """Make the callbacks that wait, in their order. Raises `KafkaFailure` if the member was fenced."""
        into.failures += self._failures
        self._failures.clear()
        if self._is_serving:
            return
        self._is_serving = True
        try:
            while self._steps:
                self._take(*self._steps.popleft())
        finally:
            self._is_serving = False
        if not self._is_in or self._has_to_join:
            self.work()
        self.check_ruin()

    def ruin(self, failed: KafkaFailure) -> None:
        """The client cannot go on."""
        self._ruin = failed

    def check_ruin(self) -> None:
        """Raise what has ruined the client, if anything has."""
        if self._ruin is not None:
            raise KafkaFailure(self._ruin.trouble, self._ruin.code, self._ruin.message)

    def close(self) -> None:
        """Give everything up, and leave the group unless membership is static."""
        if self._rebalance is not None and not self._is_closed:
            self._steps.clear()
            self._take("revoked" if self._is_in else "lost", frozenset(self._owned))
            self._is_closed = True
            if self._instance or not self._process.is_connected:
                self._cluster.groups.silent(self.identity())
            else:
                self._cluster.groups.leave(self.identity())

    # ------------------------------------------------------------ the thread

    def work(self) -> None:
        """What the thread does when its time comes: a heartbeat, and what follows of the answer."""
        if self._rebalance is None or self._is_closed or self._ruin is not None or self._process.is_frozen:
            return
        if not self._process.is_connected:
            if self._member and self._now() - self._heard_at >= self._settings.seconds("session.timeout.ms"):
                # nobody has answered for so long that others must have taken over by now
                self._lose(forgetting=True)
            return
        self._heard_at = self._now()
        self._refresh()
        if self._late is not None:
            late, self._late = self._late, None
            self.synced(*late)
        if self._is_joining:
            self._check_joining()
        elif self._is_in and not self._has_to_join:
            self._answer(self._cluster.groups.heartbeat(self.identity()))
        elif self._steps or self._is_serving:
            return
        elif self._owned and not self._is_in:
            self._steps.append(("lost", frozenset()))
        elif not self._is_overdue:
            self._join()

    def connected(self) -> None:
        """The process runs again, or has its network again: the thread takes its time to notice."""
        self._cluster.groups.heard(self.identity())
        if self._cluster.draw.random() < 0.5:
            self.work()

    def disconnected(self) -> None:
        """The process is stopped, dead, or cut off."""
        if self._rebalance is not None:
            self._cluster.groups.silent(self.identity())

    def synced(self, member: str, generation: int, places: frozenset[Place]) -> None:
        """A generation has begun: callbacks follow of what is different, at the next poll."""
        if not self._is_joining or member in self._forgotten:
            # it has joined by an id that it has given up since
            return
        if not self._process.is_connected:
            self._late = (member, generation, places)
            return
        self._is_joining = False
        self._is_in = True
        self._member, self._generation = member, generation
        added, revoked = places - self._owned, frozenset(self._owned - places)
        if revoked:
            self._steps.append(("revoked", revoked))
        # told even when nothing was added, as librdkafka does
        self._steps.append(("assigned", added))
        if revoked:
            self._steps.append(("join", frozenset()))

    def _tick(self) -> None:
        """A heartbeat, and the next one after it, as long as the process lives."""
        if self._process.is_dead or self._is_closed:
            return
        self._check_polling()
        self.work()
        interval = self._settings.seconds("heartbeat.interval.ms")
        self._cluster.clock.after(interval * (0.5 + self._cluster.draw.random() / 2), self._tick)

    def _check_polling(self) -> None:
        longest = self._settings.seconds("max.poll.interval.ms")
        if self._polls or self._is_overdue or self._process.is_frozen or self._now() - self._polled_at <= longest:
            return
        self._is_overdue = True
        self._failures.append(failure("_MAX_POLL_EXCEEDED", "no poll within `max.poll.interval.ms`"))
        if self._instance or not self._process.is_connected:
            # a static member does not leave: its session ends instead
            self._cluster.groups.silent(self.identity())
        else:
            self._cluster.groups.leave(self.identity())
        self._lose(forgetting=True)

    def _answer(self, code: str) -> None:
        if code == "FENCED_INSTANCE_ID":
            self.ruin(KafkaFailure(Trouble.FENCED, code, f"another process is `{self._instance}` now"))
            self._lose(forgetting=False)
        elif code in ("UNKNOWN_MEMBER_ID", "ILLEGAL_GENERATION"):
            self._lose(forgetting=code == "UNKNOWN_MEMBER_ID")
        elif code and not self._steps and not self._is_serving:
            self._join()

    def _check_joining(self) -> None:
        """Somebody who waits for others to join may be out as well."""
        if self._member and self._member not in self._cluster.groups.members(self._group):
            self._lose(forgetting=True)

    def _lose(self, *, forgetting: bool) -> None:
        """The membership is over. As in librdkafka either the member's id is forgotten or its generation, not both: so
        that the broker refuses offsets of who it is now, as it would not for a client that says neither."""
        self._is_in = False
        if forgetting:
            # nothing more is heard of that id, if the group still has it
            self._cluster.groups.silent(self.identity())
            self._forgotten.add(self._member)
            self._member = ""
        else:
            self._generation = -1
        self._is_joining = self._has_to_join = False
        self._late = None
        # callbacks that wait already are made as if nothing had happened, and what is left is lost after them
        self._steps = deque(each for each in self._steps if each[0] != "join")
        if self._owned and (not (self._steps or self._is_serving) or self._ruin is not None):
            self._steps.append(("lost", frozenset()))

    def _join(self) -> None:
        self._is_joining = True
        self._has_to_join = False
        joining = Joining(
            self.identity(),
            Claim(self._topics, frozenset(self._owned)),
            self._settings.seconds("session.timeout.ms"),
            self._settings.seconds("max.poll.interval.ms"),
            self,
        )
        try:
            self._member = self._cluster.groups.join(joining)
        except KafkaFailure as failed:
            self._is_joining = False
            self._answer(failed.code)

    # ------------------------------------------------------------ topics that come, grow and go

    def _refresh(self) -> None:
        interval = self._settings.seconds("topic.metadata.refresh.interval.ms")
        if self._now() - self._refreshed_at >= interval:
            self._refreshed_at = self._now()
            before = dict(self._seen)
            self._look_at_topics()
            if self._seen != before and self._member and not (self._is_joining or self._steps or self._is_serving):
                self._join()

    def _look_at_topics(self) -> None:
        topics = self._cluster.topics
        self._seen = {name: len(topics[name].logs) for name in self._topics if name in topics}
        for name in self._topics:
            if name not in topics:
                self._failures.append(failure("UNKNOWN_TOPIC_OR_PARTITION", f"there is no topic `{name}`"))

    # ------------------------------------------------------------ callbacks

    def _take(self, kind: str, places: frozenset[Place]) -> None:
        assert self._rebalance is not None
        if kind == "join":
            self._has_to_join = True
        elif kind == "assigned":
            self._owned |= places
            self._rebalance.assigned(sorted(places))
        else:
            gone = sorted(self._owned if kind == "lost" else places)
            if gone:
                (self._rebalance.lost if kind == "lost" else self._rebalance.revoked)(gone)
            self._owned.difference_update(gone)
            self._let_go(gone)

    def _now(self) -> float:
        return self._cluster.clock.elapsed()
