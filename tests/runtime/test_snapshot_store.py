"""The snapshots in a folder: numbered, three kept, the newest whole one counts."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest

from cep.runtime.snapshot_error import SnapshotError
from cep.runtime.snapshot_file import MAGIC, OtherVersion, pack, unpack_snapshot
from cep.runtime.snapshot_header import Header, changes
from cep.runtime.snapshot_store import SnapshotStore


def write(store: SnapshotStore, *sequences: int) -> None:
    for sequence in sequences:
        store.write(Header("job", store.shard, sequence), {b"part": b"%d" % sequence})


def newest(store: SnapshotStore) -> int | None:
    found = store.newest()
    return None if found is None else found.header.sequence


def test_three_are_kept_and_the_newest_counts(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    assert (newest(store), store.next_sequence()) == (None, 1)
    write(store, 1, 2, 3, 4, 5)
    assert store.sequences() == [3, 4, 5]
    assert (newest(store), store.next_sequence()) == (5, 6)
    found = store.newest()
    assert found is not None and found.parts == {b"part": b"5"}
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"all.00000000000{n}.snapshot" for n in (3, 4, 5)]


def test_what_is_not_whole_is_passed_over_with_a_warning(tmp_path: Path) -> None:
    said: list[str] = []
    store = SnapshotStore(tmp_path, warn=said.append)
    write(store, 1, 2, 3)
    store.path(3).write_bytes(store.path(3).read_bytes()[:-1])
    store.path(2).write_bytes(b"")
    assert newest(store) == 1
    assert [store.path(n).name in text for n, text in zip((3, 2), said, strict=True)] == [True, True]
    assert "not a whole snapshot file" in said[0]
    assert store.next_sequence() == 4
    store.path(1).unlink()
    assert newest(store) is None


def test_one_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    said: list[str] = []
    store = SnapshotStore(tmp_path, warn=said.append)
    write(store, 1)
    store.path(2).mkdir()
    assert newest(store) == 1
    assert "cannot be read" in said[0]


def test_another_version_is_refused_and_not_passed_over(tmp_path: Path) -> None:
    top = struct.pack(">8sH", MAGIC, 1)
    data = top + struct.pack(">I", zlib.crc32(top)) + b"whatever"
    with pytest.raises(OtherVersion, match="version 1, this release reads 0"):
        unpack_snapshot(data)
    store = SnapshotStore(tmp_path)
    write(store, 1)
    store.path(2).write_bytes(data)
    with pytest.raises(OtherVersion):
        store.newest()


def test_shards_do_not_see_one_another(tmp_path: Path) -> None:
    one, other = SnapshotStore(tmp_path, "one"), SnapshotStore(tmp_path, "other")
    write(one, 1, 2)
    write(other, 7)
    assert (one.sequences(), other.sequences()) == ([1, 2], [7])


def test_what_a_crash_has_left_is_cleared_away(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path / "a" / "b")
    (tmp_path / "a" / "b").mkdir(parents=True)
    (store.folder / ".all.000000000003.snapshot.tmp").write_bytes(b"half")
    lock = store.open()
    assert lock is not None
    assert [path.name for path in store.folder.iterdir()] == ["lock"]
    assert SnapshotStore(store.folder).open() is None
    lock.close()
    again = store.open()
    assert again is not None
    again.close()


def test_the_header_comes_back() -> None:
    header = Header("job", "all", 3, 2, 10**15, settings={"x": "1"}, inputs={"a": b"\x00"}, outputs={"alerts": 5})
    found = unpack_snapshot(b"".join(pack({b"a": b"b"}, header)))
    assert (found.header, found.parts) == (header, {b"a": b"b"})


def test_a_file_without_a_header_is_not_whole() -> None:
    empty = b"".join(pack({}))[:14] + struct.pack(">II", 0, 0)
    with pytest.raises(SnapshotError, match="no header"):
        unpack_snapshot(empty)


@pytest.mark.parametrize("length", [0, 9, 13, 20])
def test_a_file_that_was_cut_off_is_said_to_end_too_early(length: int) -> None:
    with pytest.raises(SnapshotError, match="not a whole snapshot file: it ends too early"):
        unpack_snapshot(b"".join(pack({}))[:length])


def test_what_has_changed_is_named() -> None:
    before = Header(settings={"source `a`": "1", "source `b`": "1"})
    now = {"source `a`": "2", "source `c`": "1"}
    assert changes(before, now) == ["source `a` has changed", "source `b` is gone", "source `c` is new"]
    assert changes(before, before.settings) == []
