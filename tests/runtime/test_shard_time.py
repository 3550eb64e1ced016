"""The three kinds of time, silence, and moves of the watermark that no record causes."""

from __future__ import annotations

from typing import Any

import pytest

from cep.runtime.output import Output
from cep.runtime.shard import Shard
from cep.runtime.silence import Silence
from cep.runtime.source import Source
from cep.runtime.wiring import wire
from tests.runtime.support import chunk, everything, rule_set, shard, source

SECOND = 1_000_000


def event(type_: str, second: float = 0, k: str = "k", **fields: Any) -> dict[str, Any]:
    return {"type": type_, "k": k, "ts": round(second * 1000), **fields}


def keys(out: Output) -> list[str]:
    return [alert.key["k"] for alert in out.alerts]


# ---------------------------------------------------------------- ingestion and arrival

INGESTION = """
event A { k: string } time ingestion
rule pair { match by k within 1m  a: A then b: A }
"""


def test_ingestion_time_is_the_brokers_timestamp() -> None:
    records = [
        {"type": "A", "k": "near"},
        {"type": "A", "k": "far"},
        {"type": "A", "k": "near"},
        {"type": "A", "k": "far"},
    ]
    stamps = [SECOND, 2 * SECOND, 61 * SECOND, 62 * SECOND + 1]
    out = everything(shard(INGESTION), [[chunk(records, stamps=stamps)]])
    assert keys(out) == ["near"]
    assert (out.alerts[0].start, out.alerts[0].end) == (SECOND, 61 * SECOND)


def test_ingestion_time_of_a_file_is_its_order() -> None:
    records = [{"type": "A", "k": "k"}, {"type": "A", "k": "k"}]
    (alert,) = everything(shard(INGESTION), [[chunk(records, first=5)]]).alerts
    assert (alert.start, alert.end) == (5, 6)


ARRIVAL = """
event A { k: string } time arrival
rule silence { match by k  a: A  without A within 10s }
"""


def test_arrival_time_is_what_the_driver_says() -> None:
    tested = shard(ARRIVAL)
    assert not tested.push([chunk([{"type": "A", "k": "k"}], 1, arrived=100 * SECOND)]).alerts
    assert not tested.advance(110 * SECOND, "arrival").alerts
    (alert,) = tested.advance(110 * SECOND + 1, "arrival").alerts
    assert (alert.start, alert.due) == (100 * SECOND, 110 * SECOND)


def test_a_wall_clock_set_back_makes_no_event_late() -> None:
    tested = shard(ARRIVAL)
    tested.push([chunk([{"type": "A", "k": "k"}], 1, arrived=100 * SECOND)])
    out = tested.push([chunk([{"type": "A", "k": "j"}], 2, arrived=50 * SECOND)])
    assert not out.late
    assert [alert.start for alert in tested.finish().alerts] == [100 * SECOND, 100 * SECOND]


def test_arrival_time_must_be_told() -> None:
    with pytest.raises(ValueError, match="`time arrival` needs the time"):
        shard(ARRIVAL).push([chunk([{"type": "A", "k": "k"}])])


def test_kinds_of_time_do_not_hold_each_other_back() -> None:
    text = """
    event A { k: string  ts: timestamp } time ts
    event B { k: string } time ingestion
    rule a { match by k within 1m  x: A then y: A }
    rule b { match by k within 1m  x: B then y: B }
    """
    records = [event("A", 1), event("B"), event("B"), event("A", 2)]
    out = shard(text).push([chunk(records, stamps=[10**15 + i for i in range(4)])])
    assert sorted(alert.rule for alert in out.alerts) == ["a", "b"]
    assert not out.late


# ---------------------------------------------------------------- advance

SILENCE = """
event A { k: string  ts: timestamp } time ts lateness 2s idle 1m
event B { k: string  ts: timestamp } time ts lateness 2s
rule gone { match by k  a: A  without B within 10s }
"""


def test_advance_fires_deadlines_before_the_watermark() -> None:
    tested = shard(SILENCE)
    tested.push([chunk([event("A", 100)])])
    assert not tested.advance(110 * SECOND).alerts
    out = tested.advance(110 * SECOND + 1)
    assert keys(out) == ["k"]
    assert out.alerts[0].due == 110 * SECOND
    (step,) = out.steps
    assert (step.kind, step.watermark, step.positions) == ("advance", 110 * SECOND + 1, (("events", 0, 2),))


def test_events_before_an_advance_are_late() -> None:
    tested = shard(SILENCE)
    tested.push([chunk([event("A", 100)])])
    tested.advance(105 * SECOND)
    out = tested.push([chunk([event("B", 104.999), event("B", 105)], 2)])
    assert [late.offset for late in out.late] == [2]
    assert not keys(tested.finish())


def test_next_timer_is_the_earliest_deadline() -> None:
    tested = shard(SILENCE)
    assert tested.next_timer() is None
    tested.push([chunk([event("A", 99, "j"), event("A", 100), event("A", 101, "i")])])
    assert tested.next_timer() == 109 * SECOND
    tested.finish()
    assert tested.next_timer() is None


# ---------------------------------------------------------------- silence


def two_partitions() -> Shard:
    rules = rule_set(SILENCE)
    return Shard(wire(rules, [source(rules, partitions=(("t", 0), ("t", 1)))]))


def part(number: int, first: int, *records: dict[str, Any]) -> Any:
    return chunk(records, first, topic="t", partition=number)


def test_an_idle_partition_no_longer_holds_the_watermark() -> None:
    tested = two_partitions()
    assert not tested.push([part(0, 0, event("A", 100), event("A", 150, "j"))]).alerts
    out = tested.idle("t", 1)
    assert keys(out) == ["k"]
    assert out.steps[0].kind == "idle"


def test_a_partition_that_speaks_again_is_judged_by_the_rules_watermark() -> None:
    tested = two_partitions()
    tested.push([part(0, 0, event("A", 100), event("A", 150, "j"))])
    tested.idle("t", 1)
    assert tested.watermark() == 148 * SECOND
    # After the second one its own watermark is 146.5 s, but the rules are at 148 s.
    out = tested.push([part(1, 0, event("B", 140), event("B", 148.5, "j"), event("B", 147.999), event("B", 150, "j"))])
    assert [(late.offset, late.watermark) for late in out.late] == [(0, 148 * SECOND), (2, 148 * SECOND)]
    assert not keys(tested.finish())


def test_a_partition_that_spoke_again_holds_the_watermark_again() -> None:
    tested = two_partitions()
    tested.push([part(0, 0, event("A", 100))])
    tested.idle("t", 1)
    tested.push([part(1, 0, event("B", 98, "x"))])
    tested.push([part(0, 1, event("B", 200, "x"))])
    assert tested.watermark() == 98 * SECOND
    assert not tested.push([part(1, 1, event("B", 112, "x"))]).alerts
    assert keys(tested.push([part(1, 2, event("B", 112.001, "x"))])) == ["k"]


def test_a_partition_that_appears_late_is_judged_by_the_rules_watermark() -> None:
    tested = shard(SILENCE)
    tested.push([chunk([event("A", 100), event("A", 150, "j")])])
    out = tested.push([part(0, 0, event("B", 120, "j"), event("B", 151, "j"))])
    assert [late.time for late in out.late] == [120 * SECOND]
    assert keys(tested.finish()) == []


def test_a_silent_live_source_lets_time_go_on_by_the_wall_clock() -> None:
    tested = shard(SILENCE)
    silence = Silence(tested, ["events"], now=0)
    tested.push([chunk([event("A", 100)])])
    silence.heard("events", 101 * SECOND)
    assert not list(silence.outputs(160 * SECOND))
    (first,) = silence.outputs(161 * SECOND)
    assert [step.kind for step in first.steps] == ["idle"]
    assert not first.alerts
    # The deadline is 110 s; lateness 2 s and a minute of silence later, the clock may stand in.
    assert not [out for out in silence.outputs(172 * SECOND) if out.alerts]
    (fired,) = silence.outputs(172 * SECOND + 1)
    assert keys(fired) == ["k"]


def test_a_replay_of_recorded_steps_gives_the_same_alerts() -> None:
    live = shard(SILENCE)
    silence = Silence(live, ["events"], now=0)
    expected = live.push([chunk([event("A", 100)])])
    for now in (120, 161, 173, 174):
        for out in silence.outputs(now * SECOND):
            expected.add(out)
    expected.add(live.push([chunk([event("B", 105), event("B", 180)], 2)]))

    replayed = shard(SILENCE)
    found = replayed.push([chunk([event("A", 100)])])
    for step in expected.steps:
        assert step.positions == replayed.positions()
        found.add(replayed.apply(step))
    found.add(replayed.push([chunk([event("B", 105), event("B", 180)], 2)]))
    assert [a.json() for a in found.alerts] == [a.json() for a in expected.alerts]
    assert [late.offset for late in found.late] == [late.offset for late in expected.late] == [2]


def test_rules_follow_the_clock_only_where_all_their_sources_are_silent() -> None:
    text = """
    event A { k: string  ts: timestamp } time ts idle 1m
    event B { k: string  ts: timestamp } time ts
    rule only_a { match by k  a: A  without A within 10s }
    rule both { match by k  a: A  without B within 10s }
    """
    rules = rule_set(text)
    tested = Shard(wire(rules, [Source("a", ("A",), None), Source("b", ("B",), None)]))
    tested.push([chunk([event("A", 100)], source="a")])
    out = tested.idle("a", 0, 111 * SECOND)
    assert [alert.rule for alert in out.alerts] == ["only_a"]


def test_a_source_without_idle_is_waited_for() -> None:
    tested = shard(SILENCE.replace("idle 1m", ""))
    silence = Silence(tested, ["events"], now=0)
    tested.push([chunk([event("A", 100)])])
    assert not list(silence.outputs(10**15))
