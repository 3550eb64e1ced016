"""What a kept outcome depends on besides the text: the code that checks, and what it asks."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from cep.language.tables import grammar_path

_ASKED = ("re2", "tzdata", "msgspec")
"""Packages that decide what is a regular expression and what a time zone, or write what is kept."""
_ZONES = ("/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo")
"""Where Python looks for time zones."""


@lru_cache(maxsize=1)
def stamp() -> bytes:
    """A hash that changes whenever the code of this room, the grammar, or a package it asks is another.

    Of files their size and times count, as for Python's own compiled modules; the time of change (ctime) among them,
    which no installer sets back. Raises `OSError` where the code lies in no folder.
    """
    parts = [sys.version, os.environ.get("PYTHONTZPATH", ""), *_code(Path(__file__).parent.parent)]
    parts.append(_state(grammar_path()))
    parts.extend(_state(Path(zone)) for zone in _ZONES if Path(zone).exists())
    for name in _ASKED:
        spec = find_spec(name)
        if spec is not None and spec.origin:
            parts.append(_state(Path(spec.origin)))
    return sha256("\n".join(parts).encode("utf-8", "surrogateescape")).digest()


def _code(folder: Path) -> Iterator[str]:
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        if entry.is_dir():
            yield from _code(Path(entry.path)) if entry.name != "__pycache__" else ()
        elif entry.name.endswith(".py"):
            yield _state(Path(entry.path))


def _state(path: Path) -> str:
    found = path.stat()
    return f"{path} {found.st_size} {found.st_mtime_ns} {found.st_ctime_ns}"
