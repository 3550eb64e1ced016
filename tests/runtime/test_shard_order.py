"""Event-time order, watermarks and lateness: what a shard makes of records that come in any order."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from cep.runtime.output import Output
from cep.runtime.shard import Shard
from cep.runtime.source import Chunk, Source
from cep.runtime.wiring import wire
from tests.runtime.support import chunk, everything, lines, rule_set, shard, source

PAIR = """
event A { k: string  n: int  ts: timestamp } time ts lateness 10s
event B { k: string  n: int  ts: timestamp } time ts lateness 10s
rule pair { match by k within 1m  a: A then b: B  after match skip nothing  emit { a: a.n, b: b.n } }
"""


def event(type_: str, second: float, n: int = 0, k: str = "k") -> dict[str, Any]:
    return {"type": type_, "k": k, "n": n, "ts": round(second * 1000)}


def pairs(out: Output) -> list[tuple[Any, Any]]:
    return [(alert.fields["a"], alert.fields["b"]) for alert in out.alerts]


def test_events_are_matched_in_event_time_order() -> None:
    out = everything(shard(PAIR), [[chunk([event("B", 5, 1), event("A", 1, 2), event("B", 3, 3)])]])
    assert pairs(out) == [(2, 3)]


def test_an_event_is_held_until_none_can_precede_it() -> None:
    tested = shard(PAIR)
    assert not tested.push([chunk([event("A", 1), event("B", 2)], 1)]).alerts
    assert tested.held() == 2
    assert not tested.push([chunk([event("A", 11.999)], 3)]).alerts
    assert len(tested.push([chunk([event("A", 12)], 4)]).alerts) == 1


def test_the_watermark_moves_at_the_end_of_a_batch() -> None:
    tested = shard(PAIR)
    out = tested.push([chunk([event("A", 1), event("A", 100), event("B", 95)])])
    assert not out.late and not out.alerts
    assert tested.watermark() == 90_000_000


def test_lateness_is_judged_record_by_record() -> None:
    records = [event("A", 20), event("B", 10), event("B", 9.999), event("A", 10.001), event("A", 25), event("B", 14)]
    for size in (1, 2, 6):
        batches = [[chunk(records[i : i + size], i + 1)] for i in range(0, 6, size)]
        out = everything(shard(PAIR), batches)
        assert [(late.offset, late.time, late.watermark) for late in out.late] == [
            (3, 9_999_000, 10_000_000),
            (6, 14_000_000, 15_000_000),
        ]
        assert out.late[0].rules == ("pair",)


def test_a_late_event_changes_nothing_but_is_told() -> None:
    out = everything(shard(PAIR), [[chunk([event("A", 20), event("A", 1), event("B", 21)])]])
    assert pairs(out) == [(0, 0)]
    (late,) = out.late
    assert late.json() == (
        b'{"late":"A","source":"events/0/2","time":"1970-01-01T00:00:01.000Z",'
        b'"watermark":"1970-01-01T00:00:10.000Z","rules":["pair"],'
        b'"data":{"type": "A", "k": "k", "n": 0, "ts": 1000}}'
    )


def test_a_late_event_of_a_type_that_no_rule_reads_is_no_loss() -> None:
    text = PAIR + "event C { ts: timestamp } time ts"
    out = everything(shard(text), [[chunk([event("A", 50), {"type": "C", "ts": 1}])]])
    assert not out.late


ORDERED = """
event T { k: string  n: int?  ts: timestamp } time ts order by n desc
event U { k: string  ts: timestamp } time ts
rule r { match by k within 1m  over U  a: T  then next b: T  after match skip nothing  emit { x: [a.n, b.n] } }
"""


def orders(out: Output) -> list[Any]:
    return [alert.fields["x"] for alert in out.alerts]


def test_order_by_breaks_ties_nulls_first() -> None:
    records = [{"type": "T", "k": "k", "n": n, "ts": 1000} for n in (1, 3, None, 2)]
    assert orders(everything(shard(ORDERED), [[chunk(records)]])) == [[None, 3], [3, 2], [2, 1]]


def test_a_type_without_order_by_comes_where_nulls_do() -> None:
    first = [{"type": "T", "k": "k", "n": 1, "ts": 1000}, {"type": "U", "k": "k", "ts": 1000}]
    second = [{"type": "T", "k": "k", "n": 2, "ts": 1000}, {"type": "T", "k": "k", "ts": 1000}]
    # In order: U and the null one by offset (2, 4), then 2, then 1.
    assert orders(everything(shard(ORDERED), [[chunk(first + second)]])) == [[None, 2], [2, 1]]


def test_with_order_by_equal_times_wait_for_a_later_one() -> None:
    tested = shard(ORDERED)
    tested.push([chunk([{"type": "T", "k": "k", "n": 1, "ts": 1000}], 1)])
    assert tested.held() == 1
    tested.push([chunk([{"type": "T", "k": "k", "n": 9, "ts": 1000}], 2)])
    assert tested.held() == 2
    out = tested.push([chunk([{"type": "T", "k": "k", "n": 5, "ts": 1001}], 3)])
    assert tested.held() == 1
    assert orders(out) == [[9, 1]]


def test_without_lateness_or_order_an_event_goes_at_once() -> None:
    text = PAIR.replace("lateness 10s", "")
    tested = shard(text)
    assert len(tested.push([chunk([event("A", 1), event("B", 1)])]).alerts) == 1
    assert tested.held() == 0


TWO = """
event A { k: string  n: int  ts: timestamp } time ts
event B { k: string  n: int  ts: timestamp } time ts
event C { k: string  n: int  ts: timestamp } time ts
rule pair { match by k within 1m  a: A then b: B  after match skip nothing  emit { a: a.n, b: b.n } }
rule alone { match by k within 1m  a: C then b: C  after match skip nothing  emit { a: a.n, b: b.n } }
"""


def two_files() -> Shard:
    rules = rule_set(TWO)
    return Shard(wire(rules, [Source("a", ("A",), None), Source("b", ("B",), None), Source("c", ("C",), None)]))


def test_rules_wait_only_for_the_sources_they_read() -> None:
    tested = two_files()
    assert [lane.plan.rules for lane in tested.lanes] == [("pair",), ("alone",)]
    out = tested.push([chunk([event("A", 1)], source="a"), chunk([event("C", 1, 1), event("C", 2, 2)], source="c")])
    assert pairs(out) == [(1, 2)]
    assert tested.held() == 1


def test_between_sources_equal_times_are_ordered_by_topic_and_wait_for_each_other() -> None:
    tested = two_files()
    tested.push([chunk([event("B", 1, 1)], source="b")])
    out = tested.push([chunk([event("A", 1, 2)], source="a")])
    assert not out.alerts and tested.held() == 2
    out = tested.push([chunk([event("A", 2, 3)], 2, source="a"), chunk([event("B", 2, 4)], 2, source="b")])
    assert pairs(out) == [(2, 1)]
    assert pairs(tested.finish()) == [(3, 4)]


def test_an_ended_source_no_longer_holds_the_watermark() -> None:
    tested = two_files()
    tested.push([chunk([event("A", 1, 1)], source="a")])
    assert not tested.push([chunk([event("B", 5, 2)], source="b")]).alerts
    assert pairs(tested.end_source("a")) == [(1, 2)]
    assert tested.held() == 0


def test_the_end_of_all_sources_hands_over_but_fires_no_deadline() -> None:
    text = """
    event A { k: string  ts: timestamp } time ts lateness 1m
    rule silence { match by k  a: A  without A within 5s }
    """
    tested = shard(text)
    assert not tested.push([chunk([event("A", 1), event("A", 60, k="j")])]).alerts
    out = tested.end_source("events")
    assert tested.held() == 0
    assert [alert.key["k"] for alert in out.alerts] == ["k"]
    assert [alert.key["k"] for alert in tested.finish().alerts] == ["j"]


def test_an_event_ahead_of_its_arrival_is_refused_where_a_limit_is_set() -> None:
    rules = rule_set(PAIR)
    tested = Shard(wire(rules, [source(rules, max_future=60_000_000)]))
    records = [event("A", 1), event("A", 1000), event("B", 2)]
    out = tested.push([chunk(records, stamps=[2_000_000, 2_000_000, 3_000_000])])
    assert [dead.offset for dead in out.dead_letters] == [2]
    assert out.dead_letters[0].reason == "its time 1970-01-01T00:16:40.000Z is too far ahead of its arrival"
    assert pairs(tested.finish()) == [(0, 0)]


def test_records_below_the_position_are_left_out() -> None:
    tested = shard(PAIR)
    tested.push([chunk([event("A", 1), event("B", 2)], 1)])
    out = tested.push([chunk([event("B", 2), event("B", 3)], 2)])
    out.add(tested.finish())
    assert pairs(out) == [(0, 0)]
    assert tested.stats.replayed == 1


def test_offsets_must_rise() -> None:
    bad = Chunk("events", "events", 0, [1, 1], [b"{}", b"{}"])
    with pytest.raises(ValueError, match="do not rise"):
        shard(PAIR).push([bad])


# ---------------------------------------------------------------- any batching, any interleaving


MIXED = """
event A { k: string  n: int  ts: timestamp } time ts lateness 3s
event B { k: string  n: int  ts: timestamp } time ts lateness 2s
event C { k: string  n: int  ts: timestamp } time ts order by n
rule pair { match by k within 20s  a: A then b: B  after match skip nothing  emit { a: a.n, b: b.n } }
rule strict { match by k within 20s  over C  a: A then next b: A  emit { a: a.n, b: b.n } }
rule gone { match by k  a: B  without A within 5s  emit { a: a.n } }
rule slow { match by k within 6s  a: A then b: C  emit { b: b.n }  on timeout emit { a: a.n } }
"""


def mixed_log(seed: int) -> dict[tuple[str, int], list[dict[str, Any]]]:
    """Records of three partitions, a little out of order, some late, with many equal times."""
    chance = random.Random(seed)
    log: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for place in (("t", 0), ("t", 1), ("u", 0)):
        time = 0.0
        records = log[place] = []
        for n in range(40):
            time += chance.choice((0, 0, 1, 1, 2, 5))
            shift = chance.choice((0, 0, 0, -1, -2, -4))
            records.append(event(chance.choice("ABC"), 100 + time + shift, n, chance.choice("kj")))
    return log


def cut(log: dict[tuple[str, int], list[dict[str, Any]]], chance: random.Random) -> Iterator[Sequence[Chunk]]:
    """The records in batches of chunks, partitions interleaved at random."""
    position = dict.fromkeys(log, 0)
    while any(position[place] < len(log[place]) for place in log):
        batch = []
        for _ in range(chance.randint(1, 4)):
            place = chance.choice(list(log))
            size = chance.randint(1, 9)
            at = position[place]
            records = log[place][at : at + size]
            position[place] = at + len(records)
            if records:
                batch.append(chunk(records, at, topic=place[0], partition=place[1]))
        yield batch


def mixed_shard(log: dict[tuple[str, int], list[dict[str, Any]]]) -> Shard:
    rules = rule_set(MIXED)
    return Shard(wire(rules, [source(rules, partitions=tuple(log))]))


def outcome(out: Output) -> tuple[Any, ...]:
    """What may not depend on batches: alerts in order per rule and key, late events per partition."""
    alerts: dict[tuple[str, bytes], list[bytes]] = {}
    for alert in out.alerts:
        alerts.setdefault((alert.rule, alert.key_json()), []).append(alert.json())
    late = sorted((late.topic, late.partition, late.offset, late.watermark, late.rules) for late in out.late)
    return alerts, late


@pytest.mark.parametrize("seed", range(8))
def test_the_outcome_depends_on_the_partitions_alone(seed: int) -> None:
    log = mixed_log(seed)
    whole = [[chunk(records, 0, topic=topic, partition=number) for (topic, number), records in log.items()]]
    expected = outcome(everything(mixed_shard(log), whole))
    assert len(expected[0]) >= 6 and expected[1]
    for other in range(6):
        assert outcome(everything(mixed_shard(log), cut(log, random.Random(other)))) == expected


def test_one_pass_is_byte_for_byte_the_other() -> None:
    log = mixed_log(99)
    runs = [lines(everything(mixed_shard(log), cut(log, random.Random(1)))) for _ in range(2)]
    assert runs[0] == runs[1]
