"""The forms of a rule's state under one key, and of what they stand in. MessagePack of plain values; no pickle.

Before a key's state stands what must be known of it while it is asleep: it is read only when something touches the key.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Hashable
from decimal import Decimal
from typing import Any

import msgspec

from cep.engine.held_events import Elements, Gathered
from cep.engine.record import Record

Decode = Callable[[str, int, str, int, int, bytes], Record]
"""`decode(event name, time, topic, partition, offset, raw)`: the record again, as it was handed over first."""


class Node(msgspec.Struct, array_like=True):
    """A run: parent node (-1: none), edge taken (-1: one more element of a threshold), state, start, event, waits (a
    mask of any length).

    `counters` are kept only for rules with absences in a group, where a hit changes a counter and no event is bound.
    """

    parent: int
    via: int
    step: int
    start: int
    event: int
    live: list[int]
    reported: bool
    windows: dict[int, Elements]
    counters: list[int]
    parts: dict[int, Gathered]


class Begun(msgspec.Struct, array_like=True):
    """A start: its event, what was told of it, its runs in order."""

    event: int
    matched: bool
    timed_out: bool
    told: bool
    runs: list[int]


class Bound(msgspec.Struct, array_like=True):
    """An event: type, time (µs), coordinates, raw bytes."""

    type: str
    time: int
    topic: str
    partition: int
    offset: int
    raw: bytes


class Blob(msgspec.Struct, array_like=True):
    """One rule's state under one key. `done`: held matches, deadlines, times. `order`: starts, oldest first. Matches
    that may grow: `growths`, as first complete, in the longest form, with the deadline; `followed`, as first reported,
    in the latest form, the last revision, whether held back.
    """

    key: list[Any]
    events: list[Bound]
    starts: list[Begun]
    order: list[int]
    nodes: list[Node]
    waits: dict[int, list[int]]
    windows: dict[int, Elements]
    history: dict[int, list[int]]
    done: list[tuple[int, int | None, int]]
    growths: list[tuple[int, int, int | None]]
    followed: list[tuple[int, int, int, bool]]


class Subject(msgspec.Struct, array_like=True):
    """One throttle window; whose it is stands in the part's name."""

    since: int
    passed: int
    held: int


ENCODER = msgspec.msgpack.Encoder()
_BLOB = msgspec.msgpack.Decoder(Blob)
SUBJECTS = msgspec.msgpack.Decoder(list[Subject])


def pack(value: Any) -> Any:
    """A key value in a form that MessagePack gives back exactly: what is no plain value is tagged."""
    if isinstance(value, Decimal):
        return {"d": str(value)}
    if isinstance(value, tuple | list):
        return {"t": [pack(v) for v in value]}
    return value


def unpack(value: Any) -> Any:
    """The key value again."""
    if isinstance(value, dict):
        if "d" in value:
            return Decimal(value["d"])
        return tuple(unpack(v) for v in value["t"])
    return value


_SEAL = struct.Struct(">qII")
"""Earliest deadline, open runs, length of what follows."""
UNKNOWN = -(2**63)
"""For the earliest deadline: the key has to be read to know."""
NEVER = 2**63 - 1
"""For the earliest deadline: there is none."""


class Damaged(ValueError):
    """Bytes that are no state of a key."""


def seal(body: bytes, deadline: int = UNKNOWN, opened: int = 0) -> bytes:
    """A key's state, with its earliest deadline (microseconds) and how many runs are open in it."""
    return _SEAL.pack(deadline, opened, len(body)) + body


def known(part: bytes) -> tuple[int, int]:
    """The earliest deadline of a key's state, and how many runs are open in it. Raises `Damaged` for one that is torn.

    Whatever keeps parts has checksums for them.
    """
    if len(part) >= _SEAL.size:
        deadline, opened, length = _SEAL.unpack_from(part)
        if len(part) == _SEAL.size + length:
            return deadline, opened
    raise Damaged("a key's state is torn")


def body(part: bytes) -> memoryview:
    """A key's state itself."""
    return memoryview(part)[_SEAL.size :]


def read_blob(part: bytes) -> Blob:
    """The state of a key kept run by run. Raises `Damaged`, `msgspec.DecodeError`."""
    known(part)
    return _BLOB.decode(body(part))


def write_blob(blob: Blob, deadline: int = UNKNOWN, opened: int = 0) -> bytes:
    """The bytes of a key kept run by run; `deadline` and `opened` where they are known."""
    return seal(ENCODER.encode(blob), deadline, opened)


def part_name(rule: str, key: tuple[object, ...]) -> bytes:
    """The name of a key's part: (rule, key)."""
    return ENCODER.encode([rule, [pack(v) for v in key]])


def throttle_name(rule: str, subject: Hashable) -> bytes:
    """The name of a throttle window's part: (rule, null, whose it is)."""
    return ENCODER.encode([rule, None, pack(subject)])
