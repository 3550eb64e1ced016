"""The alerts of one event that completes many matches: a sequence that makes them as they are read."""

from __future__ import annotations

import sys
from itertools import islice

import pytest

from cep.runtime.output import Output
from tests.runtime.support import chunk, everything, shard

TEXT = """
event A { k: string  ts: timestamp("s") } time ts
rule pairs { match by k within 1h
  a: A{2} combinations
  after match skip nothing }
rule plain { match by k within 1h
  a: A then b: A }
"""
HUGE = f"""
event A {{ k: string  ts: timestamp("s") }} time ts
rule sets {{ match by k within 1h
  a: A{{2,}} combinations
  after match skip nothing limit runs {2**63 - 1} }}
"""


def output(text: str, count: int) -> Output:
    """What comes of some events, a second apart."""
    return everything(shard(text), [[chunk([{"type": "A", "k": "k", "ts": i} for i in range(count)])]])


def test_it_is_a_sequence_whatever_is_made_late() -> None:
    alerts = output(TEXT, 4).alerts
    made = list(alerts)
    assert sorted(alert.rule for alert in made) == ["pairs"] * 6 + ["plain"] * 2
    assert len(alerts) == alerts.number == 8 and alerts
    assert [alerts[place] for place in range(8)] == made == [alerts[place - 8] for place in range(8)]
    assert alerts[2:5] == made[2:5]
    with pytest.raises(IndexError):
        alerts[8]
    assert [alert.json() for alert in alerts] == [alert.json() for alert in made]


def test_outputs_are_put_behind_one_another() -> None:
    both = Output()
    assert not both.alerts
    for _ in range(2):
        both.add(output(TEXT, 3))
    assert len(both.alerts) == 8
    first, second = list(both.alerts)[:4], list(both.alerts)[4:]
    assert first == second


def test_more_matches_than_anything_could_hold() -> None:
    tested = shard(HUGE)
    out = tested.push([chunk([{"type": "A", "k": "k", "ts": i} for i in range(62)])])
    # All sets of two events and more.
    assert out.alerts.number == 2**62 - 62 - 1 == tested.stats.alerts
    assert len(out.alerts) == min(out.alerts.number, sys.maxsize)
    assert [len(alert.events) for alert in islice(out.alerts, 4)] == [2, 3, 2, 2]
