"""Old versions over several edits and restarts: each finishes by itself, and leaves nothing behind."""

from __future__ import annotations

import msgspec
import pytest

from cep.engine.values import Values
from cep.plan.edits.verdict import Verdict
from cep.runtime.changeover.archive import Library
from cep.runtime.changeover.report import ChangeReport
from cep.runtime.shard import Shard
from cep.runtime.snapshot_error import SnapshotError
from cep.runtime.snapshot_file import pack, unpack
from cep.runtime.wiring import wire
from tests.runtime.support import chunk, rule_set, source

EVENTS = "event A { k: string  n: int  ts: timestamp } time ts\nevent B { k: string  n: int  ts: timestamp } time ts\n"


def rule(limit: int, version: int, more: str = "") -> str:
    return EVENTS + f"rule r {{ version {version}  match by k within 1h  a: A where n > {limit} then b: B {more} }}"


def started(text: str, before: Shard | None = None, allow_reset: bool = False) -> Shard:
    rules = rule_set(text)
    shard = Shard(wire(rules, [source(rules)]), Values())
    if before is not None:
        shard.restore(unpack(b"".join(pack(before.snapshot()))), allow_reset=allow_reset)
    return shard


def push(shard: Shard, kind: str, second: int, key: str, number: int = 9) -> list[tuple[int, int]]:
    """The alerts of one event: version, second of the first event."""
    row = {"type": kind, "k": key, "n": number, "ts": second * 1000}
    found = shard.push([chunk([row], second)])
    return [(alert.version, alert.start // 1_000_000) for alert in found.alerts]


def generations(shard: Shard) -> list[int]:
    return [lane.generation for lane in shard.lanes]


def kept(shard: Shard) -> Library:
    return msgspec.msgpack.decode(shard.snapshot()[b"rules"], type=Library)


def test_a_chain_of_old_versions() -> None:
    shard = started(rule(1, 1))
    push(shard, "A", 0, "x")
    shard = started(rule(2, 2), shard)
    push(shard, "A", 1, "y")
    shard = started(rule(3, 3), shard)
    push(shard, "A", 2, "z")
    assert generations(shard) == [0, 1, 2]
    assert (len(kept(shard).archives), len(kept(shard).texts)) == (3, 3)
    shard = started(rule(3, 3), shard)
    assert push(shard, "B", 3, "y") == [(2, 1)]
    assert generations(shard) == [0, 1]
    shard = started(rule(3, 3), shard)
    assert push(shard, "B", 4, "z") == [(3, 2)]
    assert push(shard, "B", 5, "x") == [(1, 0)]
    assert generations(shard) == [0]
    assert (len(kept(shard).archives), len(kept(shard).texts)) == (1, 1)
    assert set(shard.snapshot()) == {b"shard", b"lanes", b"rules"}


def test_an_edit_taken_back() -> None:
    shard = started(rule(1, 1))
    push(shard, "A", 0, "x")
    shard = started(rule(2, 2), shard)
    push(shard, "A", 1, "x")
    shard = started(rule(1, 1), shard)
    push(shard, "A", 2, "x")
    assert generations(shard) == [0, 1, 2]
    assert sorted(push(shard, "B", 3, "x")) == [(1, 0), (1, 2), (2, 1)]
    assert generations(shard) == [0]


def test_old_and_new_alerts_have_ids_of_their_own() -> None:
    """The number of the version may be forgotten: ids are of the events, and the versions share none that begins."""
    shard = started(rule(1, 1))
    push(shard, "A", 0, "x")
    shard = started(rule(2, 1), shard)
    push(shard, "A", 1, "x")
    found = shard.push([chunk([{"type": "B", "k": "x", "n": 0, "ts": 2000}], 2)]).alerts
    assert len({alert.alert_id for alert in found}) == 2
    through = started(rule(1, 1))
    push(through, "A", 0, "x")
    (same,) = through.push([chunk([{"type": "B", "k": "x", "n": 0, "ts": 2000}], 2)]).alerts
    assert same.alert_id in {alert.alert_id for alert in found}


def test_an_old_version_that_cannot_go_on_is_a_reset_of_its_own() -> None:
    shard = started(rule(1, 1))
    push(shard, "A", 0, "x")
    shard = started(rule(2, 2), shard)
    text = (
        rule(2, 2).replace("event A { k: string  n: int", "event A { k: string  n: float").replace("n > 2", 'k != ""')
    )
    with pytest.raises(
        SnapshotError, match=r"rule `r`, old version 1: reset, 1 open partial match: `A\.n` is not declared as it was"
    ):
        started(text, shard)
    shard = started(text, shard, allow_reset=True)
    assert generations(shard) == [0]


def with_mode(limit: int, version: int, mode: str) -> str:
    return rule(limit, version).replace("{ version", f"{{ mode {mode}  version")


def two_versions() -> Shard:
    """An old version that is finishing, and the current one, each with an open partial match."""
    shard = started(rule(1, 1))
    push(shard, "A", 0, "x")
    shard = started(rule(2, 2), shard)
    push(shard, "A", 1, "y")
    return shard


def told(report: ChangeReport) -> list[tuple[int | None, str, int]]:
    """Of each version that is told of: its number, the verdict, what is open."""
    return [(change.before, change.verdict.value, change.open) for change in report.changes]


def modes(shard: Shard) -> list[str]:
    """Of each alert of an event that ends all, the mode."""
    rows = [{"type": "B", "k": key, "n": 9, "ts": 5000} for key in "xy"]
    return [alert.mode for alert in shard.push([chunk(rows, 9)]).alerts]


def test_off_ends_old_versions_too() -> None:
    before = two_versions()
    text = with_mode(2, 2, "off")
    with pytest.raises(
        SnapshotError, match=r"rule `r`: reset, 1 .*: mode, and 1 more \(2 open partial matches in all\)"
    ):
        started(text, before)
    rules = rule_set(text)
    shard = Shard(wire(rules, [source(rules)]))
    report = shard.restore(before.snapshot(), allow_reset=True)
    assert told(report) == [(2, "reset", 1), (1, "reset", 1)]
    assert report.changes[1].shown == "rule `r`, old version 1: reset, 1 open partial match: mode"
    assert (generations(shard), modes(shard)) == ([], [])


def test_shadow_takes_old_versions_with_it() -> None:
    before = two_versions()
    rules = rule_set(with_mode(2, 2, "shadow"))
    shard = Shard(wire(rules, [source(rules)]))
    report = shard.restore(before.snapshot())
    assert told(report) == [(2, "keep", 1), (1, "keep", 1)]
    assert [edit.title for edit in report.changes[1].edits] == ["mode"]
    again = started(with_mode(2, 2, "shadow"), shard)
    assert modes(again) == ["shadow", "shadow"]
    gone = started(EVENTS + "rule other { match by k within 1h  a: A then b: B }", shard)
    assert modes(gone) == ["shadow", "shadow"]
    back = started(with_mode(2, 2, "live"), shard)
    assert modes(back) == ["live", "live"]


def test_an_old_version_tells_no_more_than_it_told() -> None:
    shard = started(with_mode(1, 1, "shadow"))
    push(shard, "A", 0, "x")
    shard = started(with_mode(2, 2, "live"), shard)
    push(shard, "A", 1, "y")
    assert sorted(modes(shard)) == ["live", "shadow"]


def test_an_edit_that_also_makes_shadow_of_a_rule() -> None:
    shard = started(with_mode(1, 1, "live"))
    push(shard, "A", 0, "x")
    shard = started(with_mode(2, 2, "shadow"), shard)
    assert generations(shard) == [0, 1]
    assert modes(shard) == ["shadow"]


def test_what_suppress_held_back_is_told_once() -> None:
    shard = started(rule(1, 1, "suppress for 10s"))
    for second, kind in enumerate("ABABA"):
        push(shard, kind, second, "x")
    shard = started(rule(2, 2, "suppress for 10s"), shard)
    push(shard, "A", 5, "x")
    assert push(shard, "B", 6, "x") == []
    for second, kind in ((12, "A"), (13, "B")):
        rows = [{"type": kind, "k": "x", "n": 9, "ts": second * 1000}]
        alerts = list(shard.push([chunk(rows, second)]).alerts)
        if kind == "B":
            assert [(alert.version, alert.suppressed) for alert in alerts] == [(2, 2)]


def test_late_events_name_a_rule_once() -> None:
    shard = started(rule(1, 1))
    push(shard, "A", 10, "x")
    shard = started(rule(2, 2), shard)
    push(shard, "A", 20, "y")
    (late,) = shard.push([chunk([{"type": "A", "k": "x", "n": 9, "ts": 1000}], 21)]).late
    assert late.rules == ("r",)


def test_a_rule_without_open_partial_matches_leaves_no_old_version() -> None:
    shard = started(rule(1, 1))
    push(shard, "A", 0, "x", 0)
    rules = rule_set(rule(2, 2))
    other = Shard(wire(rules, [source(rules)]))
    (change,) = other.restore(shard.snapshot()).changes
    assert (change.verdict, change.open, generations(other)) == (Verdict.KEEP, 0, [0])
