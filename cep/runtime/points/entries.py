"""The entries of a file of recorded points, and the form in which they lie there.

    magic (8)  version (2)  crc32 of these ten bytes (4)
    entry:  length (4)  crc32 of what follows (4)  zlib-packed MessagePack
    …

Numbers are big-endian and unsigned. There is no end: a file may be written on. An entry holds the positions that have
changed since the one before, and the texts of rule files that none before it holds.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal as OneOf

import msgspec

from cep.runtime.changeover.archive import Archive, KeptRules
from cep.runtime.output import Step, TimeKind
from cep.runtime.points.version import RulesVersion
from cep.runtime.snapshot_error import SnapshotError

MAGIC = b"CEPPOINT"
VERSION = 0
"""Version of the file's form. 0: free to change between releases."""

_TOP = struct.Struct(">8sH")
_CRC = struct.Struct(">I")
_FRAME = struct.Struct(">II")

Moved = list[tuple[str, int, int]]
"""(topic, partition, next offset) of partitions that are further than at the entry before."""


class TakenEntry(msgspec.Struct, tag="taken", array_like=True):
    """A version of the rules is taken. `inputs`: by source, the connector's own position; `settings`: fingerprints of
    the sources by what they are."""

    mark: str
    rules: list[str]
    archive: Archive
    texts: dict[str, str]
    job: str
    settings: dict[str, str]
    inputs: dict[str, bytes]
    moved: Moved


class StepEntry(msgspec.Struct, tag="step", array_like=True):
    """Time has moved, or a source has ended, without a record that says so. `inputs`: as above, where one has ended."""

    kind: OneOf["idle", "advance", "end"]
    source: str
    topic: str
    partition: int
    watermark: int
    time_kind: TimeKind | None
    moved: Moved
    inputs: dict[str, bytes] = {}


Entry = TakenEntry | StepEntry
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Entry).decode


@dataclass(frozen=True, slots=True)
class Taken:
    """Where a version of the rules was taken: the next offset of every partition that was known then."""

    version: RulesVersion
    job: str
    settings: dict[str, str]
    positions: tuple[tuple[str, int, int], ...]


Point = Taken | Step


def top() -> bytes:
    """The first bytes of a file."""
    found = _TOP.pack(MAGIC, VERSION)
    return found + _CRC.pack(zlib.crc32(found))


def framed(entry: Entry) -> bytes:
    """An entry as it lies in a file."""
    stored = zlib.compress(_encode(entry), 1)
    return _FRAME.pack(len(stored), zlib.crc32(stored)) + stored


def whole_size(data: bytes) -> int:
    """How many first bytes hold whole entries: a last one that is not was being written when the run was cut off.

    Raises `SnapshotError` for a file of something else, of another release, or with a damaged entry before others.
    """
    check_top(data)
    place = _TOP.size + _CRC.size
    while place + _FRAME.size <= len(data):
        length, check = _FRAME.unpack_from(data, place)
        end = place + _FRAME.size + length
        if not length or zlib.crc32(data[place + _FRAME.size : end]) != check:
            if data[end:].strip(b"\0"):
                raise _damaged(f"the entry at byte {place} is not as it was written")
            break
        place = end
    return place


def check_top(data: bytes) -> None:
    """Raise `SnapshotError` for a file that does not start as one of this release."""
    try:
        magic, version = _TOP.unpack_from(data)
        (check,) = _CRC.unpack_from(data, _TOP.size)
    except struct.error as error:
        raise _damaged("it is empty" if not data else "it has no whole start") from error
    if magic != MAGIC or check != zlib.crc32(data[: _TOP.size]):
        raise _damaged("it does not start as one")
    if version != VERSION:
        message = f"the recorded points are in form {version}, and this release reads {VERSION}"
        raise SnapshotError(message, "use the release that wrote them")


def read_points(data: bytes) -> Iterator[Point]:
    """The points of a file whose bytes are whole entries (`whole_size`), in order. Raises `SnapshotError`."""
    positions: dict[tuple[str, int], int] = {}
    texts: dict[str, str] = {}
    for entry in _entries(data):
        positions |= {(topic, number): offset for topic, number, offset in entry.moved}
        reached = tuple((*at, positions[at]) for at in sorted(positions))
        yield _step(entry, reached) if isinstance(entry, StepEntry) else _taken(entry, texts, reached)


def last_inputs(data: bytes) -> dict[str, bytes]:
    """By source, the connector's own position that was noted last. Raises `SnapshotError`."""
    found: dict[str, bytes] = {}
    for entry in _entries(data):
        found |= entry.inputs
    return found


def _entries(data: bytes) -> Iterator[Entry]:
    place = _TOP.size + _CRC.size
    while place < len(data):
        length, _ = _FRAME.unpack_from(data, place)
        place += _FRAME.size
        try:
            yield _decode(zlib.decompress(data[place : place + length]))
        except (zlib.error, msgspec.MsgspecError) as error:
            raise _damaged(f"{type(error).__name__}: {error}") from error
        place += length


def _step(entry: StepEntry, positions: tuple[tuple[str, int, int], ...]) -> Step:
    return Step(
        entry.kind, positions, entry.topic, entry.partition, entry.watermark, entry.time_kind, source=entry.source
    )


def _taken(entry: TakenEntry, texts: dict[str, str], positions: tuple[tuple[str, int, int], ...]) -> Taken:
    texts |= entry.texts
    files = entry.archive.files
    if missing := [name for name, mark in files.items() if mark not in texts]:
        raise _damaged(f"the text of `{missing[0]}` is missing")
    kept = KeptRules(entry.archive, {name: texts[mark] for name, mark in files.items()})
    return Taken(RulesVersion(entry.mark, tuple(entry.rules), kept), entry.job, entry.settings, positions)


def _damaged(detail: str) -> SnapshotError:
    return SnapshotError(f"no whole file of recorded points: {detail}", "use a copy of it, or record a run anew")
