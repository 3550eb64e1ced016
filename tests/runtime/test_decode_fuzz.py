"""Whatever comes in, a shard neither stops nor loses a record."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.runtime.support import chunk, shard

UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A shard is built for each example: on a busy machine that takes longer than any deadline would allow, and how long it
takes is not what is tested."""

RULES = """
event A {
  k: string  n: int?  x: float?  d: decimal?  b: bool?  e: enum("p", "q")?
  at: timestamp("s")?  day: timestamp("%Y-%m-%d", "UTC")?
  gap: duration?  l: list<timestamp>?  m: map<string, decimal>?  r: { a: int  t: timestamp?  p: string? from "q.s" }?
  id: string? from "c.d.id"  c: { z: int? }?  ts: timestamp
} time ts order by d desc, k lateness 1s
event B { ts: timestamp } time ts
rule pair { match by k within 1h  a: A then b: A }
rule quiet { match by k  a: A  without A within 1m }
"""

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([2**63, -(2**63) - 1, 10**400, 253402300799999])
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(
        ["1.50", "NaN", "1e999", "2026-01-31T10:00:00Z", "1h30m", "PT5M", "-P1D", "p", "2026-01-31", "A", ""]
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abtpqsdz"), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["type", "k", "n", "x", "d", "b", "e", "at", "day", "gap", "l", "m", "r", "c", "c.d.id", "ts", "other"]
)
WHOLE: dict[str, Any] = {
    "type": "A",
    "k": "k",
    "ts": 1_000,
    "d": 1.5,
    "r": {"a": 1},
    "c": {"d": {"id": "x"}},
    "gap": "5s",
}


def taken(*raws: bytes) -> None:
    """Every record is an event, late, unrouted or a dead letter; alerts and letters can be written."""
    tested = shard(RULES)
    out = tested.push([chunk(raws)])
    assert tested.stats.events == len(raws)
    assert [letter.raw for letter in out.dead_letters] == [
        raw for number, raw in enumerate(raws, 1) if number in {letter.offset for letter in out.dead_letters}
    ]
    restored = shard(RULES)
    restored.restore(tested.snapshot())
    rest, again = tested.finish(), restored.finish()
    assert [alert.json() for alert in rest.alerts] == [alert.json() for alert in again.alerts]
    for alert in (*out.alerts, *rest.alerts):
        json.loads(alert.json())
        json.loads(alert.json("fields"))
    for written in (*out.dead_letters, *out.late):
        json.loads(written.json())


@settings(UNTIMED, max_examples=300)
@given(st.dictionaries(FIELDS, VALUES, max_size=4))
def test_any_values_in_any_fields(fields: dict[str, Any]) -> None:
    taken(json.dumps({**WHOLE, **fields}).encode(), json.dumps(WHOLE).encode())


@settings(UNTIMED, max_examples=300)
@given(st.data())
def test_any_bytes_in_a_record(data: st.DataObject) -> None:
    raw = json.dumps(WHOLE).encode()
    start = data.draw(st.integers(0, len(raw)))
    stop = data.draw(st.integers(start, min(len(raw), start + 5)))
    taken(raw[:start] + data.draw(st.binary(max_size=4)) + raw[stop:], raw)


@settings(UNTIMED)
@given(st.lists(st.binary(max_size=30), max_size=4))
def test_any_bytes(raws: list[bytes]) -> None:
    taken(*raws)
