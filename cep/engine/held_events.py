"""Windows, and what runs gather in groups, as parts of a key's state: events by their numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from cep.engine.parts import Parts
from cep.engine.record import Record
from cep.engine.run import Run, Window

Number = Callable[[Record], int]
"""Gives an event its number."""


class Elements(msgspec.Struct, array_like=True):
    """A window by event numbers."""

    events: list[int]
    starts: int | None
    barred: list[int]
    told: list[int]
    owed: list[tuple[int | None, int]]
    hits: list[tuple[str, int]]


class Gathered(msgspec.Struct, array_like=True):
    """What a run has gathered in a group: the node before the group (-1: none, -2: this one), the way in, and the
    events by number."""

    base: int
    entry: int
    bound: list[tuple[int, int]]
    windows: dict[int, Elements]
    failed: list[int]
    owed: list[tuple[int | None, int]]
    cutoff: int | None
    hits: list[tuple[int, int, int]]
    since: int


def written_window(window: Window, number: Number) -> Elements:
    """A window by event numbers."""
    events, barred, told = ([number(r) for r in recs] for recs in (window.recs, window.barred, window.told))
    owed = [(state, number(rec)) for state, rec in window.owed]
    hits = [(counter, number(rec)) for counter, rec in window.hits]
    return Elements(events, window.starts, barred, told, owed, hits)


def read_window(elements: Elements, recs: Sequence[Record]) -> Window:
    """The window again."""
    window = Window()
    window.recs = [recs[i] for i in elements.events]
    window.starts = elements.starts
    window.barred = [recs[i] for i in elements.barred]
    window.told = [recs[i] for i in elements.told]
    window.owed = [(state, recs[i]) for state, i in elements.owed]
    window.hits = [(counter, recs[i]) for counter, i in elements.hits]
    return window


def written_parts(parts: Parts, base: int, number: Number) -> Gathered:
    """What a run has gathered, `base` being the node before the group."""
    return Gathered(
        base,
        parts.entry,
        [(state, number(rec)) for state, rec in parts.bound],
        {state: written_window(window, number) for state, window in parts.windows.items() if window.recs},
        parts.failed,
        [(state, number(rec)) for state, rec in parts.owed],
        None if parts.cutoff is None else number(parts.cutoff),
        [(counter, span, number(rec)) for counter, span, rec in parts.hits],
        parts.since,
    )


def read_parts_of(gathered: Gathered, base: Run | None, recs: Sequence[Record]) -> Parts:
    """The same again."""
    parts = Parts(base, gathered.entry)
    parts.bind([(state, recs[i]) for state, i in gathered.bound])
    parts.windows = {state: read_window(elements, recs) for state, elements in gathered.windows.items()}
    parts.failed, parts.since = gathered.failed, gathered.since
    parts.owed = [(state, recs[i]) for state, i in gathered.owed]
    parts.cutoff = None if gathered.cutoff is None else recs[gathered.cutoff]
    parts.hits = [(counter, span, recs[i]) for counter, span, i in gathered.hits]
    return parts
