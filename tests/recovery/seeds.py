"""Runs drawn from seeds: larger jobs, cut off several times in a row, on disks that refuse, fill up and forget."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from cep.runtime.recovery import Recovery
from cep.testing.simulated_disk import Fate, PowerCut, SimulatedDisk
from tests.recovery.checking import REFUSALS, Files, trouble_after
from tests.recovery.small_job import STATE, SmallJob


@dataclass
class Outcome:
    """What came of one seed: how often the run was broken off, and what was wrong in the end."""

    breaks: int
    trouble: str | None


def drawn_run(seed: int, recovery: type[Recovery] = Recovery) -> Outcome:
    """One job, broken off up to six times, and then left alone."""
    chance = random.Random(seed)
    job = SmallJob.drawn(
        seed, chance.randrange(40, 160), chance.choice([0.0, 0.05, 0.3, 1e9]), chance.randrange(150, 3000)
    )
    job.recovery = recovery
    files: Files = {}
    breaks, safe = 0, 0
    for _ in range(chance.randrange(1, 7)):
        disk = SimulatedDisk(files=files)
        disk.seconds = chance.choice([0.0, 0.001, 0.02])
        befall(disk, chance, job.length)
        try:
            job.run(disk)
        except PowerCut:
            breaks += 1
            files = disk.after(fate(chance))
        except REFUSALS as error:
            if disk.room is None and disk.fail_at is None:
                return Outcome(breaks, f"refused without a cause: {error}")
            breaks += 1
            files = disk.after(fate(chance))
        else:
            files = disk.files()
        safe = max([safe, *job.safe])
        if chance.random() < 0.15 and damage(files, chance):
            safe = 0
    return Outcome(breaks, trouble_after(job, files, safe))


def befall(disk: SimulatedDisk, chance: random.Random, length: int) -> None:
    """What is to befall a disk."""
    match chance.randrange(10):
        case 0:
            disk.room = chance.randrange(20_000)
        case 1:
            disk.fail_at = chance.randrange(length)
        case _:
            disk.cut_at = chance.randrange(length)
            disk.torn = chance.randrange(2000)


def fate(chance: random.Random) -> Fate:
    """What a power cut leaves."""
    share = [0.0, 1.0, chance.random()]
    return Fate("drawn", chance.choice(share), chance.choice(share), chance.choice(["safe", "nothing", "zeros"]))


def damage(files: Files, chance: random.Random) -> bool:
    """Change a snapshot, if there is one."""
    snapshots = sorted(path for path in files if path.parent == STATE and path.suffix == ".snapshot" and files[path])
    if not snapshots:
        return False
    path: Path = chance.choice(snapshots)
    data, at = files[path], chance.randrange(len(files[path]))
    files[path] = data[:at] if chance.random() < 0.5 else data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]
    return True
