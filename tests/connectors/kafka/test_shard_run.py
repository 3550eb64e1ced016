"""One shard as a worker runs it."""

from __future__ import annotations

import pytest

from cep.connectors.kafka.pieces import SIZE, Cutter
from cep.connectors.kafka.port import Fetched, KafkaFailure
from cep.connectors.kafka.shard_run import ShardRun, chunk_of, new_shard, part_of
from cep.engine.values import Values
from cep.runtime.source import Chunk
from tests.simulation.feeds_job import TOPICS, wiring

PLACES = [(topic, 0) for topic in TOPICS]


def running() -> ShardRun:
    """A shard that begins at the beginning."""
    return ShardRun(
        0, PLACES, new_shard(wiring(), Values(), PLACES, {topic: topic for topic in TOPICS}), 0, Cutter(SIZE, {})
    )


def orders(*offsets: int) -> Chunk:
    """Orders at these offsets, a second apart."""
    raws = [b'{"card": "c", "total": 9, "at": %d}' % (1_700_000_000_000 + 1000 * offset) for offset in offsets]
    return Chunk("orders", "orders", 0, list(offsets), raws)


def test_offsets_that_go_back_are_refused() -> None:
    run = running()
    run.take(orders(0, 1, 2))
    with pytest.raises(KafkaFailure, match="orders/0 was made anew"):
        run.take(orders(0, 1))


def test_tombstones_are_left_out_and_passed_over() -> None:
    fetched = Fetched("orders", 0, [5, 6, 7], [None] * 3, [b"{}", None, None], [10, 20, 30])
    chunk = chunk_of("orders", fetched, None)
    assert (chunk.offsets, chunk.raws, chunk.stamps) == ([5], [b"{}"], [10])
    run = running()
    run.passed(("orders", 0), 8)
    assert run.shard.partitions["orders", 0].next_offset == 8
    assert run.touched


def test_a_part_of_a_chunk_keeps_its_columns_together() -> None:
    fetched = Fetched("orders", 0, [5, 6, 7], [None] * 3, [b"a", b"b", b"c"], [10, 20, 30])
    part = part_of(chunk_of("orders", fetched, 99), 1, 3)
    assert (part.offsets, part.raws, part.stamps, part.arrived) == ([6, 7], [b"b", b"c"], [20, 30], 99)
