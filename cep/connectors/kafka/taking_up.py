"""Taking up a shard: its state, and where each of its partitions is read on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cep.connectors.errors import ConfigurationError
from cep.connectors.job.model import TopicSource
from cep.connectors.kafka.changelog import Restoring
from cep.connectors.kafka.pieces import Cutter, size_under
from cep.connectors.kafka.plan import WorkerPlan
from cep.connectors.kafka.port import END_OF_LOG, Consumer, Place, Position
from cep.connectors.kafka.repartition.home_run import HomeRun
from cep.connectors.kafka.restorer import Restored
from cep.connectors.kafka.retention import RecordsLost, limits, lost_before
from cep.connectors.kafka.retrying import Retrying
from cep.connectors.kafka.shard_run import ShardRun, new_shard
from cep.runtime.changeover.report import ChangeReport
from cep.runtime.notice import Notice
from cep.runtime.output import Output

Run = ShardRun | HomeRun

SECONDS = 10.0
"""How long the cluster may take to tell of a partition."""


@dataclass(frozen=True, slots=True)
class TakenUp:
    """A shard that goes on: from which positions, and what was due already."""

    run: Run
    positions: Sequence[Position]
    output: Output


class TakingUp:
    """Makes shards of the state that was read. `tell` hears of records that are lost, `changed` what became of the
    state of rules that have changed.

    `may_be_overtaken`: whether records may have been deleted that were not read yet, so that it has to be looked at.
    `lost_records`: how many were, at most, that the run has gone on without.
    """

    def __init__(
        self,
        plan: WorkerPlan,
        group: Consumer,
        retrying: Retrying,
        tell: Callable[[str], None],
        changed: Callable[[ChangeReport], None],
    ) -> None:
        self.plan = plan
        self._group = group
        self._retrying = retrying
        self._tell = tell
        self._changed = changed
        self.may_be_overtaken = False
        self.lost_records = 0

    def take_up(self, restored: Restored) -> TakenUp:
        """Raises `KafkaFailure`, `GaveUp`, and `SnapshotError` for state that does not go with the rules."""
        if restored.shard >= self.plan.topology.shards:
            return self._home(restored)
        plan, state = self.plan, restored.state
        places = plan.topology.places(restored.shard)
        shard = new_shard(plan.wiring, plan.values, places, plan.sources, plan.redact)
        skipped: list[Position] = []
        if parts := state.parts():
            self._changed(shard.restore(parts, allow_reset=plan.allow_reset, find=plan.find))
            positions = [Position(*place, shard.replay_from(*place)) for place in places]
            if self.may_be_overtaken:
                skipped = self._behind_lost(positions)
        else:
            positions = self._first(places)
            for position in positions:
                shard.pass_over(position.topic, position.partition, position.offset)
        run = ShardRun(restored.shard, places, shard, state.commit.sequence, self._cutter(state), state.commit.steps)
        # The first commit says where the shard begins, and which rules it runs.
        run.touched = True
        output = Output()
        for position in skipped:
            # the first record that is still there may be a new one
            output.add(run.reached(position.place, position.offset))
            run.passed(position.place, position.offset)
        output.add(run.begin())
        by_place = {each.place: each for each in [*positions, *skipped]}
        return TakenUp(run, list(by_place.values()), output)

    def _home(self, restored: Restored) -> TakenUp:
        plan, state = self.plan, restored.state
        group, number = plan.topology.group(restored.shard)
        run = HomeRun(restored.shard, group, number, plan.values, self._cutter(state), plan.redact)
        run.sequence, run.touched = state.commit.sequence, True
        parts = state.parts()
        if parts:
            self._changed(run.restore(parts, plan.allow_reset, plan.find))
        if not parts or self.may_be_overtaken:
            low, _ = limits(self._group, run.place, self._retrying)
            if parts and low > run.start.offset:
                raise run.lost(low)
            if not parts:
                run.start_at(low)
        return TakenUp(run, [run.start], run.begin())

    def _cutter(self, state: Restoring) -> Cutter:
        """How the parts of a state are written from now on."""
        return state.cutter(size_under(self.plan.properties.get("message.max.bytes")))

    def _behind_lost(self, positions: Sequence[Position]) -> list[Position]:
        """The first records that are there, of partitions where those at these positions are not there any more."""
        lost = lost_before(self._group, positions, self._retrying)
        if lost and not self.plan.allow_loss:
            raise RecordsLost(lost)
        for each in lost:
            self.lost_records += each.count
            message = f"deleted before they were read: {each}; going on at {each.last}"
            self._tell(Notice(message, "warning", "C0346", each.partition))
        return [Position(each.topic, each.partition, each.last) for each in lost]

    def _first(self, places: Sequence[Place]) -> list[Position]:
        """Where a shard without state begins, as its sources say: an offset, never a word, so that a restart before the
        first record begins there too."""
        assert self.plan.job.kafka is not None
        by_topic = {source.topic: source for source in self.plan.job.kafka.sources}
        return [self._first_of(place, by_topic[place[0]]) for place in places]

    def _first_of(self, place: Place, source: TopicSource) -> Position:
        low, high = limits(self._group, place, self._retrying)
        if source.start == "earliest":
            return Position(*place, low)
        if source.start == "latest":
            return Position(*place, high)
        if isinstance(source.start, Mapping):
            return Position(*place, chosen(source, place, low, high))
        time = source.start
        assert isinstance(time, int)
        what = f"looking for a time in {place[0]}/{place[1]}"
        found = self._retrying.call(what, lambda: self._group.at_time([place], time, SECONDS))[place]
        return Position(*place, high if found == END_OF_LOG else found)


def chosen(source: TopicSource, place: Place, low: int, high: int) -> int:
    """The offset at which a source says that a partition begins; `low`, `high`: the first one there is, and the one
    behind the last. Raises `ConfigurationError` where there is no such record."""
    assert isinstance(source.start, Mapping)
    topic, number = place
    offset = source.start.get(number, low)
    if not low <= offset <= high:
        there = f"which holds {low} to {high - 1}" if low < high else f"whose next one is {high}"
        message = f"`start` of `{source.name}` names offset {offset} of {topic}/{number}, {there}"
        raise ConfigurationError("C0317", message, f"name an offset from {low} to {high}, or `earliest`", source.name)
    return offset
