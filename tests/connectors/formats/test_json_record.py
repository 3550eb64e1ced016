"""The type's name put into a JSON record."""

from __future__ import annotations

import pytest

from cep.connectors.formats.json_record import JsonRecords, with_type


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (b'{"a":1.50}', b'{"_type":"T","a":1.50}'),
        (b' \n{ "a" : 1 } ', b'{"_type":"T","a" : 1 } '),
        (b"{}", b'{"_type":"T"}'),
        (b"{ }", b'{"_type":"T"}'),
        (b'{"_type":"Other","a":1.50}', b'{"_type":"T","a":1.50}'),
        (b'{"a":"\\"_type\\""}', b'{"_type":"T","a":"\\"_type\\""}'),
        (b'{"a":"_type"}', b'{"_type":"T","a":"_type"}'),
    ],
)
def test_the_name_stands_in_front_and_counts(raw: bytes, read: bytes) -> None:
    assert with_type(raw, "T") == read


@pytest.mark.parametrize("raw", [b"", b"[1]", b"7", b'"x"', b"broken"])
def test_what_is_no_object_is_left_to_the_decoder(raw: bytes) -> None:
    assert with_type(raw, "T") == raw


def test_a_name_is_written_as_json() -> None:
    assert with_type(b"{}", 'a"b') == b'{"_type":"a\\"b"}'


def test_without_a_name_a_record_is_what_it_is() -> None:
    assert JsonRecords().read(b'{"a":1}', None) == b'{"a":1}'
