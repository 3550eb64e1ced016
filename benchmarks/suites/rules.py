"""1 to 1,000 rules of two steps: over ten types, over one type with an equality each, over one type with thresholds.

First steps are rare: an event begins a match of half a rule on average with 1,000 rules that have thresholds alone, of
a twentieth of a rule with the others. What grows with the rules beyond that is overhead.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from functools import partial

from benchmarks.engine import Feed, resident
from benchmarks.measure import MIB
from benchmarks.suites import Case, Figures

COUNTS = (1, 10, 100, 1_000)
EVENTS = 200_000
TYPES, CODES = 10, 200
_BATCH = 1_000


def ten_types(number: int) -> str:
    """Each rule reads one of ten types, and another one next."""
    first, then, part = number % TYPES, (number + 1) % TYPES, number // TYPES % 100
    return f"a: T{first} where amount > {999 + part / 100}\n    then b: T{then} where amount < {0.01 + part / 100:.2f}"


def equalities(number: int) -> str:
    """One type, each rule with an equality on one of two hundred values."""
    first, then, part = number % CODES, (number + 1) % CODES, number // CODES
    return (
        f'a: T0 where code == "c{first}" and amount > {990 + part}\n'
        f'    then b: T0 where code == "c{then}" and amount < {10 - part}'
    )


def thresholds(number: int) -> str:
    """One type, each rule with thresholds of its own and nothing else."""
    return f"a: T0 where amount > {999 + number / 1000}\n    then b: T0 where amount < {0.001 + number / 1000:.3f}"


SHAPES: dict[str, tuple[Callable[[int], str], int]] = {
    "ten types": (ten_types, TYPES),
    "equalities": (equalities, 1),
    "thresholds": (thresholds, 1),
}
"""A pattern for a rule's number, and how many types there are."""


def text(shape: str, count: int) -> str:
    """A file of rules."""
    pattern, types = SHAPES[shape]
    events = [
        f"event T{i} {{ user: string  code: string  amount: float  ts: timestamp }} time ts lateness 1s"
        for i in range(types)
    ]
    rules = [f"rule r{i} {{\n  match by user within 10m\n    {pattern(i)}\n}}" for i in range(count)]
    return "\n".join([*events, *rules]) + "\n"


def events(types: int, count: int) -> Iterator[str]:
    """Events of the types in no order, a millisecond apart, of a thousand users."""
    chance = random.Random(9)
    for number in range(count):
        yield (
            f'{{"type":"T{chance.randrange(types)}","user":"u{chance.randrange(1_000)}",'
            f'"code":"c{chance.randrange(CODES)}","amount":{chance.random() * 1_000:.4f},'
            f'"ts":{1_700_000_000_000 + number}}}\n'
        )


def many(shape: str, count: int, scale: float) -> Figures:
    """CPU time of an event from its bytes on, and of making the engine: parsing, planning, generating code."""
    made = events(SHAPES[shape][1], max(1_000, int(EVENTS * scale)))
    lines = [line.rstrip().encode() for line in made]
    begun = time.process_time()
    feed = Feed(text(shape, count))
    ready = time.process_time()
    feed.push_all(lines, _BATCH)
    spent = time.process_time() - ready
    return {
        "us_per_event": spent / len(lines) * 1e6,
        "start_s": ready - begun,
        "alerts": feed.shard.stats.alerts,
        "open": feed.shard.open_runs(),
        "resident_mib": resident() / MIB,
    }


CASES: dict[str, Case] = {f"{shape} {count}": partial(many, shape, count) for shape in SHAPES for count in COUNTS}
