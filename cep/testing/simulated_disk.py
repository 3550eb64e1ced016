"""A disk in memory that forgets, tears, refuses and dawdles as real ones may, and a clock that moves only by its work.

It is behind the same port as the system's (`cep.runtime.disk`). Each call that changes something is a *step*, and is
logged; power can be cut at any step, also in the middle of a write. What is left is decided by a `Fate`: of everything
that was not made safe by `sync` or `sync_folder`, all, nothing or a part may be there.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple


class PowerCut(BaseException):
    """The machine has stopped: nothing that runs on it goes on. Not an `Exception`, which a program might handle."""


class Step(NamedTuple):
    """One call that changed something: what it did, to which name, and how many bytes it wrote."""

    kind: str
    name: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class Fate:
    """What a power cut leaves of what was not safe.

    `names`: how many of the changes of names since the folder was synced are there, from the oldest, as a share.
    `data`: how far each file is as it was written last, as a share of its length; `rest`: what lies behind that: the
    safe bytes, nothing, or zeros up to the length written.
    """

    name: str
    names: float
    data: float
    rest: str = "safe"


FATES = (
    Fate("all is there", 1.0, 1.0),
    Fate("nothing is there", 0.0, 0.0),
    Fate("names without data", 1.0, 0.0),
    Fate("data without names", 0.0, 1.0),
    Fate("half of the data", 1.0, 0.5, "nothing"),
    Fate("zeros for half of the data", 1.0, 0.5, "zeros"),
    Fate("half of everything", 0.5, 0.5),
)
"""All corners, and some of the middle. The first is also what the death of a process leaves."""


class SimulatedClock:
    """A clock that moves when it is told, or by the work of a disk."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now

    def wall(self) -> int:
        """Microseconds since the epoch."""
        return int(self.now * 1_000_000)

    def elapsed(self) -> float:
        """Seconds."""
        return self.now


@dataclass(slots=True, eq=False)
class Content:
    """The bytes of one file, as written last and as they are safe."""

    data: bytes = b""
    safe: bytes = b""

    def after(self, fate: Fate) -> bytes:
        """What a power cut leaves."""
        if fate.data >= 1:
            return self.data
        same = _common(self.data, self.safe)
        kept = same + int((len(self.data) - same) * fate.data)
        rest = {"safe": self.safe[kept:], "nothing": b"", "zeros": bytes(len(self.data) - kept)}
        return self.data[:kept] + rest[fate.rest]


def _common(one: bytes, other: bytes) -> int:
    """How many first bytes are the same."""
    size = min(len(one), len(other))
    if one[:size] == other[:size]:
        return size
    return next(at for at in range(size) if one[at] != other[at])


Names = dict[Path, Content]


def _forget(names: Names, path: Path) -> None:
    names.pop(path, None)


class SimulatedDisk:
    """Files by path.

    `cut_at`: the number of the step at which power is cut; of a write, `torn` bytes are done by then. `fail_at`: the
    number of a step that is refused with an I/O error. `room`: bytes that may be written until the disk is full.
    `seconds`: what a step takes by `clock`.
    """

    def __init__(self, clock: SimulatedClock | None = None, files: dict[Path, bytes] | None = None) -> None:
        self.clock = clock or SimulatedClock()
        self.steps: list[Step] = []
        self.cut_at: int | None = None
        self.torn = 0
        self.fail_at: int | None = None
        self.room: int | None = None
        self.is_read_only = False
        self.seconds = 0.0
        self._names: Names = {path: Content(data, data) for path, data in (files or {}).items()}
        self._safe: Names = dict(self._names)
        self._changes: list[tuple[Path, Callable[[Names], None]]] = []
        self._locked: set[Path] = set()
        self._is_off = False

    # ------------------------------------------------------------ the port

    def make_folder(self, folder: Path) -> None:
        """Folders are always there."""

    def names(self, folder: Path) -> list[str]:
        """The names in a folder."""
        self._check()
        return [path.name for path in self._names if path.parent == folder]

    def read(self, path: Path) -> bytes:
        """All bytes of a file."""
        self._check()
        if path not in self._names:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        return self._names[path].data

    def open(self, path: Path, *, private: bool = False) -> SimulatedFile:
        """Open a file for writing at its end."""
        if path not in self._names:
            self.step("create", path)
            content = Content()
            self._change(path, lambda names: names.__setitem__(path, content))
        return SimulatedFile(self, path, self._names[path])

    def rename(self, old: Path, new: Path) -> None:
        """Give a file another name."""
        self.step("rename", new)
        self._change(new, lambda names: names.__setitem__(new, names.pop(old)) if old in names else None)

    def remove(self, path: Path) -> None:
        """Take a file away."""
        if path not in self._names:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        self.step("remove", path)
        self._change(path, lambda names: _forget(names, path))

    def sync_folder(self, folder: Path) -> None:
        """Make the names in a folder safe."""
        self.step("sync folder", folder)
        for path, change in self._changes:
            if path.parent == folder:
                change(self._safe)
        self._changes = [each for each in self._changes if each[0].parent != folder]

    def lock(self, path: Path) -> SimulatedFile | None:
        """Hold a lock."""
        self._check()
        if path in self._locked:
            return None
        self._locked.add(path)
        return SimulatedFile(self, path, Content(), lambda: self._locked.discard(path))

    # ------------------------------------------------------------ what befalls it

    def files(self) -> dict[Path, bytes]:
        """What is there for those who look now."""
        return {path: content.data for path, content in self._names.items()}

    def after(self, fate: Fate) -> dict[Path, bytes]:
        """The files that are there when power comes back."""
        names = dict(self._safe)
        for _, change in self._changes[: round(len(self._changes) * fate.names)]:
            change(names)
        return {path: content.after(fate) for path, content in names.items()}

    def step(self, kind: str, path: Path, size: int = 0) -> int:
        """Something is about to change; returns how many of `size` bytes fit. Raises what is to befall it."""
        self._check()
        number = len(self.steps)
        self.steps.append(Step(kind, path.name, size))
        self.clock.now += self.seconds
        if number == self.cut_at:
            self._is_off = True
            return min(self.torn, size)
        if self.is_read_only:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        if number == self.fail_at:
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        if self.room is not None and kind in ("write", "create"):
            if self.room <= 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
            size = min(size, self.room)
            self.room -= size
        return size

    def end_step(self) -> None:
        """Stop here if power was cut in this step."""
        self._check()

    def _check(self) -> None:
        if self._is_off:
            raise PowerCut

    def _change(self, path: Path, change: Callable[[Names], None]) -> None:
        self.end_step()
        change(self._names)
        self._changes.append((path, change))


@dataclass(slots=True)
class SimulatedFile:
    """A file open for writing at its end. `closing` is called when it is closed."""

    disk: SimulatedDisk
    path: Path
    content: Content
    closing: Callable[[], None] = field(default=lambda: None)
    is_regular: bool = True

    def size(self) -> int:
        """Bytes in it now."""
        return len(self.content.data)

    def write(self, data: bytes | memoryview) -> int:
        """Write at the end, as far as there is room."""
        done = self.disk.step("write", self.path, len(data))
        self.content.data += bytes(data[:done])
        self.disk.end_step()
        return done

    def cut(self, size: int) -> None:
        """Keep the first `size` bytes."""
        if size != len(self.content.data):
            self.disk.step("cut", self.path)
            self.disk.end_step()
            self.content.data = self.content.data[:size].ljust(size, b"\x00")

    def sync(self) -> None:
        """Make all that was written safe."""
        self.disk.step("sync", self.path)
        self.disk.end_step()
        self.content.safe = self.content.data

    def close(self) -> None:
        """Let go of it."""
        self.closing()
