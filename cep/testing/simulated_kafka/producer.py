"""The producer: a queue of records, and the states of a transaction as librdkafka has them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import TYPE_CHECKING, TypeVar

from cep.connectors.kafka.port import GroupMetadata, Headers, KafkaFailure, Position, Trouble
from cep.testing.simulated_kafka.client import Client
from cep.testing.simulated_kafka.failures import failure
from cep.testing.simulated_kafka.groups import MemberIdentity
from cep.testing.simulated_kafka.log import Marker
from cep.testing.simulated_kafka.outbox import Outbox
from cep.testing.simulated_kafka.transactions import Session

if TYPE_CHECKING:
    from cep.testing.simulated_kafka.process import SimulatedProcess
    from cep.testing.simulated_kafka.settings import Settings

T = TypeVar("T")


class Stage(Enum):
    """How far a transactional producer is."""

    NEW = "new"
    READY = "ready"
    OPEN = "in a transaction"
    COMMITTING = "committing"
    ABORTING = "aborting"
    FAILED = "the transaction has to be aborted"


class SimulatedProducer(Client):
    """Writes records; with a `transactional.id`, in transactions."""

    kind = "producer"

    def __init__(self, process: SimulatedProcess, settings: Settings) -> None:
        super().__init__(process, settings)
        self._id = settings.text("transactional.id")
        self._stage = Stage.NEW
        self._session: Session | None = None
        self._resuming: str | None = None
        self._is_ended = False
        self._has_offsets = False
        self._cause: KafkaFailure | None = None
        self._ruin: KafkaFailure | None = None
        self._outbox = Outbox(process, settings, self._failed)

    # ------------------------------------------------------------ the port

    def init_transactions(self, seconds: float) -> None:
        """Fence earlier producers of the same id."""

        def init() -> None:
            self._enter("init_transactions", Stage.NEW)
            self.process.reach(seconds)
            timeout = self.settings.seconds("transaction.timeout.ms")
            self._session = self.cluster.transactions.init(self._id, timeout)

        if not self._id:
            raise failure("_INVALID_ARG", "a producer without `transactional.id` has no transactions")
        self._resumable("init_transactions", init)
        self._stage = Stage.READY

    def begin(self) -> None:
        """Begin a transaction."""

        def begin() -> None:
            self._enter("begin", Stage.READY)
            self._stage = Stage.OPEN
            self._outbox.begin(self._session)
            self._is_ended = self._has_offsets = False

        self.call("begin", begin)

    def produce(
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None = None,
        partition: int | None = None,
        headers: Headers = (),
        stamp: int | None = None,
    ) -> None:
        """Have a record written."""

        def produce() -> None:
            self._check_ruin()
            if self._id and self._stage is not Stage.OPEN:
                self._check_cause()
                raise failure("_STATE", f"no record is taken when the producer is {self._stage.value}")
            self._outbox.put(topic, value, key, partition, headers, stamp)

        self.call("produce", produce)

    def poll(self) -> None:
        """Let the client work."""
        self.call("poll", self._outbox.work)

    def flush(self, seconds: float) -> None:
        """Return once all records are with the broker."""

        def flush() -> None:
            self._check_ruin()
            self._outbox.flush(seconds)
            self._check_ruin()
            self._check_cause()
            self._outbox.raise_failure()

        self.call("flush", flush)

    def send_offsets(self, positions: Sequence[Position], group: GroupMetadata, seconds: float) -> None:
        """Make committed offsets part of the transaction."""

        def send() -> None:
            self._enter("send_offsets", Stage.OPEN)
            if not positions:
                return
            assert isinstance(group, MemberIdentity)
            assert self._session is not None
            try:
                self.process.reach(seconds)
                self.cluster.transactions.add(self._session, self.cluster.groups.offsets(group.group))
                self._has_offsets = True
                self.cluster.groups.stage(group, self._session.id.producer, positions)
            except KafkaFailure as failed:
                raise self._fail(failed) from failed

        self.call("send_offsets", send)

    def commit(self, seconds: float) -> None:
        """Flush and commit the transaction."""

        def commit() -> None:
            self._enter("commit", Stage.OPEN, Stage.COMMITTING)
            self._stage = Stage.COMMITTING
            if not self._is_ended:
                self._outbox.flush(seconds)
                self._check_ruin()
                self._check_cause()
                self._end(Marker.COMMIT, seconds)

        self._resumable("commit", commit)
        self._stage = Stage.READY

    def abort(self, seconds: float) -> None:
        """Give up the transaction."""

        def abort() -> None:
            self._enter("abort", Stage.OPEN, Stage.FAILED, Stage.ABORTING)
            self._stage = Stage.ABORTING
            self._outbox.drop()
            if not self._is_ended:
                self._end(Marker.ABORT, seconds)

        self._resumable("abort", abort)
        self._stage = Stage.READY
        self._cause = None

    def close(self) -> None:
        """Let go of everything; a transaction stays open until its time-out."""
        self.call("close", self._outbox.drop)

    # ------------------------------------------------------------ what befalls it

    def suffer(self, call: str, failed: KafkaFailure) -> KafkaFailure:
        """Take the state that goes with a failure: a transaction that is spoilt, or a producer that is."""
        if failed.trouble in (Trouble.FENCED, Trouble.FATAL):
            self._ruin = failed
        elif call == "producer.send_offsets" or (
            self._id and call in ("producer.flush", "producer.commit") and failed.trouble is not Trouble.RETRIABLE
        ):
            return self._fail(failed)
        return failed

    def vanish(self) -> None:
        """The process has died: the queue is gone."""
        self._outbox.drop()

    def connected(self) -> None:
        """Go on with sending."""
        self._outbox.work()

    # ------------------------------------------------------------ the transaction

    def _enter(self, name: str, *stages: Stage) -> None:
        """Whether the call may be made now."""
        self._check_ruin()
        if self._resuming not in (None, name):
            raise failure("_CONFLICT", f"`{self._resuming}` has not come to its end: it has to be called again")
        if self._stage is Stage.FAILED and Stage.FAILED not in stages:
            self._check_cause()
        if self._stage not in stages:
            raise failure("_STATE", f"`{name}` is not to be called when the producer is {self._stage.value}")

    def _resumable(self, name: str, effect: Callable[[], None]) -> None:
        """A call that has to be made again after a time-out, before any other."""
        try:
            self.call(name, effect)
        except KafkaFailure as failed:
            if failed.trouble is not Trouble.RETRIABLE:
                self._resuming = None
            elif failed.code != "_CONFLICT":
                self._resuming = name
            raise
        self._resuming = None

    def _end(self, marker: Marker, seconds: float) -> None:
        if self._session is not None and (self._outbox.is_in_transaction or self._has_offsets):
            self.process.reach(seconds)
            try:
                self.cluster.transactions.end(self._session, marker)
            except KafkaFailure as failed:
                self._ruin = failed
                raise
        self._is_ended = True
        self._outbox.end()

    def _failed(self, failed: KafkaFailure) -> None:
        """A record was refused."""
        if failed.trouble is Trouble.FENCED:
            self._ruin = failed
        elif self._id:
            self._fail(failed)

    def _fail(self, failed: KafkaFailure) -> KafkaFailure:
        """The transaction has to be aborted; what is raised from now on until it is."""
        if failed.trouble in (Trouble.FENCED, Trouble.FATAL) and failed.code != "FENCED_INSTANCE_ID":
            self._ruin = failed
            return failed
        self._cause = KafkaFailure(Trouble.ABORTABLE, failed.code, failed.message)
        self._stage = Stage.FAILED
        return self._cause

    def _check_ruin(self) -> None:
        if self._ruin is not None:
            raise KafkaFailure(self._ruin.trouble, self._ruin.code, self._ruin.message)

    def _check_cause(self) -> None:
        if self._cause is not None:
            raise KafkaFailure(self._cause.trouble, self._cause.code, self._cause.message)
