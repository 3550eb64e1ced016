"""Lines to files: whole lines, and errors in words."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cep.connectors.errors import ConfigurationError, ConnectorFailure
from cep.connectors.line_sink import LineSink, open_sink
from cep.runtime.disk import SystemFile


def test_lines_are_written_at_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "out.jsonl"
    sink = open_sink(path)
    sink.write([b"a", b"b"])
    assert path.read_bytes() == b"a\nb\n"
    sink.write([])
    sink.write([b"c"])
    sink.close()
    assert path.read_bytes() == b"a\nb\nc\n"
    assert sink.count == 3
    sink = open_sink(path)
    assert (path.read_bytes(), sink.size) == (b"a\nb\nc\n", 6)
    sink.cut(2)
    sink.write([b"d"])
    assert (path.read_bytes(), sink.size) == (b"a\nd\n", 4)
    sink.close()


def test_a_full_disk_leaves_whole_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "out.jsonl"
    sink = open_sink(path)
    real, room = os.write, 7

    def write(descriptor: int, data: memoryview) -> int:
        nonlocal room
        if not room:
            raise OSError(28, "No space left on device")
        done = real(descriptor, data[:room])
        room -= done
        return done

    monkeypatch.setattr(os, "write", write)
    with pytest.raises(ConnectorFailure) as caught:
        sink.write([b"one", b"two", b"three"])
    assert caught.value.code == "C0302"
    assert "No space left on device" in caught.value.message
    assert path.read_bytes() == b"one\n"
    assert sink.count == 1


def test_a_reader_that_has_gone(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    sink = LineSink(SystemFile(writer, owned=True), "pipe")
    with pytest.raises(BrokenPipeError):
        sink.write([b"a"])
    sink.close()


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_sink(tmp_path)
    assert caught.value.code == "C0115"
