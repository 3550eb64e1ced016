"""Records come out of the queue in order, however they went in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cep.engine.record import Record
from cep.runtime.held import Held


def record(time: int, offset: int) -> Record:
    return (time, (), "t", 0, offset, 0, object(), b"{}")


BATCHES = st.lists(st.tuples(st.lists(st.integers(0, 30), max_size=8), st.integers(0, 30)), max_size=12)


@given(BATCHES)
def test_any_batches_come_out_sorted(batches: list[tuple[list[int], int]]) -> None:
    held = Held()
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
        assert held.in_order() == waiting
    assert held.take_all() == waiting
    assert len(held) == 0 and held.take(100) == []
