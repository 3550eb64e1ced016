"""Made-up events of the shape behind the published figures: seeded, the same bytes on every machine.

Ten thousand users, the busiest with about 1.3 % of the events; five types; on average one event a millisecond;
arrival out of order by less than five seconds; log-normal amounts; countries that rarely change; failures in a row.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

_COUNTRIES = ["US", "NO", "BR", "PL", "MX", "UA", "NL", "DE", "NG", "RU", "IT", "IN", "CN", "ES", "DK", "ZA", "FR"]
_TYPES = ["purchase", "login", "transfer", "login_failed", "pwd_change"]
_SHARES = list(accumulate([0.581, 0.201, 0.119, 0.058, 0.041]))
_AFTER_FAILURE = list(accumulate([0.178, 0.310, 0.036, 0.465, 0.011]))
"""A user whose login failed mostly tries again."""
_AMOUNTS = {"purchase": (3.6, 1.6), "transfer": (5.5, 1.5)}
"""Mean and deviation of the logarithm of the amount."""
_START = 1_700_000_000_000
_LATEST = 4_999
"""Milliseconds by which an event may arrive late."""
_BLOCK = 10_000


@dataclass(frozen=True, slots=True)
class Shape:
    """How many events, and how many milliseconds lie between two of them on average."""

    events: int = 2_000_000
    spacing: int = 1
    users: int = 10_000
    seed: int = 20

    @property
    def file(self) -> str:
        """A name that tells the shape."""
        return f"events_{self.events}_{self.spacing}ms_{self.seed}.jsonl"


def lines(shape: Shape) -> Iterator[str]:
    """The events in the order of arrival, a JSON object a line."""
    waiting: list[tuple[int, int, str]] = []
    for arrival, number, time, line in _made(shape):
        while waiting and waiting[0][0] <= time:
            yield heapq.heappop(waiting)[2]
        heapq.heappush(waiting, (arrival, number, line))
    while waiting:
        yield heapq.heappop(waiting)[2]


def _made(shape: Shape) -> Iterator[tuple[int, int, int, str]]:
    """Events in the order of their time: arrival, number, time, line."""
    chance = random.Random(shape.seed)
    names = list(range(shape.users))
    chance.shuffle(names)
    weights = list(accumulate(1 / (rank + 10) for rank in range(shape.users)))
    homes = [chance.choice(_COUNTRIES) for _ in names]
    failed: set[int] = set()
    time, twice = _START, 2 * shape.spacing
    for block in range(0, shape.events, _BLOCK):
        size = min(_BLOCK, shape.events - block)
        users = chance.choices(names, cum_weights=weights, k=size)
        for number, user in zip(range(block, block + size), users, strict=True):
            type_ = chance.choices(_TYPES, cum_weights=_AFTER_FAILURE if user in failed else _SHARES)[0]
            (failed.add if type_ == "login_failed" else failed.discard)(user)
            time += chance.randint(0, twice)
            late = min(int(chance.expovariate(1 / 1100)), _LATEST) if chance.random() < 0.45 else 0
            yield time + late, number, time, _line(chance, number, time, user, type_, homes[user])


def _line(chance: random.Random, number: int, time: int, user: int, type_: str, home: str) -> str:
    amount = round(chance.lognormvariate(*_AMOUNTS[type_]), 2) if type_ in _AMOUNTS else 0.0
    country = home if chance.random() < 0.975 else chance.choice(_COUNTRIES)
    status = "fail" if type_ == "login_failed" or chance.random() < 0.02 else "ok"
    return (
        f'{{"id":{number},"ts":{time},"user":"u{user}","type":"{type_}","amount":{amount},'
        f'"country":"{country}","device":"d{user * 3 + chance.randrange(3)}","status":"{status}"}}\n'
    )


def event_file(shape: Shape, folder: Path) -> Path:
    """The file of these events in `folder`, made if it is not there."""
    path = folder / shape.file
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        with part.open("w", encoding="ascii", buffering=1 << 20) as out:
            out.writelines(lines(shape))
        part.rename(path)
    return path
