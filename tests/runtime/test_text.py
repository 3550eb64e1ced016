"""What must hold of a record's bytes."""

from __future__ import annotations

import pytest

from cep.runtime.decode.malformed import Malformed
from cep.runtime.decode.text import DEPTH_LIMIT, check_text, depth, without_duplicates


@pytest.mark.parametrize(
    ("raw", "levels"),
    [(b"1", 0), (b"{}", 1), (b'{"a":[1,[2]],"b":[3]}', 3), (b'{"a":"[[[["}', 1), (rb'{"a":"\"[[[["}', 1), (b"[[[", 3)],
)
def test_depth_counts_brackets_outside_strings(raw: bytes, levels: int) -> None:
    assert depth(raw) == levels


def test_depth_up_to_the_limit_passes() -> None:
    check_text(b'{"a":' + b"[" * (DEPTH_LIMIT - 1) + b"]" * (DEPTH_LIMIT - 1) + b"}")
    check_text(b'{"a":[' + b"[]," * 5000 + b"[]]}")


def test_depth_past_the_limit_is_refused() -> None:
    with pytest.raises(Malformed, match="nested more than 500 levels deep"):
        check_text(b'{"a":' + b"[" * DEPTH_LIMIT + b"]" * DEPTH_LIMIT + b"}")


def test_bytes_that_are_not_utf8_are_refused() -> None:
    with pytest.raises(UnicodeDecodeError):
        check_text(b'{"a":"\xff"}')


@pytest.mark.parametrize(
    ("raw", "once"),
    [
        (b'{"a":1,"a":2}', b'{"a":2}'),
        (b'{"a":1.50,"b":{"c":1,"c":2.500}}', b'{"a":1.50,"b":{"c":2.500}}'),
        (b'{"a":"x","a":123456789012345678901234567890}', b'{"a":123456789012345678901234567890}'),
        (b'{"a":1}', None),
        (b'{"a":', None),
        (b'{"a":NaN,"a":1}', b'{"a":1}'),
    ],
)
def test_of_repeated_keys_the_last_is_kept_digit_for_digit(raw: bytes, once: bytes | None) -> None:
    assert without_duplicates(raw) == once
