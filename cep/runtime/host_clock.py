"""The port to the clock of the machine, and the operating system's behind it.

No alert depends on it: it says when a snapshot is due, what time it was when one was written, and how long live sources
have been silent.
"""

from __future__ import annotations

import time
from typing import Protocol


class HostClock(Protocol):
    """Two readings of time, which need not agree: the wall clock may be set, the other one only goes on."""

    def wall(self) -> int:
        """Microseconds since the epoch."""

    def elapsed(self) -> float:
        """Seconds since some moment."""


class SystemClock:
    """The operating system's clocks."""

    def wall(self) -> int:
        """Microseconds since the epoch."""
        return time.time_ns() // 1000

    def elapsed(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()


SYSTEM_CLOCK = SystemClock()
