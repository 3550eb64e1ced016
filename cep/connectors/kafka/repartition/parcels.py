"""Records of the topics between shards: what has left a worker for one home, as much as fits into one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from cep.connectors.kafka.port import Place
from cep.runtime.carried import Section
from cep.runtime.shard import Shard

MOST = 400_000
"""Bytes of events in a parcel, unless one alone has more."""

_encode = msgspec.msgpack.Encoder().encode
read_parcel = msgspec.msgpack.Decoder(list[Section]).decode
"""The sections of a parcel. Raises `msgspec.DecodeError`."""


def parcels(
    shards: Iterable[Shard], has_ended: Callable[[Place], bool] = lambda place: False
) -> Iterator[tuple[str, int, bytes]]:
    """What has left these shards since the last call: topic, partition, parcel, in the order in which they are written.

    Every home hears of every partition that has come further, also where none of its events are for it.
    `has_ended`: whether it was read to its end."""
    found: dict[tuple[str, int], list[Section]] = {}
    for shard in shards:
        for outlet in shard.outlets:
            for number, sections in enumerate(outlet.take(shard.partitions.values(), has_ended)):
                if sections:
                    found.setdefault((outlet.plan.name, number), []).extend(sections)
    for (topic, number), sections in found.items():
        for parcel in _packed(sections):
            yield topic, number, parcel


def waiting(shard: Shard) -> int:
    """Bytes of events that wait in a shard to be carried away."""
    return sum(outlet.size for outlet in shard.outlets)


def _packed(sections: Sequence[Section]) -> Iterator[bytes]:
    together: list[Section] = []
    size = 0
    for piece in (piece for section in sections for piece in section.pieces(MOST)):
        if together and size + piece.size > MOST:
            yield _encode(together)
            together, size = [], 0
        together.append(piece)
        size += piece.size
    if together:
        yield _encode(together)
