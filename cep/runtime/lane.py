"""A lane: the rules that are fed by the same sources, with their event-time order and their matcher.

Rules that read other sources have other lanes, so that no rule waits for a topic it does not read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cep.engine.loader import Probe
from cep.engine.matcher import Matcher
from cep.engine.record import Record
from cep.engine.values import Values
from cep.runtime.changeover.retired import Retired
from cep.runtime.held import Held
from cep.runtime.watermark import BEGINNING, Progress
from cep.runtime.wiring import LanePlan

if TYPE_CHECKING:
    from cep.runtime.partition import Partition

Place = tuple[str, int, int]
"""Topic, partition, offset."""


class Lane:
    """Holds records back until nothing that may still come can precede them, then hands them to the matcher in order.

    `watermark` is the least over the partitions that hold it. Every record before `handed` has been handed over, but
    for those that came at the watermark itself once others of that time had gone (`early`).
    `retired`: the old version of a rule that it brings to its end; None for rules that are current.
    `replaying`: partitions whose held-back records are still being brought again; the lane stands still meanwhile.
    `awaited`: the places of early records among them.
    """

    def __init__(self, plan: LanePlan, values: Values, probe: Probe | None, retired: Retired | None = None) -> None:
        self.plan = plan
        self.retired = retired
        self.matcher = Matcher(plan.plan, values, probe)
        self.partitions: list[Partition] = []
        self.held = Held()
        self.watermark = BEGINNING
        self.handed = BEGINNING
        self.replaying = 0
        self.awaited: set[Place] = set()
        self._asked = BEGINNING

    def join(self, partition: Partition) -> None:
        """One more partition feeds the lane."""
        self.partitions.append(partition)
        # Records of two partitions may have equal times, even once one of them has ended.
        self.held.by_time = len(self.partitions) == 1 and not self.plan.ordered

    @property
    def generation(self) -> int:
        """Of an old version the generation in which it was current, else 0."""
        return 0 if self.retired is None else self.retired.generation

    @property
    def _alone(self) -> bool:
        """Whether equal times are in order as they come: no `order by`, one partition left, and its offsets rise."""
        left = sum(partition.progress is not Progress.ENDED for partition in self.partitions)
        return left == 1 and not self.plan.ordered

    @property
    def _bound(self) -> int:
        """Records before this time may go: those at the watermark itself too, where nothing can come between."""
        return self.watermark + 1 if self._alone and self.watermark > BEGINNING else self.watermark

    @property
    def closed(self) -> int:
        """A record before this time would come too late for the matcher."""
        return self.handed - 1 if self._alone and self.handed > BEGINNING else self.handed

    def early(self) -> list[Place]:
        """Where records have come from that are held back though others of their time have been handed over."""
        return sorted({record[2:5] for record in self.held.early(self.handed)} | self.awaited)

    def settle(self) -> None:
        """The end of a batch: move the watermark, hand over what it frees, fire the deadlines it passes."""
        if self.replaying:
            return
        kind = self.plan.kind
        marks = [p.clocks[kind].watermark for p in self.partitions if p.progress is Progress.OPEN]
        if not marks:
            # All are silent or ended: the wall clock stands in, as far as the silent ones were told.
            marks = [p.silent for p in self.partitions if p.progress is Progress.IDLE]
        if marks:
            self.reach(min(marks))
        elif self.held and all(p.progress is Progress.ENDED for p in self.partitions):
            ready = self.held.take_all()
            self.handed = max(self.handed, ready[-1][0] + 1)
            self.matcher.feed(ready)

    def reach(self, watermark: int) -> None:
        """Take over a watermark, if it is later, and act on it."""
        if self.replaying:
            self._asked = max(self._asked, watermark)
            return
        moved = watermark > self.watermark
        if moved:
            self.watermark = watermark
        # Where the watermark stands still, only records at the watermark itself can have become free.
        if self.held and (moved or self._alone):
            self.matcher.feed(self.held.take(self._bound))
        self.handed = max(self.handed, self._bound)
        if moved:
            self.matcher.advance(watermark)

    def replayed(self, partition: Partition) -> None:
        """All held-back records of a partition have been brought again, as far as they still exist."""
        self.awaited = {place for place in self.awaited if place[:2] != (partition.topic, partition.number)}
        self.replaying -= 1

    def catch_up(self) -> None:
        """Time was told to move on while the lane stood still."""
        if not self.replaying and self._asked > BEGINNING:
            self.reach(self._asked)
            self._asked = BEGINNING

    @property
    def is_begun(self) -> bool:
        """Whether the watermark stands anywhere yet."""
        return self.watermark > BEGINNING or self.handed > BEGINNING

    def restore(self, held: list[Record], watermark: int, handed: int) -> None:
        """Take over the order's part of a snapshot."""
        self.held.fresh.extend(held)
        self.watermark, self.handed = watermark, handed
