"""The small job with rules that change while it runs, and the same run again over its recorded points."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cep.connectors.outputs import JobOutputs
from cep.connectors.recorded import RecordedOutputs
from cep.engine.values import Values
from cep.language.load import load_text
from cep.runtime.changeover.live import change_over
from cep.runtime.driver import Driver
from cep.runtime.points.entries import Taken, read_points, whole_size
from cep.runtime.points.log import PointLog
from cep.runtime.points.replay import Replay, first_version
from cep.runtime.points.version import RulesVersion
from cep.runtime.recovery import Identity, Recovery
from cep.runtime.shard import Shard
from cep.runtime.snapshot_store import SnapshotStore
from cep.runtime.source import Source
from cep.runtime.wiring import Wiring, wire
from cep.testing.simulated_disk import SimulatedDisk
from tests.recovery.small_job import JOB, STATE, SmallJob, outputs

LOG = STATE / "all.points"


@dataclass
class Version:
    """A rule set, planned once."""

    text: str
    mark: RulesVersion = field(init=False)
    wiring: Wiring = field(init=False)

    def __post_init__(self) -> None:
        rules = load_text(self.text)
        self.mark = RulesVersion.of(rules, Values())
        self.wiring = wire(rules, [Source(name, ("Order", "Shipped")) for name in ("orders", "shipments")])


class LiveJob:
    """Runs a job from `before` on, and changes over to `after` once `at` pieces have been read by a run."""

    def __init__(self, job: SmallJob, before: Version, after: Version, at: int) -> None:
        self.job = job
        self.before = before
        self.after = after
        self.at = at
        self.safe: list[int] = []
        """Sequences of the snapshots at the points that were said to be safe."""
        self.change: tuple[int, int] = (0, 0)
        """The steps of the disk between which the change over lay."""

    def run(self, disk: SimulatedDisk, *, edited: bool = False) -> None:
        """Begin or go on, and come to the end. `edited`: the rules after the edit lie on disk when it begins."""
        now = self.after if edited else self.before
        shard = Shard(now.wiring)
        feeds = {name: self.job.feed(name) for name in self.job.inputs}
        store = SnapshotStore(STATE, "all", disk)
        assert store.open() is not None
        outs = RecordedOutputs(JobOutputs(JOB, disk), PointLog(LOG, disk))
        recovery = Recovery(store, shard, feeds, outs, Identity(JOB.name), self.job.every, clock=disk.clock)
        recovery.version = now.mark.mark
        recovery.begin()
        if recovery.before is None or recovery.before.version != now.mark.mark:
            outs.taken(Taken(now.mark, JOB.name, {}, shard.positions()))
        edits = None if edited else _Edits(self, disk, recovery, outs, store)
        Driver(shard, list(feeds.values()), outs, clock=disk.clock.wall, keeper=recovery, edits=edits).run()
        outs.sync()

    def replayed(self, files: dict[Path, bytes]) -> dict[str, bytes]:
        """The outputs of a replay over the points in `files`."""
        data = files[LOG]
        data = data[: whole_size(data)]
        first, *points = read_points(data)
        assert first_version([first]) is not None
        disk = SimulatedDisk()
        begins = next(of for of in (self.before, self.after) if of.mark.mark == first.version.mark)  # type: ignore[union-attr]
        feeds = [self.job.feed(name) for name in self.job.inputs]
        Replay(Shard(begins.wiring), feeds, JobOutputs(JOB, disk), points, self._changed).run()
        return outputs(disk.files())

    def _changed(self, shard: Shard, taken: Taken) -> Shard:
        assert taken.version.mark == self.after.mark.mark
        assert [rule.name for rule in taken.version.rules().rules] == [rule.name for rule in shard.wiring.rules.rules]
        return change_over(shard, self.after.wiring, Values())[0]


@dataclass
class _Edits:
    """Changes over between two pieces, as `cep run` does."""

    job: LiveJob
    disk: SimulatedDisk
    recovery: Recovery
    outputs: RecordedOutputs
    store: SnapshotStore
    pieces: int = 0

    def between(self, shard: Shard) -> Shard:
        """The shard to go on with."""
        self.pieces += 1
        if self.pieces != self.job.at + 1:
            return shard
        began, size, sequence = len(self.disk.steps), self.outputs.points, self.store.next_sequence()
        after, _ = change_over(shard, self.job.after.wiring, Values())
        self.outputs.taken(Taken(self.job.after.mark, JOB.name, {}, after.positions()))
        try:
            self.recovery.change(after, self.job.after.mark.mark)
        except OSError:
            self.outputs.cut_points(size)
            return shard
        self.job.safe.append(sequence)
        self.job.change = began, len(self.disk.steps)
        return after
