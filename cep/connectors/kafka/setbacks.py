"""Transactions that fail one after the other: how long to wait before the next try, and what is said of it.

One that fails alone is made up for at once. Where the next ones fail as well, as when an output topic is gone, each try
reads the state anew, so that the tries have to become rare: 0.1 s, doubled up to 10 s.
"""

from __future__ import annotations

from collections.abc import Callable

from cep.connectors.kafka.port import KafkaFailure
from cep.connectors.kafka.retrying import FIRST, LONGEST
from cep.runtime.notice import Notice

GRACE = 5.0
"""Seconds for which all has to go well behind a restore before it counts: what has failed may still be to come."""


class Setbacks:
    """Counts what went wrong since it went well last. `now`: seconds since some moment; `grace`: seconds."""

    def __init__(self, tell: Callable[[str], None], now: Callable[[], float], grace: float = GRACE) -> None:
        self._tell = tell
        self._now = now
        self._grace = grace
        self._pause = 0.0
        self._until = self._begun = now()
        self._is_retry = self._has_committed = False
        self._said: set[str] = set()

    @property
    def is_waiting(self) -> bool:
        """Whether it is too early for the next try."""
        return self._now() < self._until

    @property
    def is_retry(self) -> bool:
        """Whether what is tried next has failed before, and was not `tried` since."""
        return self._is_retry

    def tried(self) -> None:
        """The next try begins."""
        self._is_retry = False

    def suffered(self, what: str, failure: KafkaFailure) -> None:
        """What was done since the last commit is given up: `what` has happened. It is said once, until it goes well."""
        self.wait()
        if failure.code not in self._said:
            self._said.add(failure.code)
            message = f"{what}: {failure.message} ({failure.code}); going on from the last commit"
            self._tell(Notice(message, "warning", "C0342"))

    def wait(self) -> None:
        """Put the next try off."""
        self._pause = min(2 * self._pause, LONGEST) if self._pause else FIRST
        self._until = self._now() + self._pause
        self._is_retry = True
        self._has_committed = False

    def begun(self) -> None:
        """A shard goes on from its last commit."""
        self._begun = self._now()

    def committed(self) -> None:
        """A transaction has succeeded."""
        self._has_committed = True

    def watch(self) -> None:
        """See whether it goes well again; to be called now and then."""
        if self._pause and self._has_committed and self._now() - self._begun >= self._grace:
            if self._pause > FIRST:
                self._tell("transactions succeed again")
            self._pause = 0.0
            self._said.clear()
