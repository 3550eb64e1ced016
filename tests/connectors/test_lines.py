"""Lines out of pieces: numbers, limits, odd line ends, any cutting of the stream."""

from __future__ import annotations

import random

import pytest

from cep.connectors.lines import SHOWN, LineSplitter, Rejected


def split(data: bytes, sizes: int | list[int], limit: int = 100) -> tuple[list[tuple[int, bytes]], list[Rejected]]:
    """All lines and rejects of `data`, fed in pieces of the given size (or sizes)."""
    splitter = LineSplitter(limit)
    lines: list[tuple[int, bytes]] = []
    rejected: list[Rejected] = []
    cuts = [sizes] * (len(data) // sizes + 1) if isinstance(sizes, int) else sizes
    at = 0
    for size in cuts:
        piece, at = data[at : at + size], at + size
        if piece:
            out = splitter.feed(piece)
            lines += zip(out.offsets, out.raws, strict=True)
            rejected += out.rejected
    out = splitter.finish()
    lines += zip(out.offsets, out.raws, strict=True)
    return lines, rejected + out.rejected


CASES = {
    "plain": (b"a\nbb\nccc\n", [(1, b"a"), (2, b"bb"), (3, b"ccc")]),
    "no last line end": (b"a\nbb", [(1, b"a"), (2, b"bb")]),
    "empty file": (b"", []),
    "only line ends": (b"\n\n\n", []),
    "empty lines count": (b"\na\n\n\nb\n", [(2, b"a"), (5, b"b")]),
    "empty lines next to a line": (b"a\r\n\r\n \r\nb\r\n", [(1, b"a"), (3, b" "), (4, b"b")]),
    "crlf": (b"a\r\nb\r\n", [(1, b"a"), (2, b"b")]),
    "text beyond ascii": ("é\nü{}\n€".encode(), [(1, "é".encode()), (2, "ü{}".encode()), (3, "€".encode())]),
}


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
@pytest.mark.parametrize("name", CASES)
def test_lines_and_numbers_do_not_depend_on_the_pieces(name: str, size: int) -> None:
    data, expected = CASES[name]
    assert split(data, size) == (expected, [])


@pytest.mark.parametrize("size", [1, 7, 99, 1000])
def test_overlong_line_is_rejected_and_cut(size: int) -> None:
    lines, rejected = split(b"a\n" + b"x" * 5000 + b"\nb\n" + b"y" * 101, size)
    assert lines == [(1, b"a"), (3, b"b")]
    assert rejected == [
        Rejected(2, b"x" * 100, "line is longer than 100 bytes"),
        Rejected(4, b"y" * 100, "line is longer than 100 bytes"),
    ]


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_line_of_exactly_the_limit_is_taken(size: int) -> None:
    assert split(b"x" * 100 + b"\n" + b"y" * 100, size) == ([(1, b"x" * 100), (2, b"y" * 100)], [])


def test_an_overlong_line_is_not_kept_in_memory() -> None:
    splitter = LineSplitter(limit=10_000)
    for _ in range(1000):
        splitter.feed(b"x" * 5000)
    assert sum(map(len, splitter._held)) <= SHOWN


def test_random_pieces_agree_with_one_piece() -> None:
    chance = random.Random(5)
    for _ in range(300):
        data = bytes(chance.choice(b"ab\n\n\r \xc3\xa9\xff") for _ in range(chance.randrange(60)))
        whole = split(data, 10_000, limit=6)
        sizes = [chance.randrange(1, 9) for _ in range(60)]
        assert split(data, sizes, limit=6) == whole, data
