"""Rules inside a Python program: compile them, hand over events, act on alerts.

Run it with `python examples/embed_in_python/embed.py`; the README beside it explains each part.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import cep

RULES = Path(__file__).with_name("accounts.pattern")
MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class Login:
    """An event as an object: the class is named as the event type, its fields as in the rules."""

    user: str
    outcome: str
    ip: str
    at: datetime


@dataclass
class Purchase:
    user: str
    amount: Decimal
    ip: str
    at: datetime


def risk(user: str) -> float:
    """Stands for the model that the rules ask for a user's risk."""
    return 0.9 if user == "ann" else 0.1


def compiled() -> cep.Rules:
    """The rules with what they need from outside."""
    return cep.compile(
        RULES,
        params={"big_purchase": Decimal("400.00")},
        lists={"office_networks": ["10.0.0.7"]},
        functions={"shop_models:risk": risk},
    )


def clock(minutes: float) -> datetime:
    """So many minutes into the morning."""
    return MORNING + timedelta(minutes=minutes)


def morning() -> Iterator[object]:
    """A stream of events: dataclasses and dicts, not quite in order, one of them broken."""
    for minute in (0, 1, 2):
        yield Login("ann", "failure", "203.0.113.9", clock(minute))
    yield Login("ann", "success", "203.0.113.9", clock(3))
    yield {"type": "Ordered", "order": "o-1", "user": "bob", "at": clock(4)}
    yield {"type": "Purchase", "user": "ann", "amount": "a lot", "ip": "203.0.113.9", "at": clock(5)}
    yield Purchase("ann", Decimal("640.50"), "203.0.113.9", clock(6))
    yield {"type": "Ordered", "order": "o-2", "user": "eve", "at": clock(7)}
    yield {"type": "Shipped", "order": "o-2", "at": clock(60)}
    yield {"type": "Shipped", "order": "o-1", "at": clock(40)}  # 20 minutes late, where 5 seconds are allowed


def stream() -> None:
    """Alerts one by one while events come; the end of the events is the end of time."""
    print("# a stream")
    engine = compiled().engine()
    for alert in engine.run(morning()):
        print(f"{alert.rule}: {alert.key_json().decode()} {alert.fields}")
    for letter in engine.dead_letters:
        print(f"refused: event {letter.offset}: {letter.reason}")
    for late in engine.late:
        print(f"late: {late.event} {late.place}, not seen by {', '.join(late.rules)}")


def service() -> None:
    """A service: batches as they come in, time that goes on without events, and state that outlives a restart."""
    print("# a service")
    state = Path(tempfile.mkdtemp()) / "accounts.state"
    engine = compiled().engine()
    engine.push([{"type": "Ordered", "order": "o-3", "user": "bob", "at": clock(0)}])
    print(f"open partial matches: {engine.stats.open_runs}, waiting for their order: {engine.stats.held}")
    engine.snapshot(state)

    restarted = compiled().engine()
    restarted.restore(state)
    print(f"restored; the next event is number {restarted.position}")
    print(f"after 120 minutes: {restarted.advance(clock(120))}")
    (alert,) = restarted.advance(clock(120.1))
    print(f"after 120.1 minutes: {alert.rule} {alert.fields}")
    print(alert.json().decode())


if __name__ == "__main__":
    stream()
    service()
