"""Packed files: every packing by its first bytes, cut and corrupt files, missing files and extras."""

from __future__ import annotations

import bz2
import gzip
import importlib
import io
import lzma
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from cep.connectors.compression import open_file, unpack
from cep.connectors.errors import ConfigurationError, ConnectorFailure

DATA = b"".join(b'{"n":%d,"text":"some words"}\n' % n for n in range(60_000))


def zipped(data: bytes) -> bytes:
    """A zip archive of one file, beside a folder entry."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("logs/", b"")
        archive.writestr("logs/events.jsonl", data)
    return out.getvalue()


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstandard.compress,
    "zip": zipped,
}


def read_all(path: Path) -> bytes:
    """Everything a stream gives, and that it ends cleanly."""
    stream = open_file(path, path.name)
    pieces = []
    while piece := stream.read():
        pieces.append(piece)
    stream.close()
    return b"".join(pieces)


@pytest.mark.parametrize("data", [DATA, b"", b"x"], ids=["much", "nothing", "one byte"])
@pytest.mark.parametrize("packing", PACKINGS)
def test_packing_is_undone_whatever_the_name(packing: str, data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "events.dat"
    path.write_bytes(PACKINGS[packing](data))
    assert read_all(path) == data


@pytest.mark.parametrize("packing", ["gzip", "bzip2", "xz", "zstd"])
def test_files_packed_one_after_the_other(packing: str, tmp_path: Path) -> None:
    path = tmp_path / "events.dat"
    path.write_bytes(PACKINGS[packing](b"one\n") + PACKINGS[packing](b"two\n"))
    assert read_all(path) == b"one\ntwo\n"


def until_failure(path: Path) -> tuple[bytes, ConnectorFailure]:
    """What could be read, and the failure behind it."""
    stream = open_file(path, path.name)
    pieces = []
    with pytest.raises(ConnectorFailure) as caught:
        while piece := stream.read():
            pieces.append(piece)
    return b"".join(pieces), caught.value


@pytest.mark.parametrize("packing", ["gzip", "xz", "zstd"])
def test_a_cut_file_gives_what_is_there_then_fails(packing: str, tmp_path: Path) -> None:
    path = tmp_path / "cut.gz"
    packed = PACKINGS[packing](DATA)
    path.write_bytes(packed[: len(packed) * 3 // 4])
    got, failure = until_failure(path)
    assert len(got) > len(DATA) // 2
    assert DATA.startswith(got)
    assert failure.code == "C0301"
    assert failure.place == "cut.gz"
    assert "cannot be read to its end" in failure.message


def test_a_corrupt_gzip_gives_what_comes_before(tmp_path: Path) -> None:
    path = tmp_path / "bad.gz"
    packed = bytearray(gzip.compress(DATA))
    half = len(packed) // 2
    packed[half : half + 2000] = bytes(2000)
    path.write_bytes(packed)
    got, failure = until_failure(path)
    assert len(got) > len(DATA) // 3
    assert got[: len(DATA) // 3] == DATA[: len(DATA) // 3]
    assert failure.code == "C0301"


def test_missing_file_folder_and_zip_of_many(tmp_path: Path) -> None:
    for path, code in ((tmp_path / "none.jsonl", "C0101"), (tmp_path, "C0102")):
        with pytest.raises(ConfigurationError) as caught:
            open_file(path, path.name)
        assert caught.value.code == code
    path = tmp_path / "two.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", b"1")
        archive.writestr("b", b"2")
    with pytest.raises(ConfigurationError) as caught:
        open_file(path, path.name)
    assert caught.value.code == "C0105"
    assert "zip of 2 files" in caught.value.message


def test_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "events.zst"
    path.write_bytes(zstandard.compress(b"{}\n"))
    monkeypatch.setitem(sys.modules, "zstandard", None)
    importlib.invalidate_caches()
    with pytest.raises(ConfigurationError) as caught:
        open_file(path, path.name)
    assert caught.value.code == "C0104"
    assert caught.value.fix == 'pip install "cep-engine[zstd]"'


def test_a_pipe_is_unpacked_as_a_file_is() -> None:
    stream = unpack(io.BufferedReader(io.BytesIO(gzip.compress(b"one\n"))), "stdin")
    assert stream.read() == b"one\n"
    assert stream.read() == b""


def test_a_hostile_zstd_file_is_unpacked_in_bounded_pieces(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zst"
    path.write_bytes(zstandard.compress(bytes(200_000_000)))
    stream = open_file(path, path.name)
    largest = total = 0
    while piece := stream.read():
        largest, total = max(largest, len(piece)), total + len(piece)
    assert total == 200_000_000
    assert largest <= 40_000_000
