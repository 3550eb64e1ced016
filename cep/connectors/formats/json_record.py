"""JSON records whose type stands beside them: its name is put into the object."""

from __future__ import annotations

from typing import Any

import msgspec

TYPE_NAME = "_type"
"""The field that bears a type's name which does not stand in the record itself, as `_topic` bears its topic."""

_MARK = b'"_type"'
_BLANK = b" \t\r\n"
_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode


def with_type(raw: bytes, event: str) -> bytes:
    """A JSON object with the name of its type in front. What is no object stays as it is, for the decoder to refuse."""
    body = raw.lstrip(_BLANK)
    if not body.startswith(b"{"):
        return raw
    if _MARK in body:
        body = _without_type(body)
    rest = body[1:].lstrip(_BLANK)
    return b'{"_type":' + _encode(event) + (b"" if rest.startswith(b"}") else b",") + rest


def typed(record: dict[str, Any], event: str) -> dict[str, Any]:
    """A record that was read from another format, with the name of its type in front."""
    found = {TYPE_NAME: event, **record}
    found[TYPE_NAME] = event
    return found


def _without_type(body: bytes) -> bytes:
    """A record may have a field of that name; what is told beside it counts."""
    try:
        found = _object(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return body
    found.pop(TYPE_NAME, None)
    return _encode(found)


class JsonRecords:
    """Records that are JSON objects."""

    def read(self, value: bytes, event: str | None) -> bytes:
        """The record itself, with its type's name."""
        return value if event is None else with_type(value, event)
