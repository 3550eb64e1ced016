"""Outputs that would destroy what is read, or each other, found before anything is opened for writing."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

READ, TAKEN = "C0256", "C0257"

Place = Path | str | int
"""A path, or the descriptor of an open stream."""


@dataclass(frozen=True, slots=True)
class Clash:
    """An output that cannot be where it is to go: a stable code, a sentence, a fix, and the output's path."""

    code: str
    message: str
    fix: str
    place: str

    def __str__(self) -> str:
        return f"cep: error[{self.code}]: {self.message}\n   = help: {self.fix}"


def first_clash(outputs: Iterable[tuple[str, Place]], read: Iterable[Place]) -> Clash | None:
    """The first of `outputs` (what it holds, where it goes) that is one of the files read or that another one is.

    Links of both kinds are followed. Pipes and devices clash with nothing.
    """
    sources = {found: _shown(place, "stdin") for place in read if (found := _identity(place)) is not None}
    taken: dict[object, str] = {}
    for what, place in outputs:
        found = _identity(place)
        if found is None:
            continue
        shown = _shown(place, "stdout")
        if found in sources:
            return Clash(READ, _overwriting(shown, sources[found], what), "write to another file", shown)
        if found in taken:
            message = f"`{shown}` is to hold {taken[found]} and {what}"
            return Clash(TAKEN, message, "give each a file of its own", shown)
        taken[found] = what
    return None


def _overwriting(shown: str, source: str, what: str) -> str:
    same = "" if shown == source else f"the same file as `{source}`, which is "
    return f"`{shown}` is {same}read, and would be overwritten with {what}"


def _shown(place: Place, stream: str) -> str:
    return stream if isinstance(place, int) else str(place)


def _identity(place: Place) -> object | None:
    """What two names of one file have in common: its number on its disk, or its path where it is yet to be made."""
    try:
        found = os.fstat(place) if isinstance(place, int) else Path(place).stat()
    except OSError:
        return None if isinstance(place, int) else os.path.realpath(place)
    return (found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else None
