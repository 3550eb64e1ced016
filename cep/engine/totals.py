"""Aggregates over whole windows of thresholds, kept while they slide: what no run of elements can exceed."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from math import inf, isfinite
from typing import Any

from cep.engine.record import Record
from cep.engine.run import Window

FEW = 48
"""A window with no more elements than this is walked at once."""

BITS = 1_074
"""Every float is a whole multiple of 2**-BITS."""

SLACK = 10**9
"""A sum of decimals or floats, however it is rounded on the way, exceeds that of its positive values by no more than
one part in this many."""

Tracked = tuple[tuple[str, Callable[[Any], Any]], ...]
"""Of each aggregate how it is kept (see `plan/reaching.py`), and what it aggregates of an element."""


class Distinct:
    """How many different values there are, nulls apart."""

    __slots__ = ("values",)

    def __init__(self) -> None:
        self.values: Counter[Any] = Counter()

    def add(self, value: Any) -> None:
        """One more element."""
        self.values[value] += 1

    def remove(self, value: Any) -> None:
        """An element has left."""
        if self.values[value] == 1:
            del self.values[value]
        else:
            self.values[value] -= 1

    def most(self) -> int:
        """What no part of the window exceeds."""
        return len(self.values)


class Sum:
    """The sum of the positive whole numbers."""

    __slots__ = ("positive",)

    def __init__(self) -> None:
        self.positive = 0

    def add(self, value: int) -> None:
        """One more element."""
        if value > 0:
            self.positive += value

    def remove(self, value: int) -> None:
        """An element has left."""
        if value > 0:
            self.positive -= value

    def most(self) -> int:
        """What no part of the window exceeds."""
        return self.positive


class Near:
    """The sum of the positive floats or decimals, kept exactly, so that rounding does not add up while it slides."""

    __slots__ = ("beyond", "positive")

    def __init__(self) -> None:
        self.positive = 0
        self.beyond = 0

    def add(self, value: Any, sign: int = 1) -> None:
        """One more element, or one less."""
        near = float(value)
        if not isfinite(near):
            self.beyond += sign
        elif near > 0:
            numerator, denominator = near.as_integer_ratio()
            self.positive += sign * (numerator << BITS + 1 - denominator.bit_length())

    def remove(self, value: Any) -> None:
        """An element has left."""
        self.add(value, -1)

    def most(self) -> float:
        """What no part of the window exceeds, but for rounding (see `nearly`)."""
        if self.beyond:
            return inf
        try:
            return self.positive / (1 << BITS)
        except OverflowError:
            return inf


KINDS: dict[str, type[Distinct] | type[Sum] | type[Near]] = {"distinct": Distinct, "sum": Sum, "near": Near}


class Totals:
    """The aggregates over the elements of a window, which are added at its end and leave it at its beginning."""

    __slots__ = ("elements", "parts", "tracked")

    def __init__(self, tracked: Tracked) -> None:
        self.tracked = tracked
        self.elements: deque[tuple[Record, tuple[Any, ...]]] = deque()
        self.parts: list[Any] = [KINDS[name]() for name, _ in tracked]

    def follow(self, recs: list[Record]) -> None:
        """Take over what has come and gone."""
        elements = self.elements
        while elements and elements[0][0] is not recs[0]:
            for part, value in zip(self.parts, elements.popleft()[1], strict=True):
                if value is not None:
                    part.remove(value)
        kept = len(elements)
        if kept > len(recs) or (kept and elements[-1][0] is not recs[kept - 1]):
            # Not only the oldest have gone.
            elements.clear()
            self.parts = [KINDS[name]() for name, _ in self.tracked]
        for rec in recs[len(elements) :]:
            values = tuple(value(rec[6]) for _, value in self.tracked)
            elements.append((rec, values))
            for part, value in zip(self.parts, values, strict=True):
                if value is not None:
                    part.add(value)


def totals(window: Window, tracked: Tracked) -> list[Any]:
    """Of each aggregate what no part of the window exceeds."""
    if window.totals is None:
        window.totals = Totals(tracked)
    window.totals.follow(window.recs)
    return [part.most() for part in window.totals.parts]


def nearly(limit: Any) -> float:
    """A limit of floats or decimals, and a little less."""
    near = float(limit)
    return near - abs(near) / SLACK
