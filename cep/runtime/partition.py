"""One partition of a source: decodes its records, judges lateness, and passes events on to the lanes they feed.

This is the loop that every event goes through, so it is written out in one piece.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import islice, repeat
from operator import lt
from typing import TYPE_CHECKING, Any

from cep.engine.record import Record
from cep.runtime.dead_letters import DeadLetter
from cep.runtime.decode.codec import EventCodec
from cep.runtime.decode.malformed import TROUBLE, Malformed
from cep.runtime.decode.router import Event, Router
from cep.runtime.decode.text import PLAIN_LENGTH, check_text
from cep.runtime.lane import Lane
from cep.runtime.late import Late
from cep.runtime.output import Output, Stats, TimeKind
from cep.runtime.replay import Replay
from cep.runtime.source import Chunk, Source
from cep.runtime.timestamps import FURTHEST, format_timestamp
from cep.runtime.trail import Trail
from cep.runtime.watermark import BEGINNING, Clock, Progress

if TYPE_CHECKING:
    from cep.runtime.outlet import Outlet

Target = tuple[Callable[[Record], None], int]
"""Where a lane takes its records, and the number of the event's type in the lane's plan."""


class Route:
    """What becomes of the events of one type in one partition.
    `targets` belong to `lanes`, one each, and behind those to `outlets`."""

    __slots__ = ("clock", "codec", "finish", "kind", "lanes", "order", "outlets", "targets")

    def __init__(self, codec: EventCodec, clock: Clock, lanes: Sequence[Lane], outlets: Sequence[Outlet] = ()) -> None:
        self.codec = codec
        self.finish = codec.finish
        self.order = codec.order
        self.kind = codec.event.time_kind
        self.clock = clock
        self.lanes = tuple(lane for lane in lanes if codec.event.name in lane.plan.plan.events)
        name = codec.event.name
        self.outlets = tuple(outlet for outlet in outlets if name in outlet.events)
        self.targets: tuple[Target, ...] = (
            *((lane.held.fresh.append, self.index(lane)) for lane in self.lanes),
            *((outlet.fresh.append, outlet.events.index(name)) for outlet in self.outlets),
        )

    def index(self, lane: Lane) -> int:
        """The number of this type in a lane's plan."""
        return lane.plan.plan.events.index(self.codec.event.name)

    def rules(self, lanes: Sequence[Lane], outlets: Sequence[Outlet] = ()) -> tuple[str, ...]:
        """The rules of `lanes`, and behind `outlets`, that see this type."""
        name = self.codec.event.name
        found = [rule.name for lane in lanes for rule in lane.plan.plan.rules if name in rule.events]
        for outlet in outlets:
            found += [rule for rule, events in outlet.plan.rules.items() if name in events]
        if outlets:
            ranks = outlets[0].plan.ranks
            found.sort(key=lambda rule: ranks.get(rule, len(ranks)))
        # An old version of a rule may run beside the new one.
        return tuple(dict.fromkeys(found))


class Partition:
    """State of one partition: how far it was read and how far its time has come. `lanes` are those its source feeds.

    `behind`: it was idle, or appeared later than the others, so that its events may come too late for a lane although
    they are not late in the partition itself. `trail`: how far back it would have to be read again, where someone keeps
    track of changes; `replay`: it is being read again. `outlets`: where its events leave for other shards.
    """

    def __init__(
        self,
        source: Source,
        place: tuple[str, int],
        router: Router,
        lanes: Sequence[Lane],
        outlets: Sequence[Outlet] = (),
    ) -> None:
        self.source = source
        self.topic, self.number = place
        self.router = router
        self.lanes = [lane for lane in lanes if source.name in lane.plan.sources]
        self.outlets = [outlet for outlet in outlets if source.name in outlet.plan.sources]
        self.progress = Progress.OPEN
        self.behind = False
        self.silent = BEGINNING
        self.next_offset = 0
        self.trail: Trail | None = None
        self.replay: Replay | None = None
        self.skipped: Counter[type] = Counter()
        self.clocks = _clocks(router)
        self.routes: dict[type, Route] = {
            struct: Route(codec, self.clocks[codec.event.time_kind], self.lanes, self.outlets)
            for struct, codec in router.structs.items()
        }
        for lane in self.lanes:
            lane.join(self)

    def leave(self, lane: Lane) -> None:
        """Feed a lane no more."""
        self.lanes = [other for other in self.lanes if other is not lane]
        self.routes = {s: Route(route.codec, route.clock, self.lanes, self.outlets) for s, route in self.routes.items()}

    def take(self, chunk: Chunk, out: Output, stats: Stats) -> None:
        """Decode a chunk's records and hand them to the lanes. Records below `next_offset` are left out."""
        offsets, raws, stamps = self._unread(chunk, stats)
        if not raws:
            return
        if self.trail is not None:
            self.trail.note(offsets[0], self.clocks)
        if self.progress is not Progress.OPEN:
            self.progress, self.behind = Progress.OPEN, True
        stats.events += len(raws)
        topic, number, routes, decode = self.topic, self.number, self.routes, self.router.decode
        judged = self.behind or self.source.max_future is not None
        refuses_unknown, skipped, unrouted = self.source.unknown_types == "dead_letter", self.skipped, 0
        known = decoded(decode, raws) or repeat(None)
        for raw, offset, stamp, data in zip(raws, offsets, stamps or repeat(None), known, strict=False):
            try:
                if data is None:
                    if len(raw) > PLAIN_LENGTH or not raw.isascii():
                        check_text(raw)
                    data = decode(raw)
                route = routes.get(data.__class__)
                time = None if route is None else route.finish(data)
            except TROUBLE:
                try:
                    found = self.router.slow(raw)
                except Malformed as error:
                    self._refuse(chunk, raw, offset, error.reason, out)
                    continue
                decode = self.router.decode
                route, data, time = self._found(found)
            if route is None:
                unrouted += 1
                skipped[data.__class__] += 1
                if refuses_unknown:
                    self._refuse(chunk, raw, offset, "of no declared event type", out)
                continue
            clock = route.clock
            if time is None:
                time = self._outer_time(route, chunk, offset, stamp)
            elif time > FURTHEST:
                reason = f"its time {format_timestamp(time)} lies after the year 2199, which would make all others late"
                self._refuse(chunk, raw, offset, reason, out)
                continue
            if time < clock.watermark:
                self._late(route, route.lanes, time, clock.watermark, offset, raw, out, route.outlets)
                continue
            targets: Sequence[Target] = route.targets
            if judged:
                if self.is_future(time, stamp, route.kind):
                    self._refuse(
                        chunk, raw, offset, f"its time {format_timestamp(time)} is too far ahead of its arrival", out
                    )
                    continue
                targets = self._open_targets(route, time, offset, raw, out)
            mark = time - clock.lateness
            if mark > clock.watermark:
                clock.watermark = mark
            order = () if route.order is None else route.order(data)
            if len(targets) == 1:
                # Nearly always: all rules read the same sources.
                append, event = targets[0]
                append((time, order, topic, number, offset, event, data, raw))
                continue
            for append, event in targets:
                append((time, order, topic, number, offset, event, data, raw))
        stats.unrouted += unrouted
        self.next_offset = offsets[-1] + 1
        if self.behind:
            self.behind = any(self.clocks[lane.plan.kind].watermark < lane.closed for lane in self.lanes)

    def _unread(self, chunk: Chunk, stats: Stats) -> tuple[Sequence[int], Sequence[bytes], Sequence[int] | None]:
        """The chunk without the records that were taken before: those a replay brings again."""
        offsets, raws, stamps = chunk.offsets, chunk.raws, chunk.stamps
        if not isinstance(offsets, range) and not all(map(lt, offsets, islice(offsets, 1, None))):
            raise ValueError(f"the offsets of a chunk of {self.topic}/{self.number} do not rise")
        if not offsets or (offsets[0] >= self.next_offset and self.replay is None):
            return offsets, raws, stamps
        known = sum(1 for offset in offsets if offset < self.next_offset)
        stats.replayed += known
        if self.replay is not None:
            self.replay.take(self, offsets[:known], raws[:known], None if stamps is None else stamps[:known])
            if offsets[-1] >= self.next_offset - 1:
                self.end_replay()
        return offsets[known:], raws[known:], stamps[known:] if stamps is not None else None

    def read_again(self, replay: Replay) -> None:
        """Take records below `next_offset` once more, for the events among them that are held back."""
        self.replay = replay
        for lane in replay.floors:
            lane.replaying += 1

    def end_replay(self) -> None:
        """There is nothing more to take once more."""
        replay, self.replay = self.replay, None
        for lane in replay.floors if replay is not None else ():
            lane.replayed(self)

    def _found(self, found: Event | None) -> tuple[Route | None, Any, int | None]:
        if found is None:
            return None, None, None
        codec, data, time = found
        return self.routes[codec.struct], data, time

    def _outer_time(self, route: Route, chunk: Chunk, offset: int, stamp: int | None) -> int:
        """The time of an event that does not carry it: the broker's timestamp, or the clock when it was read."""
        if route.kind == "ingestion":
            return offset if stamp is None else stamp
        if chunk.arrived is None:
            raise ValueError(f"`time arrival` needs the time at which a chunk of {self.topic}/{self.number} was read")
        # A wall clock set back must not make an event late.
        return max(chunk.arrived, route.clock.watermark)

    def is_future(self, time: int, stamp: int | None, kind: TimeKind) -> bool:
        """Whether an event is further ahead of its broker timestamp than the source allows."""
        limit = self.source.max_future
        return limit is not None and stamp is not None and kind == "event" and time - stamp > limit

    def _open_targets(self, route: Route, time: int, offset: int, raw: bytes, out: Output) -> Sequence[Target]:
        """The lanes an event of a partition that lags behind can still go to; to the others it is late."""
        past = [lane for lane in route.lanes if time < lane.closed] if self.behind else []
        if not past:
            return route.targets
        self._late(route, past, time, max(lane.watermark for lane in past), offset, raw, out)
        beyond = route.targets[len(route.lanes) :]
        return [
            *(target for lane, target in zip(route.lanes, route.targets, strict=False) if lane not in past),
            *beyond,
        ]

    def _late(
        self,
        route: Route,
        lanes: Sequence[Lane],
        time: int,
        watermark: int,
        offset: int,
        raw: bytes,
        out: Output,
        outlets: Sequence[Outlet] = (),
    ) -> None:
        rules = route.rules(lanes, outlets)
        if rules:
            name = route.codec.event.name
            out.late.append(Late(name, time, watermark, self.topic, self.number, offset, raw, rules))

    def _refuse(self, chunk: Chunk, raw: bytes, offset: int, reason: str, out: Output) -> None:
        raw, reason = chunk.as_received(offset, raw), chunk.refused.get(offset, reason)
        out.dead_letters.append(DeadLetter(self.source.name, self.topic, self.number, offset, reason, raw))


def decoded(decode: Callable[[bytes], Any], raws: Sequence[bytes]) -> list[Any] | None:
    """Records that are all plain and of declared types, decoded in one go; None: at least one is not, and each has to
    be looked at."""
    if max(map(len, raws)) > PLAIN_LENGTH or not all(map(bytes.isascii, raws)):
        return None
    try:
        return list(map(decode, raws))
    except TROUBLE:
        return None


def _clocks(router: Router) -> Mapping[TimeKind, Clock]:
    """A clock for each kind of time among the source's types, each with the largest lateness of its types."""
    lateness: dict[TimeKind, int] = {}
    for codec in router.structs.values():
        event = codec.event
        lateness[event.time_kind] = max(event.lateness, lateness.get(event.time_kind, 0))
    return {kind: Clock(allowed) for kind, allowed in lateness.items()}
