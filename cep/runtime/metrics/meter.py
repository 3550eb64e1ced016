"""Readings of a run, made by its loop and taken by other threads."""

from __future__ import annotations

import threading
from collections.abc import Callable

from cep.runtime.host_clock import SYSTEM_CLOCK, HostClock
from cep.runtime.metrics.reading import Reading

Part = Callable[[Reading], None]
"""Puts numbers into a reading."""


class NoReading(Exception):
    """The numbers could not be made: a defect, which is told to who asks, and does not end the run."""


class Meter:
    """Whoever wants numbers asks for them (`reading`), and the loop makes them when it next goes round: what they are
    made of belongs to the loop, and counting partial matches costs a pass over the keys.

    `beat` is called by the loop alone, `reading` and `age` by any other thread.
    """

    def __init__(self, clock: HostClock = SYSTEM_CLOCK) -> None:
        self._clock = clock
        self._parts: list[Part] = []
        self._reading = Reading()
        self._defect: Exception | None = None
        self._is_wanted = False
        self._made = threading.Event()
        self._asking = threading.Lock()
        self._last: float | None = None
        self.last = clock.wall()
        """When there was the last sign of life, microseconds."""
        self.is_begun = False
        """Whether the loop has begun. Before that a run may wait for its first record as long as it takes."""

    def add(self, part: Part) -> None:
        """Have numbers put into each reading."""
        self._parts.append(part)

    def alive(self) -> None:
        """The run does what it should, although it has not gone round: a call has come back, well or not."""
        self._last = self._clock.elapsed()
        self.last = self._clock.wall()

    def beat(self) -> None:
        """The loop goes round."""
        self.is_begun = True
        self.alive()
        if self._is_wanted:
            self._is_wanted = False
            self.read()

    def read(self) -> None:
        """Make a reading now."""
        reading = Reading()
        try:
            for part in self._parts:
                part(reading)
        except Exception as defect:
            self._defect = defect
        else:
            self._reading, self._defect = reading, None
        self._made.set()

    def reading(self, seconds: float) -> Reading:
        """The numbers now; where the loop does not come round within `seconds`, those that were asked for last.

        Raises `NoReading`."""
        with self._asking:
            self._made.clear()
            self._is_wanted = True
            self._made.wait(seconds)
            if self._defect is not None:
                raise NoReading(f"the numbers could not be made: {self._defect!r}") from self._defect
            return self._reading

    def age(self) -> float:
        """Seconds since the last sign of life."""
        return 0.0 if self._last is None else self._clock.elapsed() - self._last
