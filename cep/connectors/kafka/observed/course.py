"""What has happened to a worker, as seen at its port."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cep.connectors.kafka.observed.stamps import Stamps
from cep.connectors.kafka.plan import SESSION
from cep.connectors.kafka.port import KafkaFailure, Place, Position
from cep.connectors.kafka.topology import Topology
from cep.runtime.alert import Alert
from cep.runtime.host_clock import HostClock
from cep.runtime.metrics import catalog
from cep.runtime.metrics.histogram import Histogram
from cep.runtime.timestamps import format_timestamp

SETTLING = 15.0
"""Seconds beyond a session after which a worker that was given no partition counts as one that stands by: others have
them all. Before, those of a member that has died may still be on their way to it."""
PASSING, UNANSWERED = 1.0, 5.0
"""Seconds for which calls may fail, or one may take, before the worker counts as degraded."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Something goes on since a moment, in seconds of the clock and as time of day (µs): a call that is not answered,
    or one that fails (`failure`) and is made again."""

    what: str
    since: float
    wall: int
    failure: KafkaFailure | None = None

    @property
    def shown(self) -> str:
        """The reason that it is."""
        since = format_timestamp(self.wall)[:19] + "Z"
        if self.failure is None:
            return f"degraded since {since}: {self.what} is not answered"
        return f"degraded since {since}: {self.what} fails: {self.failure.message} ({self.failure.code})"


class Course:
    """Told by the worker's thread alone. Other threads may ask `lacks`: what that looks at is replaced, never changed,
    but for single entries of `progress`.

    `transactional`: alerts are out once their transaction is committed, not before. `topology`: which partitions feed
    which shards. `session`: seconds after which a member that gives no sign of life has lost its share.
    """

    def __init__(self, clock: HostClock, topology: Topology, *, transactional: bool, session: float = SESSION) -> None:
        self.latency = Histogram(catalog.LATENCY.bounds)
        self.restore = Histogram(catalog.RESTORE.bounds)
        self.commits = {stage: Histogram(catalog.COMMIT.bounds) for stage in ("flush", "offsets", "commit")}
        self.rebalances: Counter[str] = Counter(dict.fromkeys(("assigned", "revoked", "lost"), 0))
        self.failures: Counter[str] = Counter()
        self.committed = 0
        self.failed = 0
        self.owned: frozenset[int] = frozenset()
        self.restoring: Mapping[int, float] = {}
        """Since when, by shard."""
        self.progress: dict[int, tuple[int, int, int]] = {}
        """Of a changelog that is read: its first offset, the next, and the one behind the last."""
        self.stamps = Stamps()
        self.known_limits: Callable[[Place], tuple[int, int] | None] = lambda place: None
        """Of the consumer in the group."""
        self._clock = clock
        self._topology = topology
        self.shards = len(topology.numbers)
        self._changelogs = {topology.changelog_of(shard): shard for shard in topology.numbers}
        self._transactional = transactional
        self._out: list[int] = []
        self._call: Trial | None = None
        self._away: Trial | None = None
        self._setback: Trial | None = None
        self._settled = session + SETTLING
        self._joining: float | None = None
        self._tries: dict[str, float] = {}

    # ------------------------------------------------------------ partitions

    def joins(self) -> None:
        """The worker asks for its share."""
        self._joining = self._clock.elapsed()

    def assigned(self, places: Sequence[Place]) -> None:
        """Shards were given, and are taken up."""
        numbers = self._shards(places)
        self._joining = None
        self.rebalances["assigned"] += 1
        self.owned |= numbers
        self._taken_up(numbers)

    def gone(self, kind: str, places: Sequence[Place]) -> None:
        """Shards were `revoked` or `lost`."""
        numbers = self._shards(places)
        self.rebalances[kind] += 1
        self.owned -= numbers
        self.restoring = {shard: since for shard, since in self.restoring.items() if shard not in numbers}

    def let_go(self, places: Sequence[Place]) -> None:
        """Partitions are read no more; those of shards that are owned still are to be taken up anew."""
        self.stamps.forget(places)
        self._taken_up({self._topology.shard_of(place) for place in places} & self.owned)

    def reads(self, places: Sequence[Place]) -> None:
        """Partitions are read: their shards were taken up."""
        now = self._clock.elapsed()
        numbers = {self._topology.shard_of(place) for place in places}
        for number in numbers:
            if (since := self.restoring.get(number)) is not None:
                self.restore.observe(now - since)
                self.progress.pop(number, None)
        self.restoring = {shard: since for shard, since in self.restoring.items() if shard not in numbers}

    def has_read(self, changelog: Place, first: int, reached: int, end: int) -> None:
        """A part of a changelog was read: of offsets from `first` to `end`, those before `reached`."""
        if (shard := self._changelogs.get(changelog)) is not None:
            self.progress[shard] = (first, reached, end)

    def _shards(self, places: Sequence[Place]) -> set[int]:
        """The shards of who owns these partitions of the topic that leads."""
        return {shard for _, number in places for shard in self._topology.owned_with(number)}

    def _taken_up(self, numbers: set[int]) -> None:
        now = self._clock.elapsed()
        self.restoring = {**dict.fromkeys(sorted(numbers - self.restoring.keys()), now), **self.restoring}

    # ------------------------------------------------------------ alerts and transactions

    def told(self, alerts: Sequence[Alert]) -> None:
        """Alerts were handed to the client. Only those that an event completed have a latency: what a deadline brings
        about has no record that it could be measured from."""
        stamps = [self.stamps.of(*alert.last_place) for alert in alerts if alert.due is None]
        self._out += [stamp for stamp in stamps if stamp is not None]
        if not self._transactional:
            self._are_out()

    def was_committed(self, positions: Sequence[Position]) -> None:
        """A transaction was committed, with these offsets."""
        self.committed += 1
        self._setback = None
        self._are_out()
        for position in positions:
            self.stamps.passed(position.place, position.offset)

    def was_aborted(self) -> None:
        """A transaction was given up."""
        self.failed += 1
        self._out = []

    def _are_out(self) -> None:
        now = self._clock.wall()
        for stamp in self._out:
            self.latency.observe((now - stamp) / 1_000_000)
        self._out = []

    # ------------------------------------------------------------ calls

    def tries(self, what: str) -> float:
        """A call is made; since when it is tried, seconds."""
        self._call = self._trial(what)
        return self._tries.setdefault(what, self._call.since)

    def returned(self) -> None:
        """The call has come back, well or not."""
        self._call = None

    def answered(self, what: str | None = None) -> float:
        """The cluster has answered; how long it was tried, where it is said `what`."""
        self._away = None
        return self._clock.elapsed() - self._tries.pop(what, self._clock.elapsed()) if what else 0.0

    def overdue(self, seconds: float) -> str | None:
        """The call that has not come back for so long; None: there is none."""
        call = self._call
        return call.what if call is not None and self._clock.elapsed() - call.since > seconds else None

    @property
    def is_answered(self) -> bool:
        """Whether the last call that has come back had an answer, and none is under way."""
        return self._away is None and self._call is None

    def fails(self, what: str, failure: KafkaFailure) -> None:
        """A call has failed and will be made again."""
        self.failures[failure.code] += 1
        if self._away is None:
            self._away = self._trial(what, failure)

    def suffers(self, what: str, failure: KafkaFailure) -> None:
        """A call has failed, and with it the transaction."""
        if self._setback is None:
            self._setback = self._trial(what, failure)

    def lacks(self) -> Iterator[str]:
        """Why the worker is not ready."""
        now = self._clock.elapsed()
        joining = self._joining
        if joining is not None and now - joining < self._settled:
            yield "joining the group"
        for shard in sorted(self.restoring):
            yield f"restoring {self._named(shard)}{self._part(shard)}"
        for trial, allowed in ((self._away, PASSING), (self._setback, PASSING), (self._call, UNANSWERED)):
            if trial is not None and now - trial.since >= allowed:
                yield trial.shown

    def _named(self, shard: int) -> str:
        if shard < self._topology.shards:
            return f"shard {shard}"
        group, number = self._topology.group(shard)
        return f"shard {number} of {group.topic}"

    def _trial(self, what: str, failure: KafkaFailure | None = None) -> Trial:
        return Trial(what, self._clock.elapsed(), self._clock.wall(), failure)

    def _part(self, shard: int) -> str:
        first, reached, end = self.progress.get(shard, (0, 0, 0))
        return f": {100 * (reached - first) // (end - first)} %" if first < end else ""
