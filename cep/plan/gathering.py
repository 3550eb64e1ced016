"""The waits of groups in any order that gather events: by the ways in, and inside."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cep.plan.nfa import Edge, Gathering


def with_waits(gatherings: Iterable[Gathering], waits: list[Edge]) -> tuple[Gathering, ...]:
    """The gatherings, each with its waits."""
    return tuple(with_own(gathering, waits) for gathering in gatherings)


def with_own(gathering: Gathering, waits: list[Edge]) -> Gathering:
    """A gathering with the waits that enter it, by their way in (a twin being a way of its own), and those inside."""
    states = {item.state for item in gathering.items}
    awaited = {early for _, early in gathering.absences}
    entries: dict[object, list[int]] = {}
    inside: list[int] = []
    for wait in waits:
        if wait.joint != gathering.joint:
            continue
        if wait.source in states and not begins(wait):
            inside.append(wait.index)
        else:
            entries.setdefault(way_in(wait, awaited), []).append(wait.index)
    return replace(gathering, entries=tuple(tuple(found) for found in entries.values()), inside=tuple(inside))


def begins(wait: Edge) -> bool:
    """Whether a wait from an item of the group is one for another iteration of it."""
    return bool(wait.clears) if wait.hold is None else wait.hold.base is None


def way_in(wait: Edge, awaited: set[int]) -> object:
    """What the waits of one way into the group have in common. `awaited`: counters of the absences among its items."""
    conditions = tuple(condition for condition in wait.conditions if condition.counter not in awaited)
    guards = (wait.absences, wait.nexts, wait.barred, wait.until, wait.greedy, wait.spans)
    return (wait.source, wait.way, conditions, wait.gap_within, wait.gap_after, *guards)
