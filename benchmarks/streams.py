"""Made-up streams of one event type with one thing each that is hard: seeded, the same bytes on every machine.

Every event is `{"type": "pay", "user", "amount", "ts"}`, a millisecond after the one before on average; 10,000 users.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path

USERS = 10_000
LATEST = 5_000
"""Milliseconds by which an event of `out_of_order` may come late."""
_START = 1_700_000_000_000
_FILLER = "x" * 1_900


def uniform(events: int) -> Iterator[str]:
    """Every user alike."""
    chance = random.Random(1)
    for number in range(events):
        yield _line(chance, number, chance.randrange(USERS))


def zipf(events: int) -> Iterator[str]:
    """The busiest user has a tenth of the events."""
    chance = random.Random(2)
    weights = list(accumulate(1 / (rank + 1) for rank in range(USERS)))
    for number, user in enumerate(chance.choices(range(USERS), cum_weights=weights, k=events)):
        yield _line(chance, number, user)


def bursty(events: int) -> Iterator[str]:
    """A thousand events of ten users at the same millisecond, then a second of silence."""
    chance = random.Random(3)
    for number in range(events):
        burst = number // 1_000
        yield _line(chance, burst * 1_000, (burst * 10 + chance.randrange(10)) % USERS)


def out_of_order(events: int) -> Iterator[str]:
    """Every event late by up to five seconds."""
    chance = random.Random(4)
    for number in range(events):
        yield _line(chance, number - chance.randrange(LATEST), chance.randrange(USERS))


def wide(events: int) -> Iterator[str]:
    """Two kilobytes each, of which a rule reads three fields."""
    chance = random.Random(5)
    for number in range(events):
        more = f',"note":"{_FILLER}","nested":{{"a":[1,2,3],"b":{{"c":"d"}}}},"flag":true'
        yield _line(chance, number, chance.randrange(USERS), more)


def hot_key(events: int) -> Iterator[str]:
    """One user alone."""
    chance = random.Random(6)
    for number in range(events):
        yield _line(chance, number, 0)


def million_keys(events: int) -> Iterator[str]:
    """A million users, in an order without pattern."""
    chance = random.Random(7)
    for number in range(events):
        yield _line(chance, number, chance.randrange(1_000_000))


STREAMS: dict[str, Callable[[int], Iterator[str]]] = {
    "uniform": uniform,
    "zipf": zipf,
    "bursty": bursty,
    "out of order": out_of_order,
    "wide": wide,
    "one hot key": hot_key,
    "a million keys": million_keys,
}
RULES = """
event pay { user: string  amount: float  ts: timestamp } time ts lateness 5s
rule small_then_big {
  match by user within 10m
    a: pay where amount < 20
    then b: pay where amount > 990
  after match skip nothing
}
"""


def _line(chance: random.Random, millis: int, user: int, more: str = "") -> str:
    amount = round(chance.random() * 1_000, 2)
    return f'{{"type":"pay","user":"u{user}","amount":{amount},"ts":{_START + millis}{more}}}\n'


def written(lines: Iterator[str], path: Path) -> Path:
    """A file of lines."""
    with path.open("w", encoding="ascii", buffering=1 << 20) as out:
        out.writelines(lines)
    return path
