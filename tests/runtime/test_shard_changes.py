"""Deltas: the parts that have changed, and no others."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from cep.engine import touched
from cep.runtime.shard import Shard
from tests.generated.changelog import Parts, apply, follow, without_held
from tests.runtime.continuation import log, wiring
from tests.runtime.support import chunk, lines, shard
from tests.runtime.test_shard_order import event

PAIR = """
event A { k: string  n: int  ts: timestamp } time ts
event B { k: string  n: int  ts: timestamp } time ts
rule pair { match by k within 1m  a: A then b: B  emit { a: a.n, b: b.n } }
"""
SUPPRESSED = PAIR.replace("emit { a: a.n, b: b.n }", "emit { a: a.n }  suppress for 10s")


def tracked(text: str) -> Shard:
    tested = shard(text)
    tested.track()
    return tested


def key_part(rule: str, key: str) -> bytes:
    return b"rule:" + msgspec.msgpack.encode([rule, [key]])


def count_encoded(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The keys that deltas encode from now on."""
    encoded: list[Any] = []
    write = touched.write_key

    def counting(machine: Any, keyed: Any, events: tuple[str, ...]) -> bytes | None:
        encoded.append(keyed.key)
        return write(machine, keyed, events)

    monkeypatch.setattr(touched, "write_key", counting)
    return encoded


@pytest.mark.parametrize("seed", range(6))
def test_deltas_in_order_are_the_snapshot_at_every_moment(seed: int) -> None:
    chance = random.Random(seed)
    tested = Shard(wiring())
    tested.track()
    parts: Parts = {}
    follow(tested, parts)
    for topic, number, offset, data in log(seed):
        tested.push([chunk([data], offset, topic=topic, partition=number)])
        follow(tested, parts)
        if chance.random() < 0.1:
            tested.idle(topic, number, data["ts"] * 1000)
            follow(tested, parts)
        if chance.random() < 0.05:
            tested.advance(tested.watermark() or 0)
            follow(tested, parts)
        if chance.random() < 0.1:
            saved = tested.snapshot()
            tested = Shard(wiring())
            tested.track()
            tested.restore(saved)
            assert follow(tested, parts).keys() <= {*saved} - {*parts} | {b"shard"}
    tested.end_source("events")
    follow(tested, parts)
    tested.finish()
    follow(tested, parts)


def test_a_shard_that_does_the_same_twice_gives_the_same_deltas() -> None:
    shards = [Shard(wiring()), Shard(wiring())]
    for tested in shards:
        tested.track()
    for topic, number, offset, data in log(7):
        for tested in shards:
            tested.push([chunk([data], offset, topic=topic, partition=number)])
        assert shards[0].delta() == shards[1].delta()


def test_only_what_was_touched_is_encoded(monkeypatch: pytest.MonkeyPatch) -> None:
    tested = tracked(PAIR)
    parts: Parts = {}
    tested.push([chunk([event("A", 1, k=f"k{number}") for number in range(50)])])
    follow(tested, parts)
    encoded = count_encoded(monkeypatch)
    tested.push([chunk([event("A", 2, k="k7"), event("A", 2, k="new"), event("B", 3, k="k9")], 51)])
    delta = tested.delta()
    assert sorted(encoded) == [("k7",), ("new",)]
    assert set(delta) == {b"shard", key_part("pair", "k7"), key_part("pair", "new"), key_part("pair", "k9")}
    assert delta[key_part("pair", "k9")] is None
    apply(parts, delta)
    assert parts == without_held(tested.snapshot())


def test_after_a_restore_only_what_is_touched_is_encoded(monkeypatch: pytest.MonkeyPatch) -> None:
    first = shard(PAIR)
    first.push([chunk([event("A", 1, k=f"k{number}") for number in range(50)])])
    tested = tracked(PAIR)
    parts = first.snapshot()
    tested.restore(parts)
    encoded = count_encoded(monkeypatch)
    assert tested.delta() == {}
    tested.push([chunk([event("A", 2, k="k7")], 51)])
    follow(tested, parts)
    assert encoded == [("k7",)]


def test_an_event_that_moves_nothing_writes_the_head_alone() -> None:
    tested = tracked(PAIR)
    tested.push([chunk([event("A", 1)])])
    tested.delta()
    tested.push([chunk([event("B", 2, k="other")], 2)])
    assert set(tested.delta()) == {b"shard"}
    assert tested.delta() == {}


def test_a_key_that_came_and_went_between_two_deltas_is_not_told() -> None:
    tested = tracked(PAIR)
    tested.delta()
    tested.push([chunk([event("A", 1), event("B", 2)])])
    assert set(tested.delta()) == {b"shard"}


def test_a_key_that_went_and_came_again_is_told_once() -> None:
    tested = tracked(PAIR)
    parts: Parts = {}
    tested.push([chunk([event("A", 1)])])
    follow(tested, parts)
    tested.push([chunk([event("B", 2), event("A", 3)], 2)])
    assert follow(tested, parts)[key_part("pair", "k")] is not None
    tested.push([chunk([event("B", 4), event("A", 5), event("B", 6)], 4)])
    assert follow(tested, parts)[key_part("pair", "k")] is None


def test_a_deadline_that_passes_is_told() -> None:
    tested = tracked(PAIR)
    parts: Parts = {}
    tested.push([chunk([event("A", 1, k="j"), event("A", 2)])])
    follow(tested, parts)
    tested.push([chunk([event("A", 61.5)], 3)])
    delta = follow(tested, parts)
    assert delta[key_part("pair", "j")] is None and delta[key_part("pair", "k")] is not None


def test_each_throttle_window_is_a_part_of_its_own() -> None:
    tested = tracked(SUPPRESSED)
    parts: Parts = {}
    pairs = [event(kind, 1, k=f"k{number}") for number in range(3) for kind in "AB"]
    tested.push([chunk(pairs)])
    assert len(follow(tested, parts)) == 3 + 3
    tested.push([chunk([event("A", 2, k="k1"), event("B", 2, k="k1")], 7)])
    assert len(follow(tested, parts)) == 1 + 1
    tested.push([chunk([event("B", 12, k="k1")], 9)])
    # Those that held nothing back are over; the other has something to tell for one further span.
    delta = follow(tested, parts)
    assert list(delta.values()).count(None) == 2
    tested.push([chunk([event("B", 22, k="k1")], 10)])
    assert None in follow(tested, parts).values()
    assert set(parts) == {b"shard", b"lanes", b"rules"}


def test_the_rules_are_told_once() -> None:
    tested = tracked(PAIR)
    assert set(tested.delta()) == {b"shard", b"lanes", b"rules"}
    tested.push([chunk([event("A", 1)])])
    assert not {b"lanes", b"rules"} & set(tested.delta())


def test_a_changed_rule_is_told_as_a_whole_and_an_old_version_until_it_ends() -> None:
    first = shard(PAIR)
    first.push([chunk([event("A", 1), event("A", 2, k="j")])])
    parts = first.snapshot()
    tested = tracked(PAIR.replace("a: A then", "a: A where n < 5 then"))
    tested.restore(parts)
    follow(tested, parts)
    assert sum(name.startswith(b"old:1:") for name in parts) == 2
    assert not any(name.startswith(b"rule:") for name in parts)
    tested.push([chunk([event("B", 3), event("A", 4, k="i")], 3)])
    follow(tested, parts)
    assert sum(name.startswith(b"old:1:") for name in parts) == 1
    assert len(tested.push([chunk([event("B", 5, k="j")], 5)]).ended) == 1
    assert {b"lanes", b"rules"} < set(follow(tested, parts))
    assert not any(name.startswith(b"old:") for name in parts)


def test_what_an_ended_version_still_throttles_goes_with_it() -> None:
    first = shard(SUPPRESSED)
    first.push([chunk([event("A", 1), event("B", 2), event("A", 3)])])
    parts = first.snapshot()
    tested = tracked(SUPPRESSED.replace("a: A then", "a: A where n < 5 then").replace("10s", "9s"))
    tested.restore(parts)
    follow(tested, parts)
    assert sum(name.startswith(b"old:1:") for name in parts) == 2
    tested.push([chunk([event("B", 4)], 4)])
    follow(tested, parts)
    assert not any(name.startswith(b"old:") for name in parts)


def test_a_state_of_deltas_goes_on_like_a_snapshot() -> None:
    tested, parts = tracked(PAIR), {}
    tested.push([chunk([event("A", 1), event("A", 2, k="j")])])
    apply(parts, tested.delta())
    second = shard(PAIR)
    second.restore(parts)
    assert len(lines(second.push([chunk([event("B", 3), event("B", 3, k="j")], 3)]))) == 2


def test_a_shard_is_told_to_keep_track_at_its_beginning() -> None:
    tested = shard(PAIR)
    with pytest.raises(ValueError, match="does not keep track"):
        tested.delta()
    tested.push([chunk([event("A", 1)])])
    with pytest.raises(ValueError, match="from its beginning"):
        tested.track()
