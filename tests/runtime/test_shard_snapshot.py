"""A shard cut off and restored anywhere goes on as if nothing had happened."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cep.runtime.shard import Shard
from cep.runtime.snapshot_error import SnapshotError
from cep.runtime.snapshot_file import pack, read_snapshot, unpack, write_snapshot
from cep.runtime.source import Source
from cep.runtime.wiring import wire
from tests.runtime.support import chunk, everything, lines, rule_set, shard
from tests.runtime.test_shard_order import MIXED, event, mixed_log, mixed_shard

Placed = list[tuple[tuple[str, int], int, dict[str, Any]]]
"""Records in the order in which they come: partition, offset, record."""


def placed(seed: int, size: int) -> Placed:
    """The first records of the log's partitions, in turn."""
    log = mixed_log(seed)
    rows = [(place, offset, record) for place, records in log.items() for offset, record in enumerate(records)]
    return sorted(rows, key=lambda row: row[1])[:size]


def feed(tested: Shard, rows: Placed) -> list[bytes]:
    found: list[bytes] = []
    for (topic, number), offset, record in rows:
        found += lines(tested.push([chunk([record], offset, topic=topic, partition=number)]))
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_cut_after_every_event(seed: int) -> None:
    rows = placed(seed, 60)
    log = mixed_log(seed)
    whole = mixed_shard(log)
    expected = feed(whole, rows) + lines(whole.finish())
    assert len(expected) > 20
    for cut in range(len(rows) + 1):
        first = mixed_shard(log)
        found = feed(first, rows[:cut])
        second = mixed_shard(log)
        second.restore(first.snapshot())
        found += feed(second, rows[cut:]) + lines(second.finish())
        assert found == expected


def test_a_snapshot_after_every_event_and_each_restored() -> None:
    rows = placed(3, 80)
    log = mixed_log(3)
    whole = mixed_shard(log)
    expected = feed(whole, rows) + lines(whole.finish())
    tested = mixed_shard(log)
    found: list[bytes] = []
    for row in rows:
        found += feed(tested, [row])
        parts = tested.snapshot()
        tested = mixed_shard(log)
        tested.restore(unpack(b"".join(pack(parts))))
        assert tested.snapshot() == parts
    assert found + lines(tested.finish()) == expected


PROCESS = """
import json, sys
from pathlib import Path
from cep.runtime.snapshot_file import read_snapshot, write_snapshot
from tests.runtime.test_shard_order import mixed_log, mixed_shard
from tests.runtime.test_shard_snapshot import feed, placed
from tests.runtime.support import lines

path, start, stop = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
shard = mixed_shard(mixed_log(4))
if start:
    shard.restore(read_snapshot(path))
found = feed(shard, placed(4, 60)[start:stop])
write_snapshot(path, shard.snapshot())
if stop == 60:
    found += lines(shard.finish())
print(json.dumps([line.decode() for line in found]))
"""


def test_fresh_processes_with_other_hash_seeds_continue_one_another(tmp_path: Path) -> None:
    whole = mixed_shard(mixed_log(4))
    expected = [line.decode() for line in feed(whole, placed(4, 60)) + lines(whole.finish())]
    found: list[str] = []
    for start, stop in ((0, 17), (17, 41), (41, 60)):
        done = subprocess.run(
            [sys.executable, "-c", PROCESS, str(tmp_path / "state"), str(start), str(stop)],
            env={**os.environ, "PYTHONHASHSEED": str(start + 1), "PYTHONPATH": str(Path.cwd())},
            capture_output=True,
            check=True,
        )
        found += json.loads(done.stdout)
    assert found == expected


def size(parts: dict[bytes, bytes]) -> int:
    return sum(len(name) + len(part) for name, part in parts.items())


def test_after_all_spans_have_ended_the_state_is_as_small_as_a_new_one() -> None:
    log = mixed_log(5)
    tested = mixed_shard(log)
    empty = size(tested.snapshot())
    everything(tested, [[chunk(records, topic=t, partition=p) for (t, p), records in log.items()]], finish=False)
    assert size(tested.snapshot()) > empty
    tested.advance(10**9)
    assert tested.held() == 0 and tested.open_runs() == 0
    assert size(tested.snapshot()) == empty


def test_the_state_follows_the_open_runs_not_the_input() -> None:
    text = "event A { k: string ts: timestamp } time ts rule r { match by k within 1m a: A then b: A then c: A }"
    tested = shard(text)
    sizes = []
    for minute in range(0, 100, 2):
        tested.push([chunk([event("A", 60 * minute, k=f"k{minute:03}")], minute + 1)])
        sizes.append(size(tested.snapshot()))
    # Numbers grow by a few bytes, the state by nothing.
    assert max(sizes) < sizes[0] + 20


def test_values_of_every_kind_survive() -> None:
    text = """
    event T {
      k: decimal  at: timestamp("s")  note: string?  tags: list<string>  deep: { at: timestamp  n: int? }  gap: duration
      id: string from "a.b"  ts: timestamp
    } time ts
    rule r {
      match by k within 1m  a: T then b: T where at > a.at and deep.n == a.deep.n
      emit { x: a.note, y: first(a.tags), z: a.deep.at, gap: a.gap, id: a.id, tags: a.tags }
    }
    """.replace("y: first(a.tags), ", "")
    record = {
        "type": "T", "k": "1.50", "at": 5, "note": "é\n", "tags": ["x"], "deep": {"at": 7, "n": 1}, "gap": "5s",
        "a": {"b": "path"}, "ts": 1000,
    }  # fmt: skip
    first = shard(text)
    first.push([chunk([record], 1)])
    second = shard(text)
    second.restore(first.snapshot())
    (alert,) = second.push([chunk([{**record, "at": 6, "ts": 2000}], 2)]).alerts
    assert json.loads(alert.json())["fields"] == {
        "x": "é\n", "z": "1970-01-01T00:00:00.007Z", "gap": 5000, "id": "path", "tags": ["x"],
    }  # fmt: skip


def test_records_with_repeated_keys_survive() -> None:
    text = "event A { k: string n: int ts: timestamp } time ts rule r { match by k within 1m a: A then b: A }"
    raw = b'{"type":"A","k":"k","n":"x","n":1,"ts":1000}'
    first = shard(text)
    first.push([chunk([raw], 1)])
    second = shard(text)
    second.restore(first.snapshot())
    (alert,) = second.push([chunk([event("A", 2)], 2)]).alerts
    assert alert.events[0].raw == raw


def test_a_state_without_the_rules_it_was_made_by_goes_with_those_rules_only() -> None:
    rules = "event A {{ k: string ts: timestamp }} time ts rule r {{ match by k within {} a: A then b: A }}"
    state = shard(rules.format("1m")).snapshot()
    state[b"rules"] = msgspec.msgpack.encode([{}, {}])
    shard(rules.format("1m")).restore(state)
    with pytest.raises(SnapshotError, match="does not hold the rules that it was made by"):
        shard(rules.format("2m")).restore(state)


def test_the_order_of_rules_and_sources_does_not_matter() -> None:
    events = "event A { k: string ts: timestamp } time ts event B { k: string ts: timestamp } time ts\n"
    one = "rule one { match by k within 1m a: A then b: B }\n"
    two = "rule two { match by k within 1m a: A then b: A }\n"
    sources = [Source("a", ("A",), None), Source("b", ("B",), None)]
    first = Shard(wire(rule_set(events + one + two), sources))
    first.push([chunk([event("A", 1)], source="a")])
    second = Shard(wire(rule_set(events + two + one), sources[::-1]))
    second.restore(first.snapshot())
    assert second.held() == first.held() == 1
    found = second.push([chunk([event("A", 2)], 2, source="a"), chunk([event("B", 3)], source="b")])
    assert {alert.rule for alert in found.alerts} == {"two"}
    assert {alert.rule for alert in second.finish().alerts} == {"one"}


def test_a_changed_part_is_refused_not_half_used() -> None:
    first = mixed_shard(mixed_log(6))
    feed(first, placed(6, 40))
    parts = first.snapshot()
    for name in parts:
        with pytest.raises(SnapshotError):
            mixed_shard(mixed_log(6)).restore({**parts, name: parts[name][:-3]})
    with pytest.raises(SnapshotError):
        mixed_shard(mixed_log(6)).restore({})


# ---------------------------------------------------------------- the file


def test_a_file_holds_the_parts(tmp_path: Path) -> None:
    parts = {b"a": b"1" * 3_000_000, b"b": b"", b"c": bytes(range(256))}
    path = tmp_path / "state"
    write_snapshot(path, {})
    assert read_snapshot(path) == {}
    write_snapshot(path, parts)
    assert read_snapshot(path) == parts
    assert [file.name for file in tmp_path.iterdir()] == ["state"]


def test_every_torn_or_changed_file_is_refused() -> None:
    data = b"".join(pack({b"a": b"12345", b"b": b"x" * 50}))
    assert unpack(data)
    for length in range(len(data)):
        with pytest.raises(SnapshotError):
            unpack(data[:length])
    for place in range(len(data)):
        with pytest.raises(SnapshotError):
            unpack(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
    with pytest.raises(SnapshotError):
        unpack(data + b"\x00")


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state"
    write_snapshot(path, {b"a": b"old"})

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_snapshot(path, {b"a": b"new"})
    assert read_snapshot(path) == {b"a": b"old"}
    assert [file.name for file in tmp_path.iterdir()] == ["state"]


def test_mixed_rules_are_in_several_lanes() -> None:
    assert len(mixed_shard(mixed_log(1)).lanes) == 2
    assert "on timeout" in MIXED
