"""Records come out of the queue in order, however they went in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cep.engine.record import Record
from cep.runtime.held import Held


def record(time: int, offset: int) -> Record:
    return (time, (), "t", 0, offset, 0, object(), b"{}")


BATCHES = st.lists(st.tuples(st.lists(st.integers(0, 30), max_size=8), st.integers(0, 30)), max_size=40)


@given(BATCHES, st.booleans(), st.integers(0, 3))
def test_any_batches_come_out_sorted(batches: list[tuple[list[int], int]], by_time: bool, looks: int) -> None:
    held = Held()
    held.by_time = by_time
    waiting: list[Record] = []
    offset = 0
    for times, before in batches:
        for time in times:
            offset += 1
            held.fresh.append(record(time, offset))
            waiting.append(held.fresh[-1])
        waiting.sort(key=lambda found: found[:5])
        assert len(held) == len(waiting)
        ready = held.take(before)
        assert ready == [found for found in waiting if found[0] < before]
        waiting = waiting[len(ready) :]
        if len(waiting) % 4 < looks:
            assert held.in_order() == waiting
    assert held.take_all() == waiting
    assert len(held) == 0 and held.take(100) == []


def test_a_record_is_sorted_again_for_every_doubling_of_the_queue_not_for_every_batch() -> None:
    sorted_ = 0

    class Counting(Held):
        def _sort(self, records: list[Record]) -> None:
            nonlocal sorted_
            sorted_ += len(records)
            super()._sort(records)

    held = Counting()
    for offset in range(4_096):
        held.fresh.append(record(-offset, offset))
        assert held.take(-10_000) == []
    assert sorted_ < 4_096 * 8
    assert len(held) == 4_096
    assert [found[4] for found in held.take_all()] == [*reversed(range(4_096))]
