"""A shard is changed over while it runs: what a restart would do, without disturbing the one that ran."""

from __future__ import annotations

import random

import pytest

from cep.engine.values import Values
from cep.language.load import load_text
from cep.runtime.changeover.live import change_over
from cep.runtime.shard import Shard
from cep.runtime.snapshot_error import SnapshotError
from cep.runtime.source import Source
from cep.runtime.wiring import Wiring, wire
from tests.generated.changelog import Parts, apply, without_held
from tests.runtime.support import chunk

RULES = """
event A { k: string  n: int  ts: timestamp } time ts lateness 1s
event B { k: string  n: int  ts: timestamp } time ts lateness 1s
rule pair { match by k within 1m  a: A where n > 1 then b: B  emit { a: a.n, b: b.n } }
rule quiet { match by k  a: A  without B within 20s }
"""
EDITS = [
    ("n > 1", "n > 2"),
    ("within 1m", "within 30s"),
    ("within 20s", "within 40s"),
    ("then b: B", "then b: B where n > a.n"),
]


def wiring(text: str) -> Wiring:
    """Rules over one source."""
    return wire(load_text(text), [Source("events", ("A", "B"))])


def edited(*edits: tuple[str, str]) -> Wiring:
    text = RULES
    for old, new in edits or EDITS:
        text = text.replace(old, new)
    return wiring(text)


def events(seed: int, count: int = 60) -> list[dict[str, object]]:
    """Events out of order by less than the lateness, with few keys."""
    chance = random.Random(seed)
    return [
        {
            "type": chance.choice("AB"),
            "k": chance.choice("xyz"),
            "n": chance.randrange(6),
            "ts": n * 3000 + chance.randrange(900),
        }
        for n in range(count)
    ]


def fed(shard: Shard, rows: list[dict[str, object]], first: int) -> list[bytes]:
    """Its alerts."""
    return [a.json() for n, row in enumerate(rows, first) for a in shard.push([chunk([row], n)]).alerts]


@pytest.mark.parametrize("seed", range(10))
def test_it_does_what_a_restart_does(seed: int) -> None:
    rows, at = events(seed), 15 + seed * 3
    live = Shard(wiring(RULES))
    fed(live, rows[:at], 1)
    before = live.snapshot()
    after, report = change_over(live, edited(), Values())
    assert live.snapshot() == before, "the one that ran is as it was"
    restarted = Shard(edited())
    assert restarted.restore(before) == report
    assert after.snapshot() == restarted.snapshot()
    assert after.stats.events == at, "counts go on"
    assert fed(after, rows[at:], at + 1) == fed(restarted, rows[at:], at + 1)
    assert [a.json() for a in after.finish().alerts] == [a.json() for a in restarted.finish().alerts]


def test_the_same_rules_make_no_difference() -> None:
    rows = events(1)
    live, plain = Shard(wiring(RULES)), Shard(wiring(RULES))
    found: list[bytes] = []
    for number, row in enumerate(rows, 1):
        found += fed(live, [row], number)
        live, report = change_over(live, wiring(RULES), Values())
        assert report.changes == ()
    assert found == fed(plain, rows, 1) != []
    assert live.snapshot() == plain.snapshot()


def test_a_reset_has_to_be_allowed() -> None:
    live = Shard(wiring(RULES))
    fed(live, events(0)[:16], 1)
    by_number = edited(("rule quiet { match by k", "rule quiet { match by n"))
    with pytest.raises(SnapshotError, match="rule `quiet`: reset"):
        change_over(live, by_number, Values())
    after, report = change_over(live, by_number, Values(), allow_reset=True)
    assert [change.verdict.value for change in report.changes] == ["reset"]
    assert after.open_runs() < live.open_runs()


def test_what_is_redacted_stays_so() -> None:
    redact = [(None, "n")]
    live = Shard(wiring(RULES), redact=redact)
    fed(live, events(3)[:20], 1)
    moved = RULES.replace("n: int", 'm: int from "n"  n: int from "other"').replace("n > 1", "m > 1")
    moved = moved.replace("a.n", "a.m").replace("b.n", "b.m")
    after, _ = change_over(live, wiring(moved), Values(), redact=redact, allow_reset=True)
    assert after.places.redaction().record("A", b'{"n":5,"other":6}', ("events", 0, 3)) == b'{"n":"***","other":"***"}'


@pytest.mark.parametrize("seed", range(5))
def test_a_changelog_goes_on_behind_a_change(seed: int) -> None:
    """A shard that keeps track of its changes is followed by one that does."""
    rows, at = events(seed), 25
    live = Shard(wiring(RULES))
    live.track()
    parts: Parts = {}
    for number, row in enumerate(rows, 1):
        if number == at:
            live, _ = change_over(live, edited(), Values())
        live.push([chunk([row], number)])
        apply(parts, live.delta())
        assert without_held(parts) == without_held(live.snapshot())
