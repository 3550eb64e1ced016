"""Virtual time: it stands still until somebody waits or moves it on."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count

SECOND = 1_000_000
"""Microseconds."""
MILLISECOND = 1_000
"""Microseconds."""


class Timer:
    """Something that is to happen, unless it is called off before."""

    __slots__ = ("action", "is_off")

    def __init__(self, action: Callable[[], None]) -> None:
        self.action = action
        self.is_off = False

    def cancel(self) -> None:
        """Call it off."""
        self.is_off = True


class VirtualClock:
    """A clock with timers, which go off in order while time moves past them."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self._now = int(now * SECOND)
        self._timers: list[tuple[int, int, Timer]] = []
        self._numbers = count()

    def wall(self) -> int:
        """Microseconds since 1970."""
        return self._now

    def elapsed(self) -> float:
        """Seconds, to measure spans with."""
        return self._now / SECOND

    def after(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Have something happen in a while; at the earliest when time moves next."""
        timer = Timer(action)
        heapq.heappush(self._timers, (self._now + round(seconds * SECOND), next(self._numbers), timer))
        return timer

    def advance(self, seconds: float) -> None:
        """Move time on."""
        self.wait(seconds, lambda: False)

    def wait(self, seconds: float, until: Callable[[], bool]) -> bool:
        """Move time on, but no further than to where something has come true; whether it has."""
        end = self._now + round(seconds * SECOND)
        while not until():
            while self._timers and self._timers[0][2].is_off:
                heapq.heappop(self._timers)
            if not self._timers or self._timers[0][0] > end:
                self._now = max(self._now, end)
                return False
            due, _, timer = heapq.heappop(self._timers)
            self._now = max(self._now, due)
            timer.action()
        return True
