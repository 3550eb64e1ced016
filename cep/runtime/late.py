"""Events that came after the watermark had passed them: they change no match, and are reported instead of dropped."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from cep.runtime.splice import spliced
from cep.runtime.timestamps import format_timestamp


@dataclass(frozen=True, slots=True)
class Late:
    """One late event: its type, its time and the watermark it missed (microseconds), its place, its bytes as received.

    `rules` are those that would have seen it and did not.
    """

    event: str
    time: int
    watermark: int
    topic: str
    partition: int
    offset: int
    raw: bytes
    rules: tuple[str, ...]

    @property
    def place(self) -> str:
        """Topic, partition and offset as alerts write them."""
        return f"{self.topic}/{self.partition}/{self.offset}"

    def json(self) -> bytes:
        """One line for the late output."""
        head = {
            "late": self.event,
            "source": self.place,
            "time": format_timestamp(self.time),
            "watermark": format_timestamp(self.watermark),
            "rules": self.rules,
        }
        return msgspec.json.encode(head)[:-1] + b',"data":' + spliced(self.raw) + b"}"
