"""The form of an exported record: one JSON object a line, in which the record itself is kept byte for byte.

    {"_topic":"card.auth","_partition":0,"_offset":12,"_timestamp":1763632800000,"_key":"c1","_value":"{\\"card\\": …}"}

`_timestamp`: the broker's, milliseconds. `_headers`, where there are any: objects of `name` and `value`. What is no
UTF-8 text stands in `_key_base64`, `_value_base64`, `value_base64` instead; a tombstone's `_value` is null. Text is
quoted and not spliced in, since alerts and dead letters show records as they were received: digit for digit, also where
they are no JSON.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

if TYPE_CHECKING:
    from cep.connectors.kafka.port import Headers

LARGE = 1_000_000
"""Bytes above which a value is written in base64, whose length is known: quoted text may take six times as much."""


class _Header(msgspec.Struct, gc=False, omit_defaults=True):
    """One header. Without both values it has none."""

    name: str
    value: str | UnsetType = UNSET
    value_base64: str | UnsetType = UNSET

    def bytes(self) -> bytes | None:
        """Its value."""
        if self.value is not UNSET:
            return self.value.encode()
        return None if self.value_base64 is UNSET else base64.b64decode(self.value_base64)


class Envelope(msgspec.Struct, rename=lambda name: f"_{name}", forbid_unknown_fields=True, gc=False):
    """An exported record. Anything else in the object makes it another kind of record."""

    topic: str
    partition: Annotated[int, Meta(ge=0, le=2**31)]
    offset: Annotated[int, Meta(ge=0, le=2**63 - 1)]
    timestamp: Annotated[int, Meta(ge=-(2**52), le=2**52)]
    key: str | UnsetType = UNSET
    key_base64: str | UnsetType = UNSET
    headers: list[_Header] | UnsetType = UNSET
    value: str | UnsetType | None = UNSET
    value_base64: str | UnsetType = UNSET

    def record(self) -> bytes | None:
        """The record's value as it was received; None for a tombstone. Raises `ValueError` where it cannot be read."""
        if self.value is None:
            return None
        if self.value is not UNSET:
            return self.value.encode()
        if self.value_base64 is UNSET:
            raise ValueError("it has neither `_value` nor `_value_base64`")
        return base64.b64decode(self.value_base64, validate=True)

    def header_pairs(self) -> Headers:
        """Its headers."""
        return () if self.headers is UNSET else [(each.name, each.bytes()) for each in self.headers]


_encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(Envelope).decode
"""An exported record. Raises `msgspec.DecodeError`, `UnicodeDecodeError` and `RecursionError` for anything else."""


def is_envelope(raw: bytes) -> bool:
    """Whether a record of a file is an exported one."""
    try:
        decode(raw).record()
    except (msgspec.DecodeError, ValueError, RecursionError):
        return False
    return True


def line(
    topic: str,
    partition: int,
    offset: int,
    stamp: int,
    key: bytes | None,
    value: bytes | None,
    headers: Headers = (),
) -> bytes:
    """The line of a record, without its end. `stamp`: microseconds."""
    made = Envelope(topic, partition, offset, stamp // 1000)
    if key is not None:
        text = _text(key)
        if text is None:
            made.key_base64 = _base64(key)
        else:
            made.key = text
    if headers:
        made.headers = [_header(name, of) for name, of in headers]
    text = None if value is None else _text(value)
    if value is not None and text is None:
        made.value_base64 = _base64(value)
    else:
        made.value = text
    return _encode(made)


def _header(name: str, value: bytes | None) -> _Header:
    if value is None:
        return _Header(name)
    text = _text(value)
    return _Header(name, value_base64=_base64(value)) if text is None else _Header(name, text)


def _text(raw: bytes) -> str | None:
    """Bytes as text; None where they are none, or too many to be quoted."""
    if len(raw) > LARGE:
        return None
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
