"""A leading absence looks its hits up: a start costs the same whether a key has had ten of them or ten thousand."""

from __future__ import annotations

import pytest

from tests.engine.counting import matcher, record
from tests.engine.test_engine_totals import Reads

EVENTS = """
event Login { user: string  device: string  ip: string  ts: timestamp } time ts
event Pay { user: string  device: string  ip: string  amount: int  ts: timestamp } time ts
"""
SEEN = {
    "any": ("without Login within 1h", False),
    "by the event alone": ('without Login where ip == "blocked" within 1h', True),
    "by a value": ("without Login where device == a.device within 1h", True),
    "by a value, turned round": ("without Login where a.device == device within 1h", True),
    "by a value and more": ("without Login where device == a.device and ip != a.ip within 1h", True),
}
"""A leading absence, and whether starts on a new device pass it."""
LOGINS, STARTS = 2_000, 500


@pytest.mark.parametrize("name", SEEN)
def test_a_start_reads_what_an_index_finds(name: str) -> None:
    absence, passes = SEEN[name]
    text = f"{EVENTS}rule first_seen {{ match by user {absence}\n then a: Pay\n after match skip nothing }}"
    engine = matcher(text)
    for i in range(LOGINS):
        fields = {"user": "u", "device": f"d{i % 1_000}", "ip": f"i{i}"}
        rec = record(engine, i, i * 1_000, "Login", **fields)
        engine.feed([(*rec[:6], Reads(fields), rec[7])])
    Reads.total = 0
    for i in range(STARTS):
        # Every other device has been seen before.
        fields = {"user": "u", "device": f"d{i}" if i % 2 else f"new{i}", "ip": "i", "amount": 1}
        rec = record(engine, LOGINS + i, (LOGINS + i) * 1_000, "Pay", **fields)
        engine.feed([(*rec[:6], Reads(fields), rec[7])])
    # The first start reads the value of each hit once.
    assert Reads.total <= LOGINS + 8 * STARTS
    found = len(engine.detections)
    assert found == (0 if not passes else STARTS if "blocked" in absence else STARTS // 2)


def test_hits_are_forgotten_with_their_span() -> None:
    absence, _ = SEEN["by a value"]
    engine = matcher(f"{EVENTS}rule r {{ match by user {absence}\n then a: Pay\n after match skip nothing }}")
    hour = 3_600_000_000
    login = {"user": "u", "device": "d", "ip": "i"}
    for offset, (event, time) in enumerate(
        [("Login", 0), ("Pay", hour), ("Pay", hour + 1), ("Login", hour + 2), ("Pay", 2 * hour), ("Pay", 2 * hour + 3)]
    ):
        engine.feed([record(engine, offset, time, event, **login, amount=1)])
    assert [detection.events[0][1][4] for detection in engine.detections] == [2, 5]
    engine.advance(4 * hour)
    assert not engine.machines[0].keys and engine.next_timer() is None
