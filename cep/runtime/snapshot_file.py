"""A snapshot as one file: written whole or not at all, and read whole or refused.

    magic (8)  version (2)
    block: stored length (4)  crc32 of what is stored (4)  zlib-packed MessagePack map of parts
    …
    end:   length 0 (4)  crc32 of the blocks' crcs (4)

Numbers are big-endian and unsigned.
"""

from __future__ import annotations

import contextlib
import os
import struct
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from cep.runtime.shard_state import SnapshotError

MAGIC = b"CEPSTATE"
VERSION = 0
"""Version of the file's form. 0: free to change between releases."""
BLOCK = 1 << 20
"""Bytes of parts gathered into one block, before packing."""

_TOP = struct.Struct(">8sH")
_BLOCK = struct.Struct(">II")
_parts = msgspec.msgpack.Decoder(dict[bytes, bytes])
_encode = msgspec.msgpack.Encoder().encode


def write_snapshot(path: Path, parts: Mapping[bytes, bytes]) -> None:
    """Write the parts of a shard's snapshot to `path`, in the place of what is there, once they are safe on disk.

    Raises `OSError`; the old file then stands.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in pack(parts):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    # Without it the new name may not outlive a power cut. Not every system lets a folder be opened.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read_snapshot(path: Path) -> dict[bytes, bytes]:
    """The parts in a file. Raises `SnapshotError` for a damaged one, `OSError` for one that cannot be read."""
    return unpack(path.read_bytes())


def pack(parts: Mapping[bytes, bytes]) -> Iterator[bytes]:
    """The file's bytes, piece by piece."""
    yield _TOP.pack(MAGIC, VERSION)
    seal = 0
    for block in _blocks(parts):
        stored = zlib.compress(_encode(block), 1)
        check = zlib.crc32(stored)
        seal = zlib.crc32(check.to_bytes(4, "big"), seal)
        yield _BLOCK.pack(len(stored), check)
        yield stored
    yield _BLOCK.pack(0, seal)


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
    parts: dict[bytes, bytes] = {}
    try:
        magic, version = _TOP.unpack_from(data)
        if magic != MAGIC:
            raise _damaged("it does not start as one")
        if version != VERSION:
            raise SnapshotError(f"the snapshot file has version {version}, this release reads {VERSION}", "start anew")
        place, seal = _TOP.size, 0
        while True:
            length, check = _BLOCK.unpack_from(data, place)
            place += _BLOCK.size
            if not length:
                break
            stored = data[place : place + length]
            if len(stored) < length or zlib.crc32(stored) != check:
                raise _damaged(f"the block at byte {place} is torn")
            seal = zlib.crc32(check.to_bytes(4, "big"), seal)
            place += length
            parts |= _parts.decode(zlib.decompress(stored))
        if seal != check or place != len(data):
            raise _damaged("its end does not fit")
    except (struct.error, zlib.error, msgspec.DecodeError) as error:
        raise _damaged(str(error)) from error
    return parts


def _damaged(detail: str) -> SnapshotError:
    return SnapshotError(f"not a whole snapshot file: {detail}", "restore an older snapshot, or start anew")
