"""Files of every form as chunks of JSON records with coordinates."""

from __future__ import annotations

import gzip
import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cep.connectors.errors import ConfigurationError, ConnectorFailure
from cep.connectors.files import Input, named_source, open_inputs
from cep.connectors.job.model import FileSource, Job, TypeFilter
from cep.language.diagnostics import CheckFailed
from cep.runtime.feed import Unreadable
from tests.connectors.support import rule_set


def open_one(spec: FileSource) -> Input:
    """The one source of a job over the test's rules."""
    return open_inputs(Job("job", (), (spec,)), rule_set())[0]


def read(spec: FileSource) -> tuple[list[tuple[str, int, int, bytes]], list[Unreadable]]:
    """Every record as (topic, partition, offset, bytes), and what was unreadable."""
    feed = open_one(spec).feed
    records: list[tuple[str, int, int, bytes]] = []
    unreadable: list[Unreadable] = []
    while (piece := feed.read()) is not None:
        unreadable += piece.unreadable
        for chunk in piece.chunks:
            assert chunk.source == spec.name
            pairs = zip(chunk.offsets, chunk.raws, strict=True)
            records += [(chunk.topic, chunk.partition, offset, raw) for offset, raw in pairs]
    feed.close()
    return records, unreadable


def values(spec: FileSource) -> list[tuple[int, dict[str, Any]]]:
    """Every record as (offset, parsed JSON with exact decimals)."""
    return [(offset, json.loads(raw, parse_float=Decimal)) for _, _, offset, raw in read(spec)[0]]


def write(path: Path, data: bytes) -> FileSource:
    """A file, as the source of CardAuth events it makes."""
    path.write_bytes(data)
    return FileSource(path.name, path, event="CardAuth")


def test_json_lines(tmp_path: Path) -> None:
    records, unreadable = read(write(tmp_path / "a.jsonl", b'{"a":1}\n\n{"a":\n{"a":3}'))
    assert records == [
        ("a.jsonl", 0, 1, b'{"a":1}'),
        ("a.jsonl", 0, 3, b'{"a":'),
        ("a.jsonl", 0, 4, b'{"a":3}'),
    ]
    assert unreadable == []


def test_an_empty_file(tmp_path: Path) -> None:
    for name in ("a.jsonl", "a.csv"):
        assert read(write(tmp_path / name, b"")) == ([], [])
    assert read(write(tmp_path / "a.gz", gzip.compress(b""))) == ([], [])


def test_a_byte_order_mark_is_no_part_of_the_first_record(tmp_path: Path) -> None:
    records, _ = read(write(tmp_path / "a.jsonl", b'\xef\xbb\xbf{"a":1}\r\n{"a":2}\r\n'))
    assert [raw for *_, raw in records] == [b'{"a":1}', b'{"a":2}']


def test_utf16_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_one(write(tmp_path / "a.jsonl", '{"a":1}\n'.encode("utf-16")))
    assert caught.value.code == "C0114"


def test_a_line_of_ten_megabytes_is_a_record_and_one_over_the_limit_is_not(tmp_path: Path) -> None:
    long = b'{"a":"' + b"x" * 10_000_000 + b'"}'
    spec = write(tmp_path / "a.jsonl", long + b'\n{"a":2}\n')
    assert read(spec)[0] == [("a.jsonl", 0, 1, long), ("a.jsonl", 0, 2, b'{"a":2}')]
    records, unreadable = read(replace(spec, line_limit=1_000_000))
    assert records == [("a.jsonl", 0, 2, b'{"a":2}')]
    assert unreadable == [Unreadable("a.jsonl", 1, long[:1024], "line is longer than 1000000 bytes")]


CSV = b"""\
card_id,amount,count,score,ok,note,client.device.id,tags,ts,other
0042,600.00,7,.5,TRUE,,d1,"[""a"",""b""]",1700000000000,9
c2,1e3,007,1e400,maybe,hi,,not json,2026-01-31T10:00:00Z,
c3, 5.10 ,1_0,nan,false,,,,,
"""


def test_csv_cells_are_read_by_the_declared_type(tmp_path: Path) -> None:
    rows = values(write(tmp_path / "a.csv", CSV))
    assert rows[0] == (
        2,
        {
            "card_id": "0042",
            "amount": Decimal("600.00"),
            "count": 7,
            "score": Decimal("0.5"),
            "ok": True,
            "note": None,
            "client.device.id": "d1",
            "tags": ["a", "b"],
            "ts": 1700000000000,
            "other": "9",
        },
    )
    second, third = rows[1][1], rows[2][1]
    assert (second["amount"], second["count"], second["score"], second["ok"]) == (Decimal("1e3"), 7, "1e400", "maybe")
    assert (second["tags"], second["ts"]) == ("not json", "2026-01-31T10:00:00Z")
    assert (third["amount"], third["count"], third["score"], third["ts"]) == (Decimal("5.10"), "1_0", "nan", None)


def test_csv_of_several_types_by_a_field_and_by_matching_fields(tmp_path: Path) -> None:
    spec = write(tmp_path / "a.csv", b"kind,id,count\nCardAuth,1,5\nLogin,1,6\nother,1,7\n")
    by_field = replace(spec, event=None, type_field="kind")
    assert [row["count"] for _, row in values(by_field)] == [5, "6", "7"]
    filters = (TypeFilter("CardAuth", (("id", (1, 2)),)), TypeFilter("Login", (("kind", ("Login",)),)))
    path = tmp_path / "b.csv"
    path.write_bytes(b"kind,id,count\nx,2,5\nLogin,3,6\nx,3,7\n")
    by_match = FileSource("b", path, types=filters)
    assert [(row["id"], row["count"]) for _, row in values(by_match)] == [(2, 5), ("3", "6"), ("3", "7")]


def test_csv_dialects(tmp_path: Path) -> None:
    assert values(write(tmp_path / "a.tsv", b"card_id\tcount\na\t1\n")) == [(2, {"card_id": "a", "count": 1})]
    spec = replace(write(tmp_path / "a.txt", b"card_id;count\na;1\n"), format="csv", delimiter=";")
    assert values(spec) == [(2, {"card_id": "a", "count": 1})]
    packed = write(tmp_path / "a.csv.gz", gzip.compress(b"card_id,count\na,1\n"))
    assert values(packed) == [(2, {"card_id": "a", "count": 1})]


def parquet(path: Path, **columns: pa.Array) -> FileSource:
    """A Parquet file of these columns."""
    pq.write_table(pa.table(columns), path)
    return FileSource(path.name, path, event="CardAuth")


def test_parquet_values_keep_their_digits(tmp_path: Path) -> None:
    moment = datetime(2026, 1, 31, 10, tzinfo=UTC)
    spec = parquet(
        tmp_path / "a.parquet",
        card_id=pa.array(["a", "b"]),
        amount=pa.array([Decimal("600.00"), None]),
        score=pa.array([0.1, float("nan")]),
        tags=pa.array([["x"], []]),
        ts=pa.array([moment, moment.replace(microsecond=1000)], pa.timestamp("us", "UTC")),
        fine=pa.array([moment, moment.replace(microsecond=1)], pa.timestamp("us")),
    )
    records, _ = read(spec)
    assert records[0][:3] == ("a.parquet", 0, 1)
    assert records[0][3] == (
        b'{"card_id":"a","amount":600.00,"score":0.1,"tags":["x"],"ts":1769853600000,'
        b'"fine":"2026-01-31T10:00:00.000000Z"}'
    )
    assert records[1][2] == 2
    assert b'"amount":null,"score":nan' in records[1][3]
    assert b'"ts":1769853600001,"fine":"2026-01-31T10:00:00.000001Z"' in records[1][3]


def test_parquet_values_inside_others(tmp_path: Path) -> None:
    moment = datetime(2026, 1, 31, 10)
    spec = parquet(
        tmp_path / "a.parquet",
        times=pa.array([[moment]], pa.list_(pa.timestamp("us"))),
        record=pa.array([{"n": float("inf"), "m": None}], pa.struct([("n", pa.float64()), ("m", pa.string())])),
        map=pa.array([[("k", Decimal("1.50"))]], pa.map_(pa.string(), pa.decimal128(5, 2))),
    )
    ((*_, raw),) = read(spec)[0]
    assert raw == b'{"times":["2026-01-31T10:00:00Z"],"record":{"n":inf,"m":null},"map":{"k":1.50}}'


def test_a_parquet_column_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    nanoseconds = pa.array([[1]], pa.list_(pa.timestamp("ns")))
    with pytest.raises(ConnectorFailure) as caught:
        open_one(parquet(tmp_path / "a.parquet", seen=nanoseconds))
    assert caught.value.code == "C0303"
    assert "the column `seen` of" in caught.value.message


def test_parquet_of_many_batches_and_of_none(tmp_path: Path) -> None:
    records, _ = read(parquet(tmp_path / "a.parquet", n=pa.array(range(10_000))))
    assert [offset for _, _, offset, _ in records] == list(range(1, 10_001))
    assert records[9_999][3] == b'{"n":9999}'
    assert read(parquet(tmp_path / "b.parquet", n=pa.array([], pa.int64()))) == ([], [])


def test_parquet_is_known_by_its_bytes_and_a_cut_one_is_refused(tmp_path: Path) -> None:
    spec = parquet(tmp_path / "a.dat", n=pa.array([1]))
    assert values(spec) == [(1, {"n": 1})]
    path = tmp_path / "cut.parquet"
    path.write_bytes((tmp_path / "a.dat").read_bytes()[:-20])
    with pytest.raises(ConfigurationError) as caught:
        open_one(FileSource("cut", path, event="CardAuth"))
    assert caught.value.code == "C0109"


def own(topic: str, partition: int, offset: int, **more: object) -> bytes:
    """A record that carries its coordinates."""
    return json.dumps({"_topic": topic, "_partition": partition, "_offset": offset, **more}).encode()


def test_records_that_carry_their_coordinates(tmp_path: Path) -> None:
    lines = [
        own("card.auth", 1, 7, _timestamp=5),
        own("card.auth", 0, 3),
        own("card.auth", 1, 9),
        own("card.auth", 1, 9),
        b'{"no": 1}',
        own("card.auth", -1, 9),
    ]
    spec = write(tmp_path / "a.jsonl", b"\n".join(lines))
    opened = open_one(spec)
    assert opened.source.partitions == (("card.auth", 0), ("card.auth", 1))
    piece = opened.feed.read()
    assert piece is not None
    one, zero = piece.chunks
    assert (one.topic, one.partition, one.offsets, one.stamps) == ("card.auth", 1, [7, 9], [5000, 9])
    assert (zero.topic, zero.partition, zero.offsets, zero.raws) == ("card.auth", 0, [3], [lines[1]])
    piece.unreadable.extend(bad for rest in iter(opened.feed.read, None) for bad in rest.unreadable)
    assert [(bad.offset, bad.reason.split(":")[0]) for bad in piece.unreadable] == [
        (4, "offset 9 of card.auth/1 follows offset 9"),
        (5, "record has no coordinates, as the first one has"),
        (6, "record has no coordinates, as the first one has"),
    ]


def test_an_ordinary_file_has_one_partition(tmp_path: Path) -> None:
    opened = open_one(write(tmp_path / "a.jsonl", b'{"_topic": "x"}\n'))
    assert opened.source.known_partitions == (("a.jsonl", 0),)


def test_a_cut_gzip_gives_its_events_then_fails(tmp_path: Path) -> None:
    data = b"".join(b'{"n":%d}\n' % n for n in range(200_000))
    packed = gzip.compress(data)
    feed = open_one(write(tmp_path / "a.jsonl.gz", packed[: len(packed) // 2])).feed
    count = 0
    with pytest.raises(ConnectorFailure):
        while (piece := feed.read()) is not None:
            count += sum(len(chunk.raws) for chunk in piece.chunks)
    assert count > 50_000


def test_a_pipe_is_live_and_a_file_is_not(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = os.open(path, os.O_RDWR)
    os.write(writer, b'{"a":1}\n')
    feed = open_one(FileSource("pipe", path, event="CardAuth")).feed
    assert feed.live
    assert feed.ready(0)
    piece = feed.read()
    assert piece is not None and [list(chunk.raws) for chunk in piece.chunks] == [[b'{"a":1}']]
    assert not feed.ready(0.01)
    os.write(writer, b'{"a":2}\n')
    assert feed.ready(1)
    os.close(writer)
    feed.close()
    assert not open_one(write(tmp_path / "a.jsonl", b"{}\n")).feed.live


def test_sources_that_name_no_event_type() -> None:
    spec = FileSource("CardAth", Path("none"), event="CardAth")
    with pytest.raises(CheckFailed) as caught:
        open_one(spec)
    (found,) = caught.value.diagnostics
    assert (found.code, found.fix) == ("C0232", "did you mean `CardAuth`?")


def test_types_of_a_source(tmp_path: Path) -> None:
    spec = write(tmp_path / "a.jsonl", b"")
    assert open_one(spec).source.events == ("CardAuth",)
    assert open_one(replace(spec, event="Login")).source.events == ("bank.Login",)
    mixed = open_one(replace(spec, event=None, type_field="kind")).source
    assert (mixed.events, mixed.type_field) == (("CardAuth", "bank.Login"), "kind")


def test_the_from_option() -> None:
    assert named_source("logs/a.jsonl", "type") == FileSource("a.jsonl", Path("logs/a.jsonl"), type_field="type")
    assert named_source("CardAuth=-", "type") == FileSource("stdin", None, event="CardAuth")
    assert named_source("a b=c.jsonl", "type").path == Path("a b=c.jsonl")


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs Linux: a file that opens but cannot be read")
def test_a_file_that_opens_but_cannot_be_read() -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_one(FileSource("mem", Path("/proc/self/mem"), event="CardAuth"))
    assert (caught.value.code, caught.value.place) == ("C0103", "/proc/self/mem")
    assert "`/proc/self/mem` cannot be read: " in caught.value.message


def test_a_link_that_leads_back_to_itself(tmp_path: Path) -> None:
    loop = tmp_path / "loop.jsonl"
    loop.symlink_to(loop)
    with pytest.raises(ConfigurationError) as caught:
        open_one(FileSource("loop.jsonl", loop, event="CardAuth"))
    assert caught.value.code == "C0103"
