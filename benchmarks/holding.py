"""What an open partial match holds, by the kind of object: `sys.getsizeof` of all that a key's state leads to.

python -m benchmarks.holding            of a key of one partial match, and of a key of ten; awake, and at rest

Bytes a partial match. What keys share (classes, code, the text of step names) is not counted. And the CPU time that it
takes to write a key and to read it again when something touches it.
"""

from __future__ import annotations

import gc
import sys
import time
from collections import Counter
from types import FunctionType, MethodType, ModuleType
from typing import Any

from benchmarks.engine import Feed
from benchmarks.suites.state import RULES, filled

KEYS = 1_000
SHARED = (type, ModuleType, FunctionType, MethodType)


def main() -> None:
    """Print the kinds, the largest first."""
    for each in (1, 10):
        found = held(KEYS, each)
        print(f"keys of {each}: {sum(found.values()):.0f} bytes a partial match")
        for kind, size in found.most_common():
            if size >= 1:
                print(f"  {size:6.0f}  {kind}")
        resting, writing, reading = at_rest(KEYS, each)
        print(f"  at rest {resting:.0f} bytes; a key is written in {writing:.1f} µs and read in {reading:.1f}")


def at_rest(keys: int, each: int) -> tuple[float, float, float]:
    """Bytes a partial match of keys that nothing has touched since they were read from a snapshot, and the microseconds
    that one key takes to write and to read."""
    feed, _ = filled(keys, each)
    begun = time.process_time()
    snapshot = feed.shard.snapshot()
    written = time.process_time()
    other = Feed(RULES)
    other.shard.restore(snapshot)
    size = sum(of_shard(other, keys * each).values())
    asleep = [keyed for machine in other.machines for keyed in machine.keys.values()]
    reading = time.process_time()
    for keyed in asleep:
        _ = keyed.waits
    return size, (written - begun) / keys * 1e6, (time.process_time() - reading) / keys * 1e6


def held(keys: int, each: int) -> Counter[str]:
    """Bytes a partial match by kind; of what a key has, and of the deadlines."""
    feed, _ = filled(keys, each)
    return of_shard(feed, keys * each)


def of_shard(feed: Feed, runs: int) -> Counter[str]:
    """The same of a shard with so many partial matches."""
    machines = feed.machines
    found: Counter[str] = Counter()
    seen = {id(shared) for machine in machines for shared in (machine, machine.timers, machine.keys, machine.nowhere)}
    for machine in machines:
        for keyed in machine.keys.values():
            add(keyed, found, seen)
        table = sys.getsizeof(machine.keys)
        found["table of keys"] += table
        for held_back in (machine.timers.heap, *(span.starts for span in machine.timers.spans)):
            found["deadlines"] += sys.getsizeof(held_back)
    return Counter({kind: size / runs for kind, size in found.items()})


def add(root: Any, found: Counter[str], seen: set[int]) -> None:
    """The sizes of an object and of all it leads to, each once."""
    waiting = [root]
    while waiting:
        one = waiting.pop()
        if id(one) in seen or one is None or isinstance(one, (bool, *SHARED)):
            continue
        seen.add(id(one))
        found[type(one).__name__] += sys.getsizeof(one)
        waiting += gc.get_referents(one)
        if not gc.is_tracked(one) and hasattr(one, "__struct_fields__"):
            waiting += [getattr(one, name) for name in one.__struct_fields__]


if __name__ == "__main__":
    main()
