"""Where exported lines go: a file for each topic, which bears its name only once it is whole, or standard output."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

from cep.connectors.errors import ConfigurationError, ConnectorFailure
from cep.connectors.export.envelope import line
from cep.connectors.export.merging import Copied

_UNFINISHED = ".part"
_BUFFER = 1 << 20
_OWNER_ONLY = 0o600
"""Records are written as they came in, with all that is in them."""


@dataclass(slots=True)
class Copy:
    """What was copied of one topic. Times: broker's timestamps, microseconds. `longest`: bytes of the longest line."""

    records: int = 0
    bytes: int = 0
    longest: int = 0
    first: int | None = None
    last: int | None = None
    by_partition: dict[int, int] = field(default_factory=dict)

    def count(self, record: Copied, size: int) -> None:
        """One more."""
        self.records += 1
        self.bytes += size
        self.longest = max(self.longest, size)
        self.first = record.stamp if self.first is None else min(self.first, record.stamp)
        self.last = record.stamp if self.last is None else max(self.last, record.stamp)
        number = record.place[1]
        self.by_partition[number] = self.by_partition.get(number, 0) + 1


class Copies(Protocol):
    """Takes records."""

    @property
    def copies(self) -> Mapping[str, Copy]:
        """What was copied so far, by topic."""

    def write(self, records: Iterable[Copied]) -> None:
        """Write them. Raises `ConnectorFailure`; `BrokenPipeError` where the reader has gone."""

    def finish(self) -> None:
        """All are written. Raises `ConnectorFailure`."""

    def close(self) -> None:
        """Let go, and leave nothing unfinished behind."""


class FileCopies:
    """A file for each topic."""

    def __init__(self, paths: Mapping[str, Path]) -> None:
        """Raises `ConfigurationError` where one cannot be written."""
        self.copies: Mapping[str, Copy] = {topic: Copy() for topic in paths}
        self._paths = paths
        self._files: dict[str, BinaryIO] = {}
        try:
            for topic, path in paths.items():
                self._files[topic] = _opened(path)
        except ConfigurationError:
            self.close()
            raise

    def write(self, records: Iterable[Copied]) -> None:
        """Write records, each to the file of its topic."""
        for record in records:
            topic = record.place[0]
            data = _line(record)
            try:
                self._files[topic].write(data)
            except OSError as error:
                raise _failed(self._paths[topic], error) from error
            self.copies[topic].count(record, len(data))

    def finish(self) -> None:
        """Make the files safe, and give them their names."""
        for topic, file in list(self._files.items()):
            path = self._paths[topic]
            try:
                file.flush()
                os.fsync(file.fileno())
                file.close()
                _unfinished(path).replace(path)
            except OSError as error:
                raise _failed(path, error) from error
            del self._files[topic]

    def close(self) -> None:
        """Take away what is not whole."""
        for topic, file in self._files.items():
            _unfinished(self._paths[topic]).unlink(missing_ok=True)
            try:
                file.close()
            except OSError:
                continue  # what its buffer held goes with the file
        self._files.clear()


class StandardOutput:
    """Lines to standard output, of one topic."""

    def __init__(self, topic: str) -> None:
        self._copy = Copy()
        self.copies: Mapping[str, Copy] = {topic: self._copy}

    def write(self, records: Iterable[Copied]) -> None:
        """Write records."""
        out = sys.stdout.buffer
        for record in records:
            data = _line(record)
            out.write(data)
            self._copy.count(record, len(data))

    def finish(self) -> None:
        """Whoever reads has them all."""
        sys.stdout.flush()

    def close(self) -> None:
        """It stays open."""


def _line(record: Copied) -> bytes:
    topic, partition = record.place
    return line(topic, partition, record.offset, record.stamp, record.key, record.value, record.headers) + b"\n"


def _unfinished(path: Path) -> Path:
    return path.with_name(path.name + _UNFINISHED)


def _opened(path: Path) -> BinaryIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(_unfinished(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
    except OSError as error:
        message = f"`{path}` cannot be written: {error.strerror or error}"
        raise ConfigurationError("C0115", message, "choose a place that this user may write", str(path)) from error
    return os.fdopen(descriptor, "wb", _BUFFER)


def _failed(path: Path, error: OSError) -> ConnectorFailure:
    message = f"`{path}` cannot be written: {error.strerror or error}"
    return ConnectorFailure("C0302", message, "make room, or write elsewhere, and rerun", str(path))
