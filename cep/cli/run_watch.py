"""`--watch`: whether the job file, a rule file or a list file has changed, asked of the disk now and then."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cep.connectors.job.model import Job
from cep.language.files import SUFFIX

EVERY = 0.5
"""Seconds between two looks, at least."""
_SHARE = 20
"""A look that takes long is followed by a pause so many times as long."""
_COARSE = 2_000_000_000
"""Nanoseconds after which a file's time is sure to tell one writing from the next."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file as it was: its place on disk, time and size, whether these tell it from any other, and its content."""

    told: tuple[int, int, int]
    sure: bool
    content: bytes


class Watch:
    """Looks at files by their times and sizes, and at the content of those of which these have changed.

    A change counts once two looks in a row have seen the same, so that a file is not read while it is being written.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._due = now()
        self._files: tuple[Path, ...] = ()
        self._folders: tuple[Path, ...] = ()
        self._seen: dict[Path, _Seen] = {}
        self._known = b""
        self._before = b""

    def follow(self, jobs: Sequence[Job], rule_files: Iterable[str]) -> None:
        """Look at these files from now on: those of jobs, the rule files read, and new ones in their folders."""
        targets = [Path(target.partition("::")[0]) for job in jobs for target in job.rules]
        lists = [values.path for job in jobs for values in job.lists.values() if values.path is not None]
        self._folders = tuple(target for target in targets if target.is_dir())
        files = [*targets, *lists, *map(Path, rule_files), *(Path(name) for job in jobs for name in job.sources_text)]
        self._files = tuple(dict.fromkeys(file for file in files if file not in self._folders))

    def changed(self) -> bool:
        """Whether something has changed since the last time that this was so. The first look always says so: what was
        read before it may have changed in between."""
        if self._now() < self._due:
            return False
        began = self._now()
        found = self._look()
        self._due = self._now() + max(EVERY, _SHARE * (self._now() - began))
        settled, self._before = found == self._before, found
        if found == self._known or not settled:
            return False
        self._known = found
        return True

    def _look(self) -> bytes:
        """A hash of all that is watched."""
        names = dict.fromkeys([*self._files, *self._in_folders()])
        self._seen = {name: seen for name in names if (seen := self._file(name)) is not None}
        digest = hashlib.sha256()
        for name in sorted(self._seen):
            digest.update(str(name).encode("utf-8", "surrogatepass") + b"\0" + self._seen[name].content)
        return digest.digest()

    def _in_folders(self) -> Iterator[Path]:
        for folder in self._folders:
            yield from folder.rglob(f"*{SUFFIX}")

    def _file(self, name: Path) -> _Seen | None:
        """A file as it is now; None where there is none to be read."""
        before = self._seen.get(name)
        try:
            found = name.stat()
            told = (found.st_ino, found.st_mtime_ns, found.st_size)
            if before is not None and before.sure and before.told == told:
                return before
            sure = time.time_ns() - found.st_mtime_ns > _COARSE
            return _Seen(told, sure, hashlib.sha256(name.read_bytes()).digest())
        except OSError:
            return None
