"""The changelog: a compacted topic in which partition N holds the state of shard N, part by part.

A record's key is a part's name, its value the part, none for one that is gone. With each commit goes a record that says
how many there were: the group's committed offsets bear the same number, so that a restore knows when it has read
everything, also where an open transaction of somebody else hides the end for a while.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal as OneOf

import msgspec

from cep.connectors.kafka.pieces import Cutter, Pieces
from cep.connectors.kafka.port import Fetched, Position
from cep.runtime.output import Step

COMMIT = b"commit"
"""The key of the record that goes with each commit. No part has this name."""

_METADATA = "cep "


class Pending(msgspec.Struct, array_like=True):
    """A step that the clock is about to cause, recorded before it is taken: positions, partition, watermark (µs)."""

    kind: OneOf["idle", "advance"]
    positions: tuple[tuple[str, int, int], ...]
    topic: str
    partition: int
    watermark: int

    @property
    def step(self) -> Step:
        """The step to take."""
        return Step(self.kind, self.positions, self.topic, self.partition, self.watermark)


class Commit(msgspec.Struct, array_like=True):
    """What goes with each commit: its number, counted per shard, and steps that are taken behind it."""

    sequence: int
    steps: list[Pending] = []


_encode = msgspec.msgpack.Encoder().encode
_read_commit = msgspec.msgpack.Decoder(Commit)


def commit_record(sequence: int, steps: list[Pending]) -> bytes:
    """The value of the record that goes with a commit."""
    return _encode(Commit(sequence, steps))


def metadata(sequence: int) -> str:
    """What is committed with the offsets of a shard."""
    return f"{_METADATA}{sequence}"


def sequence_in(positions: Mapping[tuple[str, int], Position]) -> int:
    """The number of the last commit that the group's offsets tell of; 0: none."""
    told = [position.metadata for position in positions.values() if position.metadata.startswith(_METADATA)]
    return max((int(text.removeprefix(_METADATA)) for text in told), default=0)


class Restoring:
    """The state of one shard while it is read from its changelog. `wanted`: the number of the commit that must be in
    it; `reached`: the offset behind the last record read."""

    def __init__(self, wanted: int) -> None:
        self._whole: dict[bytes, bytes] = {}
        self._pieces = Pieces()
        self.commit = Commit(0)
        self.wanted = wanted
        self.reached = 0

    def take(self, fetched: Fetched) -> None:
        """Records of the shard's partition, as they come. Raises `msgspec.DecodeError` for a damaged commit record."""
        if fetched.offsets:
            self.reached = fetched.offsets[-1] + 1
        for key, value in zip(fetched.keys, fetched.values, strict=True):
            if key == COMMIT and value is not None:
                self.commit = _read_commit.decode(value)
            elif key is None or self._pieces.take(key, value):
                continue
            elif value is None:
                self._whole.pop(key, None)
            else:
                self._whole[key] = value

    def parts(self) -> dict[bytes, bytes]:
        """The parts of the state, by name."""
        return self._whole | dict(self._pieces.parts())

    def cutter(self, size: int) -> Cutter:
        """What goes on with writing them, in pieces of so many bytes at most."""
        return Cutter(size, self._pieces.counts)

    @property
    def is_whole(self) -> bool:
        """Whether, at the end of what can be read now, everything is there."""
        return self.commit.sequence >= self.wanted
