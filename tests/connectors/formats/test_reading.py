"""Records read many at a time."""

from __future__ import annotations

import pytest

from cep.connectors.formats.json_record import JsonRecords
from cep.connectors.formats.reading import Headers, SchemaAwaited, TopicReader
from cep.runtime.decode.malformed import Malformed


class Numbered:
    """A record is the number of its schema; even ones are known."""

    def read(self, value: bytes, event: str | None) -> bytes:
        number = int(value)
        if number < 0:
            raise Malformed("below zero")
        if number % 2:
            raise SchemaAwaited(number)
        return b"{}"


def test_reading_stops_where_a_schema_is_missing() -> None:
    reading = TopicReader(Numbered()).read([b"2", None, b"-1", b"4", b"3", b"6"], None)
    assert (reading.raws, reading.refused) == ([b"{}", None, b"", b"{}"], {2: "below zero"})
    assert reading.awaited is not None and reading.awaited.number == 3


NAMED = "header `kind`, which names the event type,"


@pytest.mark.parametrize(
    ("headers", "raw", "why"),
    [
        ([("kind", b"A")], b'{"_type":"A","n":1}', None),
        ([("kind", b"A"), ("other", b"x"), ("kind", b"B")], b'{"_type":"B","n":1}', None),
        ([("Kind", b"A")], b"", f"{NAMED} is missing"),
        ([("kind", None)], b"", f"{NAMED} is missing"),
        ((), b"", f"{NAMED} is missing"),
        ([("kind", b"\xff")], b"", f"{NAMED} is no text"),
    ],
)
def test_a_header_names_the_type(headers: Headers, raw: bytes, why: str | None) -> None:
    reading = TopicReader(JsonRecords(), "kind").read([b'{"n":1}'], [headers])
    assert (reading.raws, reading.refused) == ([raw], {} if why is None else {0: why})
