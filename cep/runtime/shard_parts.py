"""The forms of a snapshot's parts, and their names.

Numbers of the part that is always there have a fixed width: a shard in which nothing is open any more takes exactly
the room of a new one.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from cep.runtime.output import TimeKind
from cep.runtime.snapshot_error import SnapshotError

FORMAT = 0
"""Version of the parts. 0: free to change between releases."""

HEAD = b"shard"
"""The part that holds how far partitions and lanes have come. It changes with every batch, and is small."""
LANES = b"lanes"
"""The part that holds what the lanes are."""
RULES = b"rules"
"""The part that holds the rules that the state was made by."""
HELD = b"held:"
STATE = b"rule:"
OLD = b"old:"

PLACE = struct.Struct(">qBBq")
"""Next offset, progress, whether behind, how far a silent partition was told."""
TIME = struct.Struct(">q")
LANE = struct.Struct(">qq")
"""Watermark, and what has been handed over."""


class ReplayState(msgspec.Struct, array_like=True):
    """From where a partition has to be read again: the offset, by kind of time the lateness and the watermark before
    it, and by offset which watermarks were moved from outside."""

    offset: int
    clocks: dict[TimeKind, tuple[int, int]]
    jumps: list[tuple[int, dict[TimeKind, int]]]


class PartitionState(msgspec.Struct, array_like=True):
    """A partition: where it stands, its watermarks by kind of time, and from where it has to be read again for events
    that are held back; None: from where it stands."""

    source: str
    topic: str
    number: int
    place: bytes
    clocks: dict[str, bytes]
    replay: ReplayState | None = None


class LaneState(msgspec.Struct, array_like=True):
    """A lane: what it shares, its rules by name with their marks. `generation`: of an old version, the one in which it
    was current; 0 for the rules that are current."""

    sources: tuple[str, ...]
    kind: str
    ordered: bool
    rules: dict[str, str]
    generation: int = 0

    @property
    def inputs(self) -> tuple[tuple[str, ...], str, bool]:
        """What its rules share."""
        return self.sources, self.kind, self.ordered

    def mode(self, rule: str) -> str:
        """The mode in which one of its rules ran: the end of its mark."""
        return self.rules[rule].rpartition(".")[2]

    @property
    def name(self) -> str:
        """What it is known by: its first rule, whatever the order of files and sources; of an old version with its
        generation."""
        return lane_name(self.rules, self.generation)

    @property
    def held(self) -> bytes:
        """The name of the part with the events that it holds back."""
        return held_name(self.name)


class LaneTimes(msgspec.Struct, array_like=True):
    """How far a lane has come. `early`: where events are that it holds back though others of their time are gone."""

    times: bytes
    early: list[tuple[str, int, int]]


class Standing(msgspec.Struct, array_like=True):
    """How far a shard has come: its partitions, and the times of its lanes in their order. `generation` counts the
    changes of rules after which old versions had to finish."""

    format: int
    partitions: list[PartitionState]
    times: list[LaneTimes]
    generation: int = 1


@dataclass(frozen=True, slots=True)
class Head:
    """Partitions and lanes of a state, each lane with its times."""

    format: int
    partitions: list[PartitionState]
    lanes: list[LaneState]
    times: dict[str, LaneTimes]
    generation: int

    def times_of(self, lane: LaneState) -> tuple[int, int]:
        """The watermark of one of the lanes, and what it has handed over."""
        watermark, handed = LANE.unpack(self.times[lane.name].times)
        return watermark, handed

    def early_of(self, lane: LaneState) -> set[tuple[str, int, int]]:
        """Where events are that it holds back though others of their time are gone."""
        return set(self.times[lane.name].early)


class HeldEvent(msgspec.Struct, array_like=True):
    """An event that waits for its place in the order."""

    event: str
    time: int
    topic: str
    partition: int
    offset: int
    raw: bytes


ENCODE = msgspec.msgpack.Encoder().encode
_read_standing = msgspec.msgpack.Decoder(Standing)
_read_lanes = msgspec.msgpack.Decoder(list[LaneState])
READ_HELD = msgspec.msgpack.Decoder(list[HeldEvent])
NOTHING = ENCODE([])


def read_head(parts: Mapping[bytes, bytes]) -> Head:
    """What a state stands at. Raises `SnapshotError` for another format, `msgspec.DecodeError`, `LookupError`."""
    standing = _read_standing.decode(parts[HEAD])
    if standing.format != FORMAT:
        message = f"the snapshot has format {standing.format}, this version reads {FORMAT}"
        raise SnapshotError(message, "start anew")
    lanes = _read_lanes.decode(parts[LANES])
    times = {lane.name: times for lane, times in zip(lanes, standing.times, strict=True)}
    return Head(standing.format, standing.partitions, lanes, times, standing.generation)


def lane_name(rules: Iterable[str], generation: int) -> str:
    """What a lane is known by."""
    first = min(rules)
    return f"{first}@{generation}" if generation else first


def held_name(lane: str) -> bytes:
    """The name of the part with a lane's held events."""
    return HELD + lane.encode()


def state_name(name: bytes, generation: int) -> bytes:
    """The name of a part of a matcher's state."""
    return OLD + b"%d:" % generation + name if generation else STATE + name


def states_by_rule(parts: Mapping[bytes, bytes], generation: int = 0) -> dict[str, dict[bytes, bytes]]:
    """The parts of the matchers' state of one generation, by rule."""
    prefix = state_name(b"", generation)
    found: dict[str, dict[bytes, bytes]] = {}
    for whole, part in parts.items():
        if whole.startswith(prefix):
            name = whole.removeprefix(prefix)
            rule, *_ = msgspec.msgpack.decode(name)
            found.setdefault(rule, {})[name] = part
    return found
