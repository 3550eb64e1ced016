"""Open partial matches: what they hold, and how long they take to write and read.

Memory is what the process has beyond what it had before the first event, so that it is the state alone. Times are CPU
time: the disk is not part of it.
"""

from __future__ import annotations

import gc
import tempfile
import time
from functools import partial
from pathlib import Path

from benchmarks.engine import Feed, resident
from benchmarks.measure import MIB
from benchmarks.suites import Case, Figures
from cep.runtime.snapshot_file import read_snapshot, write_snapshot

_BATCH = 10_000
RULES = """
event A { k: string  amount: float  ts: timestamp } time ts
event B { k: string  amount: float  ts: timestamp } time ts
rule r { match by k within 30d
  a: A where amount > 1
  then b: B where amount > a.amount
  after match skip nothing }
"""


def line(number: int, keys: int, type_: str = "A") -> bytes:
    """An event of one of so many keys in turn."""
    return (
        f'{{"type":"{type_}","k":"customer-{number % keys}","amount":{10 + number % 1000 / 10},'
        f'"ts":{1_700_000_000_000 + number}}}'
    ).encode()


def filled(keys: int, each: int) -> tuple[Feed, Figures]:
    """A shard with so many open partial matches, and what it took."""
    feed, before, spent = Feed(RULES), resident(), 0.0
    for first in range(0, keys * each, _BATCH):
        lines = [line(number, keys) for number in range(first, min(first + _BATCH, keys * each))]
        begun = time.process_time()
        feed.push(lines)
        spent += time.process_time() - begun
    del lines
    gc.collect()
    runs = feed.shard.open_runs()
    figures = {
        "us_per_event": spent / (keys * each) * 1e6,
        "open": runs,
        "state_mib": (resident() - before) / MIB,
        "resident_mib": resident() / MIB,
        "bytes_per_run": (resident() - before) / runs,
    }
    return feed, figures


def memory(keys: int, each: int, scale: float) -> Figures:
    """Memory of open partial matches."""
    return filled(max(10, int(keys * scale)), each)[1]


def snapshot(keys: int, each: int, scale: float) -> Figures:
    """Writing the state to a file, reading it into a new shard, and the first event that this one takes."""
    keys = max(10, int(keys * scale))
    feed, _ = filled(keys, each)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "state"
        begun = time.process_time()
        write_snapshot(path, feed.shard.snapshot())
        written = time.process_time()
        size = path.stat().st_size
        other = Feed(RULES)
        reading = time.process_time()
        other.shard.restore(read_snapshot(path))
        restored = time.process_time()
        other.next = feed.next
        other.push([line(keys * each, keys, "B")])
        taken = time.process_time()
    assert other.shard.open_runs() > 0
    return {
        "open": feed.shard.open_runs(),
        "snapshot_s": written - begun,
        "restore_s": restored - reading,
        "first_event_s": taken - restored,
        "file_mib": size / MIB,
    }


CASES: dict[str, Case] = {
    "100,000 keys of one": partial(memory, 100_000, 1),
    "100,000 keys of ten": partial(memory, 100_000, 10),
    "a million keys of one": partial(memory, 1_000_000, 1),
    "snapshot, 100,000 keys of one": partial(snapshot, 100_000, 1),
    "snapshot, 10,000 keys of ten": partial(snapshot, 10_000, 10),
}
