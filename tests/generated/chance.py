"""Draws of a generator, all made of one primitive, so that a seeded or a shrinking source can stand behind them."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """What the drawers draw from. The least value of every draw is the plainest: no, the first, the smallest."""

    def below(self, count: int) -> int:
        """A number from 0 up to, not including, `count`."""
        raise NotImplementedError

    def number(self, low: int, high: int) -> int:
        """A number from `low` to `high`."""
        return low + self.below(high - low + 1)

    def yes(self, share: float) -> bool:
        """True in `share` of the draws."""
        return self.below(1_000) >= 1_000 - round(1_000 * share)

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self.below(len(options))]

    def weighted(self, options: Sequence[tuple[T, int]]) -> T:
        """One of the options, each as often as its weight says."""
        at = self.below(sum(weight for _, weight in options))
        for option, weight in options:
            if at < weight:
                return option
            at -= weight
        raise ValueError("no options")

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """The items in another order."""
        left = list(items)
        return [left.pop(self.below(len(left))) for _ in range(len(left))]


class Seeded(Chance):
    """Draws that a seed decides."""

    def __init__(self, seed: int | str) -> None:
        self._random = Random(seed).random

    def below(self, count: int) -> int:
        return int(self._random() * count)
