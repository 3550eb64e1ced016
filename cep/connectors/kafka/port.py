"""What a worker asks of Kafka: the one port behind which stands librdkafka, or a simulated Kafka.

The port is as narrow as the protocol of the worker allows, and says what each call may raise; everything that
librdkafka does besides (callbacks that run inside other calls, codes of errors, objects for each record) stays behind
it. Times are microseconds since 1970, as everywhere; waiting is in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

Place = tuple[str, int]
"""A partition: topic and number."""

Headers = Sequence[tuple[str, bytes | None]]
"""A record's headers, in their order; a name may come twice."""

BEGINNING_OF_LOG = -2
"""In place of an offset: the first that the broker still has."""
END_OF_LOG = -1
"""In place of an offset: behind the last there is."""


class Trouble(Enum):
    """What a failure asks for."""

    RETRIABLE = "retriable"
    """The same call again, after a while: the broker is away, a leader has moved, a time-out."""
    ABORTABLE = "abortable"
    """The transaction has failed: abort it, take up the state as it was committed, and read again from there."""
    FENCED = "fenced"
    """Another process has taken this one's place: nothing may be written any more."""
    DENIED = "denied"
    """Authentication or authorisation was refused: nothing a retry mends, but somebody may grant it meanwhile."""
    UNKNOWN_PLACE = "unknown place"
    """The topic or partition is not there."""
    TOO_LARGE = "too large"
    """A record is larger than the topic allows: the record will never be taken."""
    FATAL = "fatal"
    """The client cannot go on."""


class KafkaFailure(Exception):
    """A call has failed. `code`: Kafka's own name of the error (`NOT_LEADER_OR_FOLLOWER`), `message`: one sentence."""

    def __init__(self, trouble: Trouble, code: str, message: str) -> None:
        super().__init__(f"{message} ({code})")
        self.trouble = trouble
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Position:
    """An offset in a partition: the next one to read. `metadata` is what is committed with it, any text."""

    topic: str
    partition: int
    offset: int
    metadata: str = ""

    @property
    def place(self) -> Place:
        """Its partition."""
        return self.topic, self.partition


@dataclass(slots=True)
class Fetched:
    """Records of one partition in offset order, column by column. `stamps`: the broker's timestamps, microseconds.

    `headers` None: none were asked for (see `Kafka.consumer`)."""

    topic: str
    partition: int
    offsets: list[int] = field(default_factory=list)
    keys: list[bytes | None] = field(default_factory=list)
    values: list[bytes | None] = field(default_factory=list)
    stamps: list[int] = field(default_factory=list)
    headers: list[Headers] | None = None

    @property
    def place(self) -> Place:
        """Its partition."""
        return self.topic, self.partition


@dataclass(slots=True)
class Polled:
    """What one poll brought. `ends`: partitions whose end was reached, with the offset behind the last record that can
    be read now. `failures`: what went wrong on the way, of the client or of single partitions."""

    fetched: list[Fetched] = field(default_factory=list)
    ends: list[Position] = field(default_factory=list)
    failures: list[KafkaFailure] = field(default_factory=list)


class GroupMetadata(Protocol):
    """Who a consumer is in its group just now (KIP-447). Opaque: taken from a consumer, given to a producer."""


class Rebalance(Protocol):
    """Hears of partitions that come and go. Called inside `Consumer.poll` and `Consumer.close`."""

    def assigned(self, places: Sequence[Place]) -> None:
        """These are owned from now on. Nothing is read of them before `Consumer.start`."""

    def revoked(self, places: Sequence[Place]) -> None:
        """These will belong to somebody else once this returns: the last moment to commit what was read of them."""

    def lost(self, places: Sequence[Place]) -> None:
        """These belong to somebody else already: nothing that was read of them may be committed."""


class Consumer(Protocol):
    """Reads partitions: as a member of a group (`subscribe`), or just those it is told to (`start`)."""

    def subscribe(self, topics: Sequence[str], rebalance: Rebalance) -> None:
        """Join the group, and own a share of the topics' partitions from a later `poll` on."""

    def start(self, positions: Sequence[Position]) -> None:
        """Read these partitions from these offsets on (also `BEGINNING_OF_LOG`, `END_OF_LOG`), or go on there.

        They need not be owned by the group's share. Raises `KafkaFailure`."""

    def stop(self, places: Sequence[Place]) -> None:
        """Read these no more. What was fetched of them and not polled yet is dropped; unknown ones are passed over."""

    def pause(self, places: Sequence[Place]) -> None:
        """Hold back records of these partitions until `resume`; the position stays."""

    def resume(self, places: Sequence[Place]) -> None:
        """Go on with paused partitions."""

    def poll(self, maximum: int, seconds: float) -> Polled:
        """At most `maximum` records, as soon as there are some; waits up to `seconds` for the first.

        Has to be called often enough to stay in the group. Raises `KafkaFailure` only where the client cannot go on.
        """

    def committed(self, places: Sequence[Place], seconds: float) -> dict[Place, Position]:
        """The group's committed offsets, of those partitions that have one. Waits for transactions under way that would
        move them (KIP-447). Raises `KafkaFailure`."""

    def commit(self, positions: Sequence[Position]) -> None:
        """Commit offsets outside a transaction, and wait for it. Raises `KafkaFailure`."""

    def limits(self, place: Place, seconds: float) -> tuple[int, int]:
        """The first offset that is there, and the one behind the last. Raises `KafkaFailure`."""

    def known_limits(self, place: Place) -> tuple[int, int] | None:
        """The first offset and the one behind the last, as the broker told with the last records; None: not told yet.

        Asks nobody. May know of records that cannot be read yet, since their transaction is open."""

    def at_time(self, places: Sequence[Place], time: int, seconds: float) -> dict[Place, int]:
        """By partition the first offset with a timestamp at `time` (µs) or later; `END_OF_LOG` where there is none.

        Raises `KafkaFailure`."""

    def group(self) -> GroupMetadata:
        """Who this consumer is in its group just now; to be asked anew for each transaction."""

    def close(self) -> None:
        """Leave the group (unless membership is static) and let go of everything. `Rebalance.revoked` may be called."""


class Producer(Protocol):
    """Writes records; with a `transactional.id`, in transactions."""

    def init_transactions(self, seconds: float) -> None:
        """Fence earlier producers of the same id, and wait until their transactions are over. Raises `KafkaFailure`."""

    def begin(self) -> None:
        """Begin a transaction. Raises `KafkaFailure`."""

    def produce(
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None = None,
        partition: int | None = None,
        headers: Headers = (),
        stamp: int | None = None,
    ) -> None:
        """Have a record written; by its key to a partition where none is said. Waits where too much is under way.

        Raises `KafkaFailure`; what goes wrong later is raised by `flush` or `commit`."""

    def poll(self) -> None:
        """Let the client work; to be called now and then."""

    def flush(self, seconds: float) -> None:
        """Return once all records are safe with the broker. Raises `KafkaFailure` if one of them is not."""

    def send_offsets(self, positions: Sequence[Position], group: GroupMetadata, seconds: float) -> None:
        """Make committed offsets part of the transaction. Raises `KafkaFailure`."""

    def commit(self, seconds: float) -> None:
        """Flush and commit the transaction. A time-out (`RETRIABLE`) leaves unknown what came of it: the same call
        again finds out. Raises `KafkaFailure`."""

    def abort(self, seconds: float) -> None:
        """Give up the transaction. Raises `KafkaFailure`."""

    def close(self) -> None:
        """Let go of everything; what was not flushed is lost."""


@dataclass(frozen=True, slots=True)
class TopicInfo:
    """A topic as the cluster tells it: its number of partitions, and those of its settings that were asked for."""

    name: str
    partitions: int
    settings: Mapping[str, str] = field(default_factory=dict)


class Admin(Protocol):
    """Looks at topics and makes them."""

    def topics(self, names: Sequence[str], seconds: float, settings: Sequence[str] = ()) -> dict[str, TopicInfo]:
        """Those of the topics that are there, with the values of these settings. Raises `KafkaFailure`."""

    def create(self, topic: TopicInfo, seconds: float, replication: int | None = None) -> bool:
        """Make a topic with its settings; by the broker's replication where none is said. False: it is there already.

        Raises `KafkaFailure`."""

    def delete_before(self, positions: Sequence[Position], seconds: float) -> None:
        """Delete all records before these offsets, for ever. Raises `KafkaFailure`, and some may be deleted then."""

    def owned(self, group: str, seconds: float) -> frozenset[Place] | None:
        """The partitions that members of a group own; None: it has none, or is about to share anew.

        Raises `KafkaFailure`."""

    def close(self) -> None:
        """Let go of the connection."""


class Kafka(Protocol):
    """A cluster. Settings are librdkafka's properties; what a client of this kind needs besides is added here."""

    def consumer(self, settings: Mapping[str, str], *, headers: bool = False) -> Consumer:
        """A client that reads; `headers`: records come with theirs. Raises `KafkaFailure` for settings it refuses."""

    def producer(self, settings: Mapping[str, str]) -> Producer:
        """A client that writes. Raises `KafkaFailure` for settings it refuses."""

    def admin(self, settings: Mapping[str, str]) -> Admin:
        """A client that looks at topics. Raises `KafkaFailure` for settings it refuses."""
