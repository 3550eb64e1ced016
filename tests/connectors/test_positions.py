"""A feed left anywhere and gone on with gives the pieces it would have given."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cep.connectors import compression, parquet_feed
from cep.connectors.compression import open_raw, unpack
from cep.connectors.csv_rows import LINE_LIMIT
from cep.connectors.errors import ConfigurationError
from cep.connectors.lines import LineSplitter
from cep.connectors.parquet_feed import ParquetFeed
from cep.connectors.rows import row_encoder
from cep.connectors.text_feed import CsvFormat, LineFormat, TextFeed
from cep.runtime.feed import Piece, ReplayableFeed
from cep.runtime.source import Source
from tests.connectors.support import AUTH

EVENTS = {"CardAuth": AUTH}
SOURCE = Source("cards", ("CardAuth",), None)
Open = Callable[[], ReplayableFeed]


def shown(piece: Piece) -> list[Any]:
    """A piece as plain values."""
    chunks = [(c.topic, c.partition, list(c.offsets), list(c.raws), c.stamps) for c in piece.chunks]
    return [chunks, [(of.offset, of.raw, of.reason) for of in piece.unreadable]]


def pieces(feed: ReplayableFeed) -> list[Any]:
    """What is left in a feed."""
    found = []
    while (piece := feed.read()) is not None:
        found.append(shown(piece))
    feed.close()
    return found


def check_cuts(opened: Open) -> None:
    """Leave after each piece, go on in a new feed, after each piece once more in another one."""
    whole = pieces(opened())
    assert len(whole) > 5
    for cut in range(len(whole) + 2):
        first = opened()
        for _ in range(cut):
            first.read()
        second = opened()
        second.go_to(first.position(), grows=False)
        assert second.position() == first.position()
        first.close()
        assert pieces(second) == whole[cut:]


def text(path: Path, form: Callable[[], LineFormat]) -> Open:
    return lambda: TextFeed("cards", unpack(open_raw(path, "cards"), "cards"), form(), None, (60, 120))


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read a few bytes at a time, so that pieces end within lines and rows."""
    monkeypatch.setattr(compression, "PIECE", 50)
    monkeypatch.setattr(parquet_feed, "_ROWS", 4)


LINES = b"\xef\xbb\xbf" + b"".join(
    b'{"n":%d,"pad":"%b"}%b\n' % (n, b"x" * (n % 40), b"\r" if n % 3 else b"") + b"\n" * (n % 5 == 0) for n in range(40)
)


@pytest.mark.parametrize("last", [b"\n", b'\n{"n":99}'], ids=["line end", "none"])
def test_lines(last: bytes, tmp_path: Path) -> None:
    path = tmp_path / "cards.jsonl"
    path.write_bytes(LINES[:-1] + last)
    check_cuts(text(path, lambda: LineSplitter(30)))


def test_packed_lines(tmp_path: Path) -> None:
    path = tmp_path / "cards.gz"
    path.write_bytes(gzip.compress(LINES[:600]) + gzip.compress(LINES[600:]))
    check_cuts(text(path, LineSplitter))


def test_lines_with_coordinates(tmp_path: Path) -> None:
    path = tmp_path / "cards.jsonl"
    rows = [{"_topic": "t", "_partition": n % 2, "_offset": n - 6 * (n % 7 == 6), "n": n} for n in range(30)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    opened = text(path, LineSplitter)
    assert any(unreadable for _, unreadable in pieces(opened()))
    check_cuts(opened)


def test_csv_with_rows_over_several_lines(tmp_path: Path) -> None:
    path = tmp_path / "cards.csv"
    rows = "".join(f'c{n},"first\nsecond, {n}\n\nlast"\n' if n % 3 else f"c{n},x\n" for n in range(30))
    path.write_text("card_id,note\n" + rows + "c,too,many\n")
    encode = row_encoder(SOURCE, EVENTS)
    check_cuts(text(path, lambda: CsvFormat("cards", ",", LINE_LIMIT, encode)))


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "cards.parquet"
    pq.write_table(pa.table({"card_id": [f"c{n}" for n in range(30)]}), path)
    check_cuts(lambda: ParquetFeed(SOURCE, path, EVENTS))
    feed = ParquetFeed(SOURCE, path, EVENTS)
    feed.read()
    pq.write_table(pa.table({"card_id": ["c"] * 29}), path)
    with pytest.raises(ConfigurationError) as caught:
        ParquetFeed(SOURCE, path, EVENTS).go_to(feed.position(), grows=True)
    assert caught.value.code == "C0261"


Pack = Callable[[bytes], bytes]


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "packed"])
def test_a_file_that_is_not_what_it_was(pack: Pack, tmp_path: Path) -> None:
    path = tmp_path / "cards.jsonl"
    opened = text(path, LineSplitter)
    path.write_bytes(pack(LINES))
    feed = opened()
    for _ in range(3):
        feed.read()
    at = feed.position()
    read = unread(feed)
    for changed in (LINES[:60], LINES[: read - 1], LINES[: read - 1] + b"!" + LINES[read:]):
        path.write_bytes(pack(changed))
        with pytest.raises(ConfigurationError) as caught:
            opened().go_to(at, grows=True)
        assert caught.value.code == "C0261"
    path.write_bytes(pack(LINES[:read] + b"\n"))
    opened().go_to(at, grows=False)


def unread(feed: ReplayableFeed) -> int:
    """How many bytes were read."""
    assert isinstance(feed, TextFeed)
    return feed._stream.position


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "packed"])
def test_a_file_that_has_grown_since_its_end(pack: Pack, tmp_path: Path) -> None:
    path = tmp_path / "cards.jsonl"
    opened = text(path, LineSplitter)
    path.write_bytes(pack(LINES))
    feed = opened()
    count = len(pieces(feed))
    at = feed.position()
    path.write_bytes(pack(LINES + b'{"n":77}\n'))
    with pytest.raises(ConfigurationError) as caught:
        opened().go_to(at, grows=False)
    assert caught.value.code == "C0262"
    grown = opened()
    grown.go_to(at, grows=True)
    assert [chunks[0][3] for chunks, _ in pieces(grown) if chunks] == [[b'{"n":77}']]
    assert count > 5
    path.write_bytes(pack(LINES + b"half"))
    feed = opened()
    pieces(feed)
    at = feed.position()
    path.write_bytes(pack(LINES + b"half a line\n"))
    with pytest.raises(ConfigurationError, match="in the middle of a line"):
        opened().go_to(at, grows=True)
