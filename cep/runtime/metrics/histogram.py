"""How often something took how long."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counts:
    """A histogram at one moment: by upper bound, how many were not above it; how many in all, and their sum."""

    upto: tuple[tuple[float, int], ...]
    count: int
    sum: float


class Histogram:
    """Counts what it is told into classes with the upper `bounds`, which rise."""

    __slots__ = ("_bounds", "_counts", "_sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(self._bounds) + 1)
        self._sum = 0.0

    def observe(self, value: float) -> None:
        """Count one; what lies below zero, since clocks differ, counts as zero."""
        value = max(value, 0.0)
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def counts(self) -> Counts:
        """What was counted so far."""
        upto, seen = [], 0
        for bound, count in zip(self._bounds, self._counts, strict=False):
            seen += count
            upto.append((bound, seen))
        return Counts(tuple(upto), seen + self._counts[-1], self._sum)
