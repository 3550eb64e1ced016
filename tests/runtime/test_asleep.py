"""Keys that are taken over as they were written, and read when something touches them."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from cep.engine import asleep
from cep.engine.blob import NEVER, known, seal
from cep.engine.matcher import Matcher
from cep.engine.snapshot import Writer, lone
from cep.runtime.changeover.records import RecordReader
from cep.runtime.shard import Shard
from cep.runtime.shard_parts import states_by_rule
from cep.runtime.snapshot_error import SnapshotError
from tests.runtime.continuation import log, wiring
from tests.runtime.support import chunk, lines, shard
from tests.runtime.test_shard_order import event

PAIR = """
event A { k: string  n: int  ts: timestamp } time ts
event B { k: string  n: int  ts: timestamp } time ts
rule pair { match by k within 1m  a: A then b: B  emit { a: a.n, b: b.n } }
rule silence { match by k  a: A  without B within 10s  emit { a: a.n } }
"""
SHARED = """
event A { k: string  n: int  ts: timestamp } time ts
event B { k: string  n: int  ts: timestamp } time ts
rule every { match by k within 1m  a: A then any b: B  after match skip nothing  emit { a: a.n, b: b.n } }
"""


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The keys read since."""
    found: list[Any] = []
    wake: Callable[..., None] = asleep.wake

    def counting(keyed: Any) -> None:
        found.append((keyed.machine.rule.name, *keyed.key))
        wake(keyed)

    monkeypatch.setattr(asleep, "wake", counting)
    return found


def filled(text: str, keys: int = 5) -> Shard:
    tested = shard(text)
    tested.push([chunk([event("A", second, k=f"k{second}") for second in range(1, keys + 1)])])
    return tested


def again(text: str, parts: dict[bytes, bytes]) -> Shard:
    tested = shard(text)
    tested.restore(parts)
    return tested


@pytest.mark.parametrize("text", [PAIR, SHARED])
def test_nothing_is_read_by_a_restore_and_what_asks_for_numbers_alone(text: str, woken: list[Any]) -> None:
    first = filled(text)
    parts = first.snapshot()
    second = again(text, parts)
    assert second.open_runs() == first.open_runs() > 0
    assert second.next_timer() == first.next_timer()
    assert second.snapshot() == parts
    assert again(text, second.snapshot()).snapshot() == parts
    assert woken == []


@pytest.mark.parametrize("text", [PAIR, SHARED])
def test_an_event_wakes_its_key(text: str, woken: list[Any]) -> None:
    first = filled(text)
    second = again(text, first.snapshot())
    later = [chunk([event("B", 6, k="k3"), event("B", 6, k="other")], 6)]
    assert lines(second.push(later)) == lines(first.push(later))
    assert {key for _, key in woken} == {"k3"}
    assert second.snapshot() == first.snapshot()


def test_a_deadline_wakes_its_key_and_no_other(woken: list[Any]) -> None:
    first = filled(PAIR)
    second = again(PAIR, first.snapshot())
    later = [chunk([event("B", 12.5, k="other")], 6)]
    found = second.push(later)
    assert [(alert.rule, alert.key["k"]) for alert in found.alerts] == [("silence", "k1"), ("silence", "k2")]
    assert woken == [("silence", "k1"), ("silence", "k2")]
    assert lines(found) == lines(first.push(later)) and second.next_timer() == first.next_timer()


def test_keys_with_one_deadline_are_told_in_their_order(woken: list[Any]) -> None:
    tested = shard(PAIR)
    tested.push([chunk([event("A", 1, k=key) for key in ("c", "a", "d", "b")])])
    second = again(PAIR, tested.snapshot())
    # One of them is awake already when the others fall due.
    second.push([chunk([event("A", 2, k="a")], 5)])
    tested.push([chunk([event("A", 2, k="a")], 5)])
    assert lines(second.advance(11_500_000)) == lines(tested.advance(11_500_000))
    assert len(woken) == 2 + 3


def test_a_deadline_of_a_key_that_was_woken_before_is_nothing_to_wait_for() -> None:
    second = again(PAIR, filled(PAIR, 1).snapshot())
    second.push([chunk([event("B", 2, k="k1")], 2)])
    assert second.open_runs() == 0
    assert not second.advance(200_000_000).alerts and second.next_timer() is None


def test_the_end_of_the_input_wakes_all() -> None:
    first = filled(PAIR)
    second = again(PAIR, first.snapshot())
    assert lines(second.finish()) == lines(first.finish())
    assert second.open_runs() == 0


def test_deadlines_of_what_sleeps_are_swept_once_it_is_awake() -> None:
    tested = shard(PAIR)
    tested.push([chunk([event("A", 1, k=f"k{number}") for number in range(3_000)])])
    second = again(PAIR, tested.snapshot())
    timers = second.lanes[0].matcher.timers
    assert len(timers.heap) == 6_000
    second.push([chunk([event("B", 2, k=f"k{number}") for number in range(3_000)], 3_001)])
    # Swept when there are twice as many as were awaited at the last sweep.
    second.push([chunk([event("A", 3, k=f"k{number}") for number in range(1_100)], 6_001)])
    assert len(timers.heap) <= 1_300


def test_a_rule_that_looks_at_all_its_keys_reads_them_at_once() -> None:
    text = PAIR.replace("emit { a: a.n, b: b.n }", "after match skip past last in start order  suppress for 1h")
    parts = filled(text).snapshot()
    second = again(text, parts)
    by_rule = {m.rule.name: m for m in second.lanes[0].matcher.machines.values()}
    assert not any(keyed.asleep for keyed in by_rule["pair"].keys.values())
    assert all(keyed.asleep for keyed in by_rule["silence"].keys.values())
    assert second.snapshot() == parts


@pytest.mark.parametrize("seed", range(4))
def test_the_earliest_deadline_that_is_known_is_the_earliest_there_is(seed: int) -> None:
    chance = random.Random(seed)
    tested = Shard(wiring())
    seen = 0
    for topic, number, offset, data in log(seed):
        tested.push([chunk([data], offset, topic=topic, partition=number)])
        if chance.random() < 0.3:
            continue
        for lane in tested.lanes:
            read = RecordReader(tested.wiring.codecs, lane.plan.plan.events).bound
            for rule, parts in states_by_rule(tested.snapshot()).items():
                if rule not in lane.plan.rules:
                    continue
                for name, part in parts.items():
                    matchers = [Matcher(lane.plan.plan, tested.values) for _ in range(2)]
                    matchers[0].restore({name: part}, read)
                    matchers[1].restore({name: part}, read, at_once=True)
                    assert matchers[0].next_timer() == matchers[1].next_timer()
                    assert matchers[0].open_runs() == matchers[1].open_runs()
                    seen += matchers[0].next_timer() is not None
    assert seen > 100


def test_changed_spans_are_read_at_once_and_count_from_now_on() -> None:
    parts = filled(PAIR).snapshot()
    second = again(PAIR.replace("within 1m", "within 7s"), parts)
    assert second.next_timer() == 8_000_000


def test_a_state_that_cannot_be_read_is_told_so() -> None:
    parts = filled(PAIR, 1).snapshot()
    name = next(name for name in parts if b"pair" in name and name.startswith(b"rule:"))
    torn = {**parts, name: parts[name][:-1]}
    with pytest.raises(SnapshotError, match="torn"):
        again(PAIR, torn)
    deadline, opened = known(parts[name])
    wrong = again(PAIR, {**parts, name: seal(b"\xc1nothing", deadline, opened)})
    with pytest.raises(SnapshotError, match="damaged"):
        wrong.push([chunk([event("B", 6, k="k1")], 6)])
    wrong = again(PAIR, {**parts, name: seal(b"\xc1nothing", NEVER, opened)})
    assert wrong.open_runs() == 2


@pytest.mark.parametrize("seed", range(3))
def test_a_key_with_one_first_event_is_written_as_any_other(seed: int) -> None:
    tested = Shard(wiring())
    seen = 0
    for topic, number, offset, data in log(seed):
        tested.push([chunk([data], offset, topic=topic, partition=number)])
        for lane in tested.lanes:
            for machine in lane.matcher.machines.values():
                for keyed in machine.keys.values():
                    part = lone(machine, keyed, lane.plan.plan.events)
                    if part is not None:
                        assert part == Writer(machine, keyed, lane.plan.plan.events).blob()
                        seen += 1
    assert seen > 100
