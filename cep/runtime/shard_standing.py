"""How far a shard has come, as the one part of its state that changes with every batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cep.runtime.lane import Lane, Place
from cep.runtime.partition import Partition
from cep.runtime.replay import Replay
from cep.runtime.shard_parts import (
    ENCODE,
    FORMAT,
    LANE,
    PLACE,
    TIME,
    Head,
    LaneState,
    LaneTimes,
    PartitionState,
    ReplayState,
    Standing,
)
from cep.runtime.watermark import Clock

if TYPE_CHECKING:
    from cep.runtime.shard import Shard

Early = Mapping[Lane, list[Place]]


def standing(shard: Shard) -> bytes:
    """The part."""
    early = _early(shard)
    times = [LaneTimes(LANE.pack(lane.watermark, lane.handed), early.get(lane, [])) for lane in shard.lanes]
    partitions = [_partition(partition, early) for _, partition in sorted(shard.partitions.items())]
    return ENCODE(Standing(FORMAT, partitions, times, shard.generation))


def start_of(shard: Shard, partition: Partition) -> int:
    """The offset from which a partition has to be read, so that nothing is missing that its lanes hold back."""
    if partition.replay is not None:
        return partition.replay.position
    return partition.next_offset if partition.trail is None else _start(partition, _early(shard))


def starts(shard: Shard) -> dict[tuple[str, int], int]:
    """`start_of` of all partitions."""
    early = _early(shard)
    found = {}
    for place, partition in shard.partitions.items():
        if partition.replay is not None:
            found[place] = partition.replay.position
        else:
            found[place] = partition.next_offset if partition.trail is None else _start(partition, early)
    return found


def _early(shard: Shard) -> Early:
    """Only who keeps track of changes needs it."""
    return {} if shard.changes is None else {lane: lane.early() for lane in replayed(shard.lanes)}


def replayed(lanes: list[Lane]) -> list[Lane]:
    """Those whose held-back events are read again. By the wall clock they cannot be judged again, and are kept."""
    return [lane for lane in lanes if lane.plan.kind != "arrival"]


def _partition(partition: Partition, early: Early) -> PartitionState:
    return PartitionState(
        partition.source.name,
        partition.topic,
        partition.number,
        PLACE.pack(partition.next_offset, partition.progress, partition.behind, partition.silent),
        {kind: TIME.pack(clock.watermark) for kind, clock in sorted(partition.clocks.items())},
        _replay(partition, early),
    )


def _start(partition: Partition, early: Early) -> int:
    assert partition.trail is not None
    lanes = replayed(partition.lanes)
    own = (partition.topic, partition.number)
    offsets = [place[2] for lane in lanes for place in early[lane] if place[:2] == own]
    return partition.trail.settle(partition.next_offset, partition.clocks, lanes, offsets)


def _replay(partition: Partition, early: Early) -> ReplayState | None:
    trail = partition.trail
    if trail is None or _start(partition, early) == partition.next_offset:
        return None
    offset, at = trail.checkpoints[0]
    lateness = trail.allowed(partition.clocks)
    return ReplayState(offset, {kind: (lateness[kind], time) for kind, time in at.items()}, trail.jumps)


# ---------------------------------------------------------------- after a restore


def read_again(partition: Partition, state: ReplayState, floors: Mapping[Lane, int]) -> None:
    """Wait for a partition's records from where its state says. `floors`: by lane that holds events back, from which
    time on they have not been handed over."""
    clocks = {}
    for kind, (lateness, watermark) in state.clocks.items():
        clocks[kind] = Clock(lateness)
        clocks[kind].reach(watermark)
    partition.read_again(Replay(state.offset, partition.next_offset, clocks, state.jumps, floors))


def floor(head: Head, parts: Mapping[bytes, bytes], lane: Lane, origin: LaneState | None, source: str) -> int | None:
    """From which time on the events of a source wait in a lane; None where those that do are among the parts.

    `origin`: the lane that it goes on from. One that is new begins where the first of the others stands.
    """
    if origin is not None:
        return None if origin.held in parts else head.times_of(origin)[1]
    others = [
        state
        for state in head.lanes
        if not state.generation and source in state.sources and state.kind == lane.plan.kind and state.held not in parts
    ]
    return min((head.times_of(state)[1] for state in others), default=None)
