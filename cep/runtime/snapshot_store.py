"""The snapshots of one shard in a folder, numbered by sequence: the newest whole one counts, three are kept."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cep.runtime.disk import SYSTEM_DISK, Disk, OpenFile
from cep.runtime.snapshot_error import SnapshotError
from cep.runtime.snapshot_file import TEMPORARY, OtherVersion, Snapshot, unpack_snapshot, write_snapshot
from cep.runtime.snapshot_header import Header

KEPT = 3
"""How many snapshots are kept."""
_NAME = re.compile(r"(?P<shard>[\w-]+)\.(?P<sequence>\d{12})\.snapshot")
_LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Entry:
    """One snapshot file: its sequence, path and size in bytes, and its content or what is wrong with it."""

    sequence: int
    path: Path
    size: int
    content: Snapshot | SnapshotError


class SnapshotStore:
    """Reads and writes the snapshots of `shard` in `folder`. `warn` is told about those that are passed over."""

    def __init__(
        self,
        folder: Path,
        shard: str = "all",
        disk: Disk = SYSTEM_DISK,
        warn: Callable[[str], None] = lambda message: None,
    ) -> None:
        self.folder = folder
        self.shard = shard
        self._disk = disk
        self._warn = warn

    def open(self) -> OpenFile | None:
        """Make the folder, hold its lock until the result is closed, clear away what a crash has left.

        None where another process holds the lock. Raises `OSError`.
        """
        self._disk.make_folder(self.folder)
        lock = self._disk.lock(self.folder / _LOCK)
        if lock is not None:
            for name in self._disk.names(self.folder):
                if name.startswith(f".{self.shard}.") and name.endswith(TEMPORARY):
                    self._disk.remove(self.folder / name)
        return lock

    def sequences(self) -> list[int]:
        """The sequences of the snapshots that are there, whole or not, oldest first. Raises `OSError`."""
        try:
            names = self._disk.names(self.folder)
        except FileNotFoundError:
            return []
        found = (_NAME.fullmatch(name) for name in names)
        return sorted(int(match["sequence"]) for match in found if match and match["shard"] == self.shard)

    def path(self, sequence: int) -> Path:
        """Where a snapshot is."""
        return self.folder / f"{self.shard}.{sequence:012}.snapshot"

    def entries(self) -> Iterator[Entry]:
        """All snapshots, newest first, each read when it is reached. Raises `OSError` if the folder cannot be read."""
        for sequence in reversed(self.sequences()):
            path = self.path(sequence)
            size = 0
            content: Snapshot | SnapshotError
            try:
                data = self._disk.read(path)
                size = len(data)
                content = unpack_snapshot(data)
            except OSError as error:
                content = SnapshotError(f"it cannot be read: {error.strerror or error}", "check the file's rights")
            except SnapshotError as error:
                content = error
            yield Entry(sequence, path, size, content)

    def newest(self) -> Snapshot | None:
        """The newest whole snapshot; None where there is none. Those that are not whole are passed over with a warning.

        Raises `OSError`, and `OtherVersion` for one that a release with another form has written.
        """
        for entry in self.entries():
            if isinstance(entry.content, Snapshot):
                return entry.content
            if isinstance(entry.content, OtherVersion):
                raise entry.content
            self._warn(f"snapshot `{entry.path}` is passed over: {entry.content.message}")
        return None

    def next_sequence(self) -> int:
        """The sequence of the snapshot to be written next: above all that are there, whole or not."""
        return max(self.sequences(), default=0) + 1

    def write(self, header: Header, parts: dict[bytes, bytes]) -> None:
        """Write the snapshot `header.sequence`; once it is safe, the oldest go. Raises `OSError`; the others stand."""
        write_snapshot(self.path(header.sequence), parts, header, self._disk)
        self.keep(self.sequences()[-KEPT:])

    def drop(self, sequence: int) -> None:
        """Take one snapshot away, if it is there and can be."""
        with contextlib.suppress(OSError):
            self._disk.remove(self.path(sequence))
            self._disk.sync_folder(self.folder)

    def keep(self, sequences: list[int]) -> None:
        """Take away all snapshots but these. One that cannot be taken away stays."""
        for sequence in self.sequences():
            if sequence not in sequences:
                with contextlib.suppress(OSError):
                    self._disk.remove(self.path(sequence))
        with contextlib.suppress(OSError):
            self._disk.sync_folder(self.folder)
