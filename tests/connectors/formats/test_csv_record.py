"""Rows of CSV in records."""

from __future__ import annotations

import pytest

from cep.connectors.formats.csv_record import CsvRecords
from cep.connectors.rows import row_encoder
from cep.language.load import load_text
from cep.runtime.decode.malformed import Malformed
from cep.runtime.source import Source

EVENTS = load_text(
    "event A { card: string  total: decimal?  n: int  at: timestamp } time at\n"
    "event B { card: int  at: timestamp } time at"
).events
COLUMNS = ("card", "total", "n", "at")


def records(source: Source, delimiter: str = ",") -> CsvRecords:
    return CsvRecords(COLUMNS, delimiter, row_encoder(source, EVENTS))


ONE = Source("A", ("A",), None)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (b"0042,600.00,7,1700000000000", b'{"card":"0042","total":600.00,"n":7,"at":1700000000000}'),
        (b"0042,,7,17\n", b'{"card":"0042","total":null,"n":7,"at":17}'),
        (b"a,1,2,3\r\n", b'{"card":"a","total":1,"n":2,"at":3}'),
        (b'"a, ""b""\nc",1,2,3', b'{"card":"a, \\"b\\"\\nc","total":1,"n":2,"at":3}'),
        ("é\u2028é,1,2,3".encode(), '{"card":"é\u2028é","total":1,"n":2,"at":3}'.encode()),
        ('"é\u2028é",1,2,3'.encode(), '{"card":"é\u2028é","total":1,"n":2,"at":3}'.encode()),
    ],
)
def test_cells_are_read_by_the_declared_types(value: bytes, read: bytes) -> None:
    assert records(ONE).read(value, None) == read


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (b"", "not valid CSV: the record is empty"),
        (b"\n", "not valid CSV: the record is empty"),
        (b"a,1,2", "row has 3 cells, the source 4 columns"),
        (b"a,1,2,3,4", "row has 5 cells, the source 4 columns"),
        (b"a,1,2,3\nb,1,2,3", "the record holds 2 rows, and is one row by itself"),
        (b'"a,1,2,3', "not valid CSV: quoted cell is not closed"),
        (b'"a"b,1,2,3', "not valid CSV: ',' expected after '\"'"),
        (b"a\xff,1,2,3", "not valid UTF-8: byte 1 starts no character"),
    ],
)
def test_what_is_no_row_is_refused(value: bytes, why: str) -> None:
    with pytest.raises(Malformed) as refused:
        records(ONE).read(value, None)
    assert refused.value.reason == why


def test_another_delimiter() -> None:
    assert records(ONE, ";").read(b"a;1;2;3", None) == b'{"card":"a","total":1,"n":2,"at":3}'


def test_a_type_told_beside_the_row_says_how_cells_are_read() -> None:
    told = records(Source("rows", ("A", "B"), "_type"))
    assert told.read(b"42,1,2,3", "A") == b'{"_type":"A","card":"42","total":1,"n":2,"at":3}'
    assert told.read(b"42,1,2,3", "B") == b'{"_type":"B","card":42,"total":"1","n":"2","at":3}'
