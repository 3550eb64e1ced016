"""How far event time has come in one partition, and whether the partition is still worth waiting for."""

from __future__ import annotations

from enum import IntEnum

BEGINNING = -(2**63)
"""The watermark before any event, microseconds."""


class Clock:
    """The watermark of one partition for one kind of time: greatest time seen less `lateness`, never falling.

    Microseconds. No further event with a time before `watermark` is expected; one that comes is late.
    """

    __slots__ = ("lateness", "watermark")

    def __init__(self, lateness: int) -> None:
        self.lateness = lateness
        self.watermark = BEGINNING

    def reach(self, watermark: int) -> None:
        """Take over a watermark known from elsewhere, if it is later."""
        if watermark > self.watermark:
            self.watermark = watermark


class Progress(IntEnum):
    """Whether a partition holds the watermark of the rules it feeds."""

    OPEN = 0
    """It does: events may come."""
    IDLE = 1
    """Silent for long: it does not until it speaks again, and is then judged by the rules' watermark."""
    ENDED = 2
    """Nothing will ever come."""
