"""The port to the disk: what state and outputs need of it, and the disk of the operating system behind it.

Everything that has to outlive a crash goes through here, so that a simulated disk can lose, tear and refuse what a real
one may (`cep.testing.simulated_disk`). What a disk promises is little: written bytes are safe after `sync` of the file,
names after `sync_folder`; of what was not synced, any part may be there or not.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import Protocol

_WRITE = os.O_WRONLY | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)


class OpenFile(Protocol):
    """A file open for writing at its end. All but `close` raise `OSError`."""

    @property
    def is_regular(self) -> bool:
        """Whether it is a file that can be cut, and not a pipe or a device."""

    def size(self) -> int:
        """Bytes in it now."""

    def write(self, data: bytes | memoryview) -> int:
        """Write at the end; returns how many bytes were taken, at least one."""

    def cut(self, size: int) -> None:
        """Keep the first `size` bytes, and write behind them from now on."""

    def sync(self) -> None:
        """Return once all that was written is safe."""

    def close(self) -> None:
        """Let go of it."""


class Disk(Protocol):
    """Folders and files by path. Methods raise `OSError`."""

    def make_folder(self, folder: Path) -> None:
        """Make a folder, and those it lies in, unless they exist; their names are safe afterwards."""

    def names(self, folder: Path) -> list[str]:
        """The names in a folder, in no order."""

    def read(self, path: Path) -> bytes:
        """All bytes of a file."""

    def open(self, path: Path, *, private: bool = False) -> OpenFile:
        """Open a file for writing at its end, made if there is none; `private`: for no other user."""

    def rename(self, old: Path, new: Path) -> None:
        """Give a file another name, in the place of what bears it."""

    def remove(self, path: Path) -> None:
        """Take a file away."""

    def sync_folder(self, folder: Path) -> None:
        """Return once the names in a folder are safe."""

    def lock(self, path: Path) -> OpenFile | None:
        """Hold a lock until the result is closed or the process ends; None where another process holds it."""


class SystemFile:
    """An open descriptor. `owned`: it is closed with the file."""

    def __init__(self, descriptor: int, *, owned: bool) -> None:
        self.descriptor = descriptor
        self._owned = owned
        self.is_regular = stat.S_ISREG(os.fstat(descriptor).st_mode)

    def size(self) -> int:
        """Bytes in it now; 0 for a pipe."""
        return os.fstat(self.descriptor).st_size

    def write(self, data: bytes | memoryview) -> int:
        """Write at the end."""
        return os.write(self.descriptor, data)

    def cut(self, size: int) -> None:
        """Keep the first `size` bytes."""
        if self.is_regular:
            os.ftruncate(self.descriptor, size)
            os.lseek(self.descriptor, size, os.SEEK_SET)

    def sync(self) -> None:
        """Return once all that was written is safe; a pipe or device keeps nothing."""
        if self.is_regular:
            os.fsync(self.descriptor)

    def close(self) -> None:
        """Let go of it."""
        if self._owned:
            os.close(self.descriptor)
            self._owned = False


class SystemDisk:
    """The operating system's files."""

    def make_folder(self, folder: Path) -> None:
        """Make a folder, from the outermost that is missing."""
        missing = [each for each in (folder, *folder.parents) if not each.exists()]
        for each in reversed(missing):
            each.mkdir(exist_ok=True)
            self.sync_folder(each.parent)
        if not missing and not folder.is_dir():
            raise NotADirectoryError(20, "Not a directory", str(folder))

    def names(self, folder: Path) -> list[str]:
        """The names in a folder."""
        return os.listdir(folder)  # noqa: PTH208 - names are what is asked for

    def read(self, path: Path) -> bytes:
        """All bytes of a file."""
        return path.read_bytes()

    def open(self, path: Path, *, private: bool = False) -> SystemFile:
        """Open a file for writing at its end."""
        descriptor = os.open(path, _WRITE, 0o600 if private else 0o666)
        with contextlib.suppress(OSError):  # a pipe has no end to go to
            os.lseek(descriptor, 0, os.SEEK_END)
        return SystemFile(descriptor, owned=True)

    def rename(self, old: Path, new: Path) -> None:
        """Give a file another name."""
        old.replace(new)

    def remove(self, path: Path) -> None:
        """Take a file away."""
        path.unlink()

    def sync_folder(self, folder: Path) -> None:
        """Return once the names in a folder are safe, as far as the system can say: not each lets one be opened."""
        try:
            handle = os.open(folder, os.O_RDONLY)
        except OSError:
            return
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def lock(self, path: Path) -> SystemFile | None:
        """Hold a lock. Where the system has none of this kind, everyone gets it."""
        file = self.open(path, private=True)
        try:
            import fcntl
        except ImportError:
            return file
        try:
            fcntl.flock(file.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        return file


SYSTEM_DISK = SystemDisk()
