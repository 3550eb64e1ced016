"""Keys that come once and never again leave nothing behind: their spans end by events of other keys alone."""

from __future__ import annotations

import gc
import sys
from collections import Counter

import pytest

from cep.runtime.shard import Shard
from tests.runtime.support import chunk, shard

RULES = """
event Pay { card: string  amount: int  shop: string  ts: timestamp } time ts lateness 200ms
event Login { user: string  card: string  ts: timestamp } time ts lateness 200ms
rule pair { match by card within 2s a: Pay then b: Pay where shop == a.shop }
rule every { match by card within 2s a: Pay then b: Pay where amount > a.amount after match skip nothing }
rule loop {
  match by card within 2s a: Pay+ then b: Pay where amount < 0
  on timeout emit { n: count(a) }
  suppress for 1s
}
rule burst { match by card t: Pay having sum(amount) > 100_000 within 2s }
rule after_burst { match by card within 2s t: Pay having count() >= 1 within 1s then b: Login }
rule first_seen { match by card within 2s without Login within 2s then a: Pay then b: Login }
rule silent { match by card a: Pay without Login within 1s suppress for 2s by a.shop max 2 }
rule held {
  match by card within 2s a: Pay then b: Pay where amount > a.amount
  after match skip past last in start order
}
rule grown { match by card within 2s a: Pay then b: Pay* report final }
rule revised { match by card within 2s a: Pay then b: Pay? report updates }
rule both {
  match by card within 2s a: Pay then all of ( b: Login, without Pay where amount == a.amount within 1s )
}
rule branching { match by card within 2s a: Pay then any b: Pay then any c: Login after match skip nothing }
rule paths { match by card, user? within 2s a: Login then b: Login cancel on Login where user == a.user }
"""
BATCH = 2_000
STEADY = 8_000
"""Events within the longest time that anything is kept: the span of a rule, of `suppress` and what is told after it."""


def test_nothing_is_left_of_20_000_keys() -> None:
    leaves_nothing(20_000, 4_000)


@pytest.mark.long
def test_nothing_is_left_of_a_million_keys() -> None:
    leaves_nothing(1_000_000, 200_000)


def leaves_nothing(keys: int, apart: int) -> None:
    """Feed that many keys, one event each, a millisecond apart; look at the memory, in the blocks that Python has
    allocated, after each `apart` of them."""
    before, tested = objects(), shard(RULES)
    feed(tested, 0, STEADY)
    measured = []
    for first in range(STEADY, STEADY + keys, apart):
        feed(tested, first, first + apart)
        gc.collect()
        measured.append((sys.getallocatedblocks(), sum(kept(tested).values())))
    assert max(blocks for blocks, _ in measured) <= 1.02 * measured[0][0], measured
    assert max(things for _, things in measured) <= 1.02 * measured[0][1], measured
    tested.advance((STEADY + keys) * 1_000 + 60_000_000)
    left = kept(tested)
    assert not left, left
    assert tested.open_runs() == 0 and tested.held() == 0 and tested.next_timer() is None
    assert set(tested.snapshot()) == set(shard(RULES).snapshot())
    assert objects() <= before


def feed(tested: Shard, first: int, last: int) -> None:
    """One event for each key, a Login after every ninth Pay."""
    for batch in range(first, last, BATCH):
        tested.push([chunk([event(i) for i in range(batch, batch + BATCH)], batch + 1)])


def event(number: int) -> dict[str, object]:
    """The event of a key that has no other."""
    if number % 10 == 9:
        return {"type": "Login", "card": f"c{number}", "user": f"u{number}", "ts": number}
    return {"type": "Pay", "card": f"c{number}", "amount": number % 100, "shop": f"s{number}", "ts": number}


STATE = frozenset({"Keyed", "SharedKeyed", "Start", "Run", "Window", "Growth", "Followed", "Node"})


def objects() -> int:
    """Objects of the engine that hold what keys have open."""
    gc.collect()
    return sum(type(found).__name__ in STATE for found in gc.get_objects())


def kept(tested: Shard) -> Counter[str]:
    """Whatever a shard keeps for a key, counted: none of it may stay."""
    found: Counter[str] = Counter()
    for lane in tested.lanes:
        found["held"] += len(lane.held)
        found["timers"] += len(lane.matcher.timers)
        for machine in lane.matcher.machines.values():
            found[f"keys of {machine.rule.name}"] += len(machine.keys)
            if machine.throttle is not None:
                found[f"suppressed by {machine.rule.name}"] += len(machine.throttle.windows)
    return +found
