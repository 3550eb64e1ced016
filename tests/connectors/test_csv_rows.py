"""CSV rows: quotes, line numbers, wrong rows beside good ones, headers that are none."""

from __future__ import annotations

import pytest

from cep.connectors.csv_rows import CsvRows, Rows
from cep.connectors.errors import ConfigurationError
from cep.connectors.lines import LineSplitter, Rejected


def read(data: bytes, size: int = 1000, delimiter: str = ",") -> Rows:
    """All rows of `data` fed in pieces of `size` bytes."""
    splitter, rows = LineSplitter(10_000, keep_empty=True), CsvRows("x.csv", delimiter, 10_000)
    parts = [rows.feed(splitter.feed(data[at : at + size])) for at in range(0, len(data), size)]
    parts += [rows.feed(splitter.finish()), rows.finish()]
    return Rows(
        [offset for part in parts for offset in part.offsets],
        [row for part in parts for row in part.rows],
        [reject for part in parts for reject in part.rejected],
    )


SIZES = pytest.mark.parametrize("size", [1, 2, 7, 1000])


@SIZES
def test_rows_with_quotes_and_line_ends_inside(size: int) -> None:
    data = b'id,text\r\n1,plain\r\n2,"a ""b"", c"\r\n\r\n3,"one\r\n\r\ntwo"\r\n4,last'
    out = read(data, size)
    assert out.offsets == [2, 3, 5, 8]
    assert out.rows == [
        {"id": "1", "text": "plain"},
        {"id": "2", "text": 'a "b", c'},
        {"id": "3", "text": "one\n\ntwo"},
        {"id": "4", "text": "last"},
    ]
    assert out.rejected == []


@SIZES
def test_wrong_rows_are_rejected_alone(size: int) -> None:
    out = read(b'id,text\n1,a\n2\n3,a,b\n4,"a"b\n5,ok\n', size)
    assert out.offsets == [2, 6]
    assert out.rejected == [
        Rejected(3, b"2", "row has 1 cells, the header 2"),
        Rejected(4, b"3,a,b", "row has 3 cells, the header 2"),
        Rejected(5, b'4,"a"b', "not valid CSV: ',' expected after '\"'"),
    ]


@SIZES
def test_a_stray_quote_costs_its_own_row_only(size: int) -> None:
    out = read(b'id,text\n1,"a\n2,b\n3,c\n', size)
    assert out.offsets == [3, 4]
    assert out.rejected == [Rejected(2, b'1,"a', "quoted cell is not closed")]


def test_a_line_that_is_not_utf8_is_rejected_alone() -> None:
    out = read(b"id,text\n1,a\n2,\xff\n3,\xc3\xa9\n")
    assert out.rows == [{"id": "1", "text": "a"}, {"id": "3", "text": "\u00e9"}]
    assert out.rejected == [Rejected(3, b"2,\xff", "not valid UTF-8: byte 2 starts no character")]


def test_a_quoted_cell_has_a_limit() -> None:
    out = read(b'id,text\n1,"' + b"x\n" * 11_000 + b'"\n2,b\n')
    assert out.rejected[0] == Rejected(2, b'1,"x', "quoted cell is not closed")
    assert out.rows[-1] == {"id": "2", "text": "b"}


@pytest.mark.parametrize(
    ("header", "code"),
    [(b"a,,c\n", "C0111"), (b"a,b,a\n", "C0112"), (b"a;b;c\n", "C0113"), (b"a\tb\n", "C0113")],
)
def test_a_header_that_is_none(header: bytes, code: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(header + b"1,2,3\n")
    assert caught.value.code == code
    assert caught.value.place == "x.csv:1:1"


def test_another_delimiter_and_an_empty_file() -> None:
    assert read(b"a;b\n1,5;2\n", delimiter=";").rows == [{"a": "1,5", "b": "2"}]
    assert read(b"") == Rows()
    assert read(b"a,b\n") == Rows()
