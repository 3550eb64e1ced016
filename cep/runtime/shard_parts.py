"""The forms of a snapshot's parts, and their names.

Numbers of the part that is always there have a fixed width: a shard in which nothing is open any more takes exactly
the room of a new one.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

import msgspec

FORMAT = 0
"""Version of the parts. 0: free to change between releases."""

HEAD = b"shard"
"""The part that holds partitions and lanes."""
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


class PartitionState(msgspec.Struct, array_like=True):
    """A partition: where it stands, and its watermarks by kind of time."""

    source: str
    topic: str
    number: int
    place: bytes
    clocks: dict[str, bytes]


class LaneState(msgspec.Struct, array_like=True):
    """A lane: what it shares, its rules by name with their marks, its times. `generation`: of an old version, the one
    in which it was current; 0 for the rules that are current."""

    sources: tuple[str, ...]
    kind: str
    ordered: bool
    rules: dict[str, str]
    times: bytes
    generation: int = 0

    @property
    def inputs(self) -> tuple[tuple[str, ...], str, bool]:
        """What its rules share."""
        return self.sources, self.kind, self.ordered

    def mode(self, rule: str) -> str:
        """The mode in which one of its rules ran: the end of its mark."""
        return self.rules[rule].rpartition(".")[2]

    @property
    def held(self) -> bytes:
        """The name of the part with the events that it holds back."""
        return held_name(min(self.rules), self.generation)


class Head(msgspec.Struct, array_like=True):
    """Partitions and lanes. `generation` counts the changes of rules after which old versions had to finish."""

    format: int
    partitions: list[PartitionState]
    lanes: list[LaneState]
    generation: int = 1


class HeldEvent(msgspec.Struct, array_like=True):
    """An event that waits for its place in the order."""

    event: str
    time: int
    topic: str
    partition: int
    offset: int
    raw: bytes


ENCODE = msgspec.msgpack.Encoder().encode
READ_HEAD = msgspec.msgpack.Decoder(Head)
READ_HELD = msgspec.msgpack.Decoder(list[HeldEvent])
NOTHING = ENCODE([])


def held_name(rule: str, generation: int) -> bytes:
    """The name of the part with a lane's held events: the lane is known by its first rule, whatever the order of
    files and sources."""
    return HELD + (f"{rule}@{generation}" if generation else rule).encode()


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
            rule, _ = msgspec.msgpack.decode(name)
            found.setdefault(rule, {})[name] = part
    return found
