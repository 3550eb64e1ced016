"""Random event logs that go along with a rule, so that it often matches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

from tests.generated.draft import TYPES, AllOf, Either, Group, Item, Rule, Step


@dataclass(frozen=True, slots=True)
class Sent:
    """An event as it arrives; `time` in milliseconds, `data` in run-time form without the time field."""

    event: str
    time: int
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Log:
    """Events in order of arrival. `end`: the watermark behind them in milliseconds, None for the end of the input."""

    events: tuple[Sent, ...]
    end: int | None


def draw(rng: Random, rule: Rule, late: bool) -> Log:
    """A log for a rule; with `late`, some events arrive after later ones."""
    wanted = list(_wanted(rng, rule.items)) or ["A"]
    keys = rng.choice((("a",), ("a", "b"), ("a", "b"), ("a", "b", "c")))
    size = rng.randint(4, 22)
    time = rng.randint(0, 5)
    at = 0
    events = []
    for _ in range(size):
        if rng.random() < 0.72:
            event, at = wanted[at % len(wanted)], at + 1
        else:
            event = rng.choice("ABCT")
        time += rng.choice((0, 0, 1, 1, 1, 2, 2, 3, 4, 7))
        back = rng.randint(1, 9) if late and rng.random() < 0.2 else 0
        events.append(Sent(event, max(0, time - back), _data(rng, event, keys)))
    return Log(tuple(events), None if rng.random() < 0.75 else time + rng.randint(1, 25))


def _wanted(rng: Random, items: tuple[Item, ...]) -> Iterator[str]:
    """Event types in the order in which the pattern waits for them."""
    for item in items:
        match item.node:
            case Step(quantifier=quantifier, having=having):
                times = rng.randint(1, 4) if quantifier or having else 1
                yield from [item.node.event] * times
            case Group(items=inside, quantifier=quantifier):
                for _ in range(rng.randint(1, 3) if quantifier else 1):
                    yield from _wanted(rng, inside)
            case Either(alternatives=alternatives):
                yield from _wanted(rng, rng.choice(alternatives))
            case AllOf(members=members):
                found = [m.event for m in members if isinstance(m, Step) for _ in range(2 if m.quantifier else 1)]
                rng.shuffle(found)
                yield from found


def _data(rng: Random, event: str, keys: tuple[str, ...]) -> dict[str, Any]:
    data: dict[str, Any] = {name: _key(rng, keys) for name in TYPES[event]}
    data["g"] = rng.choice((0, 0, 0, 1))
    data["v"] = rng.randint(0, 4)
    data["x"] = None if rng.random() < 0.15 else Decimal(rng.randint(0, 8)) / 2
    data["s"] = rng.choice(("a", "a", "b", "c", "ab"))
    data["n"] = rng.randint(0, 3)
    return data


def _key(rng: Random, keys: tuple[str, ...]) -> str | None:
    if rng.random() < 0.06:
        return None
    return keys[0] if rng.random() < 0.65 else rng.choice(keys)
