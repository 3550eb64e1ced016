"""What a snapshot says of itself: whose it is, and how far it has read and written.

Everything a start has to compare before it takes a snapshot over, and everything `cep state ls` shows, readable without
the parts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec

from cep.runtime.shard import Shard
from cep.runtime.timestamps import format_timestamp
from cep.runtime.watermark import BEGINNING


class Read(msgspec.Struct, array_like=True):
    """How far one partition of a source was read: the next offset, and its watermarks (µs) by kind of time."""

    source: str
    topic: str
    partition: int
    next_offset: int
    watermarks: dict[str, int]

    @property
    def shown(self) -> str:
        """For people: `orders/0 at 4711, up to 2026-11-20T10:00:00.000Z`."""
        marks = [mark for mark in self.watermarks.values() if mark > BEGINNING]
        upto = f", up to {format_timestamp(min(marks))}" if marks else ""
        return f"{self.topic}/{self.partition} at {self.next_offset}{upto}"


class Header(msgspec.Struct, array_like=True):
    """The header of a snapshot file.

    `sequence` counts the snapshots of a shard, `epoch` the runs that wrote them. `written`: wall clock, µs. `packing`:
    how the blocks are packed. `rules`: the version of each rule, and of old ones as `RULE@GENERATION`. `settings`:
    fingerprints of sources and outputs by what they are. `inputs`: by source, the connector's own position. `outputs`:
    by kind, the bytes written. `open_end`: the run was told that its inputs would grow. `version`: the mark of the
    rules that ran, empty where it was not told.
    """

    job: str = ""
    shard: str = ""
    sequence: int = 0
    epoch: int = 0
    written: int = 0
    packing: str = "zlib"
    read: list[Read] = []
    rules: dict[str, str] = {}
    settings: dict[str, str] = {}
    inputs: dict[str, bytes] = {}
    outputs: dict[str, int] = {}
    open_end: bool = False
    version: str = ""


def reads(shard: Shard) -> list[Read]:
    """How far a shard has read."""
    return [
        Read(p.source.name, p.topic, p.number, p.next_offset, {k: c.watermark for k, c in sorted(p.clocks.items())})
        for _, p in sorted(shard.partitions.items())
    ]


def versions(shard: Shard) -> dict[str, str]:
    """The versions of the rules that run, and of old ones that finish what they have begun."""
    return {
        rule.name if lane.retired is None else lane.retired.name: str(rule.version)
        for lane in shard.lanes
        for rule in lane.plan.plan.rules
    }


def mark(value: object) -> str:
    """A fingerprint of plain values, the same in every process."""
    return hashlib.sha256(repr(value).encode()).hexdigest()[:16]


def changes(before: Header, settings: Mapping[str, str]) -> list[str]:
    """Which settings are not as they were when a snapshot was written, each in a few words."""
    words = {(True, True): "has changed", (True, False): "is gone", (False, True): "is new"}
    names = dict.fromkeys([*before.settings, *settings])
    return [
        f"{name} {words[name in before.settings, name in settings]}"
        for name in names
        if before.settings.get(name) != settings.get(name)
    ]
