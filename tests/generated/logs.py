"""Random event logs that go along with a rule, so that it often matches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.generated.chance import Chance
from tests.generated.declared import TYPES
from tests.generated.draft import AllOf, Either, Group, Item, Rule, Step

SOURCE = "drawn"
"""Topic and source of events, unless they come from several."""

Place = tuple[str, int]
"""Topic and partition."""

ALONE: tuple[Place, ...] = ((SOURCE, 0),)
SPREADS: tuple[tuple[Place, ...], ...] = (
    ((SOURCE, 0), (SOURCE, 1)),
    ((SOURCE, 0), ("other", 0)),
    ((SOURCE, 0), (SOURCE, 1), ("other", 2)),
)

PACES = ((0, 1, 1, 2), (0, 0, 1, 1, 1, 2, 2, 3, 4, 7), (0, 0, 0, 1, 1, 3, 6))
"""Milliseconds between events."""

Fits = Callable[[str, dict[str, Any]], bool]
"""Whether an event with these fields (its time with them, in milliseconds) may do for a step, by its name."""


@dataclass(frozen=True, slots=True)
class Sent:
    """An event as it arrives; `time` in milliseconds, `data` in run-time form without the time field."""

    event: str
    time: int
    data: dict[str, Any]
    place: Place = (SOURCE, 0)


@dataclass(frozen=True, slots=True)
class Log:
    """Events in order of arrival. `end`: the watermark behind them in milliseconds, None for the end of the input.

    `places`: the partitions that are waited for, also those without an event.
    """

    events: tuple[Sent, ...]
    end: int | None
    places: tuple[Place, ...] = ALONE

    def offsets(self) -> Iterator[tuple[int, Sent]]:
        """The events in order of arrival, each with its offset in its partition."""
        next_offset = dict.fromkeys(self.places, 0)
        for sent in self.events:
            yield next_offset[sent.place], sent
            next_offset[sent.place] += 1


def places(chance: Chance) -> tuple[Place, ...]:
    """The partitions of a log."""
    return chance.pick(SPREADS) if chance.yes(0.4) else ALONE


def draw(chance: Chance, rule: Rule, spread: tuple[Place, ...], fits: Fits) -> Log:
    """A log for a rule over the partitions of `spread`; in some, events arrive after later ones."""
    wanted = list(_wanted(chance, rule.items)) or [("", "A")]
    keys = chance.pick((("a",), ("a", "b"), ("a", "b"), ("a", "b", "c")))
    nulls = 0.2 if rule.key and rule.key[0].endswith("?") else 0.05
    late = chance.yes(0.3)
    noise = chance.pick((0.05, 0.1, 0.3))
    pace = chance.pick(PACES)
    time = chance.number(0, 5)
    at = 0
    events = []
    for _ in range(chance.number(5, 22) if chance.yes(0.97) else chance.number(1, 4)):
        step, event = "", chance.pick("ABCT")
        if not chance.yes(noise):
            step, event = wanted[at % len(wanted)]
            at += 1
        time += chance.pick(pace)
        back = chance.number(1, 9) if late and chance.yes(0.2) else 0
        moment = max(0, time - back)
        data = _data(chance, event, keys, nulls)
        for _ in range(2):
            if step and not fits(step, data | {"ts": moment}):
                data = _data(chance, event, keys, nulls)
        events.append(Sent(event, moment, data, chance.pick(spread)))
    end = time + chance.number(1, 25) if chance.yes(0.25) else None
    return Log(tuple(events), end, spread)


def _wanted(chance: Chance, items: tuple[Item, ...]) -> Iterator[tuple[str, str]]:
    """Steps and their event types in the order in which the pattern waits for them."""
    for item in items:
        match item.node:
            case Step():
                yield from _events(chance, item.node)
            case Group(items=inside, quantifier=quantifier):
                for _ in range(_times(chance, quantifier)):
                    yield from _wanted(chance, inside)
            case Either(alternatives=alternatives):
                yield from _wanted(chance, chance.pick(alternatives))
            case AllOf(members=members):
                parts = [p for m in members if isinstance(m, Step) for p in _parts(chance, m)]
                yield from (event for part in chance.shuffled(parts) for event in part)


def _events(chance: Chance, step: Step) -> list[tuple[str, str]]:
    return [(step.name, step.event)] * (chance.number(2, 4) if step.having else _times(chance, step.quantifier))


def _parts(chance: Chance, member: Step) -> list[list[tuple[str, str]]]:
    """The events of a member of a group in any order, those together that must be."""
    events = _events(chance, member)
    return [events] if "consecutive" in member.modes else [[event] for event in events]


def _times(chance: Chance, quantifier: str) -> int:
    """How often a pattern is to be repeated: about its minimum."""
    if not quantifier or quantifier == "?":
        return 1
    least = int(quantifier[1]) if quantifier[0] == "{" else 1
    return max(1, least + chance.pick((0, 0, 1, 2)))


def _data(chance: Chance, event: str, keys: tuple[str, ...], nulls: float) -> dict[str, Any]:
    data: dict[str, Any] = {name: _key(chance, keys, nulls) for name in TYPES[event]}
    data["g"] = chance.pick((0, 0, 0, 0, 1))
    data["v"] = chance.number(0, 4)
    data["x"] = None if chance.yes(0.15) else Decimal(chance.number(0, 8)) / 2
    data["y"] = None if chance.yes(0.1) else chance.number(0, 6) / 2
    data["l"] = None if chance.yes(0.1) else [chance.number(0, 3) for _ in range(chance.number(0, 3))]
    data["s"] = chance.pick(("a", "a", "b", "c", "ab"))
    data["n"] = chance.number(0, 3)
    return data


def _key(chance: Chance, keys: tuple[str, ...], nulls: float) -> str | None:
    if chance.yes(nulls):
        return None
    return chance.pick(keys) if chance.yes(0.25) else keys[0]
