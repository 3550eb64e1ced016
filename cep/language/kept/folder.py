"""The folder of kept outcomes: quiet, safe to lose, never required.

It is used only if it belongs to the user and nobody else may write to it, and so for each file in it. A file is written
aside and renamed, and begins with a hash of the rest: half a file, or another's, is as good as none.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

BOUND = 64 * 1024 * 1024
"""Bytes that the files of the folder may take together; the oldest go first."""
_KEPT_SHARE = 0.75
"""Of the bound, how much a sweep leaves, so that not every check has to sweep."""
_HASH = 32


def cache_folder() -> Path:
    """Where the user's outcomes are kept. Raises `RuntimeError` for a user without a home."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "cep" / "checked"


class Folder:
    """Files by name in one folder. Whatever goes wrong with them, they are then just not there."""

    def __init__(self, path: Path, bound: int = BOUND) -> None:
        self.path = path
        self.bound = bound
        self._written = False
        self._ours: bool | None = None

    def read(self, name: str) -> bytes | None:
        """What was kept under a name; None where there is nothing whole, or it may be another's."""
        if not self._usable():
            return None
        with suppress(OSError):
            handle = os.open(self.path / name, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
            with os.fdopen(handle, "rb") as file:
                if not _only_ours(os.fstat(handle)):
                    return None
                data = file.read()
            if sha256(data[_HASH:]).digest() == data[:_HASH]:
                return data[_HASH:]
        return None

    def write(self, name: str, data: bytes) -> None:
        """Keep something under a name."""
        with suppress(OSError):
            if not self._written:
                self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._ours = None
            if not self._usable():
                return
            aside = self.path / f"{name}.{os.getpid()}.tmp"
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            with os.fdopen(os.open(aside, flags, 0o600), "wb") as file:
                file.write(sha256(data).digest() + data)
            aside.replace(self.path / name)
            self._written = True

    def sweep(self) -> None:
        """Where something was written and the folder has outgrown its bound: take the oldest files out."""
        if not self._written:
            return
        with suppress(OSError):
            with os.scandir(self.path) as entries:
                files = sorted((found.st_mtime_ns, found.st_size, e.path) for e in entries if (found := e.stat()))
            total = sum(size for _, size, _ in files)
            if total <= self.bound:
                return
            for _, size, path in files:
                if total <= self.bound * _KEPT_SHARE:
                    return
                with suppress(OSError):
                    Path(path).unlink()
                total -= size

    def _usable(self) -> bool:
        if self._ours is None:
            try:
                found = self.path.lstat()
            except OSError:
                self._ours = False
            else:
                self._ours = stat.S_ISDIR(found.st_mode) and _only_ours(found)
        return self._ours


def _only_ours(found: os.stat_result) -> bool:
    """Whether something belongs to this user and nobody else may write to it; on Windows the profile sees to that."""
    if not hasattr(os, "geteuid"):
        return True
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
