"""An exported record comes back as it was, byte for byte."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cep.connectors.export import envelope


@given(
    st.one_of(st.none(), st.binary(max_size=40), st.text(max_size=40).map(lambda text: text.encode("utf-8", "replace")))
)
def test_any_value_comes_back(value: bytes | None) -> None:
    line = envelope.line("t", 3, 17, 1_700_000_000_123_000, value, value, [("h", value), ("h", b"2")])
    assert b"\n" not in line
    found = envelope.decode(line)
    assert (found.topic, found.partition, found.offset, found.timestamp) == ("t", 3, 17, 1_700_000_000_123)
    assert found.record() == value
    assert envelope.is_envelope(line)


def test_what_a_line_looks_like() -> None:
    line = envelope.line(
        "card.auth", 0, 12, 1_000, b"c1", b'{"a": 1.00}', [("trace", b"x"), ("raw", b"\xff"), ("no", None)]
    )
    assert json.loads(line) == {
        "_topic": "card.auth",
        "_partition": 0,
        "_offset": 12,
        "_timestamp": 1,
        "_key": "c1",
        "_headers": [{"name": "trace", "value": "x"}, {"name": "raw", "value_base64": "/w=="}, {"name": "no"}],
        "_value": '{"a": 1.00}',
    }


def test_a_large_value_takes_a_third_more_and_not_six_times_as_much() -> None:
    value = b"\x01" * (envelope.LARGE + 1)
    assert len(envelope.line("t", 0, 0, 0, None, value)) < 1.4 * len(value)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"_topic": "t", "_partition": 0, "_offset": 1, "a": 2}',
        b'{"_topic": "t", "_partition": 0, "_offset": 1, "_timestamp": 5, "_value": "x", "a": 2}',
        b'{"_topic": "t", "_partition": 0, "_offset": 1, "_timestamp": 5}',
        b'{"_topic": "t", "_partition": 0, "_offset": 1, "_timestamp": 5, "_value_base64": "?"}',
        b'{"_topic": "t", "_partition": 0, "_offset": 1, "_timestamp": 5, "_value": 5}',
        b"[]",
        b"\xff",
    ],
)
def test_what_is_none(raw: bytes) -> None:
    assert not envelope.is_envelope(raw)
