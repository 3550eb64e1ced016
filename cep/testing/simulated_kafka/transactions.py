"""The transaction coordinator: who may write under a transactional.id, and how transactions end."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from cep.testing.simulated_kafka.clock import MILLISECOND, Timer, VirtualClock
from cep.testing.simulated_kafka.failures import failure
from cep.testing.simulated_kafka.log import Marker

LONGEST_TIMEOUT = 900.0
"""Seconds: the broker's `transaction.max.timeout.ms`."""
_LOOKING_EVERY = 10.0
"""Seconds: how often the broker looks for transactions past their time-out."""
_MARKERS_TAKE = 0.02
"""Seconds: markers are written after the answer to a commit was given, one partition after the other."""


class Participant(Protocol):
    """A partition, or a group's offsets: what hears how a transaction has ended."""

    def mark(self, producer: int, marker: Marker, stamp: int) -> None:
        """The transaction of this producer is over."""


@dataclass(slots=True, eq=False)
class TransactionalId:
    """One transactional.id: its producer, the epoch that may write, and the transaction that is open."""

    name: str
    producer: int
    epoch: int = -1
    timeout: float = 60.0
    is_open: bool = False
    participants: list[Participant] = field(default_factory=list)
    timer: Timer | None = None
    unwritten: list[Callable[[], None]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Session:
    """What a producer was told by `init`: it may write as long as its epoch is the last."""

    id: TransactionalId
    epoch: int


class TransactionCoordinator:
    """All transactional ids of the cluster."""

    def __init__(self, clock: VirtualClock, draw: random.Random) -> None:
        self._clock = clock
        self._draw = draw
        self._ids: dict[str, TransactionalId] = {}

    def init(self, name: str, timeout: float) -> Session:
        """Fence whoever had the id, end its transaction, and begin a new epoch."""
        if timeout > LONGEST_TIMEOUT:
            raise failure("INVALID_TRANSACTION_TIMEOUT", "the broker takes no transactions of that length")
        known = self._ids.setdefault(name, TransactionalId(name, 1000 + len(self._ids)))
        if known.is_open:
            self._finish(known, Marker.ABORT)
        self.settle(known)
        known.epoch += 1
        known.timeout = timeout
        return Session(known, known.epoch)

    def add(self, session: Session, participant: Participant) -> None:
        """Make a partition, or a group's offsets, part of the transaction, which begins with the first."""
        self._check(session)
        known = session.id
        self.settle(known)
        if not known.is_open:
            known.is_open = True
            wait = known.timeout + self._draw.random() * _LOOKING_EVERY
            known.timer = self._clock.after(wait, lambda: self._time_out(known))
        if participant not in known.participants:
            known.participants.append(participant)

    def end(self, session: Session, marker: Marker) -> None:
        """End the transaction; its markers follow in a moment."""
        self._check(session)
        if not session.id.is_open:
            raise failure("_FATAL", "there is no transaction to end")
        self._finish(session.id, marker)

    def settle(self, only: TransactionalId | None = None) -> None:
        """Write the markers that are still to be written, now."""
        for known in [only] if only is not None else self._ids.values():
            for write in known.unwritten:
                write()
            known.unwritten.clear()

    def _check(self, session: Session) -> None:
        if session.id.epoch != session.epoch:
            raise failure("_FENCED", f"another producer has taken over `{session.id.name}`, or its time was up")

    def _time_out(self, known: TransactionalId) -> None:
        known.epoch += 1
        self._finish(known, Marker.ABORT)

    def _finish(self, known: TransactionalId, marker: Marker) -> None:
        known.is_open = False
        if known.timer is not None:
            known.timer.cancel()
        participants = list(known.participants)
        known.participants.clear()
        self._draw.shuffle(participants)
        for participant in participants:
            self._write(known, participant, marker)

    def _write(self, known: TransactionalId, participant: Participant, marker: Marker) -> None:
        is_written = False

        def write() -> None:
            nonlocal is_written
            if not is_written:
                is_written = True
                participant.mark(known.producer, marker, self._clock.wall() // MILLISECOND)

        if self._draw.random() < 0.5:
            write()
        else:
            known.unwritten.append(write)
            self._clock.after(self._draw.random() * _MARKERS_TAKE, write)
