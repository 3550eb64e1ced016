"""A shard's state as parts, and back. MessagePack of plain values, no pickle.

Numbers of the part that is always there have a fixed width: a shard in which nothing is open any more takes exactly
the room of a new one.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from cep.engine.record import Record
from cep.runtime.lane import Lane
from cep.runtime.watermark import Progress

if TYPE_CHECKING:
    from cep.runtime.shard import Shard

FORMAT = 0
"""Version of the parts. 0: free to change between releases."""

_HEAD = b"shard"
_HELD = b"held:"
_STATE = b"rule:"
_PLACE = struct.Struct(">qBBq")
_TIME = struct.Struct(">q")
_LANE = struct.Struct(">qq")


class SnapshotError(Exception):
    """A snapshot that cannot be taken over: what is wrong, in one sentence, and one fix."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(f"{message} ({fix})")
        self.message = message
        self.fix = fix


class _PartitionState(msgspec.Struct, array_like=True):
    source: str
    topic: str
    number: int
    place: bytes
    clocks: dict[str, bytes]


class _LaneState(msgspec.Struct, array_like=True):
    sources: tuple[str, ...]
    kind: str
    ordered: bool
    rules: dict[str, str]
    times: bytes


class _Head(msgspec.Struct, array_like=True):
    format: int
    partitions: list[_PartitionState]
    lanes: list[_LaneState]


class _HeldEvent(msgspec.Struct, array_like=True):
    event: str
    time: int
    topic: str
    partition: int
    offset: int
    raw: bytes


_encode = msgspec.msgpack.Encoder().encode
_head = msgspec.msgpack.Decoder(_Head)
_held = msgspec.msgpack.Decoder(list[_HeldEvent])
_NOTHING = _encode([])


def write_state(shard: Shard) -> dict[bytes, bytes]:
    """The parts of a snapshot."""
    parts = {_HEAD: _encode(_Head(FORMAT, _partitions(shard), [_lane(lane) for lane in shard.lanes]))}
    for lane in shard.lanes:
        if lane.held:
            parts[_held_name(lane)] = _encode([_held_event(lane, record) for record in lane.held.in_order()])
        for name, part in lane.matcher.snapshot().items():
            parts[_STATE + name] = part
    return parts


def _held_name(lane: Lane) -> bytes:
    # A lane is known by its first rule, whatever the order of files and sources.
    return _HELD + min(lane.plan.rules).encode()


def _partitions(shard: Shard) -> list[_PartitionState]:
    return [
        _PartitionState(
            p.source.name,
            p.topic,
            p.number,
            _PLACE.pack(p.next_offset, p.progress, p.behind, p.silent),
            {kind: _TIME.pack(clock.watermark) for kind, clock in sorted(p.clocks.items())},
        )
        for _, p in sorted(shard.partitions.items())
    ]


def _lane(lane: Lane) -> _LaneState:
    plan = lane.plan
    rules = {rule.name: rule.semantic + rule.layout for rule in plan.plan.rules}
    return _LaneState(
        tuple(sorted(plan.sources)), plan.kind, plan.ordered, rules, _LANE.pack(lane.watermark, lane.handed)
    )


def _held_event(lane: Lane, record: Record) -> _HeldEvent:
    time, _, topic, partition, offset, event, _, raw = record
    return _HeldEvent(lane.plan.plan.events[event], time, topic, partition, offset, raw)


def read_state(shard: Shard, parts: Mapping[bytes, bytes]) -> None:
    """Take over the parts of `write_state`. Raises `SnapshotError`."""
    try:
        _read(shard, parts)
    except (msgspec.DecodeError, struct.error, LookupError, ValueError, TypeError, AttributeError) as error:
        detail = f"{type(error).__name__}: {error}"
        raise SnapshotError(f"the snapshot is damaged: {detail}", "restore an older snapshot, or start anew") from error


def _read(shard: Shard, parts: Mapping[bytes, bytes]) -> None:
    head = _head.decode(parts[_HEAD])
    if head.format != FORMAT:
        raise SnapshotError(f"the snapshot has format {head.format}, this version reads {FORMAT}", "start anew")
    _compare(shard, head)
    for state in head.partitions:
        _read_partition(shard, state)
    states = {min(state.rules): state for state in head.lanes}
    for lane in shard.lanes:
        decode = _record_reader(shard, lane)
        held = _held.decode(parts.get(_held_name(lane), _NOTHING))
        records = [decode(h.event, h.time, h.topic, h.partition, h.offset, h.raw) for h in held]
        lane.restore(records, *_LANE.unpack(states[min(lane.plan.rules)].times))
        lane.matcher.restore(_parts_of(lane, parts), decode)


def _compare(shard: Shard, head: _Head) -> None:
    """Refuse the state of other rules."""
    own, theirs = (_rules(lanes) for lanes in ([_lane(lane) for lane in shard.lanes], head.lanes))
    if own == theirs:
        return
    changed = sorted(rule for rule in own.keys() | theirs.keys() if own.get(rule) != theirs.get(rule))
    names = ", ".join(f"`{name}`" for name in changed[:5])
    raise SnapshotError(
        f"the snapshot was made by other rules or sources: {names} differ",
        "run the rules it was made by, or start anew",
    )


def _rules(lanes: list[_LaneState]) -> dict[str, object]:
    """What must be the same for each rule: what it matches and holds, and the sources and order it shares."""
    return {
        rule: (lane.sources, lane.kind, mark, min(lane.rules)) for lane in lanes for rule, mark in lane.rules.items()
    }


def _read_partition(shard: Shard, state: _PartitionState) -> None:
    if state.source not in shard.wiring.sources:
        # It feeds no rule, or the comparison would have failed.
        return
    place = (state.topic, state.number)
    partition = shard.partitions.get(place) or shard.open_partition(state.source, *place)
    partition.next_offset, progress, behind, partition.silent = _PLACE.unpack(state.place)
    partition.progress, partition.behind = Progress(progress), bool(behind)
    for kind, clock in partition.clocks.items():
        (clock.watermark,) = _TIME.unpack(state.clocks[kind])


def _parts_of(lane: Lane, parts: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    own = set(lane.plan.rules)
    named = ((name.removeprefix(_STATE), part) for name, part in parts.items() if name.startswith(_STATE))
    return {name: part for name, part in named if msgspec.msgpack.decode(name)[0] in own}


def _record_reader(shard: Shard, lane: Lane) -> Callable[[str, int, str, int, int, bytes], Record]:
    """How a lane's records are rebuilt from their bytes and coordinates."""
    codecs = shard.wiring.codecs
    numbers = {name: index for index, name in enumerate(lane.plan.plan.events)}

    def decode(event: str, time: int, topic: str, partition: int, offset: int, raw: bytes) -> Record:
        codec = codecs[event]
        data, _ = codec.read(raw)
        order: tuple[Any, ...] = () if codec.order is None else codec.order(data)
        return (time, order, topic, partition, offset, numbers[event], data, raw)

    return decode
