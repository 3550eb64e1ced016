"""The checker: what is wrong with what a run leaves behind when it is cut off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from cep.connectors.errors import ConfigurationError, ConnectorFailure
from cep.runtime.snapshot_error import SnapshotError
from cep.testing.simulated_disk import FATES, Fate, PowerCut, SimulatedDisk, Step
from tests.recovery.small_job import SmallJob, outputs

REFUSALS = (SnapshotError, ConfigurationError, ConnectorFailure, OSError)
"""What a run may say instead of going on; anything else that is raised is a defect."""

Files = dict[Path, bytes]
Cut = tuple[int, int]
"""The number of a step, and how many bytes of a write are done."""


def trouble_after(job: SmallJob, files: Files, safe: int = 0) -> str | None:
    """What is wrong when the job goes on with these files: it must, with the right outputs in the end.

    `safe`: the newest snapshot that was said to be safe; it must be there.
    """
    disk = SimulatedDisk(files=files)
    try:
        recovery = job.run(disk)
    except REFUSALS as error:
        return f"the next run is refused: {error}"
    resumed = recovery.before.sequence if recovery.before else 0
    if resumed < safe:
        return f"snapshot {safe} was said to be safe, and the next run goes on from {resumed}"
    return wrong(job, disk.files())


def wrong(job: SmallJob, files: Files) -> str | None:
    """The first output that is not what an undisturbed run writes."""
    found = outputs(files)
    for kind, expected in job.expected.items():
        if found[kind] != expected:
            return f"`{kind}` holds {len(found[kind])} bytes, and not the {len(expected)} of an undisturbed run"
    return None


def steps_of(job: SmallJob, files: Files | None = None) -> list[Step]:
    """The steps of a run that is left alone."""
    disk = SimulatedDisk(files=files)
    job.run(disk)
    return disk.steps


def cuts(steps: list[Step], stride: int | None = None) -> Iterator[Cut]:
    """Every point at which power may be cut: before each step, and within each write at its first byte, its middle and
    its last byte, or after every `stride` bytes."""
    for number, step in enumerate(steps):
        inner = range(1, step.size, stride) if stride else sorted({1, step.size // 2, step.size - 1} - {0, -1})
        yield from ((number, torn) for torn in (0, *(inner if step.kind == "write" else ())))


def cut_off(job: SmallJob, cut: Cut, files: Files | None = None) -> tuple[SimulatedDisk, int]:
    """The disk of a run that was cut off, and the newest snapshot that it said was safe."""
    disk = SimulatedDisk(files=files)
    disk.cut_at, disk.torn = cut
    try:
        job.run(disk)
    except PowerCut:
        return disk, max(job.safe, default=0)
    raise AssertionError(f"a run of {len(disk.steps)} steps was not cut at {cut}")


def troubles(job: SmallJob, points: Iterable[Cut], fates: Iterable[Fate] = FATES) -> Iterator[str]:
    """Everything that is wrong, over all cuts and fates. A state of the disk that was seen before is passed over."""
    seen: set[tuple[int, frozenset[tuple[Path, bytes]]]] = set()
    for cut in points:
        disk, safe = cut_off(job, cut)
        for fate in fates:
            files = disk.after(fate)
            state = safe, frozenset(files.items())
            if state in seen:
                continue
            seen.add(state)
            if trouble := trouble_after(job, files, safe):
                yield f"cut at step {cut[0]} ({disk.steps[cut[0]]}), byte {cut[1]}, {fate.name}: {trouble}"
