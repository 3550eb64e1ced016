"""Records that could not become events."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import msgspec


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One refused record: source, place, the reason in a sentence, and its bytes as received, unless `redacted`."""

    source: str
    topic: str
    partition: int
    offset: int
    reason: str
    raw: bytes
    redacted: bool = False
    """Whether something is left out of the bytes."""

    @property
    def place(self) -> str:
        """Topic, partition and offset as alerts write them; of a file the offset is the line."""
        return f"{self.topic}/{self.partition}/{self.offset}"

    def json(self) -> bytes:
        """One line for the dead-letter output: the record as text in `raw`, or in `raw_base64` if it is no text."""
        head: dict[str, object] = {"dead_letter": self.reason, "source": self.source, "place": self.place}
        try:
            head["raw"] = self.raw.decode()
        except UnicodeDecodeError:
            head["raw_base64"] = base64.b64encode(self.raw).decode()
        if self.redacted:
            head["redacted"] = True
        return msgspec.json.encode(head)
