"""Byte streams of files, whatever they are packed in: plain, gzip, bzip2, xz, zstd, or a zip of one file.

The packing is told by the first bytes, not by the name, so that a misnamed file and standard input work alike.
"""

from __future__ import annotations

import bz2
import gzip
import importlib
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

from cep.connectors.errors import ConfigurationError, ConnectorFailure

PIECE = 128 * 1024
"""Bytes asked for at a time: large enough to amortise the call, small enough for a processor's cache."""

_ZSTD_PIECE = 1024
"""zstd packs up to 128 KiB into 4 bytes, so a hostile file is fed in small bites to bound what one bite yields."""

_MAGIC = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"PK\x03\x04": "zip",
    b"PAR1": "parquet",
}
HEAD = max(map(len, _MAGIC))
"""How many first bytes tell the packing."""

_BROKEN = (EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)


def packing(head: bytes) -> str:
    """The packing that a stream's first bytes announce: `gzip`, `bzip2`, `xz`, `zstd`, `zip`, `parquet` or `plain`."""
    return next((name for magic, name in _MAGIC.items() if head.startswith(magic)), "plain")


TAIL = 1024
"""How many of the last bytes read tell whether a file is still the one that was read."""


class ByteStream:
    """The unpacked bytes of one file or pipe, piece by piece, with its failures put into words.

    `position`: how many were read; `tail`: the last of them.
    """

    def __init__(
        self, name: str, raw: BinaryIO, read: Callable[[], bytes], seek: Callable[[int], bytes] | None = None
    ) -> None:
        """`seek` goes to a position at once, and gives the `TAIL` bytes before it; without it, `skip` reads."""
        self.name = name
        self.position = 0
        self.tail = b""
        self._raw = raw
        self._read = read
        self._seek = seek
        self._back = b""

    def read(self) -> bytes:
        """The next piece, at most about `PIECE` bytes (more from a packed stream); empty at the end.

        Raises `ConnectorFailure` when the rest cannot be read; all that could be was returned before.
        """
        piece, self._back = self._back, b""
        try:
            piece = piece or self._read()
        except _BROKEN as error:
            raise _unreadable(self.name, error) from error
        self.position += len(piece)
        self.tail = piece[-TAIL:] if len(piece) >= TAIL else (self.tail + piece)[-TAIL:]
        return piece

    def skip(self, position: int) -> None:
        """Read on to `position`, which is not before the present one, without giving it out; short of it at the end.

        Pieces end where they would have ended. Raises `ConnectorFailure`.
        """
        if self._seek is not None:
            self.tail, self.position, self._back = self._seek(position), position, b""
            return
        while self.position < position:
            before = self.tail
            if not (piece := self.read()):
                break
            if self.position > position:
                wanted = len(piece) - (self.position - position)
                self._back, self.position = piece[wanted:], position
                self.tail = (before + piece[:wanted])[-TAIL:]

    def at_end(self) -> bool:
        """Whether nothing is left to read. Raises `ConnectorFailure`."""
        if not self._back:
            position, tail = self.position, self.tail
            self._back = self.read()
            self.position, self.tail = position, tail
        return not self._back

    def close(self) -> None:
        """Let go of the file."""
        self._raw.close()


def open_file(path: Path, name: str) -> ByteStream:
    """Open `path` (called `name` in messages) and unpack it by its first bytes.

    Raises `ConfigurationError` when it does not exist, is a folder, may not be read or needs an extra.
    """
    return unpack(open_raw(path, name), name)


def open_raw(path: Path, name: str) -> io.BufferedReader:
    """Open `path` as it is; errors as `open_file`."""
    try:
        return io.BufferedReader(io.FileIO(path), PIECE)
    except FileNotFoundError as error:
        raise ConfigurationError("C0101", f"`{name}` does not exist", "check the path of the file", name) from error
    except IsADirectoryError as error:
        raise ConfigurationError("C0102", f"`{name}` is a folder", "name the files in it one by one", name) from error
    except OSError as error:
        raise _unusable(name, error) from error


def open_standard_input() -> io.BufferedReader:
    """Standard input as bytes; closing it leaves the descriptor open. Raises `ConfigurationError` if there is none."""
    try:
        return io.BufferedReader(io.FileIO(0, closefd=False), PIECE)
    except OSError as error:
        message = f"standard input cannot be read: {error.strerror or error}"
        raise ConfigurationError("C0103", message, "give it a pipe or a file, or read from a file", "stdin") from error


def packing_of(raw: io.BufferedReader, name: str) -> str:
    """The packing of an open stream, which stays at its start. Raises `ConfigurationError` if it cannot be read."""
    try:
        return packing(raw.peek(HEAD)[:HEAD])
    except OSError as error:
        raise _unusable(name, error) from error


def unpack(raw: io.BufferedReader, name: str) -> ByteStream:
    """The unpacked bytes of an open stream.

    Raises `ConfigurationError` for a packing that cannot be undone here, and if not even the start can be read.
    """
    try:
        kind = packing_of(raw, name)
    except ConfigurationError:
        raw.close()
        raise
    opener: dict[str, Callable[[io.BufferedReader, str], Callable[[], bytes]]] = {
        "plain": _plain,
        "gzip": _gzip,
        "bzip2": _bzip2,
        "xz": _xz,
        "zstd": _zstd,
        "zip": _zip,
        "parquet": _not_bytes,
    }
    seek = _seeker(raw) if kind == "plain" and raw.seekable() else None
    return ByteStream(name, raw, opener[kind](raw, name), seek)


def _unusable(name: str, error: OSError) -> ConfigurationError:
    message = f"`{name}` cannot be read: {error.strerror or error}"
    return ConfigurationError("C0103", message, "name a file that this user can read", name)


def _unreadable(name: str, error: BaseException) -> ConnectorFailure:
    detail = str(error).strip().rstrip(".") or type(error).__name__
    message = f"`{name}` cannot be read to its end: {detail[0].lower()}{detail[1:]}"
    return ConnectorFailure("C0301", message, "what came before was processed; fetch the file again and rerun", name)


def _plain(raw: io.BufferedReader, name: str) -> Callable[[], bytes]:
    return lambda: raw.read1(PIECE)


def _seeker(raw: io.BufferedReader) -> Callable[[int], bytes]:
    def seek(position: int) -> bytes:
        raw.seek(max(0, position - TAIL))
        tail = raw.read(min(TAIL, position))
        # Once more from a whole buffer, so that pieces end where they would have ended without this look back.
        raw.seek(0, io.SEEK_END)
        raw.seek(position)
        return tail

    return seek


def _gzip(raw: io.BufferedReader, name: str) -> Callable[[], bytes]:
    # One read1 is one step of the decoder, so the bytes before a corrupt place are never lost with it.
    unpacked = gzip.GzipFile(fileobj=raw, mode="rb")
    return lambda: unpacked.read1(PIECE)


def _bzip2(raw: io.BufferedReader, name: str) -> Callable[[], bytes]:
    unpacked = bz2.BZ2File(raw)
    return lambda: unpacked.read1(PIECE)


def _xz(raw: io.BufferedReader, name: str) -> Callable[[], bytes]:
    unpacked = lzma.LZMAFile(raw)  # noqa: SIM115 - closed with the raw file
    return lambda: unpacked.read1(PIECE)


def _zip(raw: io.BufferedReader, name: str) -> Callable[[], bytes]:
    if not raw.seekable():
        raise ConfigurationError("C0106", "a zip file cannot be read from a pipe", "unpack it into the pipe", name)
    try:
        archive = zipfile.ZipFile(raw)
        files = [entry for entry in archive.infolist() if not entry.is_dir()]
        if len(files) != 1:
            message = f"`{name}` is a zip of {len(files)} files, and it is not clear which one is meant"
            raise ConfigurationError("C0105", message, "unpack it and name the files one by one", name)
        member = archive.open(files[0])
    except zipfile.BadZipFile as error:
        raise _unreadable(name, error) from error
    except (RuntimeError, NotImplementedError) as error:
        message = f"`{name}` cannot be unpacked: {error}"
        raise ConfigurationError("C0107", message, "unpack it with the tool that made it", name) from error
    # A member's file has read1, though it is typed as a plain stream.
    return lambda: cast(zipfile.ZipExtFile, member).read1(PIECE)


def _zstd(raw: io.BufferedReader, name: str) -> Callable[[], bytes]:
    zstandard = extra_module("zstandard", "zstd", "zstd files", name)
    return _ZstdFrames(raw, zstandard).read


def _not_bytes(raw: io.BufferedReader, name: str) -> Callable[[], bytes]:
    message = f"`{name}` is a Parquet file, which is not read as text"
    raise ConfigurationError("C0108", message, "leave out the format, or set it to `parquet`", name)


class _ZstdFrames:
    """Frames one after the other; unlike the library's stream reader it tells a cut file from a whole one."""

    def __init__(self, raw: io.BufferedReader, library: Any) -> None:
        self._raw = raw
        self._decompressor = library.ZstdDecompressor()
        self._error: type[Exception] = library.ZstdError
        self._frame: Any = None
        self._rest = b""
        self._trouble: OSError | EOFError | None = None

    def read(self) -> bytes:
        """The next unpacked bytes, empty at the end; raises `EOFError` or `OSError` for a cut or corrupt file."""
        unpacked: list[bytes] = []
        size = 0
        while size < PIECE and self._trouble is None:
            packed = self._rest or self._raw.read1(_ZSTD_PIECE)
            if not packed:
                if self._frame is not None:
                    self._trouble = EOFError("compressed file ended before the end-of-frame marker was reached")
                break
            piece = self._step(packed)
            unpacked.append(piece)
            size += len(piece)
        # What is whole is handed out first, the trouble behind it at the next call.
        if self._trouble is not None and not size:
            raise self._trouble
        return b"".join(unpacked)

    def _step(self, packed: bytes) -> bytes:
        self._rest = b""
        if self._frame is None:
            self._frame = self._decompressor.decompressobj()
        try:
            piece: bytes = self._frame.decompress(packed)
        except self._error as error:
            self._trouble = OSError(str(error))
            return b""
        if self._frame.eof:
            self._rest = self._frame.unused_data
            self._frame = None
        return piece


def extra_module(module: str, extra: str, purpose: str, place: str) -> Any:
    """Import an optional dependency. Raises `ConfigurationError` naming the extra that brings it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        message = f"reading {purpose} needs the package `{module}`, which is not installed"
        raise ConfigurationError("C0104", message, f'pip install "cep-engine[{extra}]"', place) from error
