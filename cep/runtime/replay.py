"""Records of a partition that come again after a restore from a changelog, for the events that were held back.

They were decoded, judged and told before. Here each is judged once more as it was then, and those that still wait for
their place in the order of a lane are put back; nothing is counted or told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import TYPE_CHECKING

from cep.runtime.decode.malformed import Malformed
from cep.runtime.output import TimeKind
from cep.runtime.timestamps import FURTHEST
from cep.runtime.watermark import Clock

if TYPE_CHECKING:
    from cep.runtime.lane import Lane
    from cep.runtime.partition import Partition


class Replay:
    """The replay of one partition from `position` up to `until`.

    `clocks`: as they stood before `position`; `jumps`: by offset, what they were moved to from outside. `floors`: by
    lane, from which time on its events have not been handed over.
    """

    def __init__(
        self,
        position: int,
        until: int,
        clocks: Mapping[TimeKind, Clock],
        jumps: Sequence[tuple[int, Mapping[TimeKind, int]]],
        floors: Mapping[Lane, int],
    ) -> None:
        self.position = position
        self.until = until
        self.clocks = clocks
        self.jumps = list(jumps)
        self.floors = floors

    def take(
        self, partition: Partition, offsets: Sequence[int], raws: Sequence[bytes], stamps: Sequence[int] | None
    ) -> None:
        """Records below `until`, those that were brought before among them."""
        for raw, offset, stamp in zip(raws, offsets, stamps or repeat(None), strict=False):
            if offset >= self.position:
                self.position = offset + 1
                self._move(offset)
                self._record(partition, offset, raw, stamp)

    def _move(self, offset: int) -> None:
        while self.jumps and self.jumps[0][0] <= offset:
            for kind, watermark in self.jumps.pop(0)[1].items():
                if kind in self.clocks:
                    self.clocks[kind].reach(watermark)

    def _record(self, partition: Partition, offset: int, raw: bytes, stamp: int | None) -> None:
        try:
            found = partition.router.slow(raw)
        except Malformed:
            return
        if found is None:
            return
        codec, data, time = found
        route = partition.routes[codec.struct]
        if time is None:
            if route.kind == "arrival":
                return
            time = offset if stamp is None else stamp
        elif time > FURTHEST:
            return
        clock = self.clocks.get(route.kind)
        if clock is None or time < clock.watermark or partition.is_future(time, stamp, route.kind):
            return
        clock.reach(time - clock.lateness)
        order = () if route.order is None else route.order(data)
        place = (partition.topic, partition.number, offset)
        for lane, (append, event) in zip(route.lanes, route.targets, strict=False):
            floor = self.floors.get(lane)
            if floor is not None and (time >= floor or place in lane.awaited):
                append((time, order, *place, event, data, raw))
