"""Power is cut at every point of every write of a small run, disks refuse; and the checker is checked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cep.connectors.errors import ConfigurationError
from cep.runtime.recovery import Recovery, StateTooOld
from cep.runtime.snapshot_header import Header
from cep.testing.simulated_disk import FATES, PowerCut, SimulatedDisk, SimulatedFile
from tests.recovery.checking import REFUSALS, cut_off, cuts, steps_of, trouble_after, troubles
from tests.recovery.small_job import STATE, RecordingStore, SmallJob, outputs

SMALL = {"count": 30, "piece": 600}


@pytest.fixture
def job() -> SmallJob:
    """A small job with a snapshot after every piece."""
    job = SmallJob.drawn(4, **SMALL)
    assert all(job.expected.values()), "each output has something in it"
    return job


def test_power_cut_at_every_point_of_every_write(job: SmallJob) -> None:
    points = list(cuts(steps_of(job)))
    assert len(points) > 400
    assert list(troubles(job, points)) == []


@pytest.mark.long
@pytest.mark.parametrize("every", [0.0, 0.05, 1e9])
def test_power_cut_all_over_every_write(every: float) -> None:
    job = SmallJob.drawn(5, every=every, **SMALL)
    assert list(troubles(job, cuts(steps_of(job), stride=16))) == []


def test_power_cut_while_a_run_begins_anew(job: SmallJob) -> None:
    """With the outputs and the snapshots of a run over other inputs on the disk."""
    disk = SimulatedDisk()
    SmallJob.drawn(9, **SMALL).run(disk)
    before = disk.files()
    again = SimulatedDisk(files=before)
    job.run(again, from_start=True)
    assert outputs(again.files()) == job.expected
    first = next(number for number, step in enumerate(again.steps) if step.kind == "write" and step.name == "alerts")
    found, seen = set(), set()
    for number in range(first + 1):
        cut = SimulatedDisk(files=before)
        cut.cut_at = number
        with pytest.raises(PowerCut):
            job.run(cut, from_start=True)
        for fate in FATES:
            files = cut.after(fate)
            if (state := frozenset(files.items())) in seen:
                continue
            seen.add(state)
            after = SimulatedDisk(files=files)
            try:
                job.run(after)
            except REFUSALS as error:
                # the old state stands, and does not go with the new inputs
                found.add(type(error))
            else:
                assert outputs(after.files()) == job.expected
                found.add(SmallJob)
    assert found == {ConfigurationError, SmallJob}


# ---------------------------------------------------------------- disks that refuse


def test_a_disk_that_is_full_at_any_byte(job: SmallJob) -> None:
    whole = SimulatedDisk()
    job.run(whole)
    needed = sum(step.size for step in whole.steps)
    ended = 0
    for room in range(0, needed, 131):
        disk = SimulatedDisk()
        disk.room = room
        try:
            recovery = job.run(disk)
        except REFUSALS:
            pass
        else:
            # only snapshots found no room
            ended += 1
            assert recovery.failure is not None
            assert outputs(disk.files()) == job.expected
            assert any("the state cannot be written" in text for text in job.said)
        assert trouble_after(job, disk.files(), max(job.safe, default=0)) is None
    assert ended < needed // 131


def test_a_run_gets_no_further_ahead_of_its_last_snapshot_than_it_may(job: SmallJob) -> None:
    class Bounded(Recovery):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options, oldest=1.0)

    class Full(RecordingStore):
        def write(self, header: Header, parts: dict[bytes, bytes]) -> None:
            if header.sequence > 7:
                raise OSError(28, "no space left")
            super().write(header, parts)

    bounded = replace(job, recovery=Bounded, store=Full)
    disk = SimulatedDisk()
    disk.seconds = 0.2
    with pytest.raises(StateTooOld, match="no space left"):
        bounded.run(disk)
    read = len(outputs(disk.files())["alerts"])
    assert 0 < read < len(job.expected["alerts"])
    assert trouble_after(job, disk.files(), 7) is None
    quick = SimulatedDisk()
    bounded.run(quick)
    assert outputs(quick.files()) == job.expected, "where it is never that old, it goes on"


@pytest.mark.parametrize("fate", FATES[:3], ids=lambda fate: fate.name)
def test_a_disk_that_fails_once_at_any_step(fate: object, job: SmallJob) -> None:
    for number in range(0, len(steps_of(job)), 2):
        disk = SimulatedDisk()
        disk.fail_at = number
        try:
            job.run(disk)
        except REFUSALS:
            safe = max(job.safe, default=0)
            assert trouble_after(job, disk.after(fate), safe) is None  # type: ignore[arg-type]
        else:
            assert outputs(disk.files()) == job.expected


def test_a_disk_that_may_only_be_read(job: SmallJob) -> None:
    disk, _ = cut_off(job, (100, 0))
    before = disk.files()
    read_only = SimulatedDisk(files=before)
    read_only.is_read_only = True
    with pytest.raises(REFUSALS, match="Read-only file system"):
        job.run(read_only)
    assert read_only.files() == before
    assert trouble_after(job, before) is None


def test_a_slow_disk_is_given_time(job: SmallJob) -> None:
    """The time between snapshots counts from the end of the one before."""
    job.every = 5.0
    disk = SimulatedDisk()
    disk.seconds = 1.0
    job.run(disk)
    assert outputs(disk.files()) == job.expected
    pauses, last = [], 0
    for number, step in enumerate(disk.steps):
        if step.kind == "create" and step.name.endswith(".tmp"):
            pauses.append(number - last)
        if step.kind == "sync folder" and step.name == STATE.name:
            last = number
    assert len(pauses) >= 3
    assert min(pauses[1:-1]) >= 5


# ---------------------------------------------------------------- files that were changed


def damaged_runs(job: SmallJob, step: int) -> int:
    """Take a snapshot of a run that was cut off, cut it to every length and flip every byte of it: each is passed over
    with a warning. The run then goes on, and is watched to its end, at each `step`-th place."""
    disk, _ = cut_off(job, (150, 0))
    files = disk.files()
    store = RecordingStore(STATE, "all", SimulatedDisk(files=files))
    sequences = store.sequences()
    path = store.path(sequences[-1])
    data = files[path]
    changed = [data[:length] for length in range(len(data))]
    changed += [data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :] for at in range(len(data))]
    for number, damaged in enumerate(changed):
        said: list[str] = []
        found = RecordingStore(STATE, "all", SimulatedDisk(files=files | {path: damaged}), said.append).newest()
        assert found is not None and found.header.sequence == sequences[-2]
        assert len(said) == 1 and path.name in said[0]
        if number % step == 0:
            assert trouble_after(job, files | {path: damaged}, sequences[-2]) is None
            assert path.name in job.said[0]
    return len(changed)


def test_every_length_and_every_byte_of_a_snapshot(job: SmallJob) -> None:
    assert damaged_runs(job, 97) > 1000


@pytest.mark.long
def test_every_length_and_every_byte_with_the_run_behind_it(job: SmallJob) -> None:
    assert damaged_runs(job, 1) > 1000


def test_all_snapshots_damaged(job: SmallJob) -> None:
    disk, _ = cut_off(job, (150, 0))
    files = disk.files()
    for path in list(files):
        if path.parent == STATE:
            files[path] = files[path][:-1]
    assert trouble_after(job, files) is None
    assert "no snapshot is whole" in job.said[-1]


# ---------------------------------------------------------------- the checker is checked


class AlertsLater(Recovery):
    """Fault: how far the inputs were read is saved before the alerts are safe."""

    def end(self) -> None:
        """Write the snapshot first."""
        sync, self._outputs.sync = self._outputs.sync, lambda: None  # type: ignore[method-assign]
        try:
            super().end()
        finally:
            self._outputs.sync = sync  # type: ignore[method-assign]
        sync()


def found_by(job: SmallJob) -> str:
    """The first thing that the checker finds, once there are alerts."""
    points = list(cuts(steps_of(job)))
    return next(troubles(job, points[len(points) // 4 :]), "")


def test_an_offset_saved_before_the_alerts_are_safe_is_caught(job: SmallJob) -> None:
    job.recovery = AlertsLater
    assert "the state was written when it held" in found_by(job)


@pytest.mark.parametrize(
    ("what", "found"),
    [("alerts", "the state was written when it held"), (".snapshot.tmp", "was said to be safe")],
)
def test_no_fsync_of_a_file_is_caught(what: str, found: str, job: SmallJob, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = SimulatedFile.sync

    def careless(file: SimulatedFile) -> None:
        if not file.path.name.endswith(what):
            sync(file)

    monkeypatch.setattr(SimulatedFile, "sync", careless)
    assert found in found_by(job)


@pytest.mark.parametrize("folder", ["out", "state"])
def test_no_fsync_of_a_folder_is_caught(folder: str, job: SmallJob, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = SimulatedDisk.sync_folder

    def careless(disk: SimulatedDisk, path: Path) -> None:
        if path.name != folder:
            sync(disk, path)

    monkeypatch.setattr(SimulatedDisk, "sync_folder", careless)
    assert found_by(job)


def test_half_a_snapshot_accepted_is_caught(job: SmallJob, monkeypatch: pytest.MonkeyPatch) -> None:
    from cep.runtime import snapshot_file

    checked = snapshot_file._checked

    def half(data: bytes) -> object:
        """As far as it goes."""
        try:
            yield from checked(data)
        except Exception:
            return

    monkeypatch.setattr(snapshot_file, "_checked", half)
    with pytest.raises(AssertionError):
        damaged_runs(job, 100_000)


def test_half_a_state_gives_wrong_alerts(job: SmallJob, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the checksums are there for: a state that lacks parts is taken over without complaint."""
    from cep.runtime import snapshot_store
    from cep.runtime.snapshot_file import Snapshot, unpack_snapshot

    def half(data: bytes) -> Snapshot:
        whole = unpack_snapshot(data)
        return Snapshot(whole.header, {name: part for name, part in whole.parts.items() if b"rule:" not in name})

    disk, safe = cut_off(job, (150, 0))
    assert trouble_after(job, disk.files(), safe) is None
    monkeypatch.setattr(snapshot_store, "unpack_snapshot", half)
    assert "of an undisturbed run" in str(trouble_after(job, disk.files(), safe))
