"""Parts of the state that are cut into records, and put together again."""

from __future__ import annotations

import random

from cep.connectors.kafka.changelog import Restoring
from cep.connectors.kafka.pieces import SIZE, Cutter, size_under
from cep.connectors.kafka.port import Fetched


def restored(records: list[tuple[bytes, bytes | None]]) -> Restoring:
    """What a reader of these records has."""
    state = Restoring(0)
    state.take(Fetched("changelog", 0, keys=[key for key, _ in records], values=[value for _, value in records]))
    return state


def compacted(records: list[tuple[bytes, bytes | None]]) -> list[tuple[bytes, bytes | None]]:
    """What compaction may leave of them."""
    return [(key, value) for key, value in dict(records).items() if value is not None]


def test_small_parts_are_one_record() -> None:
    cutter = Cutter(10, {})
    assert list(cutter.records(b"a", b"0123456789")) == [(b"a", b"0123456789")]
    assert list(cutter.records(b"a", None)) == [(b"a", None)]
    assert list(cutter.records(b"a", b"")) == [(b"a", b"")]


def test_no_record_holds_more_than_it_may() -> None:
    records = list(Cutter(10, {}).records(b"a", b"x" * 25))
    assert [len(value or b"") for _, value in records] == [10, 10, 5, 0]
    assert restored(records).parts() == {b"a": b"x" * 25}


def test_parts_that_grow_and_shrink_are_what_was_written_last() -> None:
    chance = random.Random(1)
    for _ in range(200):
        written: list[tuple[bytes, bytes | None]] = []
        parts: dict[bytes, bytes] = {}
        cutter = Cutter(7, {})
        for _ in range(30):
            name = chance.choice([b"a", b"b", b"rule:c"])
            part = None if chance.random() < 0.2 else chance.randbytes(chance.choice([0, 3, 7, 8, 20, 70]))
            written += cutter.records(name, part)
            parts.pop(name, None)
            if part is not None:
                parts[name] = part
            if chance.random() < 0.2:
                # a worker dies, and another one goes on
                written = compacted(written)
                cutter = restored(written).cutter(7)
            assert restored(written).parts() == restored(compacted(written)).parts() == parts
    assert len(written) > 3


def test_pieces_fit_into_the_records_that_the_job_allows() -> None:
    assert size_under(None) == size_under("5000000") == SIZE
    assert size_under("100000") == 90_000
