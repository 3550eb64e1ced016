"""Rules that between them hold every kind of state, a log for them, and the process that goes on from snapshots.

`python -m tests.runtime.continuation FOLDER`: restores each snapshot in FOLDER into a shard of its own, hands it only
the records after the cut, and prints what came of each as JSON.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

from cep.runtime.shard import Shard
from cep.runtime.snapshot_file import read_snapshot
from cep.runtime.wiring import Wiring, wire
from tests.runtime.support import chunk, lines, rule_set, source

RULES = """
event A { k: string  g: int  n: int  ts: timestamp } time ts lateness 4s
event B { k: string  g: int  n: int  ts: timestamp } time ts lateness 2s
event T { src: string  dst: string  n: int  ts: timestamp } time ts order by n

rule loop { match by k within 20s
  a: A{2,} where n >= prev(n) or count() < 3 within 12s
  then b: B where n < sum(a.n)
  emit { n: count(a), sum: sum(a.n), last: b.n } }
rule every { match by k within 9s
  a: A+ until B where n == 0
  then b: B where n > first(a.n)
  after match skip nothing
  emit { a: collect(a.n), b: b.n } }
rule grouped { match by k, g within 25s
  ( a: A then b: B where n != a.n ){2,3}
  emit { a: collect(a.n), b: collect(b.n) } }
rule head_threshold { match by k  a: A having sum(n) > 5 within 8s  emit { n: count(a), sum: sum(a.n) } }
rule later_threshold { match by k within 20s
  b: B
  then a: A having count() >= 2 and max(n) > b.n within 10s
  after match skip to next
  emit { b: b.n, a: collect(a.n) }
  on timeout emit { b: b.n } }
rule silence { match by k  a: A where n > 1  without B where n >= a.n within 5s  emit { a: a.n } }
rule first_seen { match by k within 5s
  without A where n == b.n within 15s
  then b: B then c: A
  emit { b: b.n, c: c.n } }
rule between { match by k within 20s
  a: A  without B where n > 2  then c: A{2} where n > a.n
  cancel on B where n == 0
  emit { a: a.n, c: collect(c.n) }
  on timeout at c emit { waited: a.n } }
rule throttled { match by k within 5s  a: A then b: B  let g = a.g  emit { g }  suppress for 10s by a.g max 2 }
rule ordered { match by k within 15s
  a: A+ then b: B where n > 1
  after match skip past last in start order
  emit { n: count(a), b: b.n } }
rule grows { match by k within 12s  b: B then a: A{1,4}  report updates  emit { n: count(a), last: last(a.n) } }
rule longest { match by k within 12s  b: B then a: A+ consecutive  report final  emit { n: count(a) } }
rule both { match by k within 10s  all of ( a: A where n > 2, b: B, c: B{2} where n < 3 )  emit { a: a.n, b: b.n } }
rule passed_on { match by who within 20s
  into: T by who = dst where n > 0
  then out: T by who = src where n <= into.n
  emit { into: into.n, out: out.n } }
"""

PARTITIONS = (("t", 0), ("t", 1))
ROWS = 70

Row = tuple[str, int, int, dict[str, Any]]
"""Topic, partition, offset, record."""


def log(seed: int) -> list[Row]:
    """Records of two partitions in the order in which they come: equal times, out of order within and between the
    partitions, some late."""
    chance = random.Random(seed)
    offsets = dict.fromkeys(PARTITIONS, 0)
    rows: list[Row] = []
    time = 100.0
    for _ in range(ROWS):
        place = chance.choice(PARTITIONS)
        time += chance.choice((0, 0, 0.5, 1, 1, 2, 3))
        seconds = time - chance.choice((0, 0, 0, 1, 2, 3, 6))
        rows.append((*place, offsets[place], record(chance, round(seconds * 1000))))
        offsets[place] += 1
    return rows


def record(chance: random.Random, millisecond: int) -> dict[str, Any]:
    """One record at a time in milliseconds."""
    number, kind = chance.randint(0, 4), chance.choice("AAAABBBT")
    if kind == "T":
        src, dst = chance.sample(("x", "y", "z"), 2)
        return {"type": "T", "src": src, "dst": dst, "n": number, "ts": millisecond}
    return {"type": kind, "k": chance.choice("xxxy"), "g": chance.choice((0, 0, 1)), "n": number, "ts": millisecond}


def wiring() -> Wiring:
    """The rules over their two partitions."""
    rules = rule_set(RULES)
    return wire(rules, [source(rules, partitions=PARTITIONS)])


def feed(tested: Shard, rows: list[Row]) -> list[bytes]:
    """Each record a batch of its own; the alerts as written."""
    found: list[bytes] = []
    for topic, number, offset, data in rows:
        found += lines(tested.push([chunk([data], offset, topic=topic, partition=number)]))
    return found


def rest(tested: Shard) -> dict[str, Any]:
    """What the end of the input brings, and what it leaves."""
    found = lines(tested.finish())
    return {"alerts": [line.decode() for line in found], "open": tested.open_runs(), "held": tested.held()}


def serve(folder: Path) -> dict[str, Any]:
    """Go on from every snapshot of a folder: `CUT.state` beside `CUT.rows`, the records that come after it."""
    wired = wiring()
    outcomes = {}
    for path in sorted(folder.glob("*.state")):
        tested = Shard(wired)
        parts = read_snapshot(path)
        tested.restore(parts)
        same = tested.snapshot() == parts
        found = feed(tested, json.loads(path.with_suffix(".rows").read_text()))
        outcome = rest(tested)
        outcome["alerts"] = [line.decode() for line in found] + outcome["alerts"]
        outcomes[path.stem] = outcome | {"same": same}
    return outcomes


if __name__ == "__main__":
    print(json.dumps({"hash": hash("a string"), "cuts": serve(Path(sys.argv[1]))}))
