"""Runs in the order of a value, to be found by `<` and the like: a list while it is short, in pieces once it is not."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import Any

from sortedcontainers import SortedList

from cep.engine.run import Run

LONG = 512
"""A longer order is kept in pieces, lest each insertion move all that comes after it."""

FEW = 8
"""Of how many one may go by itself, so that it costs less to look for its place than to go through all."""

GREATEST = float("inf")

Entry = tuple[Any, int, Run]
"""(value, sequence number, run): the number keeps comparison away from the runs."""


class Order:
    """Runs in the order of a value that is not null."""

    __slots__ = ("entries",)

    def __init__(self) -> None:
        self.entries: Any = []

    def add(self, entry: Entry) -> None:
        """One more run."""
        entries = self.entries
        if type(entries) is not list:
            entries.add(entry)
            return
        if not entries or entries[-1] < entry:
            entries.append(entry)
        else:
            insort(entries, entry)
        if len(entries) > LONG:
            self.entries = SortedList(entries)

    def found(self, op: str, value: Any) -> list[Entry]:
        """The runs for which `value OP theirs` holds. They stay: most that are looked at wait on."""
        if op in (">", ">="):
            entries = self.entries[: self.place(value, behind=op == ">=")]
        else:
            entries = self.entries[self.place(value, behind=op == "<") :]
        return entries  # type: ignore[no-any-return]

    def drop(self, gone: list[Entry]) -> None:
        """Runs that wait no more; some may have been dropped before."""
        entries = self.entries
        if type(entries) is not list:
            for entry in gone:
                entries.discard(entry)
        elif FEW * len(gone) > len(entries):
            numbers = {number for _, number, _ in gone}
            entries[:] = [entry for entry in entries if entry[1] not in numbers]
        else:
            for entry in gone:
                place = bisect_left(entries, entry)
                if place < len(entries) and entries[place] is entry:
                    del entries[place]

    def place(self, value: Any, behind: bool) -> int:
        """Where the runs of `value` begin, or what comes behind them."""
        key = (value, GREATEST) if behind else (value,)
        if type(self.entries) is list:
            return bisect_left(self.entries, key)
        place: int = self.entries.bisect_left(key)
        return place

    def __iter__(self) -> Iterator[Run]:
        for entry in self.entries:
            yield entry[2]
