"""Rules change under way, and power is cut around it: what the outputs hold in the end is what a replay over the
recorded points gives, and a point that was said to be safe is gone on from."""

from __future__ import annotations

import pytest

from cep.runtime.recovery import Recovery
from cep.runtime.snapshot_store import SnapshotStore
from cep.testing.simulated_disk import FATES, PowerCut, SimulatedDisk
from tests.recovery.checking import Files, cuts
from tests.recovery.live_job import LiveJob, Version
from tests.recovery.small_job import RULES, STATE, SmallJob, outputs
from tests.recovery.test_changed_rules import EDITS


def live_job(every: float, at: int = 5) -> LiveJob:
    """A small job that changes over in its middle."""
    text = RULES
    for old, new in EDITS:
        text = text.replace(old, new)
    return LiveJob(SmallJob.drawn(4, 30, every=every, piece=600), Version(RULES), Version(text), at)


def left(job: LiveJob) -> Files:
    """The disk of a run that is left alone."""
    disk = SimulatedDisk()
    job.run(disk)
    return disk.files()


@pytest.mark.parametrize("at", range(7))
def test_a_replay_gives_the_bytes_of_the_run(at: int) -> None:
    job = live_job(0.0, at)
    files = left(job)
    assert job.replayed(files) == outputs(files)
    plain = SimulatedDisk()
    LiveJob(job.job, job.before, job.before, -1).run(plain)
    assert outputs(files) != outputs(plain.files()), "the edit makes a difference"


def trouble(job: LiveJob, cut: tuple[int, int]) -> list[str]:
    """What is wrong after power was cut at a step, whatever is left of what was not safe."""
    disk = SimulatedDisk()
    disk.cut_at, disk.torn = cut
    job.safe = []
    with pytest.raises(PowerCut):
        job.run(disk)
    found = []
    seen = set()
    for fate in FATES:
        again = SimulatedDisk(files=disk.after(fate))
        if (state := frozenset(again.files().items())) in seen:
            continue
        seen.add(state)
        began = [entry.sequence for entry in SnapshotStore(STATE, "all", SimulatedDisk(files=again.files())).entries()]
        if job.safe and max(began, default=0) < job.safe[0]:
            found.append(f"{cut}, {fate.name}: the point in snapshot {job.safe[0]} was safe, and there is {began}")
        job.run(again, edited=True)
        if outputs(again.files()) != job.replayed(again.files()):
            found.append(f"{cut}, {fate.name}: the outputs are not those of the recorded points")
    return found


@pytest.mark.parametrize("every", [0.0, 1e9])
def test_power_cut_at_every_step_of_a_change_over(every: float) -> None:
    """With snapshots all the time, and with that of the point alone."""
    job = live_job(every)
    disk = SimulatedDisk()
    job.run(disk)
    began, ended = job.change
    assert ended - began >= 8
    points = [cut for cut in cuts(disk.steps) if began - 3 <= cut[0] <= ended + 3]
    assert len(points) > 15
    assert [each for cut in points for each in trouble(job, cut)] == []


@pytest.mark.long
def test_power_cut_at_every_step_of_the_run() -> None:
    job = live_job(0.0)
    disk = SimulatedDisk()
    job.run(disk)
    assert [each for cut in cuts(disk.steps) for each in trouble(job, cut)] == []


@pytest.mark.parametrize("every", [0.0, 1e9])
def test_a_disk_that_fails_during_a_change_over(every: float) -> None:
    """The rules stay as they are, or are taken; the outputs are those of the recorded points."""
    job = live_job(every)
    disk = SimulatedDisk()
    job.run(disk)
    for number in range(*job.change):
        failing = SimulatedDisk()
        failing.fail_at = number
        try:
            job.run(failing)
        except Exception as error:
            assert "cannot be written" in str(error)
            failing = SimulatedDisk(files=failing.files())
            job.run(failing, edited=True)
        assert outputs(failing.files()) == job.replayed(failing.files()), disk.steps[number]


class Forgetful(Recovery):
    """The planted fault: a change over that makes nothing safe."""

    def change(self, shard: object, version: str) -> None:
        """Go on, and say that all is well."""
        self._shard, self.version = shard, version  # type: ignore[assignment]


def test_a_point_that_is_not_made_safe_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    job = live_job(1e9)
    monkeypatch.setattr("tests.recovery.live_job.Recovery", Forgetful)
    disk = SimulatedDisk()
    job.run(disk)
    assert any("was safe, and there is" in each for each in trouble(job, (job.change[1] + 1, 0)))
