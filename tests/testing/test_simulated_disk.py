"""The simulated disk does what the system's does, and forgets what was not made safe."""

from __future__ import annotations

from pathlib import Path

import pytest

from cep.runtime.disk import Disk, SystemDisk
from cep.testing.simulated_disk import FATES, Fate, PowerCut, SimulatedDisk

ALL, NOTHING, NAMES_ALONE = FATES[0], FATES[1], FATES[2]


def write(disk: Disk, path: Path, data: bytes, *, safe: bool) -> None:
    """Write behind what is there."""
    file = disk.open(path)
    while data:
        data = data[file.write(data) :]
    if safe:
        file.sync()
        disk.sync_folder(path.parent)
    file.close()


@pytest.mark.parametrize("kind", [SystemDisk, SimulatedDisk])
def test_both_disks_keep_to_the_port(kind: type[Disk], tmp_path: Path) -> None:
    disk, folder = kind(), tmp_path / "a" / "b"
    disk.make_folder(folder)
    disk.make_folder(folder)
    write(disk, folder / "one", b"abc", safe=True)
    write(disk, folder / "one", b"def", safe=False)
    assert disk.read(folder / "one") == b"abcdef"
    file = disk.open(folder / "one")
    assert (file.size(), file.is_regular) == (6, True)
    file.cut(2)
    assert file.write(memoryview(b"xyz")) == 3
    assert (file.size(), disk.read(folder / "one")) == (5, b"abxyz")
    file.close()
    write(disk, folder / "two", b"2", safe=False)
    disk.rename(folder / "two", folder / "one")
    assert (disk.names(folder), disk.read(folder / "one")) == (["one"], b"2")
    disk.remove(folder / "one")
    assert disk.names(folder) == []
    for missing in (lambda: disk.read(folder / "one"), lambda: disk.remove(folder / "one")):
        with pytest.raises(FileNotFoundError):
            missing()
    lock = disk.lock(folder / "lock")
    assert lock is not None and disk.lock(folder / "lock") is None
    lock.close()
    again = disk.lock(folder / "lock")
    assert again is not None
    again.close()


def test_what_was_not_made_safe_may_be_lost() -> None:
    disk, path = SimulatedDisk(), Path("/f/file")
    write(disk, path, b"safe", safe=True)
    write(disk, path, b"more", safe=False)
    found = [disk.after(fate)[path] for fate in FATES]
    assert found == [b"safemore", b"safe", b"safe", b"safemore", b"safemo", b"safemo\0\0", b"safemo"]
    write(disk, path, b"", safe=True)
    assert {disk.after(fate)[path] for fate in FATES} == {b"safemore"}


def test_a_file_that_was_cut_may_have_its_end_again() -> None:
    disk, path = SimulatedDisk(), Path("/f/file")
    write(disk, path, b"0123456789", safe=True)
    file = disk.open(path)
    file.cut(4)
    file.write(b"abcd")
    assert disk.after(NOTHING)[path] == b"0123456789"
    assert disk.after(Fate("half", 1.0, 0.5))[path] == b"0123ab6789"
    assert disk.after(Fate("half", 1.0, 0.5, "nothing"))[path] == b"0123ab"


def test_names_are_safe_only_with_their_folder() -> None:
    disk, old, new = SimulatedDisk(), Path("/f/old"), Path("/f/new")
    write(disk, new, b"before", safe=True)
    write(disk, old, b"after", safe=False)
    assert old not in disk.after(NOTHING)
    disk.open(old).sync()
    disk.rename(old, new)
    assert disk.after(NOTHING) == {new: b"before"}
    assert disk.after(NAMES_ALONE) == {new: b"after"}
    disk.sync_folder(new.parent)
    assert disk.after(NOTHING) == {new: b"after"}
    disk.remove(new)
    assert disk.after(NOTHING) == {new: b"after"}
    assert disk.after(ALL) == {}


def test_power_is_cut_in_the_middle_of_a_write_and_stays_off() -> None:
    disk, path = SimulatedDisk(), Path("/f/file")
    disk.cut_at, disk.torn = 1, 2
    with pytest.raises(PowerCut):
        write(disk, path, b"abcdef", safe=True)
    assert disk.after(ALL) == {path: b"ab"}
    with pytest.raises(PowerCut):
        disk.read(path)
    with pytest.raises(PowerCut):
        disk.sync_folder(path.parent)


def test_disks_that_refuse() -> None:
    full = SimulatedDisk()
    full.room = 4
    with pytest.raises(OSError, match="No space left"):
        write(full, Path("/f/file"), b"abcdef", safe=True)
    assert full.files() == {Path("/f/file"): b"abcd"}
    failing = SimulatedDisk()
    failing.fail_at = 1
    with pytest.raises(OSError, match="Input/output error"):
        write(failing, Path("/f/file"), b"abcdef", safe=True)
    write(failing, Path("/f/file"), b"abcdef", safe=True)
    read_only = SimulatedDisk(files={Path("/f/file"): b"a"})
    read_only.is_read_only = True
    with pytest.raises(OSError, match="Read-only"):
        write(read_only, Path("/f/file"), b"b", safe=True)
    slow = SimulatedDisk()
    slow.seconds = 2.0
    before = slow.clock.elapsed()
    write(slow, Path("/f/file"), b"b", safe=True)
    assert slow.clock.elapsed() - before == 8.0
    assert slow.clock.wall() == int(slow.clock.now * 1_000_000)
