"""A producer whose calls are looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cep.connectors.kafka.observed.course import Course
from cep.connectors.kafka.port import GroupMetadata, Headers, KafkaFailure, Position, Producer, Trouble

_NAMES = {"flush": "writing alerts", "offsets": "handing over offsets", "commit": "committing"}


class ObservedProducer:
    """The producer of transactions, or the one of outputs. `alive` is called when a call has come back, well or not."""

    def __init__(self, inner: Producer, course: Course, alive: Callable[[], None]) -> None:
        self._inner = inner
        self._course = course
        self._alive = alive
        self._positions: list[Position] = []

    def init_transactions(self, seconds: float) -> None:
        """Fence earlier producers of the same id."""
        self._asked("taking up transactions", lambda: self._inner.init_transactions(seconds))

    def begin(self) -> None:
        """Begin a transaction."""
        self._positions = []
        self._inner.begin()

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
        try:
            self._inner.produce(topic, value, key, partition, headers, stamp)
        except KafkaFailure as failure:
            if failure.trouble is not Trouble.TOO_LARGE:
                self._course.suffers("writing", failure)
            raise

    def poll(self) -> None:
        """Let the client work."""
        self._inner.poll()

    def flush(self, seconds: float) -> None:
        """Return once all records are safe."""
        self._timed("flush", lambda: self._inner.flush(seconds))

    def send_offsets(self, positions: Sequence[Position], group: GroupMetadata, seconds: float) -> None:
        """Make committed offsets part of the transaction."""
        self._timed("offsets", lambda: self._inner.send_offsets(positions, group, seconds))
        self._positions += positions

    def commit(self, seconds: float) -> None:
        """Commit the transaction."""
        self._timed("commit", lambda: self._inner.commit(seconds))
        self._course.was_committed(self._positions)

    def abort(self, seconds: float) -> None:
        """Give up the transaction."""
        self._asked("giving up a transaction", lambda: self._inner.abort(seconds))
        self._course.was_aborted()

    def close(self) -> None:
        """Let go of everything."""
        self._inner.close()

    def _timed(self, stage: str, call: Callable[[], None]) -> None:
        """A part of a commit, timed from its first try to the one that succeeds."""
        self._course.commits[stage].observe(self._asked(_NAMES[stage], call))

    def _asked(self, what: str, call: Callable[[], None]) -> float:
        """Make a call; how long it was tried, seconds."""
        self._course.tries(what)
        try:
            call()
        except KafkaFailure as failure:
            if failure.trouble is Trouble.RETRIABLE:
                self._course.fails(what, failure)
            else:
                self._course.answered(what)
                self._course.suffers(what, failure)
            raise
        finally:
            self._course.returned()
            self._alive()
        return self._course.answered(what)
