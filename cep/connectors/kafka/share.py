"""The shards that a worker owns: those that it runs, those whose state is still read, and how they come and go.

Partitions come and go inside polls of the group's consumer, where nothing that is raised would be heard of: it is kept,
and raised when the poll is over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cep.connectors.errors import ConnectorFailure
from cep.connectors.kafka.port import KafkaFailure, Place, Trouble
from cep.connectors.kafka.restorer import Restorer
from cep.connectors.kafka.retrying import GaveUp
from cep.connectors.kafka.taking_up import Run
from cep.connectors.kafka.topology import Topology

PASSING = (Trouble.ABORTABLE, Trouble.RETRIABLE)
"""What is mended by giving up the transaction, and doing it again from the last commit."""


class Share:
    """Hears of partitions that come and go. `commit`: what was read is made safe; `abort`: what was done since is given
    up; `let_go`: a shard is run no more."""

    def __init__(
        self,
        topology: Topology,
        restorer: Restorer,
        *,
        commit: Callable[[], None],
        abort: Callable[[], None],
        let_go: Callable[[Run], None],
    ) -> None:
        self._topology = topology
        self._restorer = restorer
        self._commit = commit
        self._abort = abort
        self._let_go = let_go
        self._owned: set[int] = set()
        self._broken: Exception | None = None
        self.runs: dict[int, Run] = {}
        self.is_over = False
        """Whether the run has ended: nothing is committed any more."""

    def raise_broken(self) -> None:
        """Raise what went wrong while a poll was under way."""
        if self._broken is not None:
            broken, self._broken = self._broken, None
            raise broken

    def restore(self) -> None:
        """Take up all owned shards anew, as they were committed."""
        gone = self._taken_out(list(self.runs))
        for number in sorted(self._owned):
            self._restorer.ask(number)
        for run in gone:
            self._let_go(run)

    def assigned(self, places: Sequence[Place]) -> None:
        """Shards are owned from now on; their state is read in the rounds to come."""
        for topic, number in places:
            if number >= self._topology.shards:
                self._broken = self._broken or self._topology.grown(topic, number)
        for number in self._numbers(places):
            self._owned.add(number)
            self._restorer.ask(number)

    def revoked(self, places: Sequence[Place]) -> None:
        """Shards will be somebody else's: what was read of them is committed, or given up."""
        if self.is_over:
            self._drop(places)
            return
        try:
            self._commit()
        except KafkaFailure as failure:
            self._broken = None if failure.trouble in PASSING else failure
            self._give_up(places)
        except (GaveUp, ConnectorFailure) as failure:
            self._broken = failure
            self._give_up(places)
        else:
            self._kept(lambda: self._drop(places))

    def lost(self, places: Sequence[Place]) -> None:
        """Shards are somebody else's already: what was read since the last commit is given up."""
        if self.is_over:
            self._drop(places)
        else:
            self._give_up(places)

    def _give_up(self, places: Sequence[Place]) -> None:
        """Let shards go, and undo what was done since the last commit, in all of them: it is one transaction."""
        self._kept(lambda: self._drop(places))
        self._kept(self._abort)
        self._kept(self.restore)

    def _kept(self, work: Callable[[], None]) -> None:
        """Do something inside a callback; how it fails is told when the poll is over."""
        try:
            work()
        except (KafkaFailure, GaveUp) as failure:
            self._broken = self._broken or failure

    def _drop(self, places: Sequence[Place]) -> None:
        numbers = self._numbers(places)
        self._owned.difference_update(numbers)
        gone = self._taken_out(numbers)
        self._restorer.forget(numbers)
        for run in gone:
            self._let_go(run)

    def _taken_out(self, numbers: Sequence[int]) -> list[Run]:
        """Take shards out before anything else: what fails then must leave none that somebody else runs as well."""
        return [run for number in numbers if (run := self.runs.pop(number, None)) is not None]

    def _numbers(self, places: Sequence[Place]) -> list[int]:
        """The shards of who owns these partitions."""
        return [shard for _, number in places for shard in self._topology.owned_with(number)]
