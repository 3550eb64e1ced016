"""How far back a partition has to be read again to have the events back that wait for their place in the order.

Events held back are no part of a changelog. What of them was late at first is judged by the clocks of that time: the
trail keeps where these stood at the starts of batches, as far back as an event may still wait.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from cep.runtime.output import TimeKind
from cep.runtime.watermark import BEGINNING, Clock

if TYPE_CHECKING:
    from cep.runtime.lane import Lane

Times = dict[TimeKind, int]
"""Watermarks by kind of time, microseconds."""

MANY = 256
"""So many checkpoints are kept; of more, every other is dropped, and a little more is read again than need be."""


class Trail:
    """The checkpoints of one partition: an offset, and the clocks before the record there.

    `jumps`: where a clock was moved from outside, with what it was moved to. `lateness`: by kind of time, what was
    allowed before the state was taken over.
    """

    __slots__ = ("checkpoints", "jumps", "lateness")

    def __init__(self) -> None:
        self.checkpoints: list[tuple[int, Times]] = []
        self.jumps: list[tuple[int, Times]] = []
        self.lateness: Times = {}

    def begin(self, offset: int, at: Times, jumps: Sequence[tuple[int, Times]]) -> None:
        """Go on from what a state says: its only checkpoint."""
        self.checkpoints = [(offset, at)]
        self.jumps = list(jumps)

    def note(self, offset: int, clocks: Mapping[TimeKind, Clock]) -> None:
        """A batch starts at `offset`."""
        if len(self.checkpoints) >= MANY:
            del self.checkpoints[1::2]
        self.checkpoints.append((offset, times(clocks)))

    def jump(self, offset: int, clocks: Mapping[TimeKind, Clock]) -> None:
        """Clocks were moved when the record at `offset` was the next."""
        if self.jumps and self.jumps[-1][0] == offset:
            self.jumps.pop()
        self.jumps.append((offset, times(clocks)))

    def allowed(self, clocks: Mapping[TimeKind, Clock]) -> Times:
        """The lateness by which events may have been judged, microseconds."""
        return {kind: max(clock.lateness, self.lateness.get(kind, 0)) for kind, clock in clocks.items()}

    def settle(
        self, next_offset: int, clocks: Mapping[TimeKind, Clock], lanes: Collection[Lane], early: Collection[int]
    ) -> int:
        """The lowest offset that must be read again; what lies before it is forgotten.

        `lanes`: those that the partition feeds. `early`: offsets of events that wait though others of their time have
        been handed over.
        """
        lateness = self.allowed(clocks)
        handed: Times = {}
        for lane in lanes:
            kind = lane.plan.kind
            handed[kind] = min(lane.handed, handed.get(kind, lane.handed))

        def is_over(at: Times) -> bool:
            """Whether all that came before has been handed over: its time is no later than the clock's and lateness."""
            return all(
                at[kind] == BEGINNING or at[kind] + lateness[kind] < passed
                for kind, passed in handed.items()
                if kind in at
            )

        if not self.checkpoints or (not early and is_over(times(clocks))):
            self.checkpoints.clear()
            self.jumps.clear()
            return next_offset
        oldest = min(early, default=next_offset)
        first = 0
        for number, (offset, at) in enumerate(self.checkpoints):
            if offset > oldest or not is_over(at):
                break
            first = number
        del self.checkpoints[:first]
        start = self.checkpoints[0][0]
        self.jumps = [jump for jump in self.jumps if jump[0] > start]
        return start


def times(clocks: Mapping[TimeKind, Clock]) -> Times:
    """Where clocks stand. By the wall clock nothing is judged again: those events are kept."""
    return {kind: clock.watermark for kind, clock in clocks.items() if kind != "arrival"}
