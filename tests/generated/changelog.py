"""A changelog of a shard in memory: a map to which its deltas are applied."""

from __future__ import annotations

from cep.runtime.shard import Shard
from cep.runtime.shard_parts import HELD

Parts = dict[bytes, bytes]


def apply(parts: Parts, delta: dict[bytes, bytes | None]) -> None:
    """Put one delta into the map, as a compacted topic would."""
    for name, part in delta.items():
        if part is None:
            parts.pop(name, None)
        else:
            parts[name] = part


def without_held(parts: Parts) -> Parts:
    """A snapshot without the events that lanes hold back."""
    return {name: part for name, part in parts.items() if not name.startswith(HELD)}


def follow(shard: Shard, parts: Parts) -> dict[bytes, bytes | None]:
    """Apply the next delta of a shard, and see that the map is then what a snapshot gives."""
    delta = shard.delta()
    apply(parts, delta)
    assert parts == without_held(shard.snapshot())
    return delta
