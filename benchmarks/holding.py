"""What an open partial match holds, by the kind of object: `sys.getsizeof` of all that a key's state leads to.

python -m benchmarks.holding            of a key of one partial match, and of a key of ten

Bytes a partial match. What keys share (classes, code, the text of step names) is not counted.
"""

from __future__ import annotations

import gc
import sys
from collections import Counter
from types import FunctionType, MethodType, ModuleType
from typing import Any

from benchmarks.suites.state import filled

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


def held(keys: int, each: int) -> Counter[str]:
    """Bytes a partial match by kind; of what a key has, and of the deadlines."""
    feed, _ = filled(keys, each)
    machines = [machine for lane in feed.shard.lanes for machine in lane.matcher.machines.values()]
    found: Counter[str] = Counter()
    seen = {id(shared) for machine in machines for shared in (machine, machine.timers, machine.keys, machine.nowhere)}
    for machine in machines:
        for keyed in machine.keys.values():
            add(keyed, found, seen)
        table = sys.getsizeof(machine.keys)
        found["table of keys"] += table
        for held_back in (machine.timers.heap, *(span.starts for span in machine.timers.spans)):
            found["deadlines"] += sys.getsizeof(held_back)
    return Counter({kind: size / (keys * each) for kind, size in found.items()})


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
