"""A state from a changelog holds no events that wait for their order: their records are read again, unnoticed."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest

from cep.runtime.output import Output
from cep.runtime.shard import Shard
from cep.runtime.snapshot_error import SnapshotError
from cep.runtime.source import Chunk, Source
from cep.runtime.wiring import Wiring, wire
from tests.generated.changelog import Parts, apply, without_held
from tests.runtime.support import chunk, rule_set, shard
from tests.runtime.test_shard_order import event

RULES = """
event A { k: string  n: int  ts: timestamp } time ts lateness 4s
event B { k: string  n: int  ts: timestamp } time ts lateness 2s
event T { k: string  n: int  ts: timestamp } time ts order by n lateness 1s
event P { k: string  n: int } time ingestion lateness 3s
rule pair { match by k within 9s  a: A then b: B where b.n >= a.n  after match skip nothing  emit { a: a.n, b: b.n } }
rule silence { match by k  a: A where n > 1  without A within 5s  emit { a: a.n } }
rule alone { match by k within 20s  a: A{2}  after match skip to next  emit { a: collect(a.n) } }
rule ordered { match by k within 9s  over A  t: T then next u: T  emit { t: t.n, u: u.n } }
rule arrived { match by k within 9s  p: P then q: P where q.n > p.n  emit { p: p.n, q: q.n } }
"""
PLACES = (("a", 0), ("a", 1), ("b", 0), ("p", 0))
HELD = {"a": ("A", "T"), "b": ("B",), "p": ("P",)}

Place = tuple[str, int]


@dataclass(slots=True)
class Record:
    """One record and its place."""

    place: Place
    offset: int
    raw: bytes
    stamp: int


@dataclass(slots=True)
class Told:
    """What came out: alerts by key in their order, late events and dead letters."""

    alerts: dict[str, list[bytes]] = field(default_factory=dict)
    late: list[bytes] = field(default_factory=list)
    dead: list[tuple[str, int, int, str]] = field(default_factory=list)

    def add(self, out: Output) -> None:
        for alert in out.alerts:
            self.alerts.setdefault(f"{alert.rule} {alert.key}", []).append(alert.json())
        self.late += [late.json() for late in out.late]
        self.dead += [(dead.topic, dead.partition, dead.offset, dead.reason) for dead in out.dead_letters]

    def sorted(self) -> tuple[Any, ...]:
        return self.alerts, sorted(self.late), sorted(self.dead)


@cache
def wiring() -> Wiring:
    rules = rule_set(RULES)
    partitions = {name: tuple(place for place in PLACES if place[0] == name) for name in HELD}
    options: dict[str, dict[str, Any]] = {"a": {"max_future": 40_000_000, "unknown_types": "dead_letter"}}
    return wire(rules, [Source(n, HELD[n], partitions=partitions[n], **options.get(n, {})) for n in HELD])


def log(chance: random.Random) -> list[Record]:
    """Records of all partitions in the order in which they come: ties, late ones, some far ahead, some that are none,
    with gaps between offsets."""
    offsets = {place: chance.randrange(50) for place in PLACES}
    now, lag = 1000.0, {place: chance.choice((0, 0, 1, 6)) for place in PLACES}
    found = []
    for _ in range(chance.randrange(30, 90)):
        place = chance.choice(PLACES)
        now += chance.choice((0, 0, 0.5, 1, 1, 2))
        second = now - lag[place] - chance.choice((0, 0, 0, 1, 2, 3, 6, 9)) + chance.choice((0,) * 30 + (50, 300))
        kind = chance.choice((*HELD[place[0]], *HELD[place[0]] * 3, "X"))
        data = event(kind, round(second), chance.randrange(4), chance.choice("xyz"))
        raw = b"{broken" if chance.random() < 0.03 else str(data).replace("'", '"').encode()
        found.append(Record(place, offsets[place], raw, round(now - lag[place]) * 1_000_000))
        offsets[place] += chance.choice((1, 1, 1, 2, 5))
    return found


def batches(records: Sequence[Record], chance: random.Random) -> Iterator[Sequence[Record]]:
    while records:
        size = chance.choice((1, 2, 3, 7, 15))
        yield records[:size]
        records = records[size:]


def chunks(batch: Iterable[Record]) -> list[Chunk]:
    """The records of a batch by partition."""
    found: dict[Place, list[Record]] = {}
    for record in batch:
        found.setdefault(record.place, []).append(record)
    return [
        Chunk(topic, topic, number, [r.offset for r in of], [r.raw for r in of], [r.stamp for r in of])
        for (topic, number), of in found.items()
    ]


def tracked() -> Shard:
    tested = Shard(wiring())
    tested.track()
    return tested


def restored(parts: Parts, *, through_snapshot: bool = False) -> Shard:
    tested = tracked()
    tested.restore(parts)
    if not through_snapshot:
        return tested
    other = tracked()
    other.restore(tested.snapshot())
    return other


def to_be_read(tested: Shard, records: Sequence[Record]) -> list[Record]:
    """The records from where a shard says it must read on, each partition's in order."""
    return [record for record in records if record.offset >= tested.replay_from(*record.place)]


@pytest.mark.parametrize("seed", range(60))
def test_cut_anywhere_and_read_again_in_other_batches(seed: int) -> None:
    chance = random.Random(seed)
    records = log(chance)
    whole, undisturbed = Told(), Shard(wiring())
    for batch in batches(records, chance):
        whole.add(undisturbed.push(chunks(batch)))
    whole.add(undisturbed.finish())

    told, tested, parts = Told(), tracked(), {}
    apply(parts, tested.delta())
    left, cuts = list(records), 0
    while left:
        batch = next(batches(left, chance))
        left = left[len(batch) :]
        told.add(tested.push(chunks(batch)))
        apply(parts, tested.delta())
        assert parts == without_held(tested.snapshot())
        if cuts < 12 and chance.random() < 0.25:
            cuts += 1
            tested = restored(parts, through_snapshot=chance.random() < 0.2)
            left = interleaved(to_be_read(tested, records), chance)
    told.add(tested.finish())
    assert told.sorted() == whole.sorted()


def interleaved(records: list[Record], chance: random.Random) -> list[Record]:
    """Another order between partitions, sometimes what comes again before what is new."""
    by_place = {place: [record for record in records if record.place == place] for place in PLACES}
    turns = [record.place for record in records]
    chance.shuffle(turns)
    return [by_place[place].pop(0) for place in turns]


# ---------------------------------------------------------------- one by one

LATE = """
event A { k: string  n: int  ts: timestamp } time ts lateness 10s
event B { k: string  n: int  ts: timestamp } time ts lateness 10s
rule pair { match by k within 1m  a: A then b: B  after match skip nothing  emit { a: a.n, b: b.n } }
"""


def followed(text: str) -> tuple[Shard, Parts]:
    tested = shard(text)
    tested.track()
    parts: Parts = {}
    apply(parts, tested.delta())
    return tested, parts


def again(text: str, parts: Parts) -> Shard:
    tested = shard(text)
    tested.track()
    tested.restore(parts)
    return tested


def test_it_is_read_again_from_where_the_oldest_may_wait() -> None:
    tested, parts = followed(LATE)
    assert tested.replay_from("events", 0) == 0 and tested.replay_from("other", 7) == 0
    for second in range(30):
        tested.push([chunk([event("A", second)], 10 + second)])
    # The watermark is at 19; what came at that very time has gone, since there is one partition.
    assert tested.held() == 10 and tested.replay_from("events", 0) == 30
    apply(parts, tested.delta())
    second_shard = again(LATE, parts)
    assert second_shard.held() == 0 and second_shard.replay_from("events", 0) == 30
    out = second_shard.push([chunk([event("A", second) for second in range(20, 30)], 30)])
    assert second_shard.held() == 10 and second_shard.replay_from("events", 0) == 30
    assert not out.alerts and second_shard.stats.events == 0 and second_shard.stats.replayed == 10


def test_nothing_is_read_again_where_nothing_waits() -> None:
    tested, parts = followed(LATE.replace("lateness 10s", ""))
    tested.push([chunk([event("A", 1), event("A", 2)])])
    apply(parts, tested.delta())
    assert (
        tested.replay_from("events", 0) == again(LATE.replace("lateness 10s", ""), parts).replay_from("events", 0) == 3
    )


def test_late_and_dead_ones_are_told_once_and_move_no_clock() -> None:
    tested, parts = followed(LATE)
    records = [event("A", 20), event("A", 5), b"{", event("A", 11, 1), event("B", 12, 2)]
    out = tested.push([chunk(records)])
    assert len(out.late) == len(out.dead_letters) == 1
    apply(parts, tested.delta())
    second = again(LATE, parts)
    out = second.push([chunk(records)])
    assert not out.late and not out.dead_letters and second.held() == tested.held() == 3
    assert [alert.fields for alert in second.finish().alerts] == [{"a": 1, "b": 2}]


def test_records_brought_twice_are_put_back_once() -> None:
    tested, parts = followed(LATE)
    tested.push([chunk([event("A", 20), event("A", 21), event("A", 22)])])
    apply(parts, tested.delta())
    second = again(LATE, parts)
    second.push([chunk([event("A", 20), event("A", 21)])])
    second.push([chunk([event("A", 20), event("A", 21), event("A", 22)])])
    assert second.held() == 3


def test_rules_stand_still_until_all_is_there_again() -> None:
    tested, parts = followed(LATE)
    tested.push([chunk([event("A", 20, 1)])])
    apply(parts, tested.delta())
    second = again(LATE, parts)
    assert not second.advance(40_000_000).alerts and second.watermark() == 10_000_000
    # Offset 0 is missing: no more than the end of what is there tells that all has come.
    assert not second.end_replay("events", 0).alerts and second.watermark() == 40_000_000
    third = again(LATE, parts)
    third.advance(40_000_000)
    third.push([chunk([event("A", 20, 1)])])
    assert third.watermark() == 40_000_000 and third.open_runs() == 1 and third.held() == 0


@pytest.mark.parametrize("end", ["finish", "end_source", "idle"])
def test_what_ends_a_partition_ends_its_replay(end: str) -> None:
    tested, parts = followed(LATE)
    tested.push([chunk([event("A", 20, 1)])])
    apply(parts, tested.delta())
    second = again(LATE, parts)
    arguments = {"finish": (), "end_source": ("events",), "idle": ("events", 0, 50_000_000)}[end]
    getattr(second, end)(*arguments)
    assert second.partitions["events", 0].replay is None and second.lanes[0].replaying == 0


def test_a_state_written_while_records_come_again_knows_that() -> None:
    tested, parts = followed(LATE)
    tested.push([chunk([event("A", 20, 1), event("A", 21, 2), event("A", 22, 3)])])
    apply(parts, tested.delta())
    second = again(LATE, parts)
    second.push([chunk([event("A", 20, 1)])])
    apply(parts, second.delta())
    for state in (parts, second.snapshot()):
        third = again(LATE, state)
        assert third.replay_from("events", 0) == 1
        third.push([chunk([event("A", 20, 1), event("A", 21, 2), event("A", 22, 3)])])
        assert third.held() == 3


def test_a_clock_that_was_moved_from_outside_is_moved_again() -> None:
    tested, parts = followed(LATE)
    records = [event("A", 20, 1), event("A", 30, 2), event("A", 27, 3)]
    tested.push([chunk(records[:1])])
    tested.advance(28_000_000)
    assert len(tested.push([chunk(records[1:], 2)]).late) == 1
    apply(parts, tested.delta())
    second = again(LATE, parts)
    second.push([chunk(records)])
    assert second.held() == tested.held() == 1


TWO = """
event A { k: string  n: int  ts: timestamp } time ts
event B { k: string  n: int  ts: timestamp } time ts
rule pair { match by k within 1m  a: A then b: B  after match skip nothing  emit { a: a.n, b: b.n } }
"""


def two() -> Shard:
    rules = rule_set(TWO)
    tested = Shard(wire(rules, [Source("a", ("A",), None), Source("b", ("B",), None)]))
    tested.track()
    return tested


def test_one_that_waits_though_others_of_its_time_have_gone_is_known() -> None:
    first, parts = two(), {}
    first.end_source("a")
    first.push([chunk([event("B", 10, 1)], source="b")])
    # The other source speaks again, and what comes now may be preceded by it.
    first.push([chunk([event("A", 30, 1)], source="a"), chunk([event("B", 10, 2)], 2, source="b")])
    assert first.held() == 2 and first.lanes[0].early() == [("b", 0, 2)]
    apply(parts, first.delta())
    second = two()
    second.restore(parts)
    assert second.replay_from("b", 0) <= 2 and second.replay_from("a", 0) == 1
    second.push([chunk([event("B", 10, 1), event("B", 10, 2)], source="b"), chunk([event("A", 30, 1)], source="a")])
    assert second.held() == 2 and second.lanes[0].early() == [("b", 0, 2)] and not second.lanes[0].awaited
    third = two()
    third.restore(parts)
    third.end_replay("b", 0)
    assert not third.lanes[0].awaited


def test_many_batches_within_the_lateness_leave_few_checkpoints() -> None:
    tested, _ = followed(LATE.replace("10s", "10h"))
    for number in range(1_000):
        tested.push([chunk([event("A", number)], number + 1)])
    assert len(tested.partitions["events", 0].trail.checkpoints) <= 256  # type: ignore[union-attr]
    assert tested.replay_from("events", 0) == 1
    tested.push([chunk([event("A", 36_000 + 990)], 1_001)])
    assert tested.held() == 10 and 900 < tested.replay_from("events", 0) <= 992


ARRIVING = """
event A { k: string  n: int } time arrival
rule pair { match by k within 1m  a: A then b: A  after match skip nothing  emit { a: a.n, b: b.n } }
"""


def test_events_on_the_time_of_their_arrival_are_kept() -> None:
    rules = rule_set(ARRIVING)
    wired = wire(rules, [Source("a", ("A",), None, partitions=(("a", 0), ("a", 1)))])
    tested, parts = Shard(wired), {}
    tested.track()
    record = b'{"k":"k","n":1}'
    tested.push([chunk([record], source="a", arrived=5)])
    apply(parts, tested.delta())
    assert tested.held() == 1 and parts == tested.snapshot()
    second = Shard(wired)
    second.track()
    second.restore(parts)
    assert second.held() == 1 and second.replay_from("a", 0) == 2
    second.advance(6, "arrival")
    delta = second.delta()
    assert delta[b"held:pair"] is None
    apply(parts, delta)
    assert parts == without_held(second.snapshot())


def test_a_rule_added_sees_what_others_still_wait_for() -> None:
    tested, parts = followed(LATE)
    tested.push([chunk([event("A", 1), event("A", 20, 1), event("A", 21, 2)])])
    apply(parts, tested.delta())
    text = LATE + "rule more { match by k  a: A having count() >= 2 within 1m  emit { n: collect(a.n) } }"
    second = again(text, parts)
    second.push([chunk([event("A", 1), event("A", 20, 1), event("A", 21, 2)])])
    assert [alert.fields["n"] for alert in second.finish().alerts] == [[1, 2]]


def test_an_old_version_has_back_what_it_waited_for() -> None:
    tested, parts = followed(LATE)
    tested.push([chunk([event("A", 1, 5), event("B", 20, 6)])])
    apply(parts, tested.delta())
    assert tested.open_runs() == 1
    second = again(LATE.replace("a: A then", "a: A where n > 1 then"), parts)
    second.push([chunk([event("A", 1, 5), event("B", 20, 6)])])
    out = second.finish()
    assert [alert.fields for alert in out.alerts] == [{"a": 5, "b": 6}]


def test_a_snapshot_without_a_trail_is_refused_where_it_holds_events_back() -> None:
    tested = shard(LATE)
    tested.push([chunk([event("A", 1)])])
    with pytest.raises(SnapshotError, match="made by a run without a changelog"):
        again(LATE, tested.snapshot())
