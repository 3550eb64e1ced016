"""A dead letter as it is read back: where its record lies, why it was refused, and its bytes."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

import msgspec

from cep.connectors.kafka.port import Headers

REPLAY = "cep-replay"
"""The header of a record that was written by a replay: which attempt it is, from 1 on."""
REPLAY_OF = "cep-replay-of"
"""The header that says of which record it is one: topic, partition and offset."""
NOTE: Headers = (("cep-dlq-note", b"replayed"),)
"""The header of a note in a dead-letter topic, by which its other readers can leave notes out."""

_VARIES = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z|\bbyte \d+|, got .*|\b(?<!HTTP )\d+\b", re.DOTALL)


class _Line(msgspec.Struct):
    """A line of the output, or a note."""

    dead_letter: str | None = None
    source: str = ""
    place: str = ""
    raw: str | None = None
    raw_base64: str | None = None
    redacted: bool = False
    replayed: str | None = None
    attempt: int = 0
    to: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter. `raw`: the record's bytes, without what is redacted in them. `found`: where the letter itself
    stands; `stamp`: when it was written, microseconds, where that is known."""

    source: str
    topic: str
    partition: int
    offset: int
    reason: str
    raw: bytes
    redacted: bool
    found: str
    stamp: int | None = None

    @property
    def place(self) -> str:
        """Where its record lies, as alerts write it."""
        return f"{self.topic}/{self.partition}/{self.offset}"

    @property
    def kind(self) -> str:
        """The reason without what differs from record to record: times, numbers, what was found instead."""
        return _VARIES.sub(lambda found: ", got …" if found[0].startswith(",") else "…", self.reason)


@dataclass(frozen=True, slots=True)
class Note:
    """Says that the record of a place was replayed, and into which topic."""

    place: str
    attempt: int
    to: str

    def json(self) -> bytes:
        """One line, or one record of the dead-letter topic."""
        return msgspec.json.encode({"replayed": self.place, "attempt": self.attempt, "to": self.to})


_decode = msgspec.json.Decoder(_Line).decode


def read_entry(data: bytes, found: str, stamp: int | None = None) -> Letter | Note | None:
    """A line or record of the dead letters; None for what is none."""
    try:
        line = _decode(data)
        if line.replayed is not None:
            return Note(line.replayed, line.attempt, line.to)
        topic, partition, offset = place_of(line.place)
        raw = (line.raw or "").encode() if line.raw_base64 is None else base64.b64decode(line.raw_base64)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    if line.dead_letter is None:
        return None
    return Letter(line.source, topic, partition, offset, line.dead_letter, raw, line.redacted, found, stamp)


def place_of(text: str) -> tuple[str, int, int]:
    """Topic, partition and offset as they are written. Raises `ValueError` for anything else."""
    topic, partition, offset = text.rsplit("/", 2)
    if not (partition.isdecimal() and offset.isdecimal()):
        raise ValueError(text)
    return topic, int(partition), int(offset)
