"""Alerts are compared by what they bind, in bounded memory."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

import msgspec
import pytest

import cep
from cep.language.load import load_text
from cep.runtime.alert import Alert
from cep.runtime.shadow.beside import Shadow, ShadowRun
from cep.runtime.shadow.comparison import EXAMPLES, Comparison
from cep.runtime.shard import Shard
from cep.runtime.snapshot_error import SnapshotError
from cep.runtime.source import Chunk, Source
from cep.runtime.wiring import wire

RULES = """\
event A { k: string  n: int  at: timestamp } time at
rule one { match by k  a: A where n >= 0 }
rule pair { match by k within 1m  a: A  then b: A where n >= a.n }
"""


def alerts(text: str, count: int = 40) -> list[Alert]:
    """The alerts of a rule set over some events."""
    chance = random.Random(3)
    events = [
        ("A", {"k": chance.choice("abc"), "n": chance.randrange(-3, 8), "at": 1_700_000_000_000 + n * 7000})
        for n in range(count)
    ]
    return list(cep.compile_text(text).engine().run(events))


def bound(found: Sequence[Alert]) -> Counter[object]:
    return Counter((a.rule, a.kind, tuple(a.key.values()), tuple(e.source for e in a.events)) for a in found)


EDITED = RULES.replace("n >= 0", "n >= 2").replace("within 1m", "within 2m").replace("b: A", "last: A")


@pytest.mark.parametrize("seed", range(20))
def test_counts_do_not_depend_on_who_is_first(seed: int) -> None:
    chance = random.Random(seed)
    live, shadow = alerts(RULES), alerts(EDITED)
    old, new = bound(live), bound(shadow)
    comparison = Comparison("a", "b")
    left = {True: live, False: shadow}
    while any(left.values()):
        side = chance.choice([True, False])
        count = chance.randrange(6)
        comparison.take(left[side][:count], live=side)
        left[side] = left[side][count:]
        if chance.random() < 0.2:
            part = comparison.snapshot()
            comparison = Comparison("a", "b")
            comparison.restore(part)
    found = comparison.difference()
    assert found.totals == ((old & new).total(), (old - new).total(), (new - old).total())
    assert min(found.totals) > 3
    assert comparison.difference() == found, "asking changes nothing"
    assert {len(of.live_examples) for of in found.rules.values()} <= set(range(EXAMPLES + 1))
    ids = {alert.alert_id for alert in live}
    assert {of.alert_id for rule in found.rules.values() for of in rule.live_examples} <= ids


def test_ids_and_versions_make_no_difference() -> None:
    comparison = Comparison("a", "b")
    comparison.take(alerts(RULES), live=True)
    comparison.take(alerts(RULES.replace("{ match", "{ version 2  severity high  match")), live=False)
    assert comparison.difference().totals == (len(alerts(RULES)), 0, 0)


def test_memory_is_bounded() -> None:
    live = alerts(RULES, 400)
    comparison = Comparison("a", "b", waiting=50)
    comparison.take(live, live=True)
    part = comparison.snapshot()
    assert len(part) < 20_000
    comparison.take(live, live=False)
    found = comparison.difference()
    assert found.unsettled > 0
    both, old, new = found.totals
    assert both + old == both + new == len(live)


def test_a_comparison_of_other_versions_is_over() -> None:
    comparison = Comparison("a", "b")
    comparison.take(alerts(RULES), live=True)
    for versions in (("a", "c"), ("x", "b")):
        other = Comparison(*versions)
        other.restore(comparison.snapshot())
        assert other.difference().rules == {}


def shard(text: str) -> Shard:
    """A shard over one source."""
    return Shard(wire(load_text(text), [Source("A", ("A",), None)]))


def chunk(first: int) -> Chunk:
    """Ten events."""
    raws = [msgspec.json.encode({"k": "k", "n": n % 4, "at": 1_700_000_000_000 + n}) for n in range(first, first + 10)]
    return Chunk("A", "A", 0, range(first, first + 10), raws)


def test_a_shadow_follows_and_is_kept_beside_the_live_parts() -> None:
    live, shadow = shard(RULES), Shadow(ShadowRun(shard(EDITED), Comparison("a", "b")))
    out = live.push([chunk(0)])
    told = shadow.follow([chunk(0)], out.steps)
    assert {alert.rule for alert in told} == {"one", "pair"}
    parts = live.snapshot() | shadow.snapshot()
    again = Shadow(ShadowRun(shard(EDITED), Comparison("a", "b")))
    assert again.restore(parts).changes == ()
    assert shard(RULES).restore(parts).changes == ()
    assert again.snapshot() == shadow.snapshot()
    assert [a.json() for a in again.finish()] == [a.json() for a in shadow.finish()]


def test_without_a_shadow_nothing_is_kept() -> None:
    assert Shadow().snapshot() == {}
    assert not Shadow().follow([chunk(0)], ()) and not Shadow().finish()


def test_a_damaged_comparison() -> None:
    shadow = Shadow(ShadowRun(shard(EDITED), Comparison("a", "b")))
    parts = shadow.snapshot() | {b"shadow:compared": b"\xc1"}
    with pytest.raises(SnapshotError, match="damaged"):
        shadow.restore(parts)
