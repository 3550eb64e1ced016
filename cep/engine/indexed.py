"""Waits with many runs, indexed by what their guard compares. Few runs stay in a plain list, which costs less."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sortedcontainers import SortedList

from cep.engine.run import Run

MANY = 48
"""A wait with more runs than this is indexed, if its guard allows."""

GREATEST = float("inf")


class HashedWait:
    """Runs by the value that the event's must equal. Runs whose value is null can never be taken, only ended."""

    __slots__ = ("runs", "value")

    def __init__(self, value: Callable[[Run], Any], runs: list[Run]) -> None:
        self.value = value
        self.runs: dict[Any, list[Run]] = {}
        for run in runs:
            self.append(run)

    def append(self, run: Run) -> None:
        """One more run waits."""
        self.runs.setdefault(self.value(run), []).append(run)

    def take_out(self, value: Any) -> list[Run]:
        """The runs that equal `value`, no longer in the index."""
        return [] if value is None else self.runs.pop(value, [])

    def __iter__(self) -> Iterator[Run]:
        for runs in list(self.runs.values()):
            yield from runs

    def __len__(self) -> int:
        return sum(map(len, self.runs.values()))

    def __bool__(self) -> bool:
        return bool(self.runs)

    def clear(self) -> None:
        """Forget all."""
        self.runs.clear()


class OrderedWait:
    """Runs in the order of the value that the event's is compared with by `op`; those with null apart."""

    __slots__ = ("number", "op", "runs", "unknown", "value")

    def __init__(self, value: Callable[[Run], Any], op: str, runs: list[Run]) -> None:
        self.value = value
        self.op = op
        self.number = 0
        self.unknown: list[Run] = []
        self.runs: Any = SortedList()
        for run in runs:
            self.append(run)

    def append(self, run: Run) -> None:
        """One more run waits."""
        value = self.value(run)
        if value is None:
            self.unknown.append(run)
            return
        self.number += 1
        self.runs.add((value, self.number, run))

    def take_out(self, value: Any) -> list[Run]:
        """The runs for which `value OP theirs` holds, no longer in the index, in the order in which they came."""
        if value is None:
            return []
        if self.op in (">", ">="):
            end = self.runs.bisect((value, GREATEST)) if self.op == ">=" else self.runs.bisect((value,))
            span = slice(0, end)
        else:
            begin = self.runs.bisect((value, GREATEST)) if self.op == "<" else self.runs.bisect((value,))
            span = slice(begin, len(self.runs))
        found = self.runs[span]
        del self.runs[span]
        found.sort(key=lambda entry: entry[1])
        return [run for _, _, run in found]

    def __iter__(self) -> Iterator[Run]:
        yield from [run for _, _, run in self.runs]
        yield from list(self.unknown)

    def __len__(self) -> int:
        return len(self.runs) + len(self.unknown)

    def __bool__(self) -> bool:
        return bool(self.runs) or bool(self.unknown)

    def clear(self) -> None:
        """Forget all."""
        self.runs.clear()
        self.unknown.clear()


Waiting = list[Run] | HashedWait | OrderedWait
