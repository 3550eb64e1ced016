"""A shard's state as parts, and back. MessagePack of plain values, no pickle."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from cep.engine.record import Record
from cep.plan.plan import PlanRule
from cep.runtime.changeover.archive import FunctionFinder, KeptRules, Library, known_functions, version_of
from cep.runtime.changeover.decide import Decider, Decision
from cep.runtime.changeover.records import RecordReader
from cep.runtime.changeover.report import ChangeReport
from cep.runtime.lane import Lane
from cep.runtime.redacted_places import Places
from cep.runtime.shard_parts import (
    ENCODE,
    HEAD,
    LANES,
    NOTHING,
    PLACE,
    READ_HELD,
    RULES,
    TIME,
    HeldEvent,
    LaneState,
    PartitionState,
    held_name,
    lane_name,
    read_head,
    state_name,
)
from cep.runtime.shard_standing import floor, read_again, replayed, standing
from cep.runtime.snapshot_error import SnapshotError
from cep.runtime.watermark import Progress

if TYPE_CHECKING:
    from cep.runtime.shard import Shard

_library = msgspec.msgpack.Decoder(Library)


def write_state(shard: Shard) -> dict[bytes, bytes]:
    """The parts of a snapshot."""
    parts = {HEAD: standing(shard), LANES: lanes(shard), RULES: rules(shard)}
    for lane in shard.lanes:
        # Where changes are tracked, its absence says that the events are to be read again.
        if not lane.replaying and (lane.held or shard.changes is not None):
            parts[held_name(lane_name(lane.plan.rules, lane.generation))] = held(lane)
        for name, part in lane.matcher.snapshot().items():
            parts[state_name(name, lane.generation)] = part
    return parts


def lanes(shard: Shard) -> bytes:
    """What its lanes are."""
    return ENCODE([_lane(shard, lane) for lane in shard.lanes])


def held(lane: Lane) -> bytes:
    """The events that a lane holds back."""
    return ENCODE([_held_event(lane, record) for record in lane.held.in_order()])


def rules(shard: Shard) -> bytes:
    """The rules that run, as they are kept."""
    library = Library({}, {}, shard.places)
    library.add(shard.generation, KeptRules.of(shard.wiring.rules, shard.values))
    for lane in shard.lanes:
        if lane.retired is not None:
            library.add(lane.generation, lane.retired.kept)
    return ENCODE(library)


def _lane(shard: Shard, lane: Lane) -> LaneState:
    plan = lane.plan
    return LaneState(
        tuple(sorted(plan.sources)),
        plan.kind,
        plan.ordered,
        {rule.name: _mark(shard, lane, rule) for rule in plan.plan.rules},
        lane.generation,
    )


def _mark(shard: Shard, lane: Lane, rule: PlanRule) -> str:
    """What a rule's state depends on: where this is the same nothing has to be compared."""
    settings = "" if lane.retired is not None else shard.settings_mark(rule.name)
    return f"{rule.semantic}{rule.layout}{settings}.{rule.version}.{rule.meta.mode}"


def _held_event(lane: Lane, record: Record) -> HeldEvent:
    time, _, topic, partition, offset, event, _, raw = record
    return HeldEvent(lane.plan.plan.events[event], time, topic, partition, offset, raw)


def read_state(
    shard: Shard, parts: Mapping[bytes, bytes], allow_reset: bool = False, find: FunctionFinder | None = None
) -> ChangeReport:
    """Take over the parts of `write_state`; says what became of rules that have changed since.

    Raises `SnapshotError`; the shard is as it was only if that is because of what would be lost.
    """
    with _damage():
        return _Reader(shard, parts, find).read(allow_reset)


def compare_state(shard: Shard, parts: Mapping[bytes, bytes], find: FunctionFinder | None = None) -> ChangeReport:
    """What `read_state` would say, without taking anything over. Raises `SnapshotError`."""
    with _damage():
        return _Reader(shard, parts, find).report


def kept_rules(parts: Mapping[bytes, bytes]) -> KeptRules:
    """The rules that a snapshot was made by. Raises `SnapshotError`."""
    with _damage():
        return _library.decode(parts.get(RULES, ENCODE(Library()))).take(read_head(parts).generation)


@contextmanager
def _damage() -> Iterator[None]:
    """What goes wrong while parts are read, as `SnapshotError`."""
    try:
        yield
    except (msgspec.DecodeError, struct.error, LookupError, ValueError, TypeError, AttributeError) as error:
        detail = f"{type(error).__name__}: {error}"
        raise SnapshotError(f"the snapshot is damaged: {detail}", "restore an older snapshot, or start anew") from error


class _Reader:
    """Brings a snapshot's parts into a shard."""

    def __init__(self, shard: Shard, parts: Mapping[bytes, bytes], find: FunctionFinder | None) -> None:
        self.shard = shard
        self.parts = parts
        self.taken: dict[Lane, dict[bytes, bytes]] = {}
        self.head = read_head(parts)
        self.library = _library.decode(parts.get(RULES, ENCODE(Library())))
        present = {rule.name: version_of(shard.wiring.rules, rule, shard.values) for rule in shard.wiring.rules.rules}
        find = find or known_functions(shard.wiring.rules, shard.values)
        self.decider = Decider(shard.wiring, present, self.head, self.library, find)
        self.decisions = self._decided()
        shown = tuple(shard.places.shown_now(self.library.places))
        self.report = ChangeReport(tuple(d.change for d in self.decisions if d.change is not None), shown)

    def _decided(self) -> list[Decision]:
        shard = self.shard
        now = {
            rule.name: (_lane(shard, lane).inputs, _mark(shard, lane, rule))
            for lane in shard.lanes
            for rule in lane.plan.plan.rules
        }
        return self.decider.all(now, self.parts)

    def read(self, allow_reset: bool) -> ChangeReport:
        """Take it over."""
        if self.report.lost and not allow_reset:
            raise _would_lose(self.report)
        shard, head = self.shard, self.head
        shard.places = self._places()
        retired = [decision.retired for decision in self.decisions if decision.retired is not None]
        if retired:
            shard.run_beside(retired)
        shard.generation = head.generation + any(old.generation == head.generation for old in retired)
        for state in head.partitions:
            self._partition(state)
        for lane in shard.lanes:
            self._lane(lane)
        for state in head.partitions:
            self._replay(state)
        if shard.changes is not None:
            shard.changes.restored(self.parts, self.taken)
        return self.report

    def _places(self) -> Places:
        """Where fields are and were, of which events are left."""
        positions = tuple((p.topic, p.number, PLACE.unpack(p.place)[0]) for p in self.head.partitions)
        return self.shard.places.after(self.library.places, positions, lambda: self.decider.events_left(self.parts))

    def _partition(self, state: PartitionState) -> None:
        shard = self.shard
        if state.source not in shard.wiring.sources:
            # It feeds no rule any more.
            return
        place = (state.topic, state.number)
        partition = shard.partitions.get(place) or shard.open_partition(state.source, *place)
        partition.next_offset, progress, behind, partition.silent = PLACE.unpack(state.place)
        partition.progress, partition.behind = Progress(progress), bool(behind)
        for kind, clock in partition.clocks.items():
            if kind in state.clocks:
                (clock.watermark,) = TIME.unpack(state.clocks[kind])
        if partition.trail is not None and state.replay is not None:
            at = {kind: watermark for kind, (_, watermark) in state.replay.clocks.items()}
            partition.trail.begin(state.replay.offset, at, state.replay.jumps)
            partition.trail.lateness = {kind: lateness for kind, (lateness, _) in state.replay.clocks.items()}

    def _replay(self, state: PartitionState) -> None:
        """Wait for the records again among which a partition's held-back events are, where no part holds these."""
        partition = self.shard.partitions.get((state.topic, state.number))
        if partition is None or state.replay is None:
            return
        floors = {}
        for lane in replayed(partition.lanes):
            origin = self._origin(lane)
            time = floor(self.head, self.parts, lane, origin, state.source)
            if time is not None:
                floors[lane] = max(time, lane.handed)
                lane.awaited |= set() if origin is None else self.head.early_of(origin)
        if floors:
            read_again(partition, state.replay, floors)

    def _lane(self, lane: Lane) -> None:
        """A lane's times and events, and what its rules hold. One that is new begins where its partitions stand."""
        origin = self._origin(lane)
        reader = RecordReader(self.shard.wiring.codecs, lane.plan.plan.events)
        held = [] if origin is None else READ_HELD.decode(self.parts.get(origin.held, NOTHING))
        # none of a lane's rules may see today what one of them saw before
        held = [h for h in held if h.event in lane.plan.plan.events]
        if lane.retired is None:
            watermark, handed = lane.watermark, lane.handed
            if origin is not None:
                watermark, handed = self.head.times_of(origin)
            held += self._held_elsewhere(lane, held, handed)
            lane.restore([reader.held(h) for h in held], watermark, handed)
            names = lane.plan.rules
            mine = [d for d in self.decisions if d.rule in names and d.generation == 0]
        else:
            assert origin is not None
            lane.restore([reader.held(h) for h in held], *self.head.times_of(origin))
            mine = [d for d in self.decisions if d.retired is lane.retired]
        self._refuse_untracked(lane)
        self.taken[lane] = {}
        for decision in mine:
            state = decision.state if lane.retired is None else decision.finishing
            # Under other spans its deadlines are not those that stand with it.
            at_once = decision.change is not None and lane.retired is None
            lane.matcher.restore(state, reader.bound, _damage, at_once)
            self.taken[lane].update(state)

    def _refuse_untracked(self, lane: Lane) -> None:
        """A state with events held back, of which a changelog would not know where they can be read again."""
        for record in lane.held.in_order() if self.shard.changes is not None and lane.plan.kind != "arrival" else ():
            trail = self.shard.partitions[record[2], record[3]].trail
            if trail is None or not trail.checkpoints:
                message = "the snapshot holds events back, and was made by a run without a changelog"
                raise SnapshotError(message, "bring that run to its end, or start anew")

    def _origin(self, lane: Lane) -> LaneState | None:
        """The lane of the snapshot that a lane goes on from."""
        old = lane.retired
        if old is not None:
            own = 0 if old.generation == self.head.generation else old.generation
            return next(s for s in self.head.lanes if s.generation == own and old.rule in s.rules)
        inputs = _lane(self.shard, lane).inputs
        return next((s for s in self.head.lanes if not s.generation and s.inputs == inputs), None)

    def _held_elsewhere(self, lane: Lane, held: Sequence[HeldEvent], handed: int) -> list[HeldEvent]:
        """Events that other lanes of the snapshot hold back, and that rules of this one see since they have changed."""
        known = {(h.topic, h.partition, h.offset) for h in held}
        found = []
        for state in self.head.lanes:
            if state.generation:
                continue
            for event in READ_HELD.decode(self.parts.get(state.held, NOTHING)):
                place = (event.topic, event.partition, event.offset)
                partition = self.shard.partitions.get(place[:2])
                fed = partition is not None and partition.source.name in lane.plan.sources
                if fed and place not in known and event.time >= handed and event.event in lane.plan.plan.events:
                    known.add(place)
                    found.append(event)
        return found


def _would_lose(report: ChangeReport) -> SnapshotError:
    first, *rest = report.lost
    in_all = sum(change.open for change in report.lost)
    more = f", and {len(rest)} more ({in_all:,} open partial matches in all)" if rest else ""
    return SnapshotError(f"{first.shown}{more}", "allow it with `--allow-reset`, or take the edit back")
