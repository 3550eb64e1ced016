"""A snapshot as one file: written whole or not at all, and read whole or refused.

    magic (8)  version (2)  crc32 of these ten bytes (4)
    header: length (4)  crc32 (4)  MessagePack of `Header`
    block:  stored length (4)  crc32 of what is stored (4)  zlib-packed MessagePack map of parts
    …
    end:    length 0 (4)  crc32 of the crcs of the header and of all blocks, in order (4)

Numbers are big-endian and unsigned.
"""

from __future__ import annotations

import contextlib
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from cep.runtime.disk import SYSTEM_DISK, Disk
from cep.runtime.snapshot_error import SnapshotError
from cep.runtime.snapshot_header import Header

MAGIC = b"CEPSTATE"
VERSION = 0
"""Version of the file's form. 0: free to change between releases."""
BLOCK = 1 << 20
"""Bytes of parts gathered into one block, before packing."""
TEMPORARY = ".tmp"
"""How the name of a file ends that is being written."""

_TOP = struct.Struct(">8sH")
_CRC = struct.Struct(">I")
_BLOCK = struct.Struct(">II")
_header = msgspec.msgpack.Decoder(Header)
_parts = msgspec.msgpack.Decoder(dict[bytes, bytes])
_encode = msgspec.msgpack.Encoder().encode


class OtherVersion(SnapshotError):
    """A snapshot file of another form than this release reads; nothing is wrong with it."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot file's content."""

    header: Header
    parts: dict[bytes, bytes]


def write_snapshot(
    path: Path, parts: Mapping[bytes, bytes], header: Header | None = None, disk: Disk = SYSTEM_DISK
) -> None:
    """Write the parts of a shard's snapshot to `path`, in the place of what is there, once they are safe on disk.

    Raises `OSError`; the old file then stands.
    """
    temporary = path.with_name(f".{path.name}{TEMPORARY}")
    try:
        file = disk.open(temporary, private=True)
        try:
            file.cut(0)
            for piece in pack(parts, header):
                rest = memoryview(piece)
                while rest:
                    rest = rest[file.write(rest) :]
            file.sync()
        finally:
            file.close()
        disk.rename(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            disk.remove(temporary)
        raise
    # Without it the new name may not outlive a power cut.
    disk.sync_folder(path.parent)


def read_snapshot(path: Path) -> dict[bytes, bytes]:
    """The parts in a file. Raises `SnapshotError` for a damaged one, `OSError` for one that cannot be read."""
    return unpack(path.read_bytes())


def pack(parts: Mapping[bytes, bytes], header: Header | None = None) -> Iterator[bytes]:
    """The file's bytes, piece by piece."""
    top = _TOP.pack(MAGIC, VERSION)
    yield top + _CRC.pack(zlib.crc32(top))
    seal = 0
    for stored in _stored(parts, header or Header()):
        check = zlib.crc32(stored)
        seal = zlib.crc32(_CRC.pack(check), seal)
        yield _BLOCK.pack(len(stored), check)
        yield stored
    yield _BLOCK.pack(0, seal)


def _stored(parts: Mapping[bytes, bytes], header: Header) -> Iterator[bytes]:
    yield _encode(header)
    for block in _blocks(parts):
        yield zlib.compress(_encode(block), 1)


def _blocks(parts: Mapping[bytes, bytes]) -> Iterator[dict[bytes, bytes]]:
    block: dict[bytes, bytes] = {}
    size = 0
    for name in sorted(parts):
        block[name] = parts[name]
        size += len(name) + len(parts[name])
        if size >= BLOCK:
            yield block
            block, size = {}, 0
    if block:
        yield block


def unpack(data: bytes) -> dict[bytes, bytes]:
    """The parts in a file's bytes. Raises `SnapshotError`."""
    return unpack_snapshot(data).parts


def unpack_snapshot(data: bytes) -> Snapshot:
    """A file's bytes as header and parts. Raises `OtherVersion`, and `SnapshotError` for anything that is not whole."""
    parts: dict[bytes, bytes] = {}
    try:
        stored = _checked(data)
        header = _header.decode(next(stored))
        for block in stored:
            parts |= _parts.decode(zlib.decompress(block))
    except struct.error as error:
        raise _damaged("it ends too early") from error
    except (zlib.error, msgspec.MsgspecError, StopIteration) as error:
        raise _damaged(str(error) or "it has no header") from error
    return Snapshot(header, parts)


def _checked(data: bytes) -> Iterator[bytes]:
    """The header and the blocks, each once its checksum has been found right, and the end at last."""
    magic, version = _TOP.unpack_from(data)
    (check,) = _CRC.unpack_from(data, _TOP.size)
    if magic != MAGIC or check != zlib.crc32(data[: _TOP.size]):
        raise _damaged("it does not start as one")
    if version != VERSION:
        message = f"the snapshot file has version {version}, this release reads {VERSION}"
        raise OtherVersion(message, "use the release that wrote it, or start anew")
    place, seal = _TOP.size + _CRC.size, 0
    while True:
        length, check = _BLOCK.unpack_from(data, place)
        place += _BLOCK.size
        if not length:
            break
        stored = data[place : place + length]
        if len(stored) < length or zlib.crc32(stored) != check:
            raise _damaged(f"the block at byte {place} is torn")
        seal = zlib.crc32(_CRC.pack(check), seal)
        place += length
        yield stored
    if seal != check or place != len(data):
        raise _damaged("its end does not fit")


def _damaged(detail: str) -> SnapshotError:
    return SnapshotError(f"not a whole snapshot file: {detail}", "restore an older snapshot, or start anew")
