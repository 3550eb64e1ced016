"""Lines and ids of alerts are those that are put together plainly."""

from __future__ import annotations

from pathlib import Path

import pytest

from cep.runtime.alert import Alert, Evidence
from tests.generated import engine
from tests.generated.pairs import draw
from tests.runtime.plain_alerts import plain_id, plain_line
from tests.runtime.support import chunk, everything, shard

ROOT = Path(__file__).parents[2]
EVIDENCE: tuple[Evidence, ...] = ("full", "fields", "ids")
ODD = """
event Pay {
  `der Schlüssel %b`: string  nested: { `in`: int?  words: list<string>  more: map<string, decimal> }
  amount: decimal?  ratio: float?  ok: bool?  when: timestamp("us")  took: duration
} time when
rule odd "Odd names and values" {
  severity low  score 1.50  owner "a \\"100 %d\\""  tags ["%s", "é"]  version 7
  match by `der Schlüssel %b`, amount?, ok? within 1h
    `any`: Pay
    then b: Pay{1,2}
  emit {
    nested: `any`.nested, `100 %`: `any`.ratio, `any`.amount, took: `any`.took, all: collect(b.when),
    made: { x: 1, y: `any`.ok }
  }
}
"""
"""What a frame of bytes might trip over."""


def check(alerts: list[Alert]) -> int:
    for alert in alerts:
        assert alert.alert_id == plain_id(alert)
        for evidence in EVIDENCE:
            assert alert.json(evidence) == plain_line(alert, evidence)
    return len(alerts)


def pay(time: int, **fields: object) -> dict[str, object]:
    nested = {"in": None, "words": ["a", "%d"], "more": {"x": 1.50, "%": 2}}
    odd = {"type": "Pay", "der Schlüssel %b": "k%d\n", "nested": nested, "when": time, "took": 1500}
    return odd | {"amount": None, "ratio": 0.1, "ok": True} | fields


def test_odd_names_and_values() -> None:
    events = [pay(1), pay(1_000_001), pay(2_000_000, ratio=None, ok=False), pay(3_000_000, ok=False, amount=2.50)]
    events += [pay(3_500_000, ok=False, amount=2.5), pay(4_100_000, ok=False, amount=2.500)]
    assert check(everything(shard(ODD), [[chunk(events)]]).alerts) > 1


@pytest.mark.parametrize("first", range(0, 400, 50))
def test_alerts_of_drawn_rules(first: int) -> None:
    checked = 0
    for seed in range(first, first + 50):
        played = draw(seed).pair
        checked += check(list(engine.one_by_one(engine.compiled(played), played).alerts))
    assert checked > 50
