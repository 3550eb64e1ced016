"""Which partition a record goes to by its key: the ways that librdkafka's property `partitioner` names."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable

Partitioner = Callable[[bytes | None, int, random.Random], int]
"""From a key and a number of partitions to one of them."""


def murmur2(data: bytes) -> int:
    """The hash of the Java client: MurmurHash2 of 32 bits with its seed."""
    length = len(data)
    value = 0x9747B28C ^ length
    for at in range(0, length - length % 4, 4):
        word = _mix(int.from_bytes(data[at : at + 4], "little"))
        value = (value * 0x5BD1E995 & 0xFFFFFFFF) ^ word
    if length % 4:
        value ^= int.from_bytes(data[length - length % 4 :], "little")
        value = value * 0x5BD1E995 & 0xFFFFFFFF
    value ^= value >> 13
    value = value * 0x5BD1E995 & 0xFFFFFFFF
    return value ^ value >> 15


def _mix(word: int) -> int:
    word = word * 0x5BD1E995 & 0xFFFFFFFF
    word ^= word >> 24
    return word * 0x5BD1E995 & 0xFFFFFFFF


def _consistent(key: bytes | None, count: int, draw: random.Random) -> int:
    return zlib.crc32(key or b"") % count


def _consistent_random(key: bytes | None, count: int, draw: random.Random) -> int:
    # a key of no bytes is as good as none here; to murmur2_random it is a key
    return _consistent(key, count, draw) if key else draw.randrange(count)


def _murmur2(key: bytes | None, count: int, draw: random.Random) -> int:
    return (murmur2(key or b"") & 0x7FFFFFFF) % count


def _murmur2_random(key: bytes | None, count: int, draw: random.Random) -> int:
    return _murmur2(key, count, draw) if key is not None else draw.randrange(count)


def _random(key: bytes | None, count: int, draw: random.Random) -> int:
    return draw.randrange(count)


PARTITIONERS: dict[str, Partitioner] = {
    "random": _random,
    "consistent": _consistent,
    "consistent_random": _consistent_random,
    "murmur2": _murmur2,
    "murmur2_random": _murmur2_random,
}
"""By the value of `partitioner`; `consistent_random` is what librdkafka does when nothing is said."""
